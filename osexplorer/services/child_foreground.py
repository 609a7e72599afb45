"""Children that have this program's terminal: run, stopped by Ctrl+Z, continued."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager

from osexplorer.model.calls import Call
from osexplorer.model.children import Child, ChildState
from osexplorer.model.errors import CallError, Refused
from osexplorer.model.launch import Launch
from osexplorer.services.child_list import ChildList, Held
from osexplorer.services.reaper import End, Reaper
from osexplorer.system import calls, foreground
from osexplorer.system.launch import Launched
from osexplorer.system.reaper import Reaped


class ChildForeground(ChildList):
    """The part of the children that knows the foreground."""

    _reaper: Reaper

    @abstractmethod
    def _new(self, launch: Launch) -> tuple[Child, Held]: ...

    @abstractmethod
    def _watch(self, id: int, launched: Launched) -> None: ...

    @abstractmethod
    def _ended(self, id: int, end: End) -> None: ...

    @abstractmethod
    def _record(self, call: Call) -> None: ...

    def run_here(self, launch: Launch) -> Child:
        """Run a program in this program's terminal, which must have been lent, and wait for it: it blocks the event
        loop, since nothing may be drawn meanwhile. Returns the child at its end, or when it has stopped (Ctrl+Z);
        :meth:`go_on_here` continues it. It stays on the list.

        Raises:
            Refused: as :meth:`begin`.
        """
        child, held = self._new(launch)
        held.reaped = True
        with _keys(launch) as belong_to:
            try:
                with calls.recording(self._record):
                    held.here = foreground.start(launch, own_group=not launch.leads)
            except Refused:
                del self._children[child.id], self._held[child.id]
                raise
            except CallError as error:
                duration = time.monotonic_ns() - child.began
                return self._set(child.id, state=ChildState.FAILED, error=error, duration=duration)
            here = held.here
            belong_to(here.pid)
            self._children[child.id] = child._replace(pid=here.pid, began=here.began, started=here.started)
            reaped = self._wait_here(here)
        return self._waited(child.id, here, reaped)

    def go_on_here(self, id: int) -> Child:
        """Continue a program that was stopped while it had this program's terminal, which must have been lent again,
        and wait for it as :meth:`run_here` does.

        Raises:
            Refused: it is no such program, or has ended.
        """
        held = self._held.get(id)
        if held is None or held.here is None or not self._children[id].alive:
            raise Refused("It had not this terminal, or has ended")
        self._reaper.forget(held.here.pid)
        here = held.here
        with _keys(self._children[id].launch) as belong_to:
            belong_to(here.pid)
            foreground.go_on(here.pid)
            reaped = self._wait_here(here)
        return self._waited(id, here, reaped)

    def _wait_here(self, here: Launched) -> Reaped | None:
        with calls.recording(self._record):
            return foreground.wait(here)

    def _waited(self, id: int, here: Launched, reaped: Reaped | None) -> Child:
        """What became of it: it has ended, or else has stopped."""
        held = self._held[id]
        if reaped is not None:
            held.exit_fd, held.here = here.exit_fd, None
            self._ended(id, End(time.monotonic_ns(), reaped.status, reaped.rusage))
            return self._children[id]
        held.reaped, held.exit_fd = False, here.exit_fd
        number = foreground.stopped_by(here)
        self._watch(id, here)
        state = ChildState.STOPPED if number else ChildState.RUNNING
        return self._set(id, state=state, stop_signal=number, told_at=time.monotonic_ns())


def _keys(launch: Launch | None) -> AbstractContextManager[Callable[[int], None]]:
    """Meanwhile Ctrl+C and Ctrl+Z go to what was launched, once its number is told."""
    apart = launch is not None and launch.leads  # no terminal can be given to another session
    return foreground.keys_handed_on() if apart else foreground.terminal_given()
