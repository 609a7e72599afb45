"""What was typed becomes exactly what a shell would have made of it, or is handed to one."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from osexplorer.model.command_line import MODES, command_of, parse_command
from osexplorer.model.errors import Refused


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("ls -l", ["ls", "-l"]),
        ("  ls   -l\t/tmp ", ["ls", "-l", "/tmp"]),
        ("echo 'a b' \"c d\"", ["echo", "a b", "c d"]),
        ("echo a\\ b", ["echo", "a b"]),
        ("echo ''", ["echo", ""]),
        ("echo 'a|b;$c*'", ["echo", "a|b;$c*"]),
        ('echo "\\$HOME \\" \\x"', ["echo", '$HOME " \\x']),
        ("echo a~ x=1 a#b [", ["echo", "a~", "x=1", "a#b", "["]),
        ("echo \\*", ["echo", "*"]),
        ("/bin/echo [/] \x1b[31m", None),
    ],
)
def test_a_plain_line_is_split_and_needs_no_shell(line: str, argv: list[str] | None) -> None:
    command = parse_command(line)
    if argv is None:
        assert command.shell
    else:
        assert (list(command.argv), command.shell) == (argv, False)


@pytest.mark.parametrize(
    "line",
    [
        "a | b", "a & ", "a; b", "a < b", "a > b", "echo $HOME", 'echo "$HOME"', "echo *.py", "echo a?", "ls ~",
        "echo `date`", "(a)", "a\nb", "echo [ab]", "X=1 env", "cd /", "exit 3", "for", "echo #x", 'echo "`a`"',
    ],
)  # fmt: skip
def test_shell_syntax_goes_to_the_shell_with_a_reason(line: str) -> None:
    command = parse_command(line)
    assert command.shell
    assert command.argv == ("sh", "-c", line)
    assert command.reason
    assert not parse_command(line, "argv").shell


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("", "Type"),
        ("  \t", "Type"),
        ("echo 'a", "column 6"),
        ('echo "a', "column 6"),
        ("echo a\\", "backslash"),
        ("echo don't | cat", "column 9"),
        ("a\0b", "NUL"),
        ("'' x", "empty"),
    ],
)
def test_a_line_that_cannot_run_is_refused_with_the_reason(line: str, word: str) -> None:
    with pytest.raises(Refused, match=word):
        parse_command(line)


def test_a_here_document_may_hold_a_lone_quote() -> None:
    assert parse_command("cat <<E\ndon't\nE").shell


def test_the_preview_shows_every_argument_apart_and_nothing_unprintable() -> None:
    assert parse_command("ls 'a b'").preview == "os.execvp('ls', ['ls', 'a b'])"
    assert parse_command("ls | wc").preview == "os.execvp('/bin/sh', ['sh', '-c', 'ls | wc'])"
    assert parse_command("ls '\x1b[31m\u202e'").preview.isprintable()


def test_an_argument_list_is_taken_as_it_is() -> None:
    assert command_of(["echo", "*", ""]).argv == ("echo", "*", "")
    with pytest.raises(Refused):
        command_of([])
    with pytest.raises(Refused):
        command_of(["a", "\0"])


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=" \t'\"\\ab=#~[]{}-$`!%", max_size=16))
@example('"\\a\\$\\`\\"\\\\" \'\\\'')
def test_an_argument_list_is_what_the_shell_makes_of_the_line(tail: str) -> None:
    assume(not tail.rstrip().endswith("\\"))
    try:
        command = parse_command("printf %s\\\\0 x" + tail)
    except Refused:
        return
    if command.shell:
        return
    done = subprocess.run(["/bin/sh", "-c", command.line], capture_output=True, check=True)
    ours = b"".join(os.fsencode(word) + b"\0" for word in command.argv[2:])
    assert done.stdout == ours


@given(st.text(max_size=40), st.sampled_from(MODES))
def test_no_line_does_anything_but_parse_or_be_refused(line: str, mode: str) -> None:
    try:
        command = parse_command(line, mode)  # type: ignore[arg-type]
    except Refused:
        return
    assert command.argv
    assert command.preview.isprintable()
