"""File capabilities: the value of ``security.capability``, and the text that getcap(8) prints and setcap(8) takes.

See capabilities(7), cap_from_text(3), and struct vfs_cap_data of linux/capability.h.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import Refused

_IN_ORDER = """
    chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service
    net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin
    sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override
    mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore
"""
NAMES = tuple(f"cap_{name}" for name in _IN_ORDER.split())
"""By number."""

_ALL = (1 << len(NAMES)) - 1
_MOST = 64
_EFFECTIVE = 1
_REVISION = 0xFF000000
_PAIRS = {0x01000000: 1, 0x02000000: 2, 0x03000000: 2}
_PLAIN, _WITH_ROOT = 0x02000000, 0x03000000
_LETTERS = "eip"
_ROOT = re.compile(r"\s*\[rootid=([0-9]+)\]\s*$")
_CLAUSE = re.compile(r"([^=+-]*)((?:[=+-][^=+-]*)+)", re.DOTALL)
_ACTION = re.compile(r"([=+-])([^=+-]*)", re.DOTALL)


class FileCapabilities(NamedTuple):
    """What a program file gives to whoever runs it."""

    permitted: int
    """Bits, by the number of each capability."""
    inheritable: int
    effective: bool
    """Whether they act at once, as programs that know nothing of capabilities need it."""
    root: int = 0
    """The user who is root in the user namespace they count in; 0 for everywhere."""


def parse_capabilities(data: bytes) -> FileCapabilities:
    """What the value of ``security.capability`` says.

    Raises:
        Refused: it is not in the form that linux/capability.h describes.
    """
    try:
        (magic,) = struct.unpack_from("<I", data)
        pairs = _PAIRS[magic & _REVISION]
        numbers = struct.unpack_from(f"<{2 * pairs}I", data, 4)
        root = struct.unpack_from("<I", data, 4 + 8 * pairs)[0] if magic & _REVISION == _WITH_ROOT else 0
    except (struct.error, KeyError) as error:
        raise Refused("The capabilities are not in the form that linux/capability.h describes") from error
    permitted = sum(number << 32 * at for at, number in enumerate(numbers[::2]))
    inheritable = sum(number << 32 * at for at, number in enumerate(numbers[1::2]))
    return FileCapabilities(permitted, inheritable, bool(magic & _EFFECTIVE), root)


def capabilities_bytes(found: FileCapabilities) -> bytes:
    """What :func:`parse_capabilities` reads; version 3 where they belong to a user namespace, else 2."""
    magic = (_WITH_ROOT if found.root else _PLAIN) | (_EFFECTIVE if found.effective else 0)
    low = 0xFFFFFFFF
    numbers = (found.permitted & low, found.inheritable & low, found.permitted >> 32, found.inheritable >> 32)
    root = (found.root,) if found.root else ()
    return struct.pack(f"<{5 + len(root)}I", magic, *numbers, *root)


def capabilities_text(data: bytes) -> str:
    """The value of ``security.capability`` as getcap prints it: ``cap_net_admin,cap_net_raw=ep``.

    Raises:
        Refused: it is not in the form that linux/capability.h describes.
    """
    found = parse_capabilities(data)
    states = [_state(found, bit) for bit in range(_MOST)]
    named = states[: len(NAMES)]
    kinds = ["".join(letter for at, letter in enumerate("epi") if number >> at & 1) for number in range(8)]
    common = max(range(8), key=lambda number: (named.count(kinds[number]), -number))
    base = kinds[common]
    parts = [f"={_ordered(base)}"]
    for number in range(7, -1, -1):
        kind = kinds[number]
        names = [NAMES[bit] for bit, state in enumerate(named) if state == kind]
        if kind == base or not names:
            continue
        more = "".join(letter for letter in kind if letter not in base)
        less = "".join(letter for letter in base if letter not in kind)
        operator = "+"
        if more and parts == ["="]:  # "= cap_chown+p" is written "cap_chown=p"
            parts, operator = [], "="
        change = f"{operator}{_ordered(more)}" if more else ""
        parts.append(",".join(names) + change + (f"-{_ordered(less)}" if less else ""))
    for number in range(7, 0, -1):
        names = [str(bit) for bit in range(len(NAMES), _MOST) if states[bit] == kinds[number]]
        if names:
            parts.append(f"{','.join(names)}+{_ordered(kinds[number])}")
    text = " ".join(parts)
    return f"{text} [rootid={found.root}]" if found.root else text


def _state(found: FileCapabilities, bit: int) -> str:
    permitted, inheritable = found.permitted >> bit & 1, found.inheritable >> bit & 1
    effective = found.effective and (permitted or inheritable)
    return ("e" if effective else "") + ("p" if permitted else "") + ("i" if inheritable else "")


def _ordered(letters: str) -> str:
    return "".join(letter for letter in _LETTERS if letter in letters)


def parse_capability_text(text: str) -> FileCapabilities:
    """The capabilities that `text` names, as setcap takes them: ``cap_net_raw,cap_net_admin=ep``, ``=p cap_kill-p``.

    Raises:
        Refused: setcap would not take it; says why.
    """
    root = 0
    if match := _ROOT.search(text):
        digits = match[1].lstrip("0") or "0"
        root, text = int(digits[:11]), text[: match.start()]
        if root >= 2**32 - 1:
            raise Refused(f"{root if len(digits) < 11 else 'That'} is no user: the largest number is {2**32 - 2}")
    sets = dict.fromkeys(_LETTERS, 0)
    clauses = text.split()
    if not clauses:
        raise Refused("Type capabilities, as cap_net_raw=ep or cap_net_raw,cap_net_admin=p; Ctrl+D takes them away")
    for clause in clauses:
        _clause(clause, sets)
    given = sets["p"] | sets["i"]
    if sets["e"] and given & ~sets["e"]:
        raise Refused("e is one bit for the whole file: give it to all that are permitted or inheritable, or to none")
    return FileCapabilities(sets["p"], sets["i"], bool(sets["e"]), root)


def _clause(clause: str, sets: dict[str, int]) -> None:
    match = _CLAUSE.fullmatch(clause)
    if match is None:
        raise Refused(f"{display(clause)}: = + or - is missing, as in cap_net_raw=ep")
    names, actions = match[1], _ACTION.findall(match[2])
    if not names and actions[0][0] != "=":
        raise Refused(f"{display(clause)}: name capabilities before {actions[0][0]}, or all")
    if not names and len(actions) > 1:
        raise Refused(f"{display(clause)}: without capabilities before it, = stands alone; write all={actions[0][1]}…")
    bits = 0
    for name in names.split(",") if names else ["all"]:
        bits = _ALL if name.lower() == "all" else bits | _bits(name)  # all begins the list anew
    for at, (operator, letters) in enumerate(actions):
        wrong = next((letter for letter in letters if letter not in _LETTERS), None)
        if wrong is not None:
            raise Refused(f"{display(clause)}: {display(wrong)} is not one of e i p")
        if operator == "=" and at:
            raise Refused(f"{display(clause)}: = stands first or not at all")
        if operator != "=" and not letters:
            raise Refused(f"{display(clause)}: e, i or p is missing after {operator}")
        for letter in _LETTERS:
            if operator == "=" or (operator == "-" and letter in letters):
                sets[letter] &= ~bits
            if operator != "-" and letter in letters:
                sets[letter] |= bits


def _bits(name: str) -> int:
    lower = name.lower()
    if lower in NAMES:
        return 1 << NAMES.index(lower)
    if name.isascii() and name.isdigit() and len(name) < 4 and int(name) < _MOST:
        return 1 << int(name)
    if f"cap_{lower}" in NAMES:
        raise Refused(f"{display(name)} is called cap_{lower}")
    raise Refused(f"There is no capability {display(name) or 'without a name'}")


def capabilities_meaning(found: FileCapabilities) -> tuple[str, ...]:
    """What a program with these may, a sentence each."""
    if not found.permitted and not found.inheritable:
        return ("It gives nothing",)
    lines = []
    if found.permitted:
        at_once = "at once" if found.effective else "when the program asks for it"
        lines.append(f"Whoever runs it gets {_named(found.permitted)}, {at_once}")
    if found.inheritable:
        lines.append(f"Passed on from whoever runs it, if they have it inheritable: {_named(found.inheritable)}")
    if found.root:
        lines.append(f"Only in user namespaces of which user {found.root} is root")
    return tuple(lines)


def _named(bits: int) -> str:
    if bits & _ALL == _ALL:
        return "every capability, as root has them"
    return ", ".join(
        NAMES[bit].removeprefix("cap_") if bit < len(NAMES) else f"number {bit}"
        for bit in range(_MOST)
        if bits >> bit & 1
    )
