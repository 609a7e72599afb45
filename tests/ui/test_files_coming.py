"""The files pane while a large directory is still being read."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from osexplorer.model.entry import Kind
from osexplorer.model.files import Status
from osexplorer.model.listing import Batch, Directory
from osexplorer.model.settings import Settings
from osexplorer.services.arranging import AT_ONCE
from osexplorer.services.reading import Begun, first_arrangement
from osexplorer.services.session import Session
from osexplorer.system import files as system
from osexplorer.ui.app import Explorer
from tests.waiting import until

MANY = AT_ONCE + 1000


class Slow:
    """Gives what is read of a directory batch by batch, the next when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *batches: list[str]) -> None:
        self.go_on = threading.Semaphore(0)
        self._batches = batches
        self._real = system.scan
        monkeypatch.setattr(system, "scan", self._scan)

    def _scan(self, path: str, ticket: int) -> Iterator[Directory | Batch]:
        yield next(iter(self._real(path, ticket)))
        base = 0
        for names in self._batches:
            assert self.go_on.acquire(timeout=20)
            batch = Batch.of(ticket, names, bytes([Kind.FILE]) * len(names), array("Q", range(len(names))), base)
            base += len(batch.packed.data)
            yield batch


def at_cursor(app: Explorer) -> str:
    rows = app.main.workspace.panes["files"].rows
    path = app.session.files.path_of(rows.cursor_key) if isinstance(rows.cursor_key, int) else None
    return f"{rows.cursor} {Path(path).name if path else ''}"


@pytest.mark.parametrize("begun", [False, True], ids=["", "begun before"])
async def test_a_cursor_that_nobody_moved_stays_on_the_first_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    slow = Slow(monkeypatch, [f"m{number}" for number in range(MANY)], ["f1", "f2"], ["a1", "a2"])
    first = Begun(str(tmp_path), first_arrangement(Settings())) if begun else None
    app = Explorer(str(tmp_path), Settings(), Session(begun=first))
    async with app.run_test(size=(80, 24)):
        slow.go_on.release()
        await until(lambda: app.session.files.state.shown == MANY and at_cursor(app) == "0 m0", "the first batch")
        slow.go_on.release()
        await until(lambda: at_cursor(app) == "0 f1", "the second one")
        slow.go_on.release()
        files = app.session.files
        await until(lambda: files.state.status is Status.READY and files.state.progress is None, "the end")
        await until(lambda: app.main.workspace.panes["files"]._shown == files.state)
        assert at_cursor(app) == "0 a1"


async def test_a_cursor_that_was_moved_stays_on_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch, [f"m{number}" for number in range(MANY)], ["a1", "a2"])
    app = Explorer(str(tmp_path), Settings(), Session())
    async with app.run_test(size=(80, 24)) as pilot:
        slow.go_on.release()
        await until(lambda: app.session.files.state.shown == MANY and at_cursor(app) == "0 m0", "the first batch")
        await pilot.press("down", "down")
        await until(lambda: at_cursor(app) == "2 m2")
        slow.go_on.release()
        files = app.session.files
        await until(lambda: files.state.status is Status.READY and files.state.progress is None, "the end")
        await until(lambda: at_cursor(app) == "4 m2")
