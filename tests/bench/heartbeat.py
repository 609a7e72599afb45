"""``python -m tests.bench.heartbeat late REPORT DIRECTORY``: the program on a screen, with a heart that is listened to.

It goes through what is done to a large directory, and writes how late the event loop was meanwhile, a line of JSON for
each thing. A beat is due every 5 ms. One that comes late was held up by this program, or by others that had the
processor; so the processor time that the whole program has used since the beat before is taken too, and no more than
that is its own lateness.

``python -m tests.bench.heartbeat churn REPORT DIRECTORY SECONDS``: while another changes the directory.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable

from osexplorer.model.arrangement import SortBy
from osexplorer.model.files import Status
from osexplorer.model.settings import Settings
from osexplorer.services.reading import Begun, first_arrangement
from osexplorer.services.session import Session
from osexplorer.ui.app import Explorer
from osexplorer.ui.life import run

BEAT = 0.005
CHANGED = 20
"""Files that are made, and removed again, before the directory is read again."""

CHANGES = 5000
"""A second, in a directory that does not rest."""

PATIENCE = 20.0
"""Seconds that are waited for a listing to be true."""

FILTERS = ("9", "97", "")


class Heart:
    """Beats on the event loop, and keeps the longest lateness."""

    def __init__(self) -> None:
        self.late = self.own = self.loop = 0.0
        self._task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            begin, spent, looped = time.perf_counter(), time.process_time(), time.thread_time()
            await asyncio.sleep(BEAT)
            late = time.perf_counter() - begin - BEAT
            self.late = max(self.late, late)
            self.own = max(self.own, min(late, time.process_time() - spent))
            self.loop = max(self.loop, min(late, time.thread_time() - looped))

    def take(self) -> dict[str, float]:
        """The longest since this was asked for last, in seconds: by the clock; no longer than the program had the
        processor; no longer than the loop's own thread had it."""
        taken = {"late": self.late, "own": self.own, "loop": self.loop}
        self.late = self.own = self.loop = 0.0
        return taken

    def stop(self) -> None:
        self._task.cancel()


class Driven(Explorer):
    """The program, driven from inside."""

    def __init__(self, begun: Begun, report: str) -> None:
        super().__init__(begun.path, Settings(), Session(begun=begun))
        self.report = report

    async def _after_first_frame(self) -> None:
        self.heart = Heart()
        await super()._after_first_frame()
        self._driving = asyncio.create_task(self._go_through())

    async def _go_through(self) -> None:
        try:
            await self.drive()
        finally:
            self.heart.stop()
            self.exit()

    async def drive(self) -> None:
        """What is done."""
        raise NotImplementedError

    async def loaded(self) -> None:
        """Wait until everything is listed and in order."""
        files = self.session.files
        while files.state.status is not Status.READY or files.arranging.busy:
            await asyncio.sleep(0.01)

    def tell(self, **figures: object) -> None:
        """Add a line to the report."""
        with open(self.report, "a") as file:
            file.write(json.dumps(figures) + "\n")


class Listened(Driven):
    """Goes through all that is done to a listing."""

    async def drive(self) -> None:
        files, place = self.session.files, self.start_path
        await self._phase("start, all panes", asyncio.sleep(0.1))
        await self._phase("load", self.loaded())
        await self._phase("mark all", self._key("a"))
        await self._phase("unmark", self._key("escape"))
        orders: tuple[SortBy, ...] = ("size", "mtime", "extension", "name")
        for by in orders:
            await self._phase(f"sort by {by}", files.sort(by, reverse=False))
        await self._phase("sort in reverse", files.sort("name", reverse=True))
        await self._phase("sort by name again", files.sort("name", reverse=False))
        for text in FILTERS:
            await self._phase(f"filter {text}" if text else "no filter", files.filter(text))
        await self._phase("dot-files", files.set_hidden(True))
        await self._phase("rescan, nothing new", files.refresh())
        names = [f"{place}/new{number}" for number in range(CHANGED)]
        for name in names:
            os.mknod(name)
        await self._phase("rescan, some new", files.refresh())
        for name in names:
            os.unlink(name)
        await self._phase("rescan, some gone", files.refresh())
        await self._phase("leave", files.show(os.path.dirname(place)))

    async def _key(self, key: str) -> None:
        self.simulate_key(key)
        await asyncio.sleep(0.3)

    async def _phase(self, name: str, work: Awaitable[None]) -> None:
        begin, spent = time.perf_counter(), time.process_time()
        await work
        seconds, cpu = time.perf_counter() - begin, time.process_time() - spent
        await asyncio.sleep(0.25)  # what follows belongs to it too: the frame, and what is given back
        self.tell(name=name, seconds=seconds, cpu=cpu, most=_most(), **self.heart.take())


class Churned(Driven):
    """Shows a directory that another program changes without a rest."""

    async def drive(self) -> None:
        place, seconds = self.start_path, float(sys.argv[4])
        await self.loaded()
        await asyncio.sleep(1)
        self.heart.take()
        before, begin, spent = _most(), time.perf_counter(), time.process_time()
        argv = [sys.executable, "-m", "tests.bench.churner", place, str(seconds), str(CHANGES)]
        churner = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
        output, _ = await churner.communicate()
        passed, cpu = time.perf_counter() - begin, time.process_time() - spent
        beats = self.heart.take()
        ended, until_true = time.perf_counter(), None
        there = set(os.listdir(place))
        while until_true is None and time.perf_counter() - ended < PATIENCE:
            if self._listed() == there:
                until_true = time.perf_counter() - ended
            await asyncio.sleep(0.05)
        self.tell(
            seconds=passed,
            rate=int(output) / seconds,
            until_true=until_true,
            cpu=cpu,
            before=before,
            most=_most(),
            **beats,
        )

    def _listed(self) -> set[str]:
        view = self.session.files.view
        return set(view.listing.names.take(view.rows)) if len(view) == self.session.files.state.total else set()


def _most() -> int:
    """Bytes held at most until now."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))


def main() -> int:
    drive, report, place = sys.argv[1:4]
    make = Churned if drive == "churn" else Listened
    return run(make(Begun(place, first_arrangement(Settings()), apart=True), report))


if __name__ == "__main__":
    raise SystemExit(main())
