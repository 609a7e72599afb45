"""Mode expressions, read and applied exactly as GNU chmod does: ``644``, ``u+x``, ``go=u-w``, ``a=,u+rwX``.

Grammar and rules: chmod(1p) of POSIX.1-2017, with the extensions that the GNU coreutils manual describes in "File
permissions": ``+644``, several actions in one clause, and directories that keep setuid and setgid unless these are
mentioned or the number has five digits.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import Refused

ALL = 0o7777
"""All twelve mode bits."""

_SET_ID = 0o6000
_EXECUTE = 0o111
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": ALL}
_PERMISSION = {"r": 0o444, "w": 0o222, "x": _EXECUTE, "X": 0, "s": _SET_ID, "t": 0o1000}
_COPY = {"u": 0o700, "g": 0o070, "o": 0o007}
_OCTAL = "01234567"

Operator = Literal["+", "-", "="]


class BadMode(Refused):
    """A mode expression that chmod would not take.

    Attributes:
        position: where in the text it goes wrong, from 0; the length of the text when something is missing at its end.
        reason: what is wrong there.
    """

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"Column {position + 1}: {reason}")
        self.position = position
        self.reason = reason


class Action(NamedTuple):
    """One operation on the mode bits."""

    operator: Operator
    affected: int
    """The bits of the classes that were named; 0 when none was, which brings in the umask."""
    value: int
    """The bits to add, remove or set; for `copy` the class whose bits are copied."""
    mentioned: int
    """The bits that the text names: a directory's setuid and setgid change only when they are among them."""
    copy: bool = False
    """Whether `value` names a class (``g=u``) and not bits."""
    search: bool = False
    """``X``: execute too, if it is a directory or somebody may execute it already."""


class ModeChange(NamedTuple):
    """What a mode expression does to a mode."""

    actions: tuple[Action, ...]

    def apply(self, mode: int, *, directory: bool, umask: int) -> int:
        """The twelve bits that `mode` becomes.

        Args:
            mode: the present mode; the bits of the file type are ignored.
            umask: counts only where no class is named, as in ``+w``.
        """
        new = mode & ALL
        for action in self.actions:
            value = action.value
            if action.copy:
                value = _copied(value & new)
            elif action.search and (directory or new & _EXECUTE):
                value |= _EXECUTE
            kept = _SET_ID & ~action.mentioned if directory else 0
            value &= (action.affected or ~umask) & ~kept
            if action.operator == "+":
                new |= value
            elif action.operator == "-":
                new &= ~value
            else:
                new = new & ((~action.affected if action.affected else 0) | kept) | value
        return new & ALL


def _copied(bits: int) -> int:
    """Read, write and execute of one class, given to all three."""
    return sum(every for every in (0o444, 0o222, 0o111) if bits & every)


def exact_mode(mode: int) -> ModeChange:
    """The change that gives exactly these twelve bits, to directories too."""
    return ModeChange((Action("=", ALL, mode & ALL, ALL),))


def bits_change(on: int, off: int = 0) -> ModeChange:
    """The change that sets the bits `on`, clears the bits `off` and leaves the others as they are."""
    return ModeChange((Action("+", ALL, on & ALL, ALL), Action("-", ALL, off & ALL, ALL)))


def parse_mode(text: str) -> ModeChange:
    """The change that `text` stands for.

    Raises:
        BadMode: chmod would not take it; says where and why.
    """
    if not text:
        raise BadMode(0, "type a mode, as 644 or u+x")
    if text[0] in _OCTAL:
        end, mode = _octal(text, 0)
        if end < len(text):
            raise BadMode(end, _stray(text[end], "an octal digit, 0 to 7"))
        mentioned = ALL if end >= 5 else mode & _SET_ID | 0o1777
        return ModeChange((Action("=", ALL, mode, mentioned),))
    if text[0] in "89":
        raise BadMode(0, f"{text[0]} is not an octal digit, 0 to 7")
    actions: list[Action] = []
    at = -1
    while at < len(text):
        at = _clause(text, at + 1, actions)
    return ModeChange(tuple(actions))


def _octal(text: str, at: int) -> tuple[int, int]:
    """The position after the number at `at`, and the number."""
    value = 0
    while at < len(text) and text[at] in _OCTAL:
        value = value * 8 + int(text[at])
        if value > ALL:
            raise BadMode(at, "the number is larger than 7777, all twelve bits")
        at += 1
    return at, value


def _clause(text: str, at: int, actions: list[Action]) -> int:
    """Read one clause, up to a comma or the end; its actions go to `actions`."""
    first, affected = at, 0
    while at < len(text) and text[at] in _WHO:
        affected |= _WHO[text[at]]
        at += 1
    if at == len(text):
        raise BadMode(at, "+, - or = is missing" if at > first else "there is nothing after the comma")
    if text[at] not in "+-=":
        raise BadMode(at, _stray(text[at], "+, - or =" if at > first else "one of u g o a, or + - ="))
    while at < len(text) and text[at] in "+-=":
        at = _action(text, at, affected, actions)
    if at < len(text) and text[at] != ",":
        raise BadMode(at, _stray(text[at], _allowed_after(text[at - 1], text[at])))
    return at


def _action(text: str, at: int, affected: int, actions: list[Action]) -> int:
    """Read one operator and what follows it; returns the position after it."""
    operator: Operator = "+" if text[at] == "+" else "-" if text[at] == "-" else "="
    at += 1
    following = text[at : at + 1]
    if following and following in _OCTAL:
        if affected:
            raise BadMode(at, "a number stands for all classes, so none may be named before it")
        at, value = _octal(text, at)
        if at < len(text) and text[at] != ",":
            raise BadMode(at, _stray(text[at], "an octal digit, or a comma"))
        actions.append(Action(operator, ALL, value, ALL))
        return at
    if following in _COPY:
        value = _COPY[following]
        actions.append(Action(operator, affected, value, affected & value if affected else value, copy=True))
        return at + 1
    value, search = 0, False
    while at < len(text) and text[at] in _PERMISSION:
        value |= _PERMISSION[text[at]]
        search = search or text[at] == "X"
        at += 1
    actions.append(Action(operator, affected, value, affected & value if affected else value, search=search))
    return at


def _allowed_after(before: str, character: str) -> str:
    if before in _COPY:
        return "a comma, or + - = (a copied class stands alone)"
    if before in _PERMISSION and character in _COPY:
        return "one of r w x X s t (u, g and o are copied alone)"
    return "one of r w x X s t, or a comma"


def _stray(character: str, expected: str) -> str:
    shown = "a space" if character == " " else display(character)
    return f"{shown} is not {expected}"
