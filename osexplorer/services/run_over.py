"""Run a command over files, a child each, so many at once; as a task that can be paused and cancelled."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import aclosing, suppress

from osexplorer.model.child_rules import Rules
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.launch import Launch
from osexplorer.model.run_over import OverState, begin_results
from osexplorer.model.tasks import Cancelled
from osexplorer.services.child_rules import ChildRules
from osexplorer.services.children import Children
from osexplorer.services.feed import Feed
from osexplorer.services.tasks import Steps, Tasks

KEPT = 200
"""Children that ended well which stay on the list; beyond that their rows go, and their results stay."""
GRACE = 3.0
"""Seconds between SIGTERM and SIGKILL when it is cancelled."""
_LAST_WORDS = 1.0


class RunOver:
    """One run; its results are in :attr:`feed`."""

    def __init__(self, state: OverState) -> None:
        self.feed: Feed[OverState] = Feed(state)
        self.task_id = 0

    def set(self, at: int, **changes: object) -> None:
        """Something is known of one file."""
        state = self.feed.value
        results = list(state.results)
        results[at] = results[at]._replace(**changes)  # type: ignore[arg-type]
        self.feed.publish(state._replace(results=tuple(results)))


class RunsOver:
    """All runs over files, by the id of their task. Lives on one event loop."""

    def __init__(self, children: Children, rules: ChildRules, tasks: Tasks) -> None:
        self._children, self._rules, self._tasks = children, rules, tasks
        self._runs: dict[int, RunOver] = {}

    def get(self, task_id: int) -> RunOver | None:
        """The run that this task does."""
        return self._runs.get(task_id)

    def start(
        self, line: str, launches: Sequence[tuple[str, Launch]], most: int, rules: Rules | None = None
    ) -> RunOver:
        """Begin.

        Args:
            line: the command as typed.
            launches: the files, and what is launched for each.
            most: children at once, at most.
            rules: of each child.

        Raises:
            Refused: there is nothing to run.
        """
        if not launches:
            raise Refused("There are no files to run it over")
        run = RunOver(OverState(line, begin_results([path for path, _ in launches]), max(most, 1)))

        async def work(steps: Steps) -> None:
            await _Conductor(self._children, self._rules, run, steps, rules or Rules()).conduct(launches)

        title = f"Run {display(line)} over {len(launches):,} files"
        handle = self._tasks.conduct(title, work, unit="files")
        run.task_id = handle.id
        self._runs[handle.id] = run
        for id in [id for id in self._runs if self._tasks.get(id) is None]:
            del self._runs[id]
        return run


class _Conductor:
    """Has the children of one run started, never too many at once."""

    def __init__(self, children: Children, rules: ChildRules, run: RunOver, steps: Steps, each: Rules) -> None:
        self._children, self._rules, self._run, self._steps, self._each = children, rules, run, steps, each
        self._good: list[int] = []
        self._alive: set[int] = set()
        self._ending = False
        self._writing: set[asyncio.Task[None]] = set()

    async def conduct(self, launches: Sequence[tuple[str, Launch]]) -> None:
        self._steps.expect(len(launches))
        most = self._run.feed.value.most
        running: set[asyncio.Task[None]] = set()
        cancelled = asyncio.create_task(self._steps.cancelled())
        try:
            for at, (path, launch) in enumerate(launches):
                while len(running) >= most:
                    running = await self._some_end(running, cancelled)
                await self._steps.checkpoint()
                running.add(asyncio.create_task(self._one(at, path, launch)))
            while running:
                running = await self._some_end(running, cancelled)
            if self._writing:
                await asyncio.wait(self._writing)
        except (Cancelled, asyncio.CancelledError):
            await self._end_all(running)
            raise
        finally:
            cancelled.cancel()
            state = self._run.feed.value
            results = tuple(
                result if result.done else result._replace(text="not run", done=True) for result in state.results
            )
            self._run.feed.publish(state._replace(results=results, finished=True))
            _, _, good, bad = self._run.feed.value.counts
            self._steps.say(f"{good:,} ended well" + (f", {bad:,} not" if bad else ""))

    async def _some_end(
        self, running: set[asyncio.Task[None]], cancelled: asyncio.Task[None]
    ) -> set[asyncio.Task[None]]:
        """Wait for the next end; returns those that are left."""
        done, left = await asyncio.wait({*running, cancelled}, return_when=asyncio.FIRST_COMPLETED)
        if cancelled in done:
            raise Cancelled("The task was cancelled")
        for task in done:
            task.result()
        return left - {cancelled}

    async def _one(self, at: int, path: str, launch: Launch) -> None:
        run, steps = self._run, self._steps
        run.set(at, text="starting")
        try:
            child = await self._rules.begin(launch, self._each)
        except OSExplorerError as error:
            run.set(at, text=str(error), done=True)
            steps.fail(path, error)
            steps.advance(1, path)
            return
        self._alive.add(child.id)
        run.set(at, id=child.id, text=child.exit_text)
        if self._ending:
            await self._terminate(child.id)
        await self._children.wait([child.id])
        self._alive.discard(child.id)
        now = self._children.get(child.id) or child
        run.set(
            at,
            text=now.exit_text,
            done=True,
            good=now.ended_well,
            duration=now.duration,
            cpu=now.rusage.user + now.rusage.system if now.rusage is not None else None,
            output_bytes=now.output_bytes,
        )
        if now.output_open:
            task = asyncio.create_task(self._count_output(at, now.id))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        if not now.ended_well:
            steps.fail(path, Refused(now.exit_text))
        steps.advance(1, path)
        if now.ended_well:
            self._good.append(now.id)
            if len(self._good) > KEPT:
                await self._children.remove(self._good.pop(0))

    async def _terminate(self, id: int) -> None:
        await self._children.signal(id, signal.SIGTERM, group=True)
        await self._children.signal(id, signal.SIGCONT, group=True)

    async def _count_output(self, at: int, id: int) -> None:
        """What it wrote last is read after its end. A descendant may hold the output open: that is not waited for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS), aclosing(self._children.feed.watch()) as feed:
                async for _ in feed:
                    child = self._children.get(id)
                    if child is None or not child.output_open:
                        break
        if (child := self._children.get(id)) is not None:
            self._run.set(at, output_bytes=child.output_bytes)

    async def _end_all(self, running: set[asyncio.Task[None]]) -> None:
        """End what runs still."""
        self._ending = True
        for id in list(self._alive):
            await self._terminate(id)
        if running:
            await asyncio.wait(running, timeout=GRACE)
        for id in list(self._alive):
            await self._children.signal(id, signal.SIGKILL, group=True)
        if running:
            await asyncio.wait(running)
