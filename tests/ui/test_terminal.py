"""A child's own terminal on the screen: what is drawn, who gets the keys, and that nothing it prints does harm."""

from __future__ import annotations

from textual import events
from textual.pilot import Pilot

from osexplorer.model.command_line import parse_command
from osexplorer.model.launch import Launch
from osexplorer.ui.dialogs.output import OutputDialog
from osexplorer.ui.dialogs.terminal import TerminalDialog, terminal_size
from osexplorer.ui.dialogs.terminal_screen import TerminalScreen
from tests.ui.test_children import Desk, desk, only
from tests.waiting import until


async def on_terminal(app: Desk, pilot: Pilot[int], line: str, typing: bool = True) -> TerminalDialog:
    launch = Launch(parse_command(line), terminal=True, size=terminal_size(app.size))
    child = await app.session.children.begin(launch)
    dialog = TerminalDialog(app.session, child.id, typing=typing)
    app.push_screen(dialog)
    await until(lambda: app.screen is dialog and isinstance(app.focused, TerminalScreen), "the terminal")
    await pilot.pause()
    return dialog


def drawn(dialog: TerminalDialog) -> str:
    terminal = dialog.terminal
    return "\n".join(terminal.render_line(y).text.rstrip() for y in range(terminal.size.height))


async def test_keys_go_to_the_program_until_one_leaves_it() -> None:
    async with desk() as (app, pilot):
        dialog = await on_terminal(app, pilot, "cat -v")
        assert dialog.has_class("-typing")
        await pilot.press("q", "question_mark", "1", "colon", "ctrl+g", "escape", "up", "enter")
        await until(lambda: "q?1:^G^[^[[A" in drawn(dialog).split("\n")[1:][0], "cat to have got all of them")
        assert app.screen is dialog
        await pilot.press("ctrl+right_square_bracket")
        await until(lambda: not dialog.terminal.typing, "the keyboard back")
        await pilot.press("x", "o")
        await until(lambda: isinstance(app.screen, OutputDialog), "what it wrote as lines")
        await pilot.press("escape")
        await until(lambda: app.screen is dialog, "the terminal again")
        await pilot.press("enter", "ctrl+c")
        await until(lambda: "SIGINT" in str(dialog.query_one("#frame").border_title), "its end")
        assert not dialog.terminal.typing
        await pilot.press("escape")
        await until(lambda: app.screen is app.main, "the list")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, TerminalDialog), "its last screen")


async def test_keys_that_are_bound_everywhere_are_the_programs_too() -> None:
    async with desk() as (app, pilot):
        dialog = await on_terminal(app, pilot, "stty raw -echo; printf ready; cat -v")
        await until(lambda: "ready" in drawn(dialog), "the program")
        await pilot.press("ctrl+z", "ctrl+p", "ctrl+q", "ctrl+c", "f1", "tab", "enter")
        await until(lambda: "^Z^P^Q^C^[OP" in drawn(dialog), "all of them")
        assert app.screen is dialog


async def test_pasted_text_comes_as_the_program_asked_for_it() -> None:
    async with desk() as (app, pilot):
        dialog = await on_terminal(app, pilot, "stty -echo; printf '\\033[?2004h'; cat -v")
        await until(lambda: dialog.terminal.view is not None and dialog.terminal.view.modes.bracketed_paste, "the mode")
        dialog.terminal.post_message(events.Paste("one\ntwo"))
        await until(lambda: "^[[200~one" in drawn(dialog), "the paste")


async def test_the_terminal_is_as_large_as_its_place() -> None:
    async with desk() as (app, pilot):
        dialog = await on_terminal(app, pilot, "trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done")
        await until(lambda: "22 78" in drawn(dialog), "the first size")
        await pilot.resize_terminal(100, 40)
        await until(lambda: "38 98" in drawn(dialog), "the second")


async def test_only_lines_that_have_changed_are_drawn() -> None:
    async with desk() as (app, pilot):
        dialog = await on_terminal(app, pilot, "stty -echo; printf 'a\\nb\\nc\\n'; cat")
        await until(lambda: drawn(dialog).startswith("a\nb\nc"), "the lines")
        await pilot.pause()
        rows: list[int] = []
        terminal = dialog.terminal
        render = terminal.render_line
        terminal.render_line = lambda y: (rows.append(y), render(y))[1]  # type: ignore[method-assign,func-returns-value]
        into = app.session.children.input(only(app).id)
        assert into is not None
        into.write(b"d\r")
        view = app.session.children
        await until(lambda: "d" in (view.terminal(1).text() if view.terminal(1) else ""), "the line")  # type: ignore[union-attr]
        await until(lambda: 3 in rows, "it to be drawn")
        await pilot.pause()
        assert set(rows) <= {3, 4}


async def test_colours_and_the_cursor() -> None:
    async with desk() as (app, pilot):
        dialog = await on_terminal(app, pilot, "printf '\\033[1;38;2;1;2;3mX\\033[0my'; sleep 60")
        await until(lambda: drawn(dialog).startswith("Xy"), "the text")
        cells = [(segment.text, segment.style) for segment in dialog.terminal.render_line(0)]
        first = cells[0]
        assert first[0] == "X" and first[1] is not None and first[1].bold
        assert first[1].color is not None and first[1].color.triplet == (1, 2, 3)
        assert any(style is not None and style.reverse and text == " " for text, style in cells)


async def test_a_flood_leaves_the_keys_working() -> None:
    async with desk() as (app, pilot):
        dialog = await on_terminal(app, pilot, "yes a flood of lines")
        await until(lambda: only(app).output_bytes > 200_000, "much of it")
        await pilot.press("ctrl+c")
        await until(lambda: not only(app).alive, "its end")
        assert "a flood of lines" in drawn(dialog)


async def test_a_hostile_screen_is_printable() -> None:
    async with desk() as (app, pilot):
        line = (
            r"printf '\033]0;evil\007\033]52;c;ZXZpbA==\007\033P+q544e\033\\\033[?1003h\233\302\2331mok\342\200\256[/]'"
        )
        dialog = await on_terminal(app, pilot, line, typing=False)
        await until(lambda: "ok" in drawn(dialog), "its text")
        assert "[/]" in drawn(dialog)
        assert all(line.isprintable() for line in drawn(dialog).split("\n") if line)
