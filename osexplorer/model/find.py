"""What is looked for below a directory: a line of words, each a condition, all of which must hold.

    *.py size>10K age<2d !kind:link owner:root is:world-writable

A bare word is a part of the name (case counts only where the word has a capital letter), one with ``*``, ``?`` or ``[``
a pattern for the whole name, one between slashes a regular expression. ``!`` turns a condition round.
"""

from __future__ import annotations

import fnmatch
import re
import shlex
import stat
import warnings
from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol, TypeVar

from osexplorer.model.entry import Kind
from osexplorer.model.errors import Refused

HELP = (
    "part of a name · *.py · /regex/ · kind:file,dir,link · size>10M · age<2d · owner:NAME · group:NAME · mode:644 · "
    "is:empty,broken,setuid,world-writable,executable · depth<3 · !not this"
)


class Stat(Protocol):
    """What conditions ask of an entry's lstat(2)."""

    @property
    def st_mode(self) -> int: ...
    @property
    def st_size(self) -> int: ...
    @property
    def st_uid(self) -> int: ...
    @property
    def st_gid(self) -> int: ...
    @property
    def st_nlink(self) -> int: ...
    @property
    def st_mtime_ns(self) -> int: ...
    @property
    def st_ctime_ns(self) -> int: ...
    @property
    def st_atime_ns(self) -> int: ...


T = TypeVar("T")

Stage = Literal["name", "expression", "kind", "stat", "owner", "group", "empty", "broken", "depth", "path"]
"""What a condition needs to know, from cheap to dear: ``empty`` opens a directory, ``broken`` follows a link."""


class Expression(NamedTuple):
    """A regular expression that may take for ever on a name: it is matched where it can be ended."""

    source: str
    flags: int
    """Of :func:`re.compile`."""


class Condition(NamedTuple):
    """One word of the line."""

    stage: Stage
    words: str
    """What it asks for, in words."""
    negated: bool = False
    on_text: Callable[[str], bool] | None = None
    """For ``name`` and ``path``."""
    expression: Expression | None = None
    """For ``expression``: looked for anywhere in the name."""
    on_stat: Callable[[Stat, int], bool] | None = None
    """For ``stat``: the second argument is the time now, in nanoseconds since the epoch."""
    on_number: Callable[[int], bool] | None = None
    """For ``depth``."""
    kinds: frozenset[Kind] = frozenset()
    """For ``kind``."""
    who: str = ""
    """For ``owner`` and ``group``: a name or a number."""


class Query(NamedTuple):
    """What is looked for."""

    text: str
    """As typed."""
    conditions: tuple[Condition, ...]
    cross_mounts: bool = False
    """Whether file systems that are mounted below are entered."""
    meaning: str = ""
    """In words, where conditions are not all."""

    @property
    def words(self) -> str:
        """All conditions in words."""
        if self.meaning:
            return self.meaning
        parts = [f"not ({one.words})" if one.negated else one.words for one in self.conditions]
        return ", ".join(parts) or "everything"

    def of(self, *stages: Stage) -> tuple[Condition, ...]:
        """The conditions of these stages."""
        return tuple(one for one in self.conditions if one.stage in stages)


class Found(NamedTuple):
    """An entry that was found."""

    path: str
    """Below the directory that was searched, raw."""
    kind: Kind
    mode: int
    size: int
    uid: int
    gid: int
    mtime: int
    """Nanoseconds since the epoch, as the other times."""
    ctime: int
    atime: int
    links: int
    about: str = ""
    """What an audit has to say about it; raw."""


_KINDS = {
    **dict.fromkeys(("f", "file", "files"), (Kind.FILE,)),
    **dict.fromkeys(("d", "dir", "dirs", "directory"), (Kind.DIRECTORY,)),
    **dict.fromkeys(("l", "link", "links", "symlink"), (Kind.SYMLINK,)),
    **dict.fromkeys(("p", "pipe", "fifo"), (Kind.FIFO,)),
    **dict.fromkeys(("s", "sock", "socket"), (Kind.SOCKET,)),
    "c": (Kind.CHARACTER_DEVICE,),
    "b": (Kind.BLOCK_DEVICE,),
    **dict.fromkeys(("dev", "device"), (Kind.CHARACTER_DEVICE, Kind.BLOCK_DEVICE)),
}
_BITS = {
    "setuid": stat.S_ISUID,
    "setgid": stat.S_ISGID,
    "sticky": stat.S_ISVTX,
    "world-writable": stat.S_IWOTH,
    "world-readable": stat.S_IROTH,
    "group-writable": stat.S_IWGRP,
}
_SIZES = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_TIMES = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 2592000, "y": 31536000}
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)", re.IGNORECASE)
_COMPARED = re.compile(r"(size|age|changed|accessed|links|depth)(<=|>=|<|>|=|:)(.*)", re.DOTALL)
_KEYED = re.compile(r"(kind|type|owner|user|group|mode|is|name|path|ext|mounts):(.*)", re.DOTALL)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "=": lambda one, other: one == other,
    ":": lambda one, other: one == other,
}
_TIME_FIELDS = {"age": "st_mtime_ns", "changed": "st_ctime_ns", "accessed": "st_atime_ns"}
_TIME_WORDS = {"age": "modified", "changed": "changed", "accessed": "accessed"}


def parse_query(text: str) -> Query:
    """The query that a line of words is.

    Raises:
        Refused: a word is not a condition; says which, and what would be.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Refused("A quote is not closed") from error
    conditions: list[Condition] = []
    cross = False
    for word in words:
        negated = word.startswith("!") and len(word) > 1
        bare = word[1:] if negated else word
        if bare.lower().startswith("mounts:"):
            cross = _choice("mounts", bare[7:], {"enter": True, "leave": False})
            continue
        conditions += [one._replace(negated=negated) for one in _conditions(bare)]
    return Query(text, tuple(conditions), cross)


def _conditions(word: str) -> list[Condition]:
    if (match := _COMPARED.fullmatch(word)) is not None:
        return [_compared(match[1], match[2], match[3])]
    if (match := _KEYED.fullmatch(word)) is not None:
        return _keyed(match[1], match[2])
    return [_named(word)]


def _named(word: str) -> Condition:
    if len(word) > 2 and word.startswith("/") and word.endswith(("/", "/i")):
        return _expression(word[1 : word.rindex("/")], word.endswith("i"))
    if any(sign in word for sign in "*?["):
        return Condition("name", f"named {word}", on_text=pattern(word))
    return Condition("name", f"{word!r} in the name", on_text=part(word))


def pattern(word: str) -> Callable[[str], bool]:
    """Whether a whole name is as a shell's pattern says; case counts only where the pattern has a capital letter."""
    small = word == word.lower()
    match = re.compile(fnmatch.translate(word), re.IGNORECASE if small else 0).match
    return lambda name: match(name) is not None


def part(word: str) -> Callable[[str], bool]:
    """Whether a name contains `word`; case counts only where `word` has a capital letter."""
    if word == word.lower():
        return lambda name: word in name.lower()
    return lambda name: word in name


def _expression(source: str, small: bool) -> Condition:
    flags = re.IGNORECASE if small else 0
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of what may mean a set once
            search = re.compile(source, flags).search
    except re.error as error:
        raise Refused(f"/{source}/ is not a regular expression: {error}") from error
    words = f"the name matches /{source}/"
    if _is_quick(source):
        return Condition("name", words, on_text=lambda name: search(name) is not None)
    return Condition("expression", words, expression=Expression(source, int(flags)))


def _is_quick(source: str) -> bool:
    """Whether an expression cannot take long on a name, whatever the name: at most one part of it can match in several
    ways. Others may be quick too."""
    return sum(map(source.count, "*+?{|")) <= 1 and re.search(r"\\[0-9]", source) is None


def _compared(what: str, sign: str, value: str) -> Condition:
    if what == "depth":
        return _depth(sign, value)
    low, dots, high = value.partition("..")
    if dots:
        bounds = [_amount(what, low) if low else 0, _amount(what, high) if high else float("inf")]
        return _between(what, bounds[0], bounds[1], f"{value}")
    wanted, compare = _amount(what, value), _COMPARE[sign]
    if what in _TIME_FIELDS:
        field = _TIME_FIELDS[what]

        def by_age(status: Stat, now: int) -> bool:
            return compare((now - getattr(status, field)) / 1e9, wanted)

        side = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}.get(sign, "just")
        return Condition("stat", f"{_TIME_WORDS[what]} {side} {value} ago", on_stat=by_age)
    field = "st_size" if what == "size" else "st_nlink"
    return Condition(
        "stat", f"{what} {sign} {value}", on_stat=lambda status, now: compare(getattr(status, field), wanted)
    )


def _between(what: str, low: float, high: float, words: str) -> Condition:
    if what in _TIME_FIELDS:
        field = _TIME_FIELDS[what]
        return Condition(
            "stat",
            f"{_TIME_WORDS[what]} {words} ago",
            on_stat=lambda status, now: low <= (now - getattr(status, field)) / 1e9 <= high,
        )
    field = "st_size" if what == "size" else "st_nlink"
    return Condition("stat", f"{what} {words}", on_stat=lambda status, now: low <= getattr(status, field) <= high)


def _depth(sign: str, value: str) -> Condition:
    if not value.isdecimal():
        raise Refused(f"depth{sign}{value}: expected a whole number")
    compare, wanted = _COMPARE[sign], int(value)
    return Condition("depth", f"depth {sign} {value}", on_number=lambda depth: compare(depth, wanted))


def _amount(what: str, value: str) -> float:
    match = _NUMBER.fullmatch(value.strip())
    if match is not None:
        number, unit = float(match[1]), match[2].lower()
        if what in _TIME_FIELDS and unit in _TIMES:
            return number * _TIMES[unit]
        if what == "size" and unit.removesuffix("ib") in _SIZES:
            return number * _SIZES[unit.removesuffix("ib")]
        if what == "links" and not unit:
            return number
    expected = {"size": "a size as 10K, 1.5M", "links": "a number"}.get(what, "a time as 30min, 2h, 7d, 1y")
    raise Refused(f"{what}: {value!r} is not {expected}")


def _keyed(key: str, value: str) -> list[Condition]:
    if not value:
        raise Refused(f"{key}: something must follow")
    match key:
        case "kind" | "type":
            kinds = [kind for word in value.split(",") for kind in _choice("kind", word, _KINDS)]
            return [Condition("kind", " or ".join(kind.word for kind in kinds), kinds=frozenset(kinds))]
        case "owner" | "user":
            return [Condition("owner", f"owned by {value}", who=value)]
        case "group":
            return [Condition("group", f"of group {value}", who=value)]
        case "mode":
            return [_mode(value)]
        case "is":
            return [_is(word) for word in value.split(",")]
        case "path":
            holds = pattern(value) if any(sign in value for sign in "*?[") else part(value)
            return [Condition("path", f"{value!r} in the path", on_text=holds)]
        case "ext":
            ends = tuple(f".{word.lower().lstrip('.')}" for word in value.split(","))
            return [Condition("name", f"ends in {' or '.join(ends)}", on_text=lambda name: name.lower().endswith(ends))]
        case _:
            return [_named(value)]


def _mode(value: str) -> Condition:
    if value in _BITS or value == "executable":
        return _is(value)
    sign, digits = (value[0], value[1:]) if value[0] in "-/" else ("", value)
    if not re.fullmatch(r"0?[0-7]{1,4}", digits):
        raise Refused(f"mode: {value!r} is not 644, -022 (all of these bits), /022 (any of them) or {', '.join(_BITS)}")
    bits = int(digits, 8)
    words = {"": f"mode {digits}", "-": f"all bits of {digits}", "/": f"any bit of {digits}"}[sign]

    def holds(status: Stat, now: int) -> bool:
        mode = stat.S_IMODE(status.st_mode)
        if stat.S_ISLNK(status.st_mode):
            return False
        return mode == bits if not sign else mode & bits == bits if sign == "-" else bool(mode & bits)

    return Condition("stat", words, on_stat=holds)


def _is(word: str) -> Condition:
    if word in _BITS:
        bits = _BITS[word]
        return Condition(
            "stat",
            word,
            on_stat=lambda status, now: bool(status.st_mode & bits) and not stat.S_ISLNK(status.st_mode),
        )
    match word:
        case "empty":
            return Condition("empty", "empty")
        case "broken":
            return Condition("broken", "a link that leads nowhere")
        case "hidden":
            return Condition("name", "hidden", on_text=lambda name: name.startswith("."))
        case "executable":
            return Condition(
                "stat",
                "executable",
                on_stat=lambda status, now: stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o111),
            )
        case _:
            known = ", ".join([*_BITS, "empty", "broken", "hidden", "executable"])
            raise Refused(f"is: {word!r} is not one of {known}")


def _choice(key: str, word: str, choices: dict[str, T]) -> T:
    try:
        return choices[word.lower()]
    except KeyError:
        raise Refused(f"{key}: {word!r} is not one of {', '.join(choices)}") from None
