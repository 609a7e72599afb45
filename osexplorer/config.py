"""The settings file: where it is, how it is read, and what is wrong with it.

It is TOML (https://toml.io). The first of these is read, and nothing is ever looked for in the working directory:

1. the file that ``--config`` names;
2. the file that ``$OSEXPLORER_CONFIG`` names, an absolute path;
3. ``osexplorer/config.toml`` in the user's configuration directory (``~/.config`` on Linux, by the XDG Base Directory
   Specification; ``~/Library/Application Support`` on macOS), where it exists.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import Refused, errno_name
from osexplorer.model.keys import key_name
from osexplorer.model.settings import KEYS_TABLE, OPTIONS, Option, Settings
from osexplorer.places import default_path

VARIABLE = "OSEXPLORER_CONFIG"
_LARGEST = 1 << 20
_MANY = 12
"""So many alternatives are named in an error; of more, only the nearest."""


class ConfigError(Refused):
    """The settings file cannot be used.

    Attributes:
        file: its path, or the variable that names it.
        line: 1 and up; 0 where no line is to blame.
        key: with its table, as ``"processes.refresh_seconds"``; ``""`` where no key is to blame.
        problem: what is wrong, and what was expected.
    """

    def __init__(self, file: str, problem: str, *, line: int = 0, key: str = "") -> None:
        where = display(file) + (f":{line}" if line else "")
        super().__init__(f"{where}: {display(key)}: {problem}" if key else f"{where}: {problem}")
        self.file, self.line, self.key, self.problem = file, line, key, problem


class ActionKeys(NamedTuple):
    """An action as the printed file describes it."""

    id: str
    title: str
    keys: Sequence[str]


def load(path: str | None = None, *, actions: Callable[[], Mapping[str, bool]] | None = None) -> Settings:
    """The settings: the defaults, changed by the file.

    Args:
        path: the file that ``--config`` names; None to look where the module's docstring says.
        actions: gives the ids that ``[keys]`` may name, and whether each applies always; called only when the file
            has such a table. Actions of one pane may share a key when none of them applies always.

    Raises:
        ConfigError: a named file is missing, or a file cannot be read or holds something that is not understood.
    """
    named = path is not None
    if path is None and (variable := os.environ.get(VARIABLE)):
        if not os.path.isabs(variable):
            raise ConfigError(f"${VARIABLE}", f"expected an absolute path, not {_shown(variable)}")
        path, named = variable, True
    if path is None:
        path = default_path()
    text = _read(path, named) if path else None
    return Settings() if text is None or path is None else parse(text, path, actions=actions)


def _read(path: str, named: bool) -> str | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(fd, "rb") as file:
            status = os.fstat(fd)
            if stat.S_ISFIFO(status.st_mode):
                raise ConfigError(path, "is a named pipe; expected a file")
            if not named and status.st_uid not in (0, os.geteuid()):
                raise ConfigError(
                    path, f"belongs to user {status.st_uid}, not to you; name it with --config to use it all the same"
                )
            data = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        if named:
            raise ConfigError(path, f"{errno_name(error.errno or 0)} ({error.strerror})") from error
        return None
    except OSError as error:
        raise ConfigError(path, f"{errno_name(error.errno or 0)} ({error.strerror})") from error
    if len(data) > _LARGEST:
        raise ConfigError(path, "is larger than 1 MiB; expected a settings file")
    try:
        return data.decode("utf-8-sig")  # editors of Windows begin a file with a mark, which TOML has no word for
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, f"expected UTF-8, not the byte 0x{data[error.start]:02x}", line=line) from error


def parse(text: str, file: str, *, actions: Callable[[], Mapping[str, bool]] | None = None) -> Settings:
    """The settings that `text`, the content of `file`, asks for; see :func:`load`.

    Raises:
        ConfigError: with the line and the key.
    """
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        problem = str(error)[: place.start()] if place else str(error).replace(" (at end of document)", "")
        line = int(place[1]) if place else text.rstrip("\n").count("\n") + 1
        raise ConfigError(file, f"not TOML: {problem}", line=line) from error
    except ValueError as error:  # an integer of thousands of digits
        raise ConfigError(file, "not TOML: a number is too long") from error
    except RecursionError as error:
        raise ConfigError(file, "not TOML: nested too deeply") from error
    try:
        return _Reader(text, file, actions).settings(document)
    except RecursionError as error:  # a key of thousands of parts
        raise ConfigError(file, "nested too deeply") from error


class _Reader:
    """Checks a document, and knows where in the text each key stands."""

    def __init__(self, text: str, file: str, actions: Callable[[], Mapping[str, bool]] | None) -> None:
        self._text, self._file, self._actions = text, file, actions

    def settings(self, document: Mapping[str, Any]) -> Settings:
        tables: dict[str, dict[str, Option]] = {}
        for option in OPTIONS:
            tables.setdefault(option.table, {})[option.name] = option
        top = tables.pop("")
        values: dict[str, Any] = {}
        for name, value in document.items():
            if name == KEYS_TABLE:
                values["keys"] = self._keys(self._table(name, value))
            elif name in tables:
                for key, inner in self._table(name, value).items():
                    values[key] = self._value(tables[name], name, key, inner)
            else:
                values[name] = self._value(top, "", name, value, also=[*tables, KEYS_TABLE])
        return Settings(**values)

    def _table(self, name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._error(name, f"expected a table, [{name}], not {_shown(value)}")
        return value

    def _value(self, options: Mapping[str, Option], table: str, name: str, value: Any, also: Sequence[str] = ()) -> Any:
        key = f"{table}.{name}" if table else name
        option = options.get(name)
        if option is None:
            elsewhere = next((each for each in OPTIONS if each.name == name), None)
            if elsewhere is not None:
                place = f"in the table [{elsewhere.table}]" if elsewhere.table else "above the first table"
                raise self._error(key, f"unknown here; it stands {place}")
            raise self._error(key, _unknown("setting", name, [*options, *also]))
        if not option.accepts(value):
            raise self._error(key, f"expected {option.expected}, not {_shown(value)}")
        return float(value) if isinstance(option.default, float) else value

    def _keys(self, table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        known = self._actions() if self._actions is not None else None
        keys: dict[str, tuple[str, ...]] = {}
        owners: dict[tuple[str, str], str] = {}
        for action, value in _flat(table):
            key = f"{KEYS_TABLE}.{action}"
            if known is not None and action not in known:
                raise self._error(key, _unknown("action", action, known))
            wanted = [value] if isinstance(value, str) else value
            if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
                raise self._error(key, f'expected keys, as ["f5", "Ctrl+R"], not {_shown(value)}')
            names = []
            for each in wanted:
                name = key_name(each)
                if name is None:
                    raise self._error(key, f'{_shown(each)} is no key; expected one as "x", "?", "F5" or "Ctrl+R"')
                owner = owners.setdefault((action.partition(".")[0], name), action)
                if owner != action and (known is None or known[owner] or known[action]):
                    raise self._error(key, f"the key {_shown(each)} is given to {owner} too")
                names.append(name)
            keys[action] = tuple(names)
        return keys

    def _error(self, key: str, problem: str) -> ConfigError:
        return ConfigError(self._file, problem, line=line_of(self._text, key), key=key)


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """``files.enter`` without quotes is, to TOML, a table in a table: both ways of writing it mean the action."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"unknown {what}; did you mean {near[0]}?"
    if known and len(known) <= _MANY:
        return f"unknown {what}; expected one of {', '.join(sorted(known))}"
    return f"unknown {what}; --print-config lists them all"


def _shown(value: Any) -> str:
    """A value as it stands in the file, cut where it is long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list) and len(value) > 3:
        return f"a list of {len(value)}"
    text = f'"{display(value)}"' if isinstance(value, str) else display(str(value))
    return text if len(text) <= 40 else f"{text[:39]}…"


_PART = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([A-Za-z0-9_-]+))\s*')


def line_of(text: str, key: str) -> int:
    """The line, from 1, on which TOML `text` gives `key` (dotted, its table first); else that of its table; else 0."""
    table, found, depth = "", 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            table = _dotted(stripped.lstrip("["), "]") or ""
            name = table
        else:
            written = _dotted(stripped, "=")
            if written is None:
                continue
            name = f"{table}.{written}" if table else written
        if name == key:
            return number
        if key.startswith(f"{name}.") and len(name) > depth:
            found, depth = number, len(name)
    return found


def _dotted(text: str, end: str) -> str | None:
    """The dotted key that `text` begins with, up to `end`; None where it begins with none."""
    parts, at = [], 0
    while match := _PART.match(text, at):
        parts.append(next(part for part in match.groups() if part is not None))
        at = match.end()
        if text[at : at + 1] != ".":
            return ".".join(parts) if text[at : at + 1] == end else None
        at += 1
    return None


def default_toml(actions: Iterable[ActionKeys] = ()) -> str:
    """A settings file that says what every setting is and changes nothing: all settings stand in it as comments."""
    lines = [
        "# The settings of osexplorer. Every line that is commented out shows a default:",
        "# take the # away and change the value.",
    ]
    table = ""
    for option in OPTIONS:
        if option.table != table:
            table = option.table
            lines += ["", f"[{table}]"]
        lines += ["", f"# {option.text}"]
        if not isinstance(option.default, bool) and (option.choices or not isinstance(option.default, str)):
            lines.append(f"# Takes {option.expected}.")
        lines.append(f"#{option.name} = {_toml(option.default)}")
    lines += ["", f"[{KEYS_TABLE}]", "", '# The keys of each action, as ["x", "Ctrl+X", "F5"]; [] for none.']
    lines += [f'#"{action.id}" = {_toml(list(action.keys))}  # {action.title}' for action in actions]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return repr(value)
