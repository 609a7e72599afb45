"""The ``osexplorer`` command: help, bad arguments, places without a screen, outputs that fail; never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from osexplorer import __version__
from osexplorer.arguments import COMMANDS, meant_command
from osexplorer.cli import start_path

ROOT = Path(__file__).parents[1]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def osexplorer() -> Run:
    """Runs the command without a terminal."""

    def run(*arguments: str | bytes, **options: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **(options.pop("env", None) or {})}  # type: ignore[dict-item]
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, **options}
        argv = [sys.executable, "-m", "osexplorer", *arguments]
        done = subprocess.run(
            argv, stderr=subprocess.PIPE, text=True, errors="surrogateescape", env=environment, check=False, **options
        )
        assert "Traceback" not in done.stderr
        return done

    return run


def loaded_modules(*arguments: str) -> set[str]:
    code = (
        "import sys; from osexplorer.cli import main; status = main(sys.argv[1:]);"
        "sys.stderr.write(chr(10).join(sys.modules)); sys.exit(status)"
    )
    argv = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


# -- help


def test_help_tells_it_all(osexplorer: Run, isolated_environment: Path) -> None:
    done = osexplorer("--help")
    assert done.returncode == 0
    assert all(f"\n  {name} " in done.stdout for name, _ in COMMANDS)
    for text in ("examples:", "exit status:", str(isolated_environment / ".config/osexplorer/config.toml")):
        assert text in done.stdout


def test_help_imports_nothing_large() -> None:
    loaded = loaded_modules("--help")
    slow = {"textual", "rich", "psutil", "watchfiles", "platformdirs", "asyncio", "typing", "dataclasses", "subprocess"}
    assert not loaded & slow


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_a_commands_help_imports_no_other_command_and_no_screen(name: str) -> None:
    loaded = loaded_modules(name, "--help")
    assert f"osexplorer.commands.{name}" in loaded
    assert not loaded & {f"osexplorer.commands.{other}" for other, _ in COMMANDS if other != name}
    assert not loaded & {"textual", "rich", "psutil", "watchfiles"}


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_a_commands_help_has_examples_statuses_and_json(osexplorer: Run, name: str) -> None:
    text = osexplorer(name, "--help").stdout
    assert "examples:" in text
    assert "exit status" in text
    assert "--json" in text


@pytest.mark.parametrize("name", ["", *(name for name, _ in COMMANDS)])
def test_help_fits_a_terminal_of_80_columns(osexplorer: Run, name: str) -> None:
    """No line is broken by the terminal: only a path, which is one word, may be longer."""
    text = osexplorer(*filter(None, [name]), "--help").stdout
    assert [line for line in text.split("\n") if len(line) > 80 and "config.toml" not in line] == []


@pytest.mark.parametrize(("typed", "meant"), [("lss", "ls"), ("stats", "stat"), ("pss", "ps"), ("chmood", "chmod")])
def test_a_mistyped_command_opens_no_screen(osexplorer: Run, typed: str, meant: str) -> None:
    done = osexplorer(typed)
    assert done.returncode == 2
    assert done.stderr == f"osexplorer: {typed}: nothing here has that name; did you mean the command {meant}?\n"


@pytest.mark.parametrize("path", ["src", "documents", "./lss", "/stats", "a", ""])
def test_what_looks_like_a_path_is_one(path: str) -> None:
    assert meant_command(path) == ""


def test_version(osexplorer: Run) -> None:
    assert osexplorer("--version").stdout == f"osexplorer {__version__}\n"


def test_print_config_is_a_settings_file_that_is_read(osexplorer: Run, tmp_path: Path) -> None:
    printed = osexplorer("--print-config")
    assert printed.returncode == 0
    assert "[keys]" in printed.stdout
    (tmp_path / "config.toml").write_text(printed.stdout.replace("\n#", "\n").replace("\n ", "\n# "))
    done = osexplorer("--config", str(tmp_path / "config.toml"))
    assert "terminal" in done.stderr


# -- what cannot be


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--nonsense\x1b]0;title\x07"], r"unrecognized arguments: --nonsense\x1b]0;title\x07"),
        (["a", "b"], "unrecognized arguments: b"),
        (["--config", "f", "ls", "/tmp"], "ls is a command, and comes first"),
        ([""], "PATH is empty"),
        (["--config"], "expected one argument"),
        (["errno", "--nonsense"], "unrecognized arguments"),
    ],
)
def test_wrong_arguments(osexplorer: Run, arguments: list[str], said: str) -> None:
    done = osexplorer(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "\x1b" not in done.stderr


def test_no_terminal_is_said_before_textual_is_loaded(osexplorer: Run) -> None:
    done = osexplorer()
    assert done.returncode == 2
    assert "standard input is not a terminal" in done.stderr
    assert done.stderr.count("\n") == 1
    code = "import sys; from osexplorer.cli import main; main([]); sys.exit('textual' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        == 0
    )


def test_a_bad_settings_file_is_named(osexplorer: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("theme = 3\n")
    script = f"script -qec '{sys.executable} -m osexplorer --config {tmp_path}/config.toml' /dev/null"
    done = subprocess.run(
        script, shell=True, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    assert f"{tmp_path}/config.toml:1: theme: " in done.stdout
    assert done.returncode == 2


# -- outputs that fail


def test_a_reader_that_goes_away_ends_us_quietly(osexplorer: Run) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = osexplorer("env", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_said(osexplorer: Run) -> None:
    with open("/dev/full", "w") as full:
        done = osexplorer("env", stdout=full)
    assert done.returncode == 74
    assert done.stderr == "osexplorer: the output could not be written: ENOSPC (No space left on device)\n"


def test_a_closed_output_is_said(osexplorer: Run) -> None:
    done = osexplorer("env", preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (74, "osexplorer: standard output is closed\n")


def test_an_output_that_is_not_utf8_is_escaped(osexplorer: Run) -> None:
    done = osexplorer("env", env={"PYTHONIOENCODING": "ascii", "WORD": "é"})
    assert done.returncode == 0
    assert r"WORD=\xe9" in done.stdout


# -- odd surroundings


def test_a_working_directory_that_is_gone(osexplorer: Run, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"rmdir {gone}; exec {sys.executable} -m osexplorer errno ENOENT"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", script], cwd=gone, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_is_imported_from_the_working_directory(osexplorer: Run, tmp_path: Path) -> None:
    for name in ("argparse", "asyncio", "psutil", "platformdirs", "json", "osexplorer_"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the working directory')")
    assert osexplorer("errno", "--json", "ENOENT", cwd=tmp_path).returncode == 0


def test_start_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert start_path(None) == str(tmp_path)
    assert start_path("a/..") == f"{tmp_path}/a/.."  # a may be a link, so the kernel has to resolve it
    assert start_path("/etc") == "/etc"
    assert start_path("\udcff") == f"{tmp_path}/\udcff"
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("PWD", str(gone))
    assert start_path(None) == str(gone)
    monkeypatch.setenv("PWD", "relative")
    assert start_path(None) == "/"
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("value", [".", "{root}:", ":{root}", "{root}:./"])
def test_the_working_directory_is_not_imported_from(tmp_path: Path, value: str) -> None:
    """$PYTHONPATH may name it, an empty part does; what has the name of a module there is data."""
    (tmp_path / "psutil.py").write_text("raise SystemExit('imported')\n")
    code = f"import sys; sys.path.append({str(ROOT)!r}); from osexplorer.cli import main; main(['errno', '2'])"
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"{code}; import psutil; print('end')"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": value.format(root=ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout.split()[-1:]) == (0, "", ["end"])
