"""The form of a launch on the screen: every field, what is said beside it, and what comes of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from osexplorer.model.children import ChildState
from osexplorer.model.environment import Variables
from osexplorer.model.launch import Place, Target
from osexplorer.model.launch_form import FIELDS, Draft
from osexplorer.ui.choice import Choice
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.launch_form import FormRow, LaunchForm
from osexplorer.ui.dialogs.terminal import TerminalDialog
from osexplorer.ui.field import Field
from osexplorer.ui.launching import ask_for_all
from tests.ui.test_children import Desk, desk, only, shown, type_command
from tests.ui.test_shell import HOSTILE
from tests.waiting import until


async def form(app: Desk, draft: Draft) -> LaunchForm:
    ask_for_all(app, draft)
    await until(lambda: isinstance(app.screen, LaunchForm) and app.focused, "the form")
    dialog = app.screen
    assert isinstance(dialog, LaunchForm)
    return dialog


def note(dialog: LaunchForm, name: str) -> str:
    return str(dialog.query_one(f"#row-{name}").query_one(".note", Text).render())


def fill(dialog: LaunchForm, name: str, text: str) -> None:
    dialog.query_one(f"#{name}", Field).value = text


async def choose(dialog: LaunchForm, pilot: Pilot[int], name: str, value: object) -> None:
    choice = dialog.query_one(f"#{name}", Choice)
    await until(lambda: choice.focus().has_focus, "the keyboard")
    for _ in choice.values:
        if (before := choice.value) == value:
            break
        await pilot.press("right")
        await until(lambda: choice.value != before, "another value")
    assert choice.value == value
    await until(lambda: getattr(dialog.draft, name) == value, "the form to know")


async def test_from_the_prompt_with_what_was_typed() -> None:
    async with desk() as (app, pilot):
        await type_command(app, pilot, "echo one")
        await pilot.press("ctrl+y", "ctrl+o")
        await until(lambda: isinstance(app.screen, LaunchForm) and app.focused, "the form")
        dialog = app.screen
        assert isinstance(dialog, LaunchForm)
        assert (dialog.draft.line, dialog.draft.terminal) == ("echo one", True)
        assert shown(app, "#preview") == "os.execvp('echo', ['echo', 'one'])"
        await until(lambda: "/echo" in note(dialog, "line"), "the program to be found")


async def test_each_field_is_checked_beside_it_and_nothing_is_launched() -> None:
    async with desk() as (app, pilot):
        dialog = await form(app, Draft(line="true"))
        for name, text in (
            ("extra", "A"), ("user", "no-such-user"), ("umask", "9"), ("nice", "99"), ("limits", "files=1"),
            ("cwd", "/no/such/place"), ("timeout", "x"),
        ):  # fmt: skip
            fill(dialog, name, text)
        await until(lambda: "ENOENT" in note(dialog, "cwd"), "the directory to be looked for")
        said = {row.field_name: note(dialog, row.field_name) for row in dialog.query(FormRow)}
        for name, why in (
            ("extra", "NAME=VALUE"), ("umask", "octal"), ("nice", "niceness"), ("limits", "no limit"),
            ("timeout", "time"), ("user", "no user named" if os.geteuid() == 0 else "Only root"),
        ):  # fmt: skip
            assert said[name].startswith("✗")
            assert why in said[name].replace("\n", " ")
        await pilot.press("enter")
        await until(lambda: dialog.focused is not None and dialog.focused.id == "cwd", "the first of the mistakes")
        assert app.screen is dialog
        assert app.session.children.feed.value == ()


async def test_without_a_command_it_says_so() -> None:
    async with desk() as (app, pilot):
        dialog = await form(app, Draft())
        assert note(dialog, "line") == ""
        await pilot.press("enter")
        await until(lambda: "Type a command" in note(dialog, "line"), "the reason")


async def test_what_is_chosen_hides_what_then_means_nothing() -> None:
    async with desk() as (app, pilot):
        dialog = await form(app, Draft(line="true"))

        def there() -> set[str]:
            return {name for name in FIELDS if dialog.query_one(f"#row-{name}").display}

        await until(lambda: not there() & {"source_file", "target_file"}, "the first fields")
        await choose(dialog, pilot, "target", Target.FILE)
        assert "target_file" in there()
        await choose(dialog, pilot, "place", Place.DETACHED)
        assert "terminal" not in there()
        assert dialog.query_one("#target", Choice).values == (Target.FILE, Target.NOWHERE)
        await choose(dialog, pilot, "place", Place.REPLACE)
        assert not there() & {"source", "target", "target_file", "terminal", "timeout"}


async def test_all_of_it_reaches_the_child(tmp_path: Path) -> None:
    async with desk() as (app, pilot):
        dialog = await form(app, Draft(line='echo "$A"; umask; nice; ulimit -n; pwd'))
        out = tmp_path / "out"
        for name, text in (
            ("cwd", str(tmp_path)), ("extra", "'A=1 2'"), ("umask", "013"), ("nice", "5"), ("limits", "nofile=55"),
        ):  # fmt: skip
            fill(dialog, name, text)
        await choose(dialog, pilot, "target", Target.BOTH)
        fill(dialog, "target_file", str(out))
        await pilot.press("enter")
        await until(lambda: app.screen is app.main and app.session.children.feed.value, "the launch")
        await until(lambda: only(app).state is ChildState.EXITED and not only(app).output_open, "its end")
        assert out.read_text().split("\n") == ["1 2", "0013", "5", "55", str(tmp_path), ""]
        assert app.session.children.history[-1].startswith("echo")


async def test_a_directory_is_typed_as_for_a_shell_in_the_one_of_the_launch(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    async with desk() as (app, pilot):
        dialog = await form(app, Draft(line="pwd", cwd=str(tmp_path)))
        fill(dialog, "cwd", "in")
        await until(lambda: note(dialog, "cwd").replace("\n", "") == str(tmp_path / "in"), "the whole path")
        await pilot.press("enter")
        await until(lambda: "exit 0" in app.rows, "the end")
        assert app.session.children.output(only(app).id)[0].text == str(tmp_path / "in")


async def test_a_launch_with_a_profile_gets_its_variables() -> None:
    async with desk() as (app, pilot):
        started = app.session.environment.variables.started
        altered = Variables({**started, "KIDS": "profile"}, started, app.session.environment.variables.limits)
        await app.session.profiles.save("other", Variables({**started, "KIDS": "no"}, started, altered.limits))
        await app.session.profiles.save("work", altered)
        dialog = await form(app, Draft(line='echo "$KIDS"'))
        await until(lambda: dialog.draft.profiles, "the profiles to be read")
        assert "profile" in dialog.query_one("#variables", Choice).values
        assert not dialog.query_one("#row-profile").display
        await choose(dialog, pilot, "variables", "profile")
        assert dialog.query_one("#row-profile").display
        await choose(dialog, pilot, "profile", "work")
        await until(lambda: note(dialog, "profile") == "KIDS=profile", "what it changes")
        await pilot.press("enter")
        await until(lambda: "exit 0" in app.rows, "the end")
        assert app.session.children.output(only(app).id)[0].text == "profile"


async def test_without_profiles_none_is_offered() -> None:
    async with desk() as (app, _):
        dialog = await form(app, Draft(line="true"))
        values = ("edited", "started", "login", "none")
        await until(lambda: dialog.query_one("#variables", Choice).values == values, "what can be chosen")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
async def test_who_somebody_is_stands_beside_their_name() -> None:
    async with desk(size=(160, 50)) as (app, pilot):
        dialog = await form(app, Draft(line="id -u", cwd="/"))
        fill(dialog, "user", "daemon")
        await until(lambda: "uid 1, gid 1" in note(dialog, "user"), "the numbers")
        await pilot.press("enter")
        await until(lambda: "exit 0" in app.rows, "the end")
        assert app.session.children.output(only(app).id)[0].text == "1"


async def test_the_same_again_with_changes() -> None:
    async with desk() as (app, pilot):
        dialog = await form(app, Draft(line="echo first", nice="4", cwd="/"))
        await pilot.press("enter")
        await until(lambda: "exit 0" in app.rows, "the first")
        await pilot.press("E")
        await until(lambda: isinstance(app.screen, LaunchForm) and app.focused, "the form again")
        dialog = app.screen
        assert isinstance(dialog, LaunchForm)
        assert (dialog.draft.line, dialog.draft.nice, dialog.draft.cwd) == ("echo first", "4", "/")
        fill(dialog, "line", "nice")
        await pilot.press("enter")
        await until(lambda: len(app.session.children.feed.value) == 2, "the second")
        await until(lambda: app.session.children.output(2).total, "its output")
        assert app.session.children.output(2)[0].text == "4"


async def test_a_terminal_is_shown_at_once() -> None:
    async with desk() as (app, pilot):
        dialog = await form(app, Draft(line="stty size; sleep 60"))
        await choose(dialog, pilot, "terminal", True)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, TerminalDialog), "the terminal")
        await until(lambda: "22 78" in (app.session.children.terminal(1) or _NOTHING).text(), "its size")


class _Nothing:
    @staticmethod
    def text() -> str:
        return ""


_NOTHING = _Nothing()


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_nothing_is_cut_off(size: tuple[int, int]) -> None:
    async with desk(size=size) as (app, pilot):
        dialog = await form(app, Draft(line="true", limits="files=1", umask="rwx", nice="many", extra="1 2 3"))
        await until(lambda: "✗" in note(dialog, "limits"), "the reasons")
        await pilot.pause()
        for row in dialog.query(FormRow):
            if not row.display:
                continue
            for text in row.query(Text):
                said = text._content if hasattr(text, "_content") else text.render()
                wrapped = said.get_height(text.styles.get_rules(), max(text.content_size.width, 1)) if str(said) else 0  # type: ignore[union-attr]
                assert text.content_size.height >= wrapped, row.field_name
            for field in row.query(Input):
                assert len(field.placeholder) <= field.content_size.width or field.value
        frame = dialog.query_one("#frame")
        for _ in FIELDS:  # whichever has the keyboard is in sight
            await pilot.press("down")
            focused = dialog.focused
            assert focused is not None
            await until(lambda at=focused: at.region in frame.region, f"{focused.id} to be in sight")


async def test_a_hostile_line_in_the_form() -> None:
    async with desk() as (app, _):
        dialog = await form(app, Draft(line=HOSTILE, mode="argv"))
        assert dialog.query_one("#line", Field).value.isprintable()
        assert dialog.draft.line == HOSTILE
