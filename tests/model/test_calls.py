"""A recorded call reads as Python that makes the same call again."""

from __future__ import annotations

import ast
import errno
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.calls import Call, Source


def call(function: str, *arguments: Any, keywords: Mapping[str, Any] | None = None, **fields: Any) -> Call:
    rest: dict[str, Any] = {"result": None, "errno": 0, "error": "", "started": 0, "duration": 0, "change": True}
    return Call(function, arguments, tuple((keywords or {}).items()), **{**rest, **fields})


@pytest.mark.parametrize(
    ("made", "python"),
    [
        (call("os.chmod", "/tmp/a", 0o644), "os.chmod('/tmp/a', 0o644)"),
        (call("os.chmod", "/tmp/a", 0o4755), "os.chmod('/tmp/a', 0o4755)"),
        (call("os.fchmod", 7, 0o7), "os.fchmod(7, 0o007)"),
        (call("os.mkdir", "d", 0o700), "os.mkdir('d', 0o700)"),
        (call("os.umask", 0o22), "os.umask(0o022)"),
        (call("os.chown", "a", 0, 1000), "os.chown('a', 0, 1000)"),
        (call("os.kill", 42, signal.SIGTERM), "os.kill(42, signal.SIGTERM)"),
        (call("os.kill", 42, 0), "os.kill(42, 0)"),
        (call("os.kill", 42, 40), "os.kill(42, 40)"),
        (call("signal.pidfd_send_signal", 5, 9), "signal.pidfd_send_signal(5, signal.SIGKILL)"),
        (call("os.putenv", "A", "it's\n"), "os.putenv('A', \"it's\\n\")"),
        (call("os.unlink", Path("/tmp/x")), "os.unlink('/tmp/x')"),
        (call("os.unlink", "a\udcff\x1b"), "os.unlink('a\\udcff\\x1b')"),
        (call("os.unlink", b"\xff"), "os.unlink(b'\\xff')"),
        (call("os.makedirs", "d", keywords={"exist_ok": True}), "os.makedirs('d', exist_ok=True)"),
        (call("os.symlink", "a", "b", keywords={"dir_fd": 3}), "os.symlink('a', 'b', dir_fd=3)"),
        (call("subprocess.Popen", ["ls"], keywords={"stdin": Source("subprocess.DEVNULL")}),
         "subprocess.Popen(['ls'], stdin=subprocess.DEVNULL)"),
        (call("os.open", "a", os.O_RDONLY), "os.open('a', os.O_RDONLY)"),
        (call("os.open", "a", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600),
         "os.open('a', os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)"),
        (call("os.makedirs", "d", 0o700), "os.makedirs('d', 0o700)"),
        (call("os.chmod", "a", -1), "os.chmod('a', -1)"),
        (call("os.mkdir", "flag", True), "os.mkdir('flag', True)"),
    ],
)  # fmt: skip
def test_python(made: Call, python: str) -> None:
    assert made.python() == python
    ast.parse(made.python(), mode="eval")
    assert made.python().isprintable()


@given(
    st.sampled_from(["os.chmod", "os.kill", "os.open", "os.putenv", "os.rename", "os.utime", "shutil.rmtree"]),
    st.lists(
        st.text(st.characters(exclude_categories=()))
        | st.binary()
        | st.integers(-(2**40), 2**40)
        | st.booleans()
        | st.none()
        | st.tuples(st.integers(), st.integers()),
        max_size=4,
    ),
)
def test_any_arguments_evaluate_to_themselves(function: str, arguments: list[Any]) -> None:
    seen: list[Any] = []
    module, name = function.split(".")

    class Module:
        def __getattr__(self, wanted: str) -> Any:
            assert wanted == name or wanted.startswith("O_")
            return getattr(os, wanted) if wanted.startswith("O_") else lambda *given: seen.extend(given)

    source = call(function, *arguments).python()
    eval(source, {module: Module(), "signal": signal})
    assert seen == arguments
    assert source.isprintable()


@given(st.integers(0, 2**31 - 1))
def test_open_flags_keep_every_bit(flags: int) -> None:
    tree = ast.parse(call("os.open", "a", flags).python(), mode="eval").body
    assert isinstance(tree, ast.Call)
    again = eval(compile(ast.Expression(tree.args[1]), "", "eval"), {"os": os})
    assert again == flags


def test_python_really_makes_the_call_again(tmp_path: Path) -> None:
    file = tmp_path / "it's [] a\nfile"
    file.touch(0o644)
    exec(call("os.chmod", str(file), 0o751).python(), {"os": os})
    assert file.stat().st_mode & 0o777 == 0o751


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        (call("os.chmod", "a", 0o644), "ok"),
        (call("os.umask", 0o22, result=0o77), "63"),
        (call("os.chmod", "a", 0o644, errno=errno.EPERM, error="Operation not permitted"), "EPERM"),
        (call("os.chmod", "a", 0o644, errno=9999), "errno 9999"),
    ],
)
def test_outcome(made: Call, outcome: str) -> None:
    assert made.outcome == outcome


def test_source_is_an_argument_without_quotes() -> None:
    assert eval(repr(Source("subprocess.PIPE")), {"subprocess": subprocess}) == subprocess.PIPE
