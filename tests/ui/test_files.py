"""The files pane: what it shows, where keys lead, what changes do to it."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.style import Style
from textual.pilot import Pilot

from osexplorer.model.entry import EntryStat
from osexplorer.model.files import Status
from osexplorer.model.settings import Icons, Settings
from osexplorer.model.watch import Watching
from osexplorer.services.session import Session
from osexplorer.ui.app import Explorer
from osexplorer.ui.dialogs.launch import LaunchDialog
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.field import Field
from osexplorer.ui.panes.files import FilesPane, FilesSource
from tests.unprivileged import open_place
from tests.waiting import until

__all__ = ["open_place"]


class Program(Explorer):
    """The program, and its files pane at hand."""

    def __init__(self, path: str, settings: Settings, session: Session) -> None:
        super().__init__(path, settings, session)
        self.told: list[str] = []
        """Every notice, those too that are no longer shown."""

    def notify(self, message: str, **options: Any) -> None:
        self.told.append(message)
        super().notify(message, **options)

    @property
    def pane(self) -> FilesPane:
        pane = self.main.workspace.panes["files"]
        assert isinstance(pane, FilesPane)
        return pane


def program(path: Path | str, settings: Settings | None = None) -> Program:
    return Program(str(path), settings or Settings(), Session())


async def ready(app: Program, path: Path | str) -> None:
    """The directory is on the screen, whole."""
    files = app.session.files
    await until(lambda: files.state.path == str(path) and files.state.status is Status.READY, f"{path}")
    await until(lambda: app.pane._shown == files.state and app.pane.rows.size.height > 2)


def lines(app: Program) -> list[str]:
    rows = app.pane.rows
    return [rows.render_line(y).text.rstrip() for y in range(rows.size.height)]


def names(app: Program) -> list[str]:
    """The first word of each row."""
    shown = min(len(app.pane.rows.source), app.pane.rows.size.height - 1)
    return [line[2:].split()[0] for line in lines(app)[1 : shown + 1]]


async def on(app: Program, name: str) -> None:
    """The cursor stands on that entry, of which all is known, and the keyboard is there."""
    view = app.session.files.view
    at = [view.name(row) for row in range(len(view))].index(name)
    app.pane.rows.move_to(at)
    await until(lambda: app.pane.has_focus_within, "the keyboard")
    await until(lambda: cursor(app) == name and isinstance(view.stat(at), EntryStat), f"{name} to be known")


def cursor(app: Program) -> str:
    path = app.pane.path
    return os.path.basename(path) if path else ""


async def press(pilot: Pilot[int], *keys: str) -> None:
    await pilot.press(*keys)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "dir" / "inner").mkdir(parents=True)
    for name in ("f10", "f2", ".dot"):
        (place / name).write_text("x" * 2000)
    (place / "run").write_text("#!/bin/sh\n")
    (place / "run").chmod(0o755)
    (place / "to-dir").symlink_to("dir")
    (place / "broken").symlink_to("nowhere")
    os.mkfifo(place / "pipe")
    return place


async def test_each_kind_has_its_sign(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)):
        await ready(app, place)
        await until(lambda: "(broken)" in lines(app)[2] and "dir/" in lines(app)[7])
        text = lines(app)
        assert text[0].split() == ["Name▲", "Size", "Mode", "Owner", "Modified"]
        assert names(app) == ["dir/", "broken@", "f2", "f10", "pipe|", "run*", "to-dir@"]
        assert text[2].split()[1:4] == ["→", "nowhere", "(broken)"]
        assert text[3].split()[1:3] == ["2.0K", "-rw-r--r--"]
        assert text[7].split()[1:3] == ["→", "dir/"]
        style = {segment.text: segment.style for segment in app.pane.rows.render_line(2)}
        assert any(text.startswith("broken") and style and style.underline for text, style in style.items())


async def test_entering_and_leaving(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        for enter, leave in (("enter", "h"), ("l", "left"), ("right", "backspace")):
            await press(pilot, "home", enter)
            await ready(app, place / "dir")
            assert names(app) == ["inner/"]
            await press(pilot, leave)
            await ready(app, place)
            await until(lambda: cursor(app) == "dir")
        await press(pilot, "end", "enter")
        await ready(app, place / "to-dir")
        await press(pilot, "h")
        await ready(app, place)
        await until(lambda: cursor(app) == "to-dir")
        await press(pilot, "h")
        await ready(app, place.parent)
        assert cursor(app) == "place"


async def test_a_directory_is_entered_where_it_was_left(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await press(pilot, "j", "j", "j")
        assert cursor(app) == "f10"
        await press(pilot, "h")
        await ready(app, place.parent)
        await press(pilot, "l")
        await ready(app, place)
        await until(lambda: cursor(app) == "f10")


async def test_a_file_opens_in_the_inspector(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await press(pilot, "j", "j", "enter")
        await until(lambda: app.main.workspace.focused_scope == "inspector")
        assert app.selected == str(place / "f2")


async def test_a_pager_is_not_given_a_directory(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await on(app, "dir")
        await press(pilot, "V")
        await until(lambda: any("Only files are read" in text for text in app.told), "the notice")
        await on(app, "run")
        assert app.pane.chosen_files() == [str(place / "run")]
        await on(app, "pipe")
        assert app.pane.chosen_files() == []


async def test_dot_files_sort_and_filter(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        assert str(app.pane.border_subtitle).startswith("7 entries · 1 hidden")
        await press(pilot, "full_stop")
        await until(lambda: ".dot" in names(app))
        assert str(app.pane.border_subtitle).startswith("8 entries")
        await press(pilot, "full_stop")
        await until(lambda: ".dot" not in names(app))
        await press(pilot, "slash", "f")
        await until(lambda: names(app) == ["f2", "f10"])
        assert "2 of 7 match" in str(app.pane.border_subtitle)
        assert "▲" not in lines(app)[0], "what fits best comes first, not what a column says"
        await press(pilot, "enter", "escape")
        await until(lambda: len(names(app)) == 7)
        assert "Name▲" in lines(app)[0]
        await press(pilot, "s", "j", "enter")
        await until(lambda: app.session.files.state.arrangement.by == "size")
        await until(lambda: names(app)[:3] == ["dir/", "f2", "f10"])
        assert "Size▼" in lines(app)[0]


async def test_marking_the_others_leaves_alone_what_is_not_shown(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        rows = app.pane.rows
        shown = len(rows.source)
        await pilot.press("space", "I")
        assert len(rows.marks) == shown - 1
        assert rows.source.key(0) not in rows.marks
        await pilot.press("full_stop")
        await until(lambda: len(rows.source) > shown, "the dot-files")
        assert len(rows.marks) == shown - 1


async def test_marking_by_a_pattern(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)

        def marked() -> list[str]:
            return [os.path.basename(path) for path in app.pane.chosen_paths()] if app.pane.rows.marks else []

        async def ask(key: str, text: str) -> None:
            await pilot.press(key)
            await until(lambda: isinstance(app.screen, Prompt) and app.screen.query(Field), "the question")
            await pilot.press(*text, "enter")
            await until(lambda: app.screen is app.main)

        await ask("plus", "F[0-9]*")
        await until(lambda: app.told == ["No other row matches F[0-9]*"], "case counts where there is a capital letter")
        await ask("plus", "f*")
        await until(lambda: marked() == ["f2", "f10"], "the pattern, and the hidden ones left alone")
        await ask("plus", "u")
        await until(lambda: "run" in marked(), "what holds the word")
        await ask("minus", "f?")
        await until(lambda: "f2" not in marked(), "those unmarked")
        assert {"f10", "run"} <= set(marked())
        assert app.told[-1] == "1 row unmarked"


async def test_marks_stay_on_their_entries(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await until(lambda: app.session.files.state.watching is Watching.LIVE)
        await press(pilot, "j", "j", "space")
        assert app.pane.chosen_paths() == [str(place / "f2")]
        assert cursor(app) == "f10"
        (place / "aaa").touch()
        await until(lambda: "aaa" in names(app))
        assert app.pane.chosen_paths() == [str(place / "f2")]
        assert cursor(app) == "f10"
        (place / "f2").unlink()
        await until(lambda: "f2" not in names(app))
        assert app.pane.chosen_paths() == [str(place / "f10")], "no mark is left: the one under the cursor"
        await press(pilot, "a")
        assert len(app.pane.chosen_paths()) == 7
        await press(pilot, "escape")
        assert app.pane.chosen_paths() == [str(place / "f10")]


async def test_changes_from_outside_show(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)):
        await ready(app, place)
        await until(lambda: app.session.files.state.watching is Watching.LIVE)
        (place / "f2").chmod(0o4711)
        await until(lambda: "-rws--x--x" in lines(app)[3])
        assert names(app)[2] == "f2*"


async def test_enter_on_a_program_offers_to_launch_it_here(place: Path) -> None:
    (place / "a program").write_text("#!/bin/sh\npwd; exit ${#1}\n")
    (place / "a program").chmod(0o755)
    (place / "to-program").symlink_to("a program")
    for name, line in (("a program", "'./a program' "), ("to-program", "./to-program ")):
        app = program(place)
        async with app.run_test(size=(80, 24)) as pilot:
            await ready(app, place)
            await on(app, name)
            await press(pilot, "enter")
            await until(
                lambda app=app: isinstance(app.screen, LaunchDialog) and app.focused,
                f"the offer {name} {app.screen} {app.main.pane.SCOPE} {cursor(app)}",
            )
            assert app.screen.query_one(Field).value == line
            await press(pilot, "4", "4", "4", "enter")
            children = app.session.children
            await until(lambda children=children: children.feed.value and not children.running, "its end")
            (child,) = children.feed.value
            assert (child.code, child.cwd) == (3, str(place))
            await children.close()


async def test_enter_on_another_file_or_a_key_that_only_shows_launches_nothing(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        for name, key in (("f2", "enter"), ("run", "right")):
            await press(pilot, "2")
            await until(lambda: app.pane.has_focus_within, "the files")
            await on(app, name)
            await press(pilot, key)
            await until(lambda: app.main.pane.SCOPE == "inspector", f"{name} to be shown")
            assert app.screen is app.main


async def test_the_execute_bit_by_one_key(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await press(pilot, "j", "j", "asterisk")
        await until(lambda: names(app)[2] == "f2*")
        assert stat.S_IMODE(os.stat(place / "f2").st_mode) == 0o744
        await app.session.undo.undo()
        await until(lambda: names(app)[2] == "f2")


async def test_the_execute_bit_of_several_and_their_grid(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await until(lambda: "-rwxr" in lines(app)[6])
        await press(pilot, "j", "j", "space", "space", "j", "space", "asterisk")
        await until(lambda: names(app)[2:6] == ["f2*", "f10*", "pipe|", "run*"])
        assert next(iter(app._notifications)).message == "2 changed, 1 had it already"
        await app.session.undo.undo()
        await until(lambda: names(app)[2:6] == ["f2", "f10", "pipe|", "run*"])
        await press(pilot, "m")
        await until(lambda: "3 files" in str(app.main.workspace.panes["inspector"].border_title))


async def test_the_execute_bit_of_marked_files_out_of_sight(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"f{number}").touch(0o644)
    app = program(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, tmp_path)
        await press(pilot, "a", "asterisk")
        await until(lambda: app._notifications)
        assert next(iter(app._notifications)).message == "200 changed"
        assert all(path.stat().st_mode & 0o100 for path in tmp_path.iterdir())


async def test_up_from_a_directory_whose_parent_is_gone_too(place: Path) -> None:
    app = program(place / "dir" / "inner")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place / "dir" / "inner")
        shutil.rmtree(place / "dir")
        await press(pilot, "h")
        await ready(app, place)
        await until(lambda: app._notifications)
        assert "is not there any more" in next(iter(app._notifications)).message


async def test_a_directory_that_vanishes_is_said_to_be_stale(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await until(lambda: app.session.files.state.watching is Watching.LIVE)
        shutil.rmtree(place)
        await until(lambda: "stale: No such file" in str(app.pane.border_subtitle))
        assert app.pane.rows.stale
        await press(pilot, "h")
        await ready(app, place.parent)


async def test_a_user_without_a_home_is_told_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        monkeypatch.delenv("HOME", raising=False)
        monkeypatch.setattr(pwd, "getpwuid", unknown)
        await press(pilot, "tilde")
        await until(lambda: any("No home directory is known" in text for text in app.told), "the notice")
        assert app.session.files.state.path == str(place)


async def test_a_start_that_does_not_exist(open_place: Path) -> None:
    app = program(open_place / "no\x1b[x")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.session.files.state.status is Status.FAILED)
        await until(lambda: "ENOENT" in " ".join(lines(app)))
        assert f"{open_place}/no\\x1b[x:" in " ".join(lines(app))
        assert not app._notifications, "the list tells"
        await press(pilot, "h")
        await ready(app, open_place)


async def test_a_start_that_is_a_file(place: Path) -> None:
    app = program(place / "f10")
    async with app.run_test(size=(80, 24)):
        await ready(app, place)
        await until(lambda: cursor(app) == "f10")


async def test_an_empty_directory_and_one_of_dot_files(place: Path) -> None:
    app = program(place / "dir" / "inner")
    async with app.run_test(size=(80, 24)):
        await ready(app, place / "dir" / "inner")
        await until(lambda: "The directory is empty" in " ".join(lines(app)))
        await until(lambda: app.selected == str(place / "dir" / "inner"), "the directory itself being selected")
        (place / "dir" / "inner" / ".x").touch()
        await until(lambda: "press . to see" in " ".join(lines(app)))


async def test_a_failed_visit_leaves_us_where_we_are(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)):
        await ready(app, place)
        app.pane.show_path(str(place / "nothing"))
        await until(lambda: len(app._notifications) == 1)
        (said,) = app._notifications
        assert "ENOENT" in said.message and names(app)[0] == "dir/"


async def test_settings_decide_the_first_order(place: Path) -> None:
    app = program(place, Settings(show_hidden=True, directories_first=False, sort="size"))
    async with app.run_test(size=(80, 24)):
        await ready(app, place)
        await until(lambda: names(app)[0] == "dir/" or ".dot" in names(app))
        assert ".dot" in names(app)
        assert app.session.files.state.arrangement.reverse, "the largest first"


async def test_only_what_is_seen_is_looked_at(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"f{number}").touch()
    app = program(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, tmp_path)
        await until(lambda: "-rw-" in lines(app)[1])
        page = app.pane.rows.size.height
        # Twice as many as are in sight and around where what was read first is shown before all is sorted.
        assert len(app.session.files.listing.stats) <= 4 * page
        await press(pilot, "end")
        await until(lambda: "-rw-" in lines(app)[-1])
        assert len(app.session.files.listing.stats) <= 7 * page
        assert cursor(app) == "f1999"


async def test_names_look_as_the_environment_says(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LS_COLORS", "di=04;38;5;200:*f10=35:or=38;2;1;2;3")
    app = program(place)
    async with app.run_test(size=(80, 24)):
        await ready(app, place)
        await until(lambda: "(broken)" in lines(app)[2])

        def style(line: int, name: str) -> Style:
            for segment in app.pane.rows.render_line(line):
                if segment.text.strip() == name and segment.style is not None:
                    return segment.style
            raise AssertionError(lines(app)[line])

        await until(lambda: cursor(app) == "dir")
        app.pane.rows.move_to(2)
        directory, broken, file = style(1, "dir"), style(2, "broken"), style(4, "f10")
        assert directory.underline
        assert directory.color is not None
        assert directory.color.number == 200
        assert broken.color is not None
        assert tuple(broken.color.get_truecolor()) == (1, 2, 3)
        assert file.color is not None
        assert file.color.number == 5
    app = program(place, Settings(ls_colors=False))
    async with app.run_test(size=(80, 24)):
        await ready(app, place)
        source = app.pane.rows.source
        assert isinstance(source, FilesSource)
        assert source.colours is None


@pytest.mark.parametrize(
    ("icons", "shown"),
    [("nerd", ["\uf07b dir", "\uf1c5 photo.png"]), ("emoji", ["📁 dir", "🎨 photo.png"]), ("none", [])],
)
async def test_icons_stand_before_names_where_the_settings_ask_for_them(
    place: Path, icons: Icons, shown: list[str]
) -> None:
    (place / "photo.png").touch()
    app = program(place, Settings(icons=icons))
    async with app.run_test(size=(80, 24)):
        await ready(app, place)
        await until(lambda: all(any(name in line for line in lines(app)) for name in shown))
        assert any("📁" in line or "\uf07b" in line for line in lines(app)) is (icons != "none")
        assert {cell_len(app.pane.rows.render_line(y).text) for y in range(6)} == {78}


async def test_directories_first_or_not(place: Path) -> None:
    (place / "a-file").touch()
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await until(lambda: names(app)[0] == "dir/")
        await pilot.press("t")
        await until(lambda: names(app)[0] == "a-file")
        assert names(app) != ["dir/"]
        await pilot.press("t")
        await until(lambda: names(app)[0] == "dir/")
