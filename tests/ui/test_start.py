"""The first thing that is seen of the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual._compositor import LayoutUpdate
from textual.screen import Screen

from osexplorer.model.settings import Settings
from osexplorer.services.arranging import AT_ONCE
from osexplorer.services.door import Door
from osexplorer.services.files import Files
from osexplorer.services.reading import Begun, first_arrangement
from osexplorer.services.session import Session
from osexplorer.ui.app import Explorer
from tests.waiting import until

ENTRIES = 200


@pytest.fixture
def begun(tmp_path: Path) -> Begun:
    """A reading of a directory, before there is a screen, that has come to its end."""
    for number in range(ENTRIES):
        (tmp_path / f"entry-{number:03}").touch()
    reading = Begun(str(tmp_path), first_arrangement(Settings()))
    assert reading.wait(60)
    return reading


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_the_first_frame_shows_the_listing(
    begun: Begun, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    frames: list[str] = []
    display = Explorer._display

    def noted(self: Explorer, screen: Screen[Any], frame: Any) -> None:
        if isinstance(frame, LayoutUpdate):
            frames.append("\n".join("".join(segment.text for segment in strip) for strip in frame.strips))
        display(self, screen, frame)

    monkeypatch.setattr(Explorer, "_display", noted)
    app = Explorer(begun.path, Settings(), Session(begun=begun))
    async with app.run_test(size=size):
        await until(lambda: bool(frames), "the first frame")
        assert "Name" in frames[0]
        assert all(f"entry-{number:03}" in frames[0] for number in range(10))
        assert len(app.screen_stack) == 1, "one screen is composed, not Textual's below ours"


async def test_what_was_read_before_needs_no_thread(begun: Begun, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door()
    streamed: list[Any] = []
    monkeypatch.setattr(door, "stream", lambda *args, **_options: streamed.append(args))
    files = Files(door, live=False, begun=begun)
    await files.show(begun.path)
    assert files.state.shown == ENTRIES
    assert not streamed
    await until(
        lambda: any(call.function == "os.scandir" for call in door.log.calls(reads=True)), "the call in the log"
    )


def test_a_large_directory_is_not_taken_over_at_once(begun: Begun) -> None:
    """It would hold up the first frame: what is read of it comes part by part."""
    assert begun.is_at_hand(AT_ONCE)
    assert begun.is_at_hand(ENTRIES)
    assert not begun.is_at_hand(ENTRIES - 1)


async def test_a_failure_before_there_was_a_screen_is_told(tmp_path: Path) -> None:
    begun = Begun(str(tmp_path / "gone"), first_arrangement(Settings()))
    assert begun.wait(60)
    app = Explorer(begun.path, Settings(), Session(begun=begun))
    async with app.run_test(size=(80, 24)):
        rows = app.main.workspace.panes["files"].rows
        await until(lambda: "ENOENT" in rows.empty_text.text, "the error")
