"""A form for a launch: what is wrong with each field, and the launch that comes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch, Limit, Place, Source, Target
from osexplorer.model.launch_form import Draft, draft_of

EDITED = {"PATH": "/bin", "LANG": "C", "NEW": "x"}
STARTED = {"PATH": "/bin", "LANG": "C"}


def launch(draft: Draft) -> Launch:
    return draft.launch(EDITED, STARTED)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("line", "", "Type a command"),
        ("line", "echo 'open", "never closed"),
        ("extra", "A", "NAME=VALUE"),
        ("extra", "=x", "needs a name"),
        ("extra", "'A=1", "quote"),
        ("umask", "9", "octal"),
        ("nice", "20", "niceness"),
        ("limits", "files=1", "no limit"),
        ("timeout", "soon", "time"),
    ],
)
def test_a_mistake_is_told_at_its_field_only(name: str, value: str, why: str) -> None:
    draft = Draft(line="true").with_value(name, value)
    problems = draft.problems()
    assert list(problems) == [name]
    assert why in problems[name]
    with pytest.raises(Refused):
        launch(draft)
    assert draft.sound().problems() == {}
    assert launch(draft.sound()).command.line == "true"


def test_all_that_is_said_is_in_the_launch() -> None:
    draft = Draft(
        line="cmd 'a b'",
        mode="argv",
        cwd="/srv",
        variables="started",
        extra="A='1 2' LANG=de",
        user=" nobody ",
        group="users",
        groups="a, b",
        no_new_privs=True,
        umask="027",
        nice="-5",
        limits="nofile=9",
        source=Source.FILE,
        source_file="/in put",
        target=Target.BOTH,
        target_file="/out",
        timeout="2m",
    )
    made = launch(draft)
    assert made.command.argv == ("cmd", "a b")
    assert made.environment == {"PATH": "/bin", "LANG": "de", "A": "1 2"}
    assert (made.user, made.group, made.groups, made.no_new_privs) == ("nobody", "users", ("a", "b"), True)
    assert (made.umask, made.nice, made.limits, made.timeout) == (0o27, -5, (Limit("nofile", 9, 9),), 120)
    assert (made.source_file, made.target_file, made.cwd) == ("/in put", "/out", "/srv")
    assert made.problem() == ""


@pytest.mark.parametrize(
    ("variables", "names"),
    [("edited", {"PATH", "LANG", "NEW"}), ("started", {"PATH", "LANG"}), ("login", {"PATH", "LANG"}), ("none", set())],
)
def test_the_variables_to_begin_with(variables: str, names: set[str]) -> None:
    assert set(launch(Draft(line="x").with_value("variables", variables)).environment or {}) == names


def test_groups_none_their_own_or_listed() -> None:
    assert launch(Draft(line="x")).groups is None
    assert launch(Draft(line="x", groups="-")).groups == ()


@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize("terminal", [False, True])
def test_whatever_is_chosen_fits_together(place: Place, terminal: bool) -> None:
    for source in Source:
        for target in Target:
            draft = Draft(line="x", source=source, target=target, source_file="/in", target_file="/out")
            for first, then in (("place", "terminal"), ("terminal", "place")):
                made = draft.with_value(first, {"place": place, "terminal": terminal}[first])
                if then in made.shown():
                    made = made.with_value(then, {"place": place, "terminal": terminal}[then])
                assert launch(made).problem() == "", made
                for name in made.shown():
                    assert getattr(made, name) in (
                        made.choices(name) if name in ("source", "target") else [getattr(made, name)]
                    )


def test_a_file_that_is_not_named() -> None:
    draft = Draft(line="x", target=Target.FILE)
    assert draft.problems() == {"target_file": "Name the file"}
    assert replace(draft, target_file="/x").problems() == {}


@pytest.mark.parametrize(
    "draft",
    [
        Draft(line="a b | c", mode="shell"),
        Draft(line="a 'b c'", mode="argv", extra="A=1", groups="-", umask="007", nice="3", timeout="90"),
        Draft(line="vim", mode="argv", terminal=True, target=Target.BOTH, target_file="/log"),
        Draft(line="x", mode="argv", variables="none", extra="B='2 3'", limits="core=unlimited", no_new_privs=True),
    ],
)
def test_a_launch_fills_in_the_form_it_came_from(draft: Draft) -> None:
    made = launch(draft)
    assert launch(draft_of(made, EDITED)) == made


def test_what_was_not_set_then_is_not_set_again() -> None:
    before = launch(Draft(line="x", variables="started"))
    assert launch(draft_of(before, EDITED)).environment == STARTED


def test_files_are_named_as_for_a_shell_in_the_directory_of_the_launch() -> None:
    draft = Draft(line="x", cwd="/srv", source=Source.FILE, source_file="in", target=Target.FILE, target_file="~/out")
    made = draft.launch({"HOME": "/home/me"}, {})
    assert (made.source_file, made.target_file) == ("/srv/in", "/home/me/out")


def test_a_directory_is_named_from_the_one_the_form_began_with() -> None:
    edited = {"HOME": "/home/me"}
    draft = Draft(line="x", base="/srv", cwd="in", source=Source.FILE, source_file="a")
    made = draft.launch(edited, {})
    assert (made.cwd, made.source_file) == ("/srv/in", "/srv/in/a")
    assert replace(draft, cwd="~/b").launch(edited, {}).cwd == "/home/me/b"
    assert replace(draft, cwd="/etc").launch(edited, {}).cwd == "/etc"
    assert replace(draft, cwd="").launch(edited, {}).cwd is None
