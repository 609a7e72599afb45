"""The single reaper: it alone waits for children, each at the moment its exit descriptor becomes readable."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from typing import NamedTuple

from osexplorer.model.calls import Call
from osexplorer.model.children import Rusage
from osexplorer.model.errors import Gone, Unsupported
from osexplorer.services.door import Door
from osexplorer.system import calls
from osexplorer.system import reaper as system

_AGAIN_SECONDS = 0.01
_ASKED = 300
"""How often at most it is asked how a process has ended that is no child: its parent may never wait for it, and
many an init does so only now and then."""


class End(NamedTuple):
    """A child has ended."""

    at: int
    """Monotonic clock, nanoseconds."""
    status: int | None
    """As wait(2) tells it; None when something else has reaped it and the system does not tell."""
    rusage: Rusage | None


class _Watched(NamedTuple):
    pid: int
    exit_fd: int
    own_peak: int
    sampled_peak: Callable[[], int | None]
    on_end: Callable[[End], None]
    on_stop: Callable[[int], None]
    own: bool


class Reaper:
    """Watches children on the event loop. wait4(2) is made there too: it never blocks once a child has exited.

    Args:
        changed: called at every SIGCHLD, which may also tell of a process that was adopted.
    """

    def __init__(self, door: Door, changed: Callable[[], None]) -> None:
        self._door = door
        self._changed = changed
        self._watched: dict[int, _Watched] = {}
        self._listening = False

    def watch(
        self,
        pid: int,
        exit_fd: int,
        own_peak: int,
        *,
        sampled_peak: Callable[[], int | None],
        on_end: Callable[[End], None],
        on_stop: Callable[[int], None],
        own: bool = True,
    ) -> None:
        """Reap `pid` when it exits, and tell `on_end`; tell `on_stop` which signal stopped it, 0 when it goes on.

        With `own` off it is not this process's child: what it has used is not told then, and its status only by
        Linux 6.15 and later.

        The exit descriptor stays the caller's, who closes it after the end.
        """
        watched = _Watched(pid, exit_fd, own_peak, sampled_peak, on_end, on_stop, own)
        self._watched[pid] = watched
        self._listen()
        asyncio.get_running_loop().add_reader(exit_fd, self._ready, watched)
        if own:  # it may have stopped before it was watched
            asyncio.get_running_loop().call_soon(self._tell_stop, watched)

    def forget(self, pid: int) -> None:
        """Watch `pid` no longer. It becomes init's when this program ends."""
        watched = self._watched.pop(pid, None)
        if watched is not None:
            asyncio.get_running_loop().remove_reader(watched.exit_fd)

    def close(self) -> None:
        """Watch nothing any more."""
        for pid in list(self._watched):
            self.forget(pid)
        if self._listening:
            self._listening = False
            asyncio.get_running_loop().remove_signal_handler(signal.SIGCHLD)

    def _ready(self, watched: _Watched) -> None:
        at = time.monotonic_ns()
        loop = asyncio.get_running_loop()
        loop.remove_reader(watched.exit_fd)
        if self._watched.get(watched.pid) is not watched:
            return
        end = End(at, None, None)
        if not watched.own:
            self._ask(watched, at, _ASKED)
            return
        with calls.recording(self._record), contextlib.suppress(Gone):
            reaped = system.reap(watched.pid, watched.own_peak, watched.sampled_peak())
            if reaped is None:  # a tracer has it for a moment, ptrace(2): the descriptor would stay readable
                loop.call_later(_AGAIN_SECONDS, self._ready, watched)
                return
            end = End(at, reaped.status, reaped.rusage)
        del self._watched[watched.pid]
        watched.on_end(end)

    def _ask(self, watched: _Watched, at: int, times: int) -> None:
        """The end of a process whose parent is another: its status is told once that one has waited for it, soon."""
        if self._watched.get(watched.pid) is not watched:
            return
        status = None
        with contextlib.suppress(Unsupported):
            status = system.status_of_other(watched.exit_fd)
            if status is None and times:
                asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._ask, watched, at, times - 1)
                return
        del self._watched[watched.pid]
        watched.on_end(End(at, status, None))

    def _record(self, call: Call) -> None:
        self._door.log.add(call)

    def _listen(self) -> None:
        """Hear of stops as well, which no descriptor tells: SIGCHLD, where this loop may handle signals."""
        if self._listening:
            return
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):  # not in the main thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._child_signal)
            self._listening = True

    def _child_signal(self) -> None:
        self._changed()
        while (pid := system.stop_changed()) is not None:
            watched = self._watched.get(pid)
            if watched is None:  # not to be taken from whoever waits for it; it may hide others behind it
                for one in list(self._watched.values()):
                    self._tell_stop(one)
                return
            self._tell_stop(watched)

    def _tell_stop(self, watched: _Watched) -> None:
        number = system.stop_change(watched.pid)
        if number is not None:
            watched.on_stop(number)
