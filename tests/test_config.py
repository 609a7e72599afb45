"""The settings file: what it says, what is wrong with it and on which line, and where it is looked for."""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.config import ActionKeys, ConfigError, default_toml, line_of, load, parse
from osexplorer.model.settings import OPTIONS, Settings
from osexplorer.places import default_path
from osexplorer.ui.actions import ACTIONS

IDS = {action.id: not action.when for action in ACTIONS}
ACTION_KEYS = [ActionKeys(action.id, action.title, action.keys) for action in ACTIONS]


def read(text: str) -> Settings:
    return parse(text, "/c.toml", actions=lambda: IDS)


def test_an_empty_file_is_the_defaults() -> None:
    assert read("") == Settings()
    assert read("# nothing\n[files]\n[keys]\n") == Settings()


def test_every_setting_is_read() -> None:
    settings = read(
        """
        theme = "light"
        mouse = false
        confirm_quit = false
        [files]
        show_hidden = true
        directories_first = false
        sort = "mtime"
        ls_colors = false
        icons = "nerd"
        names = "code-points"
        [processes]
        refresh_seconds = 5
        cpu_unit = "machine"
        [children]
        shell = "/bin/bash"
        stop = "INT 1, KILL"
        on_quit = "leave"
        history = 20
        [permissions]
        presets = "640 u=rwX,go=rX"
        [calls]
        show_reads = true
        [keys]
        "app.quit" = ["Ctrl+X", "f10"]
        files.enter = "?"
        app.theme = []
        """
    )
    assert settings == Settings(
        theme="light",
        mouse=False,
        confirm_quit=False,
        show_hidden=True,
        directories_first=False,
        sort="mtime",
        ls_colors=False,
        icons="nerd",
        names="code-points",
        refresh_seconds=5.0,
        cpu_unit="machine",
        shell="/bin/bash",
        stop="INT 1, KILL",
        on_quit="leave",
        history=20,
        show_reads=True,
        presets="640 u=rwX,go=rX",
        keys={"app.quit": ("ctrl+x", "f10"), "files.enter": ("question_mark",), "app.theme": ()},
    )
    changed = {field.name for field in dataclasses.fields(Settings)}
    assert all(getattr(settings, name) != getattr(Settings(), name) for name in changed), "a setting is not tested here"
    assert isinstance(settings.refresh_seconds, float)


@pytest.mark.parametrize(
    ("text", "line", "key", "problem"),
    [
        ("\ntheem = 'x'", 2, "theem", "unknown setting; did you mean theme?"),
        ("theme = 'blue'", 1, "theme", 'expected one of "dark", "light", "terminal", "none", not "blue"'),
        ("mouse = 1", 1, "mouse", "expected true or false, not 1"),
        ("mouse = 'yes'", 1, "mouse", 'expected true or false, not "yes"'),
        ("[processes]\n\n  refresh_seconds = 'fast'", 3, "processes.refresh_seconds", "a number from 0.2 to 3600"),
        ("[processes]\nrefresh_seconds = 0", 2, "processes.refresh_seconds", "not 0"),
        ("[processes]\nrefresh_seconds = true", 2, "processes.refresh_seconds", "not true"),
        ("[processes]\nrefresh_seconds = nan", 2, "processes.refresh_seconds", "not nan"),
        ("processes.refresh_seconds = inf", 1, "processes.refresh_seconds", "not inf"),
        ("processes = { refresh_seconds = 0 }", 1, "processes.refresh_seconds", "not 0"),
        (
            "[children]\nshell = ['a', 'b', 'c', 'd']",
            2,
            "children.shell",
            "expected the path of a program, not a list of 4",
        ),
        ("[permissions]\npresets = '640 8'", 2, "permissions.presets", "expected modes as chmod takes them"),
        ("[files]\nmouse = true", 2, "files.mouse", "it stands above the first table"),
        ("sort = 'name'", 1, "sort", "it stands in the table [files]"),
        ("[file]\n", 1, "file", "did you mean files?"),
        ("files = 3", 1, "files", "expected a table, [files], not 3"),
        ("[keys]\n'files.entre' = 'x'", 2, "keys.files.entre", "unknown action; did you mean files.enter?"),
        ("[keys]\nfiles.enter = 'x'\nzzz = 'x'", 3, "keys.zzz", "--print-config lists them all"),
        ("[keys]\nfiles.enter = 'xx'", 2, "keys.files.enter", '"xx" is no key'),
        ("[keys]\nfiles.enter = 3", 2, "keys.files.enter", "not 3"),
        ("[keys.files]\nenter = [3]", 2, "keys.files.enter", "expected keys"),
        ("[keys]\nfiles.enter = 'x'\nfiles.parent = 'x'", 3, "keys.files.parent", "given to files.enter too"),
        ("mouse = true\nmouse = = 3", 2, "", "not TOML: Invalid value"),
        ("mouse = true\nx = '''\n\n", 2, "", "not TOML"),
        ("\x1b[31m", 1, "", "not TOML"),
        ("'\\u001b' = 1", 1, "\\u001b", "unknown setting"),
        ('"\\u001b[2J" = 1', 0, "\x1b[2J", "unknown setting"),
    ],
)
def test_an_error_names_file_line_and_key(text: str, line: int, key: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    error = caught.value
    assert (error.line, error.key) == (line, key)
    assert problem in str(error)
    assert str(error).startswith(f"/c.toml:{line}: " if line else "/c.toml: ")
    assert str(error).isprintable()


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except ConfigError as error:
        assert str(error).isprintable()


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("a = 1\n[t]\nb = 2", "t.b", 3),
        ("a = 1\n[t]\nb = 2", "t.c", 2),
        ("a = 1\n[t]\nb = 2", "u", 0),
        ("t.b = 1", "t.b", 1),
        ("[ 't' . \"u\" ]\nb = 1", "t.u.b", 2),
        ("[[t]]\nb = 1", "t.b", 2),
        ("# b = 1\nb = 1", "b", 2),
    ],
)
def test_line_of(text: str, key: str, line: int) -> None:
    assert line_of(text, key) == line


def test_the_printed_file_changes_nothing_and_names_everything() -> None:
    text = default_toml(ACTION_KEYS)
    assert read(text) == Settings()
    assert all(line in ("",) or line[0] in "#[" for line in text.split("\n"))
    assert all(f"#{option.name} = " in text for option in OPTIONS)
    assert all(f'"{action.id}"' in text for action in ACTIONS)


def test_the_printed_file_with_its_settings_taken_in_is_the_defaults() -> None:
    text = re.sub(r"^#(?=\S)", "", default_toml(ACTION_KEYS), flags=re.MULTILINE)
    tables = tomllib.loads(text)
    assert set(tables["keys"]) == set(IDS)
    settings = read(text)
    assert dataclasses.replace(settings, keys={}) == Settings()
    assert settings.keys == {action.id: action.keys for action in ACTIONS}


# -- where the file is looked for


def test_without_a_file_the_defaults(isolated_environment: Path) -> None:
    assert default_path() == str(isolated_environment / ".config/osexplorer/config.toml")
    assert load() == Settings()


@pytest.fixture
def own_file(isolated_environment: Path) -> Path:
    file = isolated_environment / ".config/osexplorer/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('theme = "light"\n')
    return file


@pytest.mark.skipif(os.uname().sysname == "Darwin", reason="macOS has another place")
def test_the_users_file_is_read(own_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load().theme == "light"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load().theme == "dark"
    monkeypatch.setenv("XDG_CONFIG_HOME", ".config")  # relative: "must be ignored"
    assert load().theme == "light"


def test_a_named_file_comes_first(own_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named, variable = tmp_path / "named.toml", tmp_path / "variable.toml"
    named.write_text('theme = "none"')
    variable.write_text('theme = "terminal"')
    monkeypatch.setenv("OSEXPLORER_CONFIG", str(variable))
    assert load().theme == "terminal"
    assert load(str(named)).theme == "none"
    monkeypatch.setenv("OSEXPLORER_CONFIG", "/dev/null")
    assert load() == Settings()


def test_nothing_is_read_from_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for place in (
        "config.toml",
        "osexplorer.toml",
        ".config/osexplorer/config.toml",
        "~/.config/osexplorer/config.toml",
    ):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("broken [")
    monkeypatch.chdir(tmp_path)
    assert load() == Settings()
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)  # nobody: no passwd entry gives a home either
    assert default_path() is None
    assert load() == Settings()
    monkeypatch.setenv("OSEXPLORER_CONFIG", "config.toml")
    with pytest.raises(ConfigError, match="expected an absolute path"):
        load()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing.toml", "ENOENT"),
        (".", "EISDIR"),
        ("fifo", "named pipe"),
        ("latin", ":2: expected UTF-8"),
        ("big", "1 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str, problem: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "latin").write_bytes(b"# one\n# \xe9\n")
    (tmp_path / "big").write_bytes(b"#" * (2 << 20))
    with pytest.raises(ConfigError, match=problem):
        load(str(tmp_path / name))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away")
def test_a_strangers_file_is_not_read_unasked(own_file: Path) -> None:
    os.chown(own_file, 1234, -1)
    with pytest.raises(ConfigError, match="belongs to user 1234"):
        load()
    assert load(str(own_file)).theme == "light"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[children]\nhistory = 1.5\n", "expected a whole number from 0 to 10000, not 1.5"),
        (f"[children]\nhistory = {'9' * 5000}\n", "a number is too long"),
        ("keys." + ".".join("a" * 5000) + " = 1\n", "nested too deeply"),
        ('[children]\nstop = "garbage"\n', 'expected signals as "INT 2, TERM 5, KILL", not "garbage"'),
        ('[children]\nshell = ""\n', "expected the path of a program"),
        ('[children]\nshell = "/bin/sh\\u0000"\n', "expected the path of a program"),
    ],
)
def test_what_cannot_work_later_is_refused_at_once(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(problem)):
        read(text)


def test_a_mark_at_the_beginning_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b'\xef\xbb\xbftheme = "light"\n')
    assert load(str(tmp_path / "c.toml")).theme == "light"
