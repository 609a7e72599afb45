"""What is executed for each of many files."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.errors import Refused
from osexplorer.model.run_over import OverState, begin_results, command_over

names = st.binary(min_size=1, max_size=20).map(
    lambda data: "/d/" + data.replace(b"\0", b"x").replace(b"/", b"y").decode("utf-8", "surrogateescape")
)


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("wc -l", ("wc", "-l", "/a b/c.d.txt")),
        ("cp {} {}.bak", ("cp", "/a b/c.d.txt", "/a b/c.d.txt.bak")),
        ("x {/} {//} {.} {/.}", ("x", "c.d.txt", "/a b", "/a b/c.d", "c.d")),
        ("x '{} and' {x} {", ("x", "/a b/c.d.txt and", "{x}", "{")),
        ("{}", ("/a b/c.d.txt",)),
    ],
)
def test_a_path_is_put_in_its_places_or_added(line: str, argv: tuple[str, ...]) -> None:
    assert command_over(line, "/a b/c.d.txt", "argv").argv == argv


@given(names)
def test_a_shell_gets_the_very_name(path: str) -> None:
    for line in ("printf %s {} | cat", "printf %s $UNSET"):
        command = command_over(line, path)
        assert command.shell
        done = subprocess.run(command.argv, executable=command.program, capture_output=True, check=True)
        assert done.stdout == path.encode("utf-8", "surrogateescape")


@given(names)
def test_without_a_shell_it_is_one_argument(path: str) -> None:
    assert command_over("x {}", path).argv == ("x", path)


def test_what_is_no_command_is_refused() -> None:
    for line in ("", "echo 'x"):
        with pytest.raises(Refused):
            command_over(line, "/a")


def test_counting() -> None:
    results = list(begin_results(["/a", "/b", "/c", "/d"]))
    results[1] = results[1]._replace(id=5)
    results[2] = results[2]._replace(id=6, done=True, good=True)
    results[3] = results[3]._replace(done=True)
    assert OverState("x", tuple(results), 2).counts == (1, 1, 1, 1)
