"""What is painted piece by piece is what the screen shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from osexplorer.model.files import Status
from osexplorer.ui.app import Explorer
from tests.pty.emulator import Emulator
from tests.ui.stage import stage
from tests.waiting import until

KEYS = (
    *("down", "down", "end", "up", "home", "space", "space", "escape", "pagedown", "k", "s", "escape"),
    *("5", "down", "down", "K", "escape", "t", "2", "slash", "n", "enter", "escape", "z", "down", "z"),
    *("exclamation_mark", "l", "s", "escape", "8", "down", "enter", "escape", "4", "end", "3", "down", "2", "end"),
)


def cells(terminal: Emulator) -> list[str]:
    """Every cell with its style, a line of the screen each."""
    rows, columns = range(terminal.screen.lines), range(terminal.screen.columns)
    return [" ".join(map(str, (terminal.screen.buffer[y][x] for x in columns))) for y in rows]


@pytest.mark.parametrize("theme", ["dark", "none"])
@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["80x24", "200x60"])
async def test_what_is_painted_is_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], theme: str
) -> None:
    app = stage(tmp_path / "srv", theme)
    terminal = Emulator(*size)

    def show(frame: Any, on: Emulator) -> None:
        on.feed(b"\x1b[H" + frame.render_segments(app.console).replace("\n", "\r\n").encode())

    def painted(self: Explorer, screen: Screen[Any], frame: Any) -> None:
        if frame is not None:
            show(frame, terminal)

    def differing() -> list[int]:
        whole = Emulator(*size)
        show(app.screen._compositor.render_full_update(), whole)
        return [y for y, (one, other) in enumerate(zip(cells(terminal), cells(whole), strict=True)) if one != other]

    monkeypatch.setattr(Explorer, "_display", painted)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.session.files.state.status is Status.READY and app.header.identity, "the first screen")
        app.refresh(layout=True)
        for key in KEYS:
            await pilot.press(key)
            await until(lambda: not app.screen._dirty_widgets and not differing(), f"the screen after {key}", 5)
