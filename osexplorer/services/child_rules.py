"""Carries out the rules of children: time limits, starting again after a failure, running again when files change.

rules = ChildRules(door, children)
child = await children.begin(launch)                     # a launch may bring rules along
child = await rules.begin(launch, Rules(backoff=0.5))    # or they are given beside it
rules.set(child.id, Rules(timeout=60, restarts=5))       # or they are given to one that runs

What a child that is started again was before stays on the list for a while; :meth:`ChildRules.newest` leads from it to
the one that took its place.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from osexplorer.model.child_rules import Overlap, Rules, countdown_text, rules_of, span_text, watched_path
from osexplorer.model.children import Child, ChildState
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.ladder import Rung
from osexplorer.model.launch import Launch
from osexplorer.services.change_watch import ChangeWatch
from osexplorer.services.children import Children
from osexplorer.services.door import Door

KEPT = 3
"""Earlier runs of one child that stay on the list."""
MANY_RUNS, MANY_SECONDS = 10, 10.0
"""So many runs because of changes in so many seconds mean that the command changes itself what it watches."""

_KNOWN = 2000  # ended children, after which those that were removed are forgotten
_ENDING = frozenset((signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT))


class _Chain:
    """One child, and those that took its place."""

    def __init__(self, child: Child, rules: Rules) -> None:
        assert child.launch is not None
        self.launch: Launch = child.launch
        self.rules = rules
        self.ids = [child.id]
        self.restarts = 0
        self.starting = False
        self.again = False
        self.late = False
        """Whether files have changed while it was being started."""
        self.stopping: set[int] = set()
        """Children that are being ended by a rule."""
        self.timer: asyncio.TimerHandle | None = None
        self.waiting: asyncio.Task[None] | None = None
        self.watch: ChangeWatch | None = None
        self.runs: deque[float] = deque(maxlen=MANY_RUNS)

    @property
    def id(self) -> int:
        """The newest of them."""
        return self.ids[-1]


class ChildRules:
    """The rules of all children. Lives on one event loop."""

    def __init__(self, door: Door, children: Children) -> None:
        self._door, self._children = door, children
        self._chains: dict[int, _Chain] = {}
        self._jobs: set[asyncio.Task[Any]] = set()
        self._observers: list[Callable[[Child, frozenset[int]], None]] = []
        self._done: set[int] = set()
        self._given: list[tuple[Launch, Rules]] = []
        children.observe(self._told)

    async def begin(self, launch: Launch, rules: Rules) -> Child:
        """Start a child that has these rules from its first moment on.

        Raises:
            Refused: as `Children.begin`.
        """
        given = (launch, rules)
        self._given.append(given)
        try:
            return await self._children.begin(launch)
        finally:
            self._given = [other for other in self._given if other is not given]

    def observe(self, told: Callable[[Child, frozenset[int]], None]) -> None:
        """Call `told` on the event loop with each child that has ended and will not be started again because of that,
        and with the ids of all that it took the place of, its own among them."""
        self._observers.append(told)

    def get(self, id: int) -> Rules:
        """The rules of a child."""
        chain = self._chains.get(id)
        if chain is not None:
            return chain.rules
        child = self._children.get(id)
        return rules_of(child.launch) if child is not None and child.launch is not None else Rules()

    def newest(self, id: int) -> int:
        """The child that took the place of this one in the end; its own id where none did."""
        chain = self._chains.get(id)
        return chain.id if chain is not None else id

    def is_active(self, id: int) -> bool:
        """Whether a rule still has something to do with this child."""
        chain = self._chains.get(id)
        if chain is None:
            return False
        child = self._children.get(chain.id)
        return chain.watch is not None or chain.waiting is not None or (child is not None and child.alive)

    def set(self, id: int, rules: Rules) -> None:
        """Give a child rules, in place of those it has.

        Raises:
            Refused: it is no longer there, or cannot be started again from here.
        """
        child = self._children.get(self.newest(id))
        if child is None:
            raise Refused("It is no longer on the list")
        if rules.again and (child.launch is None or not child.launch.place.captured):
            raise Refused("It was not launched in the background by this run, so it cannot be started again by a rule")
        if child.launch is None:
            raise Refused("It was left running by an earlier run, which knew its rules")
        if not child.alive and not rules.watched and (not rules.restarts or child.ended_well):
            raise Refused("It has ended: only one that failed is restarted, or one that runs again when files change")
        chain = self._chains.get(child.id)
        if chain is None:
            chain = self._chains[child.id] = _Chain(child, rules)
        else:
            self._let_go(chain)
            chain.rules = rules
        chain.restarts = 0
        if child.alive:
            self._arm(chain, child)
        self._observe_files(chain)
        self._children.remark(child.id, self._standing(chain))
        if not child.alive and not rules.watched:
            self._ended(chain, child)

    def stop(self, id: int) -> bool:
        """Apply no rule to this child any more: no restart that is due, no time limit; whether there was one."""
        active = self.is_active(id)
        chain = self._chains.get(id)
        if chain is None or not active:
            return False
        self._let_go(chain)
        chain.rules = Rules()
        child = self._children.get(chain.id)
        self._children.remark(chain.id, "rules stopped")
        if child is not None and not child.alive:
            self._settled(child)
        return True

    async def close(self) -> None:
        """Stop them all."""
        for chain in set(self._chains.values()):
            self._let_go(chain)
            chain.rules = Rules()
        for job in list(self._jobs):
            job.cancel()
        if self._jobs:
            await asyncio.wait(self._jobs)

    # -- what happens to children

    def _told(self, child: Child) -> None:
        if child.alive:
            self._begun(child)
        elif child.id not in self._done and not self._is_ours(child):
            self._done.add(child.id)
            if len(self._done) > _KNOWN:
                self._forget_removed()
            chain = self._chains.get(child.id)
            if chain is None and child.state is ChildState.FAILED:  # the very first start: a failure like others
                chain = self._taken_on(child)
            if chain is None:
                self._settled(child)
            elif chain.id == child.id:
                self._ended(chain, child)

    def _begun(self, child: Child) -> None:
        """One that runs: on its own, or in the place of another."""
        if child.id in self._chains or not child.pid or self._is_ours(child):
            return
        chain = self._taken_on(child)
        if chain is not None:
            self._arm(chain, child)

    def _taken_on(self, child: Child) -> _Chain | None:
        """Apply the rules that came with its launch from now on; None where none did."""
        launch = child.launch
        if launch is None or not launch.place.captured:
            return None
        rules = next((rules for given, rules in self._given if given is launch), rules_of(launch))
        if rules == Rules():
            return None
        chain = self._chains[child.id] = _Chain(child, rules)
        self._observe_files(chain)
        return chain

    def _is_ours(self, child: Child) -> bool:
        """Whether it is one that is just being started again, of which `begin` tells when it comes back."""
        if child.id in self._chains:
            return False
        return any(chain.starting and chain.launch is child.launch for chain in self._chains.values())

    def _forget_removed(self) -> None:
        known = {child.id for child in self._children.feed.value}
        self._done &= known
        for id, chain in list(self._chains.items()):
            if id not in known and (id not in chain.ids or not self.is_active(id)):
                del self._chains[id]

    def _ended(self, chain: _Chain, child: Child) -> None:
        if chain.timer is not None:
            chain.timer.cancel()
            chain.timer = None
        asked = self._children.asked(child.id) & _ENDING and child.id not in chain.stopping
        if chain.again:  # files have changed meanwhile
            chain.again = False
            self._start(chain)
        elif child.ended_well or not chain.rules.restarts:
            if child.ended_well:
                chain.restarts = 0
            self._rest(chain, child, self._standing(chain) or (child.note if child.timed_out else ""))
        elif asked:
            self._rest(chain, child, "ended as asked, not restarted")
        elif chain.restarts >= chain.rules.restarts:
            self._rest(chain, child, f"given up after {chain.restarts} restarts")
        else:
            chain.restarts += 1
            chain.waiting = self._begin(self._count_down(chain, child.id))

    def _rest(self, chain: _Chain, child: Child, note: str) -> None:
        """Nothing more is to be done for now."""
        self._children.remark(child.id, note)
        self._settled(child)

    def _settled(self, child: Child) -> None:
        chain = self._chains.get(child.id)
        ids = frozenset(chain.ids) if chain is not None else frozenset((child.id,))
        for told in self._observers:
            told(child, ids)

    def _standing(self, chain: _Chain) -> str:
        """What the row says while nothing happens."""
        if chain.watch is not None:
            return "runs again on change" if chain.watch.whole else "on change of the first 10,000 files"
        return f"after {chain.restarts} of {chain.rules.restarts} restarts" if chain.restarts else ""

    # -- a time limit

    def _arm(self, chain: _Chain, child: Child) -> None:
        if chain.rules.timeout is not None:
            left = chain.rules.timeout - (time.monotonic_ns() - child.began) / 1e9
            loop = asyncio.get_running_loop()
            chain.timer = loop.call_later(max(left, 0.0), self._time_is_up, chain, child.id)

    def _time_is_up(self, chain: _Chain, id: int) -> None:
        chain.timer = None
        child = self._children.get(id)
        if child is not None and child.alive and chain.rules.timeout is not None:
            self._children.remark(id, f"time limit {span_text(chain.rules.timeout)}", timed_out=True)
            self._begin(self._end(chain, id))

    async def _end(self, chain: _Chain, id: int) -> None:
        """SIGTERM for the child and all that descends from it, and SIGKILL for what is left then."""
        chain.stopping.add(id)
        await self._children.stop(id, (Rung(signal.SIGTERM, chain.rules.grace), Rung(signal.SIGKILL, 0.0)))

    # -- starting again

    async def _count_down(self, chain: _Chain, id: int) -> None:
        """Wait before the next restart, and tell how long still, every second."""
        loop = asyncio.get_running_loop()
        due = loop.time() + chain.rules.wait(chain.restarts)
        while (left := due - loop.time()) > 0:
            self._children.remark(id, countdown_text(left, chain.restarts, chain.rules))
            await asyncio.sleep(left % 1.0 or 1.0)
        chain.waiting = None
        self._start(chain)

    def _start(self, chain: _Chain) -> None:
        if not chain.starting:
            chain.starting = True
            self._begin(self._run(chain))

    async def _run(self, chain: _Chain) -> None:
        before = chain.id
        try:
            child = await self._children.begin(chain.launch)
        except OSExplorerError as error:
            self._children.remark(before, f"not started again: {error}")
            self._let_go(chain)
            return
        finally:
            chain.starting = False
        chain.ids.append(child.id)
        self._chains[child.id] = chain
        self._children.remark(before, self._successor(chain, child))
        self._children.remark(child.id, self._standing(chain))
        now = self._children.get(child.id)
        if now is not None and now.alive:
            self._arm(chain, now)
        elif now is not None:  # ended already, or never begun: then nobody has been told yet
            self._done.add(now.id)
            self._ended(chain, now)
        if chain.late:
            chain.late = False
            self._changed(chain)
        await self._forget_old(chain)

    def _successor(self, chain: _Chain, child: Child) -> str:
        """What the row of the one before says: ``restarted as 1234, 2 of 5``."""
        what = "restarted" if chain.restarts else "run again"
        who = f" as {child.pid}" if child.pid else ""
        return f"{what}{who}, {chain.restarts} of {chain.rules.restarts}" if chain.restarts else f"{what}{who}"

    async def _forget_old(self, chain: _Chain) -> None:
        while len(chain.ids) > KEPT + 1:
            id = chain.ids.pop(0)
            old = self._children.get(id)
            if old is not None and not old.alive:
                await self._children.remove(id)

    # -- files

    def _observe_files(self, chain: _Chain) -> None:
        if chain.rules.watched:
            child = self._children.get(chain.id)
            cwd = child.cwd if child is not None else "/"
            home = os.path.expanduser("~")
            paths = [watched_path(path, cwd, home) for path in chain.rules.watched]
            chain.watch = ChangeWatch(self._door, paths, chain.rules.debounce, lambda changed: self._changed(chain))

    def _changed(self, chain: _Chain) -> None:
        now = time.monotonic()
        chain.runs.append(now)
        if len(chain.runs) == MANY_RUNS and now - chain.runs[0] < MANY_SECONDS:
            self._unwatch(chain)
            self._children.remark(chain.id, f"watching stopped: {MANY_RUNS} runs in {MANY_SECONDS:g} s")
            return
        chain.restarts = 0
        if chain.starting:
            chain.late = True
            return
        child = self._children.get(chain.id)
        if chain.waiting is not None:
            chain.waiting.cancel()
            chain.waiting = None
        if child is not None and child.alive:
            if not chain.again:
                chain.again = True
                if chain.rules.overlap is Overlap.STOP:
                    self._children.remark(child.id, "files changed: ended")
                    self._begin(self._end(chain, child.id))
                else:
                    self._children.remark(child.id, "files changed: runs again after this")
        else:
            self._start(chain)

    def _unwatch(self, chain: _Chain) -> None:
        if chain.watch is not None:
            chain.watch.close()
            chain.watch = None

    # --

    def _let_go(self, chain: _Chain) -> None:
        self._unwatch(chain)
        chain.again = False
        if chain.timer is not None:
            chain.timer.cancel()
            chain.timer = None
        if chain.waiting is not None:
            chain.waiting.cancel()
            chain.waiting = None

    def _begin(self, job: Any) -> asyncio.Task[Any]:
        task = asyncio.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)
        return task
