"""How the whole program looks: its screen as lines of text, compared with those kept in ``looks/``.

UPDATE_LOOKS=1 pytest tests/ui/test_looks.py    keeps what is seen now; read the difference before it is committed
"""

from __future__ import annotations

import asyncio
import difflib
import os
import string
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.color import Color
from rich.style import Style

from osexplorer.model.files import Status
from osexplorer.ui.app import Explorer
from tests.ui.stage import stage
from tests.waiting import until

LOOKS = Path(__file__).parent / "looks"
UPDATING = bool(os.environ.get("UPDATE_LOOKS"))
_STEADY = 1.0
"""Seconds without a change after which a look is kept; only used for keeping, never for comparing."""

_COLOURS = ("foreground", "background", "surface", "panel", "primary", "secondary", "accent")
_COLOURS += ("success", "warning", "error", "muted", "frame", "blurred")


class Scene(NamedTuple):
    """One look: `keys` are typed one after the other on a screen of `size`."""

    name: str
    size: tuple[int, int]
    theme: str = "dark"
    keys: tuple[str, ...] = ()
    styles: str = ""
    """``"grid"`` keeps where each style is, ``"list"`` which styles there are."""


SMALL, MEDIUM, LARGE = (80, 24), (120, 40), (200, 60)
SCENES = (
    *(Scene(f"80x24-{theme}", SMALL, theme, styles="grid") for theme in ("dark", "light", "none", "terminal")),
    *(Scene(f"120x40-{theme}", MEDIUM, theme, styles="list") for theme in ("dark", "light", "none")),
    *(Scene(f"200x60-{theme}", LARGE, theme, styles="list") for theme in ("dark", "light", "none")),
    Scene("tree", SMALL, keys=("1",)),
    Scene("files-marked-and-filtered", SMALL, keys=("space", "space", "slash", "n", "enter")),
    Scene("inspector", SMALL, keys=("end", "3", "right", "space"), styles="grid"),
    Scene("environment", SMALL, keys=("4",), styles="grid"),
    Scene("processes", SMALL, keys=("5",), styles="grid"),
    Scene("processes-tree", MEDIUM, keys=("5", "t")),
    Scene("children", SMALL, keys=("6",), styles="grid"),
    Scene("tasks", SMALL, keys=("7",)),
    Scene("calls", SMALL, keys=("8",), styles="grid"),
    Scene("calls-zoomed", MEDIUM, keys=("8", "z")),
    Scene("dialog-launch", SMALL, keys=("exclamation_mark", *"ls")),
    Scene("dialog-launch-without-colour", SMALL, "none", ("exclamation_mark", *"ls"), "grid"),
    Scene("dialog-sort", SMALL, keys=("s",)),
    Scene("dialog-mode", SMALL, keys=("end", "3", "equals_sign", *"u+x")),
    Scene("dialog-presets", SMALL, keys=("end", "3", "p", *"755")),
    Scene("dialog-times", SMALL, keys=("end", "3", "t")),
    Scene("dialog-tree", SMALL, keys=("end", "3", "R", *"go-w")),
    Scene("dialog-variable", SMALL, keys=("4", "down", "enter")),
    Scene("dialog-path", SMALL, keys=("4", "slash", *"PATH", "enter", "enter")),
    Scene("dialog-call", SMALL, keys=("8", "enter")),
)


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    """`localtime` follows $TZ, which every test has set to UTC, only when it is told."""
    time.tzset()
    yield


def text_of(app: Explorer) -> list[str]:
    """The lines of the screen, without the spaces at their ends."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def styles_of(app: Explorer, grid: bool) -> list[str]:
    """Where each style is, as letters under the cells, and what they stand for; or only the latter, in order."""
    names = {}
    for name in reversed(_COLOURS):
        value = app.get_css_variables()[name]
        names[value.lower()] = f"${name}"
    letters: dict[str, str] = {}
    free = iter("." + string.ascii_letters + string.digits)
    lines = []
    for strip in app.screen._compositor.render_strips():
        line = ""
        for segment in strip:
            described = _described(segment.style or Style.null(), names)
            if described not in letters:
                letters[described] = next(free)
            line += letters[described] * segment.cell_length
        lines.append(line)
    if not grid:
        return sorted(letters)
    return [*lines, "", *(f"{letter}  {described}" for described, letter in letters.items())]


def _described(style: Style, names: dict[str, str]) -> str:
    def colour(color: Color | None) -> str:
        if color is None or color.is_default:
            return "default"
        value = color.name if color.triplet is None else color.triplet.hex
        return names.get(value.lower(), value)

    attributes = [name for name in ("bold", "dim", "italic", "underline", "reverse") if getattr(style, name)]
    return " ".join([*attributes, colour(style.color), "on", colour(style.bgcolor)])


def look(app: Explorer, scene: Scene) -> str:
    """What is compared and kept."""
    lines = [f"{scene.name}: {scene.size[0]}x{scene.size[1]}", "", *text_of(app)]
    if scene.styles:
        lines += ["", "styles", *styles_of(app, scene.styles == "grid")]
    return "\n".join(lines) + "\n"


async def steady(app: Explorer, scene: Scene) -> str:
    """The look, once it has not changed for a while."""
    seen, since = "", time.monotonic()
    while time.monotonic() - since < _STEADY:
        await asyncio.sleep(0.01)
        if (now := look(app, scene)) != seen:
            seen, since = now, time.monotonic()
    return seen


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
async def test_look(scene: Scene, tmp_path: Path) -> None:
    app = stage(tmp_path / "srv", scene.theme)
    kept = LOOKS / f"{scene.name}.txt"
    async with app.run_test(size=scene.size) as pilot:
        files = app.session.files
        await until(lambda: app.main.workspace.complete and app.header.identity and app.focused, "the first screen")
        await until(lambda: files.state.status is Status.READY and files.state.looks, "the listing")
        for key in scene.keys:
            await pilot.press(key)
        if UPDATING:
            kept.write_text(await steady(app, scene))
            return
        expected = kept.read_text() if kept.exists() else ""
        try:
            await until(lambda: look(app, scene) == expected, deadline=10)
        except AssertionError:
            difference = difflib.unified_diff(
                expected.splitlines(), look(app, scene).splitlines(), str(kept), "seen", lineterm="", n=2
            )
            pytest.fail("\n".join(["another look (UPDATE_LOOKS=1 keeps it):", *difference]), pytrace=False)


def test_every_look_kept_is_of_a_scene() -> None:
    assert sorted(path.stem for path in LOOKS.glob("*.txt")) == sorted(scene.name for scene in SCENES)
