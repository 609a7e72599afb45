"""The find dialog: a query, what it finds, and the ways from there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from osexplorer.services.find import FindStatus
from osexplorer.services.found_order import FoundBy
from osexplorer.ui.dialogs.confirm import Confirm
from osexplorer.ui.dialogs.disk_use import DiskUseDialog
from osexplorer.ui.dialogs.find import FindDialog
from osexplorer.ui.dialogs.link import LinkDialog
from osexplorer.ui.dialogs.over_files import OverFilesDialog
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.dialogs.why import WhyDialog
from osexplorer.ui.panes.inspector import InspectorPane
from osexplorer.ui.rowlist.cells import Matched, spans
from tests.ui.test_files import Program, cursor, program, ready
from tests.waiting import until

AnyScreen = TypeVar("AnyScreen", bound=Screen[Any])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "sub" / "inner").mkdir(parents=True)
    for name, size in (("a.py", 1), ("sub/b.py", 30), ("sub/inner/c.py", 2), ("sub/d.txt", 4)):
        (place / name).write_bytes(b"x" * size)
    return place


def dialog(app: Program) -> FindDialog:
    assert isinstance(app.screen, FindDialog)
    return app.screen


def listed(app: Program) -> list[str]:
    rows = dialog(app).rows
    return [rows.render_line(y).text.split()[0] for y in range(1, 1 + len(rows.source))]


async def search(app: Program, pilot: Pilot[int], text: str) -> None:
    await pilot.press("F")
    await until(lambda: isinstance(app.screen, FindDialog) and app.screen.line.has_focus)
    dialog(app).line.value = text
    await pilot.press("enter")
    await until(lambda: app.session.find.feed.value.status is FindStatus.DONE and dialog(app).rows.has_focus)


@asynccontextmanager
async def found(
    place: Path, query: str, size: tuple[int, int] = (120, 40), by: FoundBy = "", picking: bool = False
) -> AsyncIterator[tuple[Program, Pilot[int]]]:
    """The program with the find dialog, and in it what fits `query`.

    Args:
        by: what it is sorted by.
        picking: whether the program is used to choose.
    """
    app = program(place)
    app.picking = "lines" if picking else ""
    async with app.run_test(size=size) as pilot:
        await ready(app, place)
        await search(app, pilot, query)
        if by:
            app.session.find.sort(by, False)
            await until(lambda: app.session.find.feed.value.by == by, "the order")
        yield app, pilot


async def leads_to(app: Program, pilot: Pilot[int], key: str, kind: type[AnyScreen]) -> AnyScreen:
    """Press a key, and wait for the dialog that it opens or goes back to."""
    await pilot.press(key)
    await until(lambda: isinstance(app.screen, kind), kind.__name__)
    assert isinstance(app.screen, kind)
    return app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_enter_goes_to_what_was_found(place: Path, size: tuple[int, int]) -> None:
    async with found(place, "*.py", size=size) as (app, pilot):
        await until(lambda: sorted(listed(app)) == ["a.py", "sub/b.py", "sub/inner/c.py"])
        app.session.find.sort("size", True)
        await until(lambda: listed(app)[0] == "sub/b.py")
        await pilot.press("home", "enter")
        await ready(app, place / "sub")
        await until(lambda: cursor(app) == "b.py")


async def test_before_a_search_the_list_says_that_enter_begins_it(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        dialog = await leads_to(app, pilot, "F", FindDialog)
        await until(lambda: "then Enter" in dialog.rows.empty_text.text, "what to do")


async def test_what_was_found_is_marked_by_a_pattern_of_names_or_paths(place: Path) -> None:
    async with found(place, "*.py") as (app, pilot):
        await until(lambda: sorted(listed(app)) == ["a.py", "sub/b.py", "sub/inner/c.py"])
        for text, marked in (("[ab].py", {"a.py", "b.py"}), ("sub/*", {"a.py", "b.py", "c.py"})):
            await leads_to(app, pilot, "plus", Prompt)
            await pilot.press(*text, "enter")
            await until(lambda: isinstance(app.screen, FindDialog))
            dialog = app.screen
            assert isinstance(dialog, FindDialog)

            def names(dialog: FindDialog = dialog) -> set[str]:
                paths = [dialog.find.path_of(key) for key in dialog.rows.marks if isinstance(key, int)]
                return {Path(path).name for path in paths}

            await until(lambda names=names, marked=marked: names() == marked, text)  # type: ignore[misc]


async def test_what_was_found_is_still_there(place: Path) -> None:
    async with found(place, "*.py", size=(80, 24)) as (app, pilot):
        await until(lambda: len(listed(app)) == 3)
        await pilot.press("down", "escape")
        await until(lambda: not isinstance(app.screen, FindDialog))
        await pilot.press("F")
        await until(lambda: isinstance(app.screen, FindDialog) and app.screen.rows.has_focus)
        assert (len(listed(app)), dialog(app).rows.cursor) == (3, 1)
        await pilot.press("tab")
        assert dialog(app).line.has_focus
        assert dialog(app).line.value == "*.py"


async def test_filter_sort_and_marks(place: Path) -> None:
    async with found(place, "kind:file") as (app, pilot):
        await pilot.press("slash", "t", "x", "t", "enter")
        await until(lambda: listed(app) == ["sub/d.txt"] and dialog(app).rows.has_focus)
        await pilot.press("escape")
        await until(lambda: len(listed(app)) == 4)
        app.session.find.sort("path", False)
        await until(lambda: listed(app)[0] == "a.py")
        await pilot.press("home", "space", "space", "m")
        await until(lambda: not isinstance(app.screen, FindDialog))
        pane = app.main.workspace.panes["inspector"]
        assert isinstance(pane, InspectorPane)
        await until(lambda: pane.paths == (str(place / "a.py"), str(place / "sub" / "b.py")))


async def test_what_is_wrong_with_a_query_is_told(place: Path) -> None:
    from osexplorer.ui.dialogs.base import Text

    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await leads_to(app, pilot, "F", FindDialog)
        dialog(app).line.value = "size>x"
        problem = dialog(app).query_one("#problem", Text)
        await until(lambda: problem.display and "a size as" in str(problem.content))
        await pilot.press("enter")
        assert app.session.find.feed.value.status is FindStatus.NONE
        dialog(app).line.value = "owner:nobody-at-all"
        await pilot.press("enter")
        await until(lambda: "no user" in str(problem.content))
        await until(lambda: app.session.find.feed.value.status is FindStatus.FAILED)


async def test_escape_ends_the_search_first(place: Path) -> None:
    app = program("/")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, "/")
        await leads_to(app, pilot, "F", FindDialog)
        dialog(app).line.value = "no-such-name-anywhere"
        await pilot.press("enter")
        await until(lambda: app.session.find.feed.value.entries > 1000)
        await pilot.press("escape")
        await until(lambda: app.session.find.feed.value.status is FindStatus.STOPPED)
        assert isinstance(app.screen, FindDialog)
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, FindDialog))


async def test_the_keys_of_a_listing(place: Path) -> None:
    async with found(place, "*.py", size=(160, 40)) as (app, pilot):
        find = app.session.find
        find.sort("name", False)
        await until(lambda: listed(app) == ["a.py", "sub/b.py", "sub/inner/c.py"])
        await pilot.press("asterisk")
        await until(lambda: (place / "a.py").stat().st_mode & 0o100)
        await until(lambda: listed(app)[0] == "a.py*", "the row shows it at once")
        await pilot.press("space", "space", "asterisk")
        await until(lambda: (place / "sub/b.py").stat().st_mode & 0o100)
        assert (place / "a.py").stat().st_mode & 0o100
        why = await leads_to(app, pilot, "w", WhyDialog)
        assert why.path == str(place / "sub/inner/c.py")
        await leads_to(app, pilot, "escape", FindDialog)
        use = await leads_to(app, pilot, "U", DiskUseDialog)
        assert use.path == str(place / "sub/inner")
        await leads_to(app, pilot, "escape", FindDialog)
        await pilot.press("escape", "v")
        await until(lambda: app.main.workspace.focused_scope == "inspector")
        inspector = app.main.workspace.panes["inspector"]
        assert isinstance(inspector, InspectorPane)
        await until(lambda: inspector.previewing and inspector.inside.preview is not None)


async def test_rows_follow_what_becomes_of_the_files(place: Path) -> None:
    async with found(place, "*.py", size=(160, 40), by="name") as (app, pilot):
        await until(lambda: listed(app) == ["a.py", "sub/b.py", "sub/inner/c.py"])
        (place / "sub/b.py").unlink()
        (place / "a.py").chmod(0o755)
        lines = [dialog(app).rows.render_line(y).text for y in range(1, 4)]
        assert "ENOENT" not in "".join(lines)
        app.session.find.look_again()
        await until(lambda: "ENOENT" in dialog(app).rows.render_line(2).text and listed(app)[0] == "a.py*")
        (place / "new.py").touch()
        await pilot.press("ctrl+r")
        await until(lambda: sorted(listed(app)) == ["a.py*", "new.py", "sub/inner/c.py"])


async def test_what_was_found_can_be_edited_and_counted(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "sh -c 'echo edited >> \"$1\"' sh")
    async with found(place, "name:d.txt") as (app, pilot):
        await pilot.press("e")
        await until(lambda: "edited" in (place / "sub/d.txt").read_text())
        await until(lambda: any(" 11B" in dialog(app).rows.render_line(1).text for _ in [0]), "its size now")
        await pilot.press("tab")
        dialog(app).line.value = "kind:dir sub"
        await pilot.press("enter")
        await until(lambda: listed(app) == ["sub/"] and dialog(app).rows.has_focus)
        await pilot.press("c")
        await until(lambda: app.session.measure.use(str(place / "sub")) is not None)


async def test_what_was_found_is_chosen_where_the_program_is_used_to_choose(place: Path) -> None:
    async with found(place, "*.py", picking=True) as (app, pilot):
        await pilot.press("a", "P")
        await until(lambda: len(app.picked) == 3)
    assert set(app.picked) == {str(place / name) for name in ("a.py", "sub/b.py", "sub/inner/c.py")}


async def test_letters_that_matched_are_highlighted(place: Path) -> None:
    async with found(place, "*.py", by="name") as (app, pilot):
        await until(lambda: listed(app) == ["a.py", "sub/b.py", "sub/inner/c.py"])
        await pilot.press("slash", "s", "slash", "c")
        await until(lambda: listed(app) == ["sub/inner/c.py"])
        assert dialog(app).rows.cursor == 0
        (cell,) = dialog(app).rows.source.cells(0, ["name"])
        marked = [[span.text[at] for at in span.matched] for span in spans(cell) if isinstance(span, Matched)]
        assert [letters for letters in marked if letters] == [["s", "/"], ["c"]]


async def test_what_was_found_is_copied_renamed_and_removed(
    place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    async with found(place, "*.py", size=(160, 40), by="name") as (app, pilot):
        await until(lambda: listed(app) == ["a.py", "sub/b.py", "sub/inner/c.py"])
        dialog(app).rows.move_to(1)
        await leads_to(app, pilot, "r", Prompt)
        await pilot.press(*["backspace"] * 4, *"new.py", "enter")
        await until(lambda: (place / "sub/new.py").exists() and not (place / "sub/b.py").exists())
        await until(lambda: isinstance(app.screen, FindDialog) and "ENOENT" in dialog(app).rows.render_line(2).text)
        await pilot.press("u")
        await until(lambda: (place / "sub/b.py").exists())
        await until(lambda: "ENOENT" not in dialog(app).rows.render_line(2).text)
        await pilot.press("delete")
        await until(lambda: not (place / "sub/b.py").exists())
        await until(lambda: "ENOENT" in dialog(app).rows.render_line(2).text)
        await pilot.press("u")
        await until(lambda: (place / "sub/b.py").exists())
        dialog(app).rows.move_to(2)
        await leads_to(app, pilot, "D", Confirm)
        await pilot.press("y")
        await until(lambda: not (place / "sub/inner/c.py").exists())
        await until(lambda: isinstance(app.screen, FindDialog))
        dialog(app).rows.move_to(1)
        await pilot.press("y")
        await until(lambda: app.session.operations.clipboard.value.text == "1 to copy")
        await pilot.press("escape")
        await until(lambda: app.pane.has_focus_within and app.pane.clipboard_text == "1 to copy")
        await pilot.press("p")
        await until(lambda: (place / "b.py").exists())


async def test_names_of_several_a_link_and_a_command_over_them(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", r"sed -i -e s/\.py$/.txt/ -e s/^b/e/")
    async with found(place, "*.py", size=(160, 40), by="name") as (app, pilot):
        await until(lambda: listed(app) == ["a.py", "sub/b.py", "sub/inner/c.py"])
        await leads_to(app, pilot, "L", LinkDialog)
        await pilot.press("enter")
        await until(lambda: (place / "a.py-link").is_symlink(), "a link beside it")
        await until(lambda: isinstance(app.screen, FindDialog))
        await pilot.press("a", "X")
        await until(lambda: isinstance(app.screen, OverFilesDialog))
        assert isinstance(app.screen, OverFilesDialog)
        assert [*app.screen.paths] == [str(place / name) for name in ("a.py", "sub/b.py", "sub/inner/c.py")]
        await leads_to(app, pilot, "escape", FindDialog)
        await leads_to(app, pilot, "r", Confirm)
        await pilot.press("y")
        wanted = ("a.txt", "sub/e.txt", "sub/inner/c.txt")
        await until(lambda: all((place / name).exists() for name in wanted), "the new names")
        await until(lambda: isinstance(app.screen, FindDialog) and not dialog(app).rows.marks)
        for _ in wanted:  # each directory by itself
            await pilot.press("u")
        await until(lambda: all((place / name).exists() for name in ("a.py", "sub/b.py", "sub/inner/c.py")))


async def test_a_filter_puts_the_cursor_on_what_fits_best(place: Path) -> None:
    (place / "late.py").touch()
    (place / "sub" / "tea.py").touch()
    async with found(place, "*.py", by="name") as (app, pilot):
        await until(lambda: listed(app)[:2] == ["a.py", "late.py"])
        dialog(app).rows.move_to(1)
        await pilot.press("slash", "t", "e")
        await until(lambda: listed(app) == ["sub/tea.py", "late.py"])
        assert dialog(app).rows.cursor == 0
