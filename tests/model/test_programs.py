"""Which program serves a purpose, and how its end reads."""

from __future__ import annotations

import signal

import pytest

from osexplorer.model.errors import Refused
from osexplorer.model.programs import Ended, Purpose, command_with, none_found, wish


@pytest.mark.parametrize(
    ("purpose", "variables", "line", "source"),
    [
        ("editor", {"EDITOR": "vi", "VISUAL": "code --wait"}, "code --wait", "$VISUAL"),
        ("editor", {"EDITOR": "vi", "VISUAL": " "}, "vi", "$EDITOR"),
        ("editor", {}, "sensible-editor", ""),
        ("pager", {"PAGER": "less -R"}, "less -R", "$PAGER"),
        ("shell", {}, "/bin/sh", ""),
    ],
)
def test_wishes(purpose: Purpose, variables: dict[str, str], line: str, source: str) -> None:
    wanted = wish(purpose, variables)
    assert (wanted.lines[0], wanted.source) == (line, source)


def test_paths_are_arguments_whatever_they_hold() -> None:
    command = command_with("code '-a b' --wait", ["/x/$(id) \n", "/-rf"])
    assert command.argv == ("code", "-a b", "--wait", "/x/$(id) \n", "/-rf")
    assert not command.shell
    with pytest.raises(Refused):
        command_with("'open quote", [])


def test_ends() -> None:
    assert Ended("vim", 3 << 8).text == "vim: exit 3"
    assert Ended("vim", signal.SIGTERM).text == "vim: SIGTERM"
    assert (Ended("vim", 0).failed, Ended("vim", 256).failed) == (False, True)


def test_what_is_missing_is_told() -> None:
    assert "$VISUAL names nope" in str(none_found("editor", wish("editor", {"VISUAL": "nope -x"})))
    assert "set $PAGER in pane 4" in str(none_found("pager", wish("pager", {})))
