"""What a child wrote, on the screen: colours, long lines, times, search, and what lies in the file."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from osexplorer.model.children import Child, ChildState
from osexplorer.model.command_line import command_of, parse_command
from osexplorer.model.launch import Launch, Place, Source, Target
from osexplorer.ui.dialogs import output
from osexplorer.ui.dialogs.output import OutputDialog
from osexplorer.ui.dialogs.output_about import elsewhere
from osexplorer.ui.dialogs.output_lines import OutputLines
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.field import Field
from tests.ui.test_children import Desk, desk, shown
from tests.ui.test_shell import text_of
from tests.waiting import until


@asynccontextmanager
async def output_of(line: str, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Desk, Pilot[int], OutputLines]]:
    """The dialog with all that a command writes."""
    async with desk(size=size) as (app, pilot):
        child = await app.session.children.launch(line)
        await until(lambda: not app.session.children.running, "its end")
        await until(lambda: not app.session.children.get(child.id).output_open, "its output")  # type: ignore[union-attr]
        await until(lambda: "exit 0" in app.rows, "the row")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OutputDialog) and app.screen.lines.view.total, "the dialog")
        yield app, pilot, app.screen.query_one(OutputLines)


def rows(lines: OutputLines) -> list[str]:
    return [row.rstrip() for row in text_of(lines).splitlines()]


async def test_colours_are_drawn_and_shown_raw_on_demand() -> None:
    async with output_of(r"printf 'plain \033[1;31mred\033[0m\n50%%\r100%%\n\033]0;title\007end\n'") as (
        _,
        pilot,
        lines,
    ):
        await until(lambda: rows(lines)[:3] == ["  plain red", "  100%", "  end"], "what a terminal shows")
        (red,) = [segment for segment in lines.render_line(0) if "red" in segment.text]
        assert red.style is not None
        assert red.style.bold
        assert red.style.color is not None
        assert red.style.color.number == 1
        await pilot.press("r")
        await until(lambda: "\\x1b[1;31mred\\x1b[0m" in text_of(lines), "the codes")
        assert "50%\\r100%" in text_of(lines)
        assert "\\x1b]0;title\\x07end" in text_of(lines)


async def test_colours_that_go_on_over_lines() -> None:
    async with output_of(r"printf '\033[32mone\ntwo\n\033[0mthree\n'") as (_, _pilot, lines):
        await until(lambda: rows(lines)[:3] == ["  one", "  two", "  three"], "the lines")
        colours = [
            segment.style.color.number if segment.style and segment.style.color else None
            for y in range(3)
            for segment in lines.render_line(y)
            if segment.text.strip() in ("one", "two", "three")
        ]
        assert colours[:2] == [2, 2]
        assert colours[2] != 2


async def test_long_lines_are_cut_moved_and_broken() -> None:
    async with output_of("seq -s, 1 100; echo end") as (_, pilot, lines):
        width = lines.size.width
        await until(lambda: rows(lines)[0].endswith("…"), "a mark where it is cut")
        await pilot.press("greater_than_sign")
        await until(lambda: rows(lines)[0].startswith("  …"), "the line to move")
        await pilot.press("w")
        await until(lambda: rows(lines)[1].endswith(",22,23,24,25,26"[:-1]) or "100" in text_of(lines), "broken lines")
        whole = "".join(row[2:width] for row in rows(lines))
        assert whole.startswith(",".join(map(str, range(1, 101))))
        assert whole.rstrip().endswith("end")


async def test_broken_lines_are_walked_row_by_row_and_followed() -> None:
    async with output_of('for i in $(seq 1 40); do printf "$i:%0150d\\n" 0; done') as (_, pilot, lines):
        await pilot.press("w")
        await until(
            lambda: lines.following and rows(lines)[-1].strip("0 ") == "" and "40:" in text_of(lines), "the end"
        )
        assert any(row.startswith("  40:") for row in rows(lines)[-4:])
        await pilot.press("home")
        await until(lambda: rows(lines)[0].startswith("  1:"), "the beginning")
        await pilot.press("j")
        await until(lambda: rows(lines)[0].startswith("  000"), "one row down")
        await pilot.press("k", "k")
        await until(lambda: rows(lines)[0].startswith("  1:"), "back up, and no further")
        assert not lines.following
        await pilot.press("end")
        await until(
            lambda: lines.following and any(row.startswith("  40:") for row in rows(lines)[-4:]), "the end again"
        )


async def test_nothing_stands_below_the_scrollbar() -> None:
    async with output_of("seq 1 30; seq -s, 1 100") as (_, pilot, lines):
        await until(lambda: lines.show_vertical_scrollbar and rows(lines)[-1].endswith("…"), "a mark where it is cut")
        room = lines.scrollable_content_region.width
        assert room < lines.size.width
        assert len(rows(lines)[-1]) == room
        await pilot.press("w")
        await until(lambda: rows(lines)[-1].endswith("100"), "broken lines")
        whole = "".join(row[2:] for row in rows(lines) if "," in row)
        assert whole == ",".join(map(str, range(1, 101)))
        assert max(map(len, rows(lines))) == room


async def test_a_broken_line_of_many_screens_is_walked_to_its_end() -> None:
    async with output_of("seq -s, 1 5000; echo after") as (_, pilot, lines):
        await pilot.press("w")
        await until(lambda: rows(lines)[-2].endswith(",5000") and rows(lines)[-1] == "  after", "the end")
        await pilot.press("home")
        await until(lambda: rows(lines)[0].startswith("  1,2,"), "the beginning")
        await pilot.press("pagedown", "pagedown")
        first = ",".join(map(str, range(1, 5001)))
        room = lines.scrollable_content_region.width - 2
        at = 2 * (lines.size.height - 1) * room
        await until(lambda: rows(lines)[0] == "  " + first[at : at + room], "two pages down")


async def test_wide_characters_are_broken_whole() -> None:
    async with output_of("for i in $(seq 1 60); do printf 'a世'; done; echo end") as (_, pilot, lines):
        await pilot.press("w")
        await until(lambda: "end" in text_of(lines), "the end")
        assert "".join(row[2:] for row in rows(lines)) == "a世" * 60 + "end"
        assert {lines.render_line(y).cell_length for y in range(4)} == {lines.scrollable_content_region.width}


async def test_times_stand_before_the_lines() -> None:
    async with output_of("echo now") as (_, pilot, lines):
        await pilot.press("t")
        await until(lambda: re.match(r"\d\d:\d\d:\d\d\.\d\d   now$", rows(lines)[0]), "the time")


async def test_what_lies_in_the_file_comes_when_it_is_looked_at_and_is_searched() -> None:
    async with output_of("seq 1 1000000") as (app, pilot, lines):
        assert not lines.view.ready(0)
        await pilot.press("home")
        await until(lambda: rows(lines)[0] == "  1", "the first line")
        await pilot.press("slash", *"777777", "enter")
        await until(lambda: lines.found == 777_776 and "  777777" in rows(lines), "what was searched")
        await pilot.press("n")
        await until(
            lambda: any("Nothing after" in note.message for note in app._notifications), "the end of the search"
        )
        assert "1,000" not in shown(app, "#about") or "not kept" not in shown(app, "#about")


async def test_saving_asks_for_a_new_file(tmp_path: Path) -> None:
    async with output_of("echo kept") as (app, pilot, _):
        app.show_directory(str(tmp_path))
        for _attempt in range(2):
            await pilot.press("s")
            await until(lambda: isinstance(app.screen, Prompt) and app.focused, "the question")
            app.screen.query_one(Field).value = "out.log"
            await pilot.press("enter")
            await until(lambda: isinstance(app.screen, OutputDialog), "the answer")
            await until(lambda: (tmp_path / "out.log").exists(), "the file")
        assert (tmp_path / "out.log").read_text() == "kept\n"
        await until(lambda: any("EEXIST" in note.message for note in app._notifications), "the refusal")


async def test_what_was_written_is_copied_as_text() -> None:
    async with output_of(r"printf 'one\ntwo \377\n'; echo oops >&2") as (app, pilot, _):
        await pilot.press("y")
        await until(lambda: app.clipboard, "the copy")
        assert sorted(app.clipboard.splitlines()) == ["one", "oops", "two \ufffd"]


async def test_of_much_output_the_newest_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_COPY_MOST", 8)
    async with output_of("seq 100") as (app, pilot, _):
        await pilot.press("y")
        await until(lambda: app.clipboard, "the copy")
        assert app.clipboard == "\n99\n100\n"


async def test_output_is_read_in_the_pager_whose_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pager = tmp_path / "pager"
    pager.write_text(f'#!/bin/sh\ncat "$2" > {tmp_path}/read; echo "$1 $2" > {tmp_path}/given; exit 3\n')
    pager.chmod(0o755)
    monkeypatch.setenv("PAGER", f"{pager} -x")
    async with output_of("seq 1000; echo end") as (app, pilot, _):
        said: list[str] = []
        monkeypatch.setattr(app.screen, "notify", lambda text, **options: said.append(text))
        await pilot.press("v")
        await until(lambda: said == ["pager: exit 3"], "its end to be told")
        assert (tmp_path / "read").read_text().split() == [*map(str, range(1, 1001)), "end"]
        option, path = (tmp_path / "given").read_text().split()
        assert option == "-x"
        await until(lambda: not Path(path).exists(), "the file that the pager read to be gone")


async def test_a_pager_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "no-such-pager")
    async with output_of("echo one") as (app, pilot, _):
        said: list[str] = []
        monkeypatch.setattr(app.screen, "notify", lambda text, **options: said.append(text))
        await pilot.press("v")
        await until(lambda: said and "no-such-pager" in said[0], "the reason")


async def test_where_output_goes_that_does_not_come_here(tmp_path: Path) -> None:
    command = command_of(["true"])
    to_a_file = Launch(command, target=Target.FILE, target_file=f"{tmp_path}/\x1bfile")
    for launch, told in (
        (to_a_file, "file"),
        (Launch(command, target=Target.NOWHERE), "goes nowhere"),
        (Launch(command, place=Place.DETACHED, target=Target.NOWHERE), "goes nowhere"),
    ):
        async with desk() as (app, pilot):
            await app.session.children.begin(launch)
            await until(lambda app=app: "exit 0" in app.rows, "its end")
            await pilot.press("enter")
            await until(lambda app=app: isinstance(app.screen, OutputDialog), "the dialog")
            await until(lambda app=app, told=told: told in shown(app, "#about"), "where it goes")
            assert "bytes written" not in shown(app, "#about")
            assert "\x1b" not in shown(app, "#about")
    child = Child(1, command, "/", None, 1, 1, ChildState.RUNNING, 7)
    assert elsewhere(child._replace(launch=Launch(command))) == ""
    assert "earlier run" in elsewhere(child._replace(earlier=True))
    assert "this terminal" in elsewhere(child._replace(launch=Launch(command, place=Place.FOREGROUND)))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full is what writes fail to")
async def test_a_file_beside_the_pane_that_is_full_is_told_in_the_row_and_above_the_output() -> None:
    async with desk(size=(120, 30)) as (app, pilot):
        launch = Launch(parse_command("echo all"), target=Target.BOTH, target_file="/dev/full")
        await app.session.children.begin(launch)
        await until(lambda: "file: ENOSPC after 0 bytes" in app.rows, "the row to tell")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OutputDialog), "the dialog")
        await until(lambda: "the file /dev/full: ENOSPC after 0 bytes" in shown(app, "#about"), "what is above")


async def test_binary_and_one_endless_line_stay_one_row_each() -> None:
    async with output_of("head -c 300000 /dev/zero; echo; head -c 2000 /dev/urandom | tr -d '\\n'") as (
        _,
        pilot,
        lines,
    ):
        await pilot.press("home")
        await until(lambda: rows(lines)[0].startswith("  \\x00\\x00"), "zeros")
        assert text_of(lines).replace("\n", "").isprintable()
        await pilot.press("w")
        await until(lambda: all(row.startswith("  \\x00") or "\\x00" in row for row in rows(lines)), "zeros all over")


async def test_lines_are_typed_for_its_input_a_file_is_sent_and_the_end_is_told(tmp_path: Path) -> None:
    (tmp_path / "words").write_text("from a file\n" * 3)
    async with desk(size=(120, 30)) as (app, pilot):
        app.show_directory(str(tmp_path))
        launch = Launch(
            command_of(["sh", "-c", 'while read -r x; do echo "<$x>"; done; echo over']), source=Source.TYPED
        )
        await app.session.children.begin(launch)
        await until(lambda: "running" in app.rows, "the row")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OutputDialog), "the dialog")
        lines = app.screen.query_one(OutputLines)
        await until(lambda: "i types for its input" in shown(app, "#about"), "what can be typed")
        await pilot.press("i", *"hello", "enter")
        await until(lambda: "<hello>" in text_of(lines), "the line")
        await pilot.press("escape")
        await until(lambda: lines.has_focus, "the keys of the output")
        await pilot.press("I")
        await until(lambda: isinstance(app.screen, Prompt) and app.focused, "the question for a file")
        await pilot.press(*"words", "enter")
        await until(lambda: text_of(lines).count("<from a file>") == 3, "the file")
        await until(lambda: isinstance(app.screen, OutputDialog), "the dialog")
        await pilot.press("i", *"begun", "ctrl+d")
        await until(lambda: "over" in text_of(lines), "the end of its input")
        assert app.screen.query_one(Field).value == ""
        await until(lambda: not app.session.children.running, "its end")
        await pilot.press("i")
        await until(lambda: any("It has ended" in note.message for note in app._notifications), "the refusal")


async def test_a_file_goes_on_to_its_input_when_the_output_is_closed(tmp_path: Path) -> None:
    size = 8_000_000  # more than waits here for a child that does not read
    (tmp_path / "much").write_bytes(bytes(size))
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    async with desk(size=(120, 30)) as (app, pilot):
        app.show_directory(str(tmp_path))
        launch = Launch(command_of(["sh", "-c", f"read x < '{gate}'; head -c {size} | wc -c"]), source=Source.TYPED)
        await app.session.children.begin(launch)
        await until(lambda: "running" in app.rows, "the row")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OutputDialog), "the dialog")
        lines = app.screen.query_one(OutputLines)
        await pilot.press("I")
        await until(lambda: isinstance(app.screen, Prompt) and app.focused, "the question for a file")
        await pilot.press(*"much", "enter")
        (child,) = app.session.children.feed.value
        into = app.session.children.input(child.id)
        assert into is not None
        await until(lambda: lines.has_focus and into.waiting > 1_000_000, "what waits")
        await pilot.press("q")
        await until(lambda: app.screen is app.main, "the panes")
        gate.write_text("go\n")
        await until(lambda: not app.session.children.running, "its end")
        await until(lambda: len(app.session.children.output(child.id)) == 1, "its output")
        assert app.session.children.output(child.id)[0].text == str(size)


async def test_a_child_that_stops_reading_is_told() -> None:
    async with desk(size=(120, 30)) as (app, pilot):
        launch = Launch(command_of(["sh", "-c", "exec <&-; echo closed; sleep 60"]), source=Source.TYPED)
        child = await app.session.children.begin(launch)
        await until(lambda: app.session.children.output(child.id).total, "it to close its input")
        await until(lambda: "running" in app.rows, "the row")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OutputDialog), "the dialog")
        await pilot.press("i", "x", "enter")
        await until(lambda: "EPIPE, nobody reads it any more" in shown(app, "#about"), "why")
