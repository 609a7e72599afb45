"""The rules of the house: which way imports go, what is loaded when, what is never called, how large a file is."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import osexplorer
from osexplorer.ui.arrangement import PANES

PACKAGE = Path(osexplorer.__file__).parent
ROOT = PACKAGE.parent
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400
HEAVY = {"textual", "rich", "psutil", "watchfiles"}


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def loaded_by(program: str, *arguments: str, whole: bool = False) -> set[str]:
    """The modules in memory when `program` has run in a fresh interpreter, or that it prints.

    Args:
        whole: with their whole names, rather than what stands before the first dot.
    """
    code = f"import sys\n{program}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {name if whole else name.partition(".")[0] for name in done.stdout.split()}


def modules(package: str) -> list[str]:
    return [f"osexplorer.{package}.{each.name}" for each in pkgutil.iter_modules([str(PACKAGE / package)])]


# -- imports


def test_imports_go_down_the_layers_only() -> None:
    if not (ROOT / "pyproject.toml").exists():
        pytest.skip("needs the source tree, where the contracts stand")
    lint = Path(sys.executable).with_name("lint-imports")
    if not lint.exists():
        pytest.skip("import-linter is not installed")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("layer", ["model", "system", "services", "commands"])
def test_a_layer_loads_without_the_terminal(layer: str) -> None:
    """Nor do psutil and watchfiles, which take longer than all the rest; a module that needs one bears its name."""
    names = [name for name in modules(layer) if not name.endswith("_psutil")]
    assert names
    assert not loaded_by("\n".join(f"import {name}" for name in names)) & HEAVY


def test_a_session_works_without_the_terminal() -> None:
    program = """
import asyncio
from osexplorer.services.session import Session
async def main():
    session = Session()
    await session.environment.set("A", "1")
    assert await session.undo.undo()
asyncio.run(main())
"""
    assert not loaded_by(program) & HEAVY


def run_main(*arguments: str) -> str:
    return f"from osexplorer.cli import main\nstatus = main({list(arguments)!r})\nassert status == 0, status"


@pytest.mark.parametrize(
    ("arguments", "also"),
    [
        (("--help",), {"asyncio", "tomllib", "platformdirs", "json"}),
        (("--version",), {"asyncio", "tomllib", "platformdirs", "json"}),
        (("env",), {"tomllib"}),
        (("errno", "EACCES"), {"asyncio", "tomllib", "json"}),
    ],
)
def test_the_command_line_loads_only_what_it_needs(arguments: tuple[str, ...], also: set[str]) -> None:
    assert not loaded_by(run_main(*arguments)) & (HEAVY | also)


def test_the_terminal_is_loaded_where_it_is_needed() -> None:
    """What the tests above look for can be found at all."""
    assert {"textual", "rich"} <= loaded_by("import osexplorer.ui.app")


FIRST_FRAME = """
import asyncio
from osexplorer.model.settings import Settings
from osexplorer.services.reading import Begun, first_arrangement
from osexplorer.services.session import Session
from osexplorer.ui.app import Explorer

class UntilFirstFrame(Explorer):
    async def _after_first_frame(self):
        print("\\n".join(sys.modules))
        self.exit()

begun = Begun(sys.argv[1], first_arrangement(Settings()))
begun.wait(60)
asyncio.run(UntilFirstFrame(begun.path, Settings(), Session(begun=begun)).run_async(headless=True))
raise SystemExit
"""
LATER = {
    *HEAVY - {"textual", "rich"},
    *("pyte", "pygments", "markdown_it", "tomllib", "json", "osexplorer.ui.field", "osexplorer.ui.outside"),
    *(f"osexplorer.model.{name}" for name in ("children", "launch", "operations", "processes", "status", "tasks")),
    *(f"osexplorer.services.{name}" for name in ("children", "operations", "processes", "tasks", "tree")),
}
"""What the first frame does not need; to import it before would take a tenth of the time to that frame."""


def test_the_first_frame_loads_only_what_it_shows(tmp_path: Path) -> None:
    loaded = loaded_by(FIRST_FRAME, str(tmp_path), whole=True)
    assert "osexplorer.ui.panes.files" in loaded
    assert not loaded & LATER
    assert not [name for name in loaded if name.startswith("osexplorer.ui.dialogs")]
    panes = {f"osexplorer.ui.panes.{scope}" for scope in PANES} - {"osexplorer.ui.panes.files"}
    assert not loaded & panes


# -- what stands in the files


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_file_has_one_subject(file: Path) -> None:
    lines = len(file.read_text().splitlines())
    assert lines <= LONGEST, f"{lines} lines: split it by subject"
    assert not {"utils", "util", "misc", "helpers", "helper", "common"} & {*file.with_suffix("").parts}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_module_says_what_it_is(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text()))


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_nothing_forbidden_is_called(file: Path) -> None:
    tree = ast.parse(file.read_text())
    found = [f"line {line}: {why}" for line, why in forbidden_calls(tree, name_of(file))]
    assert not found, "\n".join(found)


_FORBIDDEN = {
    "os.chdir": "the working directory belongs to every thread; pass paths",
    "os.fchdir": "the working directory belongs to every thread; pass paths",
    "asyncio.to_thread": "its pool is filled by one dead mount and holds up the exit; use the door",
    "os.system": "goes through a shell",
    "os.popen": "goes through a shell",
    "shutil.move": "follows links and keeps setuid bits for the wrong owner",
    "shutil.copy2": "follows links and keeps setuid bits for the wrong owner",
    "shutil.rmtree": "deletes inside mounts and fails on deep trees",
}
_POPEN = ("poll", "wait", "communicate", "send_signal", "terminate", "kill")
_WAITS = ("os.wait", "os.wait3", "os.wait4", "os.waitid", "os.waitpid")
_MAY_WAIT = ("osexplorer/system/reaper.py", "osexplorer/system/launch.py", "osexplorer/system/apart.py")


def forbidden_calls(tree: ast.AST, file: str) -> Iterator[tuple[int, str]]:
    """Calls, and functions handed on to be called (``door.run(os.chdir, ...)``)."""
    nodes = list(ast.walk(tree))
    starts_processes = any(
        isinstance(node, ast.Import | ast.ImportFrom) and "subprocess" in ast.unparse(node) for node in nodes
    )
    for node in nodes:
        if not isinstance(node, ast.Attribute):
            continue
        name = ast.unparse(node)
        if name in _FORBIDDEN:
            yield node.lineno, f"{name}: {_FORBIDDEN[name]}"
        elif node.attr == "run_in_executor":
            yield node.lineno, f"{name}: asyncio's pool holds up the exit; use the door"
        elif name in _WAITS and file not in _MAY_WAIT:
            yield node.lineno, f"{name}: one reaper waits for all children"
        elif starts_processes and node.attr in _POPEN and name != "os.kill":
            yield node.lineno, f"{name}: one reaper waits for all children, by pidfd"


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.chdir('/')",
        "door.run(os.chdir, '/')",
        "import asyncio\nawait asyncio.to_thread(f)",
        "loop.run_in_executor(None, f)",
        "import subprocess\nsubprocess.Popen(['x']).wait()",
        "import os\nos.waitpid(1, 0)",
    ],
)
def test_the_search_finds_what_is_forbidden(source: str) -> None:
    tree = compile(source, "", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert list(forbidden_calls(tree, "osexplorer/services/x.py"))
