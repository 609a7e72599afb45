"""The inspector on real files: facts, the grid, typed modes, changes from outside, at every size."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.mode import ModeDialog
from osexplorer.ui.pane import Pane
from osexplorer.ui.panes import inspector
from osexplorer.ui.panes.inspector import InspectorPane
from tests.ui.test_shell import Shell, shell, text_of
from tests.waiting import until

SMALL, LARGE = (80, 24), (120, 40)


class Inspected(Shell):
    """The program with a real inspector among panes of the test's own."""

    def pane_makers(self) -> dict[str, Callable[[], Pane]]:
        return {**super().pane_makers(), "inspector": lambda: InspectorPane(self.session)}

    @property
    def inspector(self) -> InspectorPane:
        pane = self.main.workspace.panes["inspector"]
        assert isinstance(pane, InspectorPane)
        return pane

    @property
    def shown(self) -> str:
        return text_of(self.inspector.grid) + "\n" + text_of(self.inspector.facts)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspector, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(inspector, "_SETTLE_SECONDS", 0.0)


@asynccontextmanager
async def inspecting(*paths: Path | str, size: tuple[int, int] = SMALL) -> AsyncIterator[tuple[Inspected, Pilot[int]]]:
    base = shell()
    app = Inspected(base.start_path, base.settings, base.session)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.main.workspace.complete and app.focused)
        app.selected = str(paths[0])
        await pilot.press("3")
        await until(lambda: "inspector" in app.main.workspace.panes and app.inspector.grid.has_focus)
        pane = app.inspector
        if len(paths) > 1:
            pane.show_key(tuple(map(str, paths)))
        else:
            pane.show_path(str(paths[0]))
        await until(lambda: len(pane.found) == len(paths) and pane._identity is not None)
        yield app, pilot


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text("text")
    path.chmod(0o644)
    os.utime(path, ns=(1, 1_700_000_000_123_456_789))
    return path


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_everything_about_a_file_can_be_read(file: Path, size: tuple[int, int]) -> None:
    async with inspecting(file, size=size) as (app, pilot):
        await until(lambda: "0644 rw-r--r--" in app.shown)
        await pilot.press("pagedown", "home")
        seen = ""
        for _ in range(40):
            seen += text_of(app.inspector.facts)
            app.inspector.facts.action_down()
        words = " ".join(seen.split())
        status = file.stat()
        for fact in (
            f"inode {status.st_ino}",
            "links 1",
            "size 4 bytes",
            "you may read write –",
            "accessed 1970-01-01 00:00:00.000000001 +0000",
            "modified 2023-11-14 22:13:20.123456789 +0000",
            f"device {os.major(status.st_dev)}:{os.minor(status.st_dev)}",
            "xattrs none",
        ):
            assert fact in words, fact
        assert "…" not in seen.replace("… and", "")
        assert file.name in str(app.inspector.border_title)


@pytest.mark.parametrize("size", [(40, 10), SMALL, LARGE, (200, 60)])
async def test_the_grid_is_whole_at_every_size(file: Path, size: tuple[int, int]) -> None:
    async with inspecting(file, size=size) as (app, pilot):
        await until(lambda: "sticky" in app.shown)
        grid = app.inspector.grid
        lines = text_of(grid).splitlines()
        assert "0644 rw-r--r--" in lines[0]
        assert [line.split()[0] for line in lines[2:5]] == ["user", "group", "other"]
        assert [line.count("[") for line in lines[2:5]] == [4, 4, 4]
        assert [word in line for word, line in zip(("setuid", "setgid", "sticky"), lines[2:5], strict=True)] == [
            True
        ] * 3
        assert lines[2].rstrip().endswith("you")
        assert app.inspector.content_region.contains_region(grid.region)
        if size[1] > 10:
            assert app.inspector.facts.size.height >= 4
        await pilot.press("pagedown")
        await until(lambda: app.inspector.facts.has_focus and app.inspector.facts.size.height >= 4)


async def test_a_bit_is_toggled_applied_and_undone(file: Path) -> None:
    async with inspecting(file) as (app, pilot):
        await pilot.press("right", "right", "space")
        assert "0644 rw-r--r-- → 0744 rwxr--r--" in app.shown
        assert "the owner may now execute" in app.shown
        assert "[x]*" in app.shown
        assert mode_of(file) == 0o644
        await pilot.press("enter")
        await until(lambda: mode_of(file) == 0o744 and not app.inspector.has_edit())
        await until(lambda: "→" not in app.shown and "0744 rwxr--r--" in app.shown)
        await pilot.press("u")
        await until(lambda: mode_of(file) == 0o644)
        await until(lambda: "0644 rw-r--r--" in app.shown)
        log = [call.python() for call in app.session.door.log.calls() if call.change]
        assert log == [f"os.chmod({str(file)!r}, 0o744)", f"os.chmod({str(file)!r}, 0o644)"]


async def test_letters_toggle_in_the_class_of_the_row(file: Path) -> None:
    async with inspecting(file) as (app, pilot):
        await pilot.press("down", "w", "x", "s", "down", "r", "s")
        assert "0644 rw-r--r-- → 3670 rw-rws--T" in app.shown
        await pilot.press("escape")
        assert "→" not in app.shown
        assert not app.inspector.has_edit()
        await pilot.press("u")
        assert mode_of(file) == 0o644


async def test_all_twelve_bits(file: Path) -> None:
    file.chmod(0)
    async with inspecting(file) as (app, pilot):
        await pilot.press(*"rwxs", "down", *"rwxs", "down", *"rwxs")
        assert "→ 7777 rwsrwsrwt" in app.shown
        await pilot.press("enter")
        await until(lambda: mode_of(file) == 0o7777)


async def test_a_click_toggles(file: Path) -> None:
    async with inspecting(file) as (app, pilot):
        grid = app.inspector.grid
        line = text_of(grid).splitlines()[3]
        await pilot.click(grid, offset=(line.index("[ ]") + 1, 3))
        await until(lambda: "→ 0664" in app.shown)


@pytest.mark.parametrize(
    ("typed", "mode"), [("755", 0o755), ("u+x,go=", 0o700), ("+t", 0o1644), ("a=u", 0o666), ("4711", 0o4711)]
)
async def test_a_mode_is_typed_with_a_preview(file: Path, typed: str, mode: int) -> None:
    async with inspecting(file) as (app, pilot):
        await pilot.press("equals_sign")
        await until(lambda: isinstance(app.screen, ModeDialog))
        await pilot.press(*typed)
        preview = app.screen.query_one("#preview", Text)
        await until(lambda: f"→ {mode:04o}" in str(preview.content))
        await pilot.press("enter")
        await until(lambda: mode_of(file) == mode)


async def test_a_mode_that_chmod_refuses_is_refused_with_the_reason(file: Path) -> None:
    async with inspecting(file) as (app, pilot):
        await pilot.press("equals_sign")
        await until(lambda: isinstance(app.screen, ModeDialog))
        problem = app.screen.query_one("#problem", Text)
        assert "644" in str(problem.content)
        await pilot.press(*"u+q")
        await until(lambda: "Column 3: q is not one of" in str(problem.content))
        await pilot.press("enter")
        assert isinstance(app.screen, ModeDialog)
        await pilot.press("escape")
        await until(lambda: app.screen is app.main)
        assert mode_of(file) == 0o644


async def test_risky_modes_are_warned_of(file: Path) -> None:
    async with inspecting(file) as (app, pilot):
        await pilot.press("down", "down", "w")
        assert "! Anybody may write it" in app.shown
        await pilot.press("w", "s")
        assert "! The sticky bit has no effect on a file" in app.shown


async def test_a_change_from_outside_shows(file: Path) -> None:
    async with inspecting(file) as (app, _):
        await until(lambda: "0644" in app.shown)
        file.chmod(0o4711)
        await until(lambda: "4711 rws--x--x" in app.shown)
        file.write_text("longer")
        await until(lambda: "6 bytes" in app.shown)


async def test_a_change_from_outside_keeps_what_is_edited(file: Path) -> None:
    async with inspecting(file) as (app, pilot):
        await pilot.press("x")
        file.chmod(0o600)
        await until(lambda: "0600 rw------- → 0700 rwx------" in app.shown)
        await pilot.press("enter")
        await until(lambda: mode_of(file) == 0o700)


async def test_a_file_that_vanishes_says_so_and_comes_back(file: Path) -> None:
    async with inspecting(file) as (app, pilot):
        await until(lambda: "0644" in app.shown)
        file.unlink()
        await until(lambda: "It is not there any more" in app.shown)
        await pilot.press("x", "enter")
        assert "[x]" not in app.shown
        file.touch(mode=0o600)
        await until(lambda: "0600 rw-------" in app.shown)


async def test_a_file_that_is_replaced_drops_the_edit(file: Path, tmp_path: Path) -> None:
    async with inspecting(file) as (app, pilot):
        await pilot.press("x")
        (tmp_path / "other").touch(mode=0o600)
        os.rename(tmp_path / "other", file)
        await until(lambda: "0600 rw-------" in app.shown and not app.inspector.has_edit())
        await pilot.press("enter")
        assert mode_of(file) == 0o600


async def test_a_link_shows_its_steps_and_the_mode_of_its_target(file: Path, tmp_path: Path) -> None:
    (tmp_path / "b").symlink_to("notes.txt")
    (tmp_path / "a").symlink_to("b")
    async with inspecting(tmp_path / "a") as (app, pilot):
        await until(lambda: "link to" in app.shown)
        assert "what the link leads to" in app.shown
        assert "→ notes.txt" in app.shown
        assert "0777 lrwxrwxrwx" in app.shown
        await pilot.press("x", "enter")
        await until(lambda: mode_of(file) == 0o744)
        await until(lambda: "0744 rwxr--r--" in app.shown)


async def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "broken").symlink_to("nowhere")
    async with inspecting(tmp_path / "broken") as (app, pilot):
        await until(lambda: "leads nowhere" in app.shown)
        assert "nothing: No such file" in app.shown
        await pilot.press("down")
        await until(lambda: app.inspector.facts.has_focus)


async def test_several_files_at_once(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path, mode in zip(paths, (0o644, 0o755, 0o640), strict=True):
        path.touch()
        path.chmod(mode)
    async with inspecting(*paths) as (app, pilot):
        await until(lambda: "3 files" in app.shown)
        assert "0??? rw?r-??-?" in app.shown
        assert "[~]" in app.shown
        assert "0755 b" in " ".join(app.shown.split())
        await pilot.press("x")
        assert "2 of 3 files change" in app.shown
        await pilot.press("enter")
        await until(lambda: [mode_of(path) for path in paths] == [0o744, 0o755, 0o740])
        await until(lambda: not app.inspector.has_edit() and "0744" in app.shown)
        await pilot.press("u")
        await until(lambda: [mode_of(path) for path in paths] == [0o644, 0o755, 0o640])
        await until(lambda: "0640 c" in " ".join(app.shown.split()))


async def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31m[red][bold]\n\u202e"
    path.touch()
    (tmp_path / "link").symlink_to(path.name)
    async with inspecting(path) as (app, pilot):
        await until(lambda: "0644" in app.shown)
        assert app.shown.replace("\n", "").isprintable()
        assert str(app.inspector.border_title).isprintable()
        app.inspector.show_path(str(tmp_path / "link"))
        await until(lambda: "link to \\x1b[31m[red][bold]\\n\\u202e" in app.shown and app.inspector.has_file())
        assert app.shown.replace("\n", "").isprintable()
        await pilot.press("equals_sign")
        await until(lambda: isinstance(app.screen, ModeDialog))


async def test_facts_are_filtered_and_left_upwards(file: Path) -> None:
    async with inspecting(file) as (app, pilot):
        await until(lambda: "0644" in app.shown)
        await pilot.press("slash", *"modified", "enter")
        await until(lambda: app.inspector.facts.has_focus)
        lines = [line.split()[0] for line in text_of(app.inspector.facts).splitlines()[1:] if line.strip()]
        assert lines == ["modified"]
        await pilot.press("up")
        await until(lambda: app.inspector.grid.has_focus)
        await pilot.press("escape")
        await until(lambda: "inode" in app.shown or "owner" in app.shown)


async def test_it_rests_while_it_has_no_place(file: Path) -> None:
    async with inspecting(file) as (app, pilot):
        await until(lambda: "0644" in app.shown)
        await pilot.press("2")
        await until(lambda: app.inspector._watcher is None)
        file.chmod(0o600)
        await pilot.press("3")
        await until(lambda: "0600 rw-------" in app.shown)


async def test_another_selection_leaves_an_edit_unapplied(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").touch(mode=0o600)
    async with inspecting(file) as (app, pilot):
        await pilot.press("x")
        app.inspector.show_path(str(tmp_path / "other"))
        await until(lambda: "0600 rw-------" in app.shown)
        await until(lambda: app._notifications)
        assert mode_of(file) == 0o644


class WithFiles(Inspected):
    """The same with a real listing."""

    def pane_makers(self) -> dict[str, Callable[[], Pane]]:
        from osexplorer.ui.panes.files import FilesPane

        return {**super().pane_makers(), "files": lambda: FilesPane(self.session)}


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_m_leads_from_marked_files_to_their_grid(tmp_path: Path, size: tuple[int, int]) -> None:
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path in paths:
        path.touch(mode=0o644)
    base = shell()
    app = WithFiles(str(tmp_path), base.settings, base.session)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.main.workspace.complete and app.focused)
        rows = app.main.workspace.panes["files"].rows
        await until(lambda: len(rows.source) == 3)
        await pilot.press("m")
        await until(lambda: "inspector" in app.main.workspace.panes and app.inspector.grid.has_focus)
        await until(lambda: app.inspector.paths == (str(paths[0]),) and app.inspector.edit is not None)
        await pilot.press("2")
        await until(lambda: rows.has_focus)
        await pilot.press("space", "space", "m")
        await until(lambda: app.inspector.paths == tuple(map(str, paths[:2])) and len(app.inspector.found) == 2)
        await until(lambda: app.inspector.grid.has_focus)
        await pilot.press("x", "enter")
        await until(lambda: [mode_of(path) for path in paths] == [0o744, 0o744, 0o644])
        await pilot.press("u")
        await until(lambda: [mode_of(path) for path in paths] == [0o644, 0o644, 0o644])


async def test_a_cursor_that_runs_through_a_listing_ends_at_the_last_file(tmp_path: Path) -> None:
    for at in range(60):
        (tmp_path / f"{at:02d}").touch()
        (tmp_path / f"{at:02d}").chmod(0o600 + at)
    base = shell()
    app = WithFiles(str(tmp_path), base.settings, base.session)
    async with app.run_test(size=LARGE):
        await until(lambda: app.main.workspace.complete and app.focused)
        rows = app.main.workspace.panes["files"].rows
        await until(lambda: len(rows.source) == 60)
        for _ in range(59):
            rows.action_down()
        await until(lambda: "inspector" in app.main.workspace.panes and app.inspector.paths == (str(tmp_path / "59"),))
        await until(lambda: app.inspector.edit is not None and "0673" in app.shown)
        assert not app._notifications
