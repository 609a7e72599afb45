"""ACL, inode flags, attribute and times of a file that is held, each as a word, for the journal of a change of a tree.

Each kind tells what it is, what rules make of it, whether it is still as it was left, and how it is put back.
"""

from __future__ import annotations

import os
import stat
from typing import NamedTuple, Protocol

from osexplorer.model.acl import acl_bytes, parse_acl
from osexplorer.model.acl_change import Acls, acl_of_mode, apply_steps, is_minimal, mode_of_acl
from osexplorer.model.attribute_value import value_source
from osexplorer.model.display import display
from osexplorer.model.inode_flags import INODE_FLAGS
from osexplorer.model.permissions import mode_text
from osexplorer.model.times import NewTimes, Times
from osexplorer.model.tree_values import ValueRules
from osexplorer.model.units import count_text, exact_time_text
from osexplorer.system import acl, attributes, inode_flags
from osexplorer.system.held import Held
from osexplorer.system.times import TimesSet


class Kind(Protocol):
    """What can be changed of a file. States are words without a space or a zero byte."""

    def state(self, held: Held, like: str) -> str:
        """What it is now; `like` is another state of it.

        Raises:
            OSExplorerError: it cannot be told, or the file can have none.
        """

    def wanted(self, held: Held, rules: ValueRules) -> tuple[str, str] | None:
        """What it is, and what the rules make of it; None where they say nothing of it."""

    def text(self, before: str, after: str) -> str:
        """A change in words, fit for a screen."""

    def as_left(self, now: str, before: str, after: str) -> bool:
        """Whether what it is now is what a change has left."""

    def put(self, held: Held, state: str, now: str, left: str) -> None:
        """Make it `state`, from what it is `now`; `left` is what a change has left of it.

        Raises:
            OSExplorerError: the system does not let us.
        """


def acl_word(state: acl.AclState) -> str:
    """Mode, access ACL and default ACL: ``644,HEX,-``."""
    access = state.access
    if access is not None and is_minimal(parse_acl(access)):
        access = None
    words = ("-" if value is None else value.hex() for value in (access, state.default))
    return ",".join((f"{state.mode:o}", *words))


def attribute_word(name: str, value: bytes | None) -> str:
    """Name and value of an extended attribute: ``HEX=HEX``, ``HEX=-`` where it is not there."""
    return f"{os.fsencode(name).hex()}={'-' if value is None else value.hex()}"


def times_word(times: Times) -> str:
    """Access and modification time in nanoseconds: ``1,2``."""
    return f"{times.atime},{times.mtime}"


class _Acl:
    def state(self, held: Held, like: str = "") -> str:
        return acl_word(acl.state_of(held))

    def _parsed(self, word: str) -> acl.AclState:
        mode, *values = word.split(",")
        access, default = (None if value == "-" else bytes.fromhex(value) for value in values)
        return acl.AclState(int(mode, 8), access, default)

    def wanted(self, held: Held, rules: ValueRules) -> tuple[str, str] | None:
        directory = stat.S_ISDIR(held.found.st_mode)
        steps = tuple(step for step in rules.acl if directory or not (step.default or step.kind == "no-default"))
        if not steps:
            return None
        now, state = acl.acls_of(held), acl.state_of(held)
        new = apply_steps(now, steps, directory=directory)
        mode = state.mode & 0o7000 | mode_of_acl(new.access)
        access = None if is_minimal(new.access) else acl_bytes(new.access)
        after = acl.AclState(mode, access, acl_bytes(new.default) if new.default else None)
        return acl_word(state), acl_word(after)

    def text(self, before: str, after: str) -> str:
        old, new = self._parsed(before), self._parsed(after)
        modes = f"{mode_text(old.mode)[1:]} → {mode_text(new.mode)[1:]}" if old.mode != new.mode else ""
        return f"ACL {_entries(old)} → {count_text(_entries(new), 'entry', 'entries')} {modes}".rstrip()

    def as_left(self, now: str, before: str, after: str) -> bool:
        return now == after

    def put(self, held: Held, state: str, now: str, left: str) -> None:
        acl.put_state(held, self._parsed(state), self._parsed(now))


def _entries(state: acl.AclState) -> int:
    found = Acls(
        parse_acl(state.access) if state.access else acl_of_mode(state.mode),
        parse_acl(state.default) if state.default else (),
    )
    return len(found.access) + len(found.default)


class _Flags:
    """Inode flags in hex."""

    def state(self, held: Held, like: str = "") -> str:
        return f"{inode_flags.flags_of(held):x}"

    def wanted(self, held: Held, rules: ValueRules) -> tuple[str, str] | None:
        if not rules.flags_on | rules.flags_off:
            return None
        now = inode_flags.flags_of(held)
        return f"{now:x}", f"{now & ~rules.flags_off | rules.flags_on:x}"

    def text(self, before: str, after: str) -> str:
        old, new = int(before, 16), int(after, 16)
        signs = {"+": new & ~old, "-": old & ~new}
        return "flags " + " ".join(
            sign + "".join(letter for bit, (letter, _) in INODE_FLAGS.items() if bit & bits)
            for sign, bits in signs.items()
            if bits
        )

    def as_left(self, now: str, before: str, after: str) -> bool:
        changed = int(before, 16) ^ int(after, 16)
        return not (int(now, 16) ^ int(after, 16)) & changed

    def put(self, held: Held, state: str, now: str, left: str) -> None:
        changed = int(state, 16) ^ int(left, 16)
        inode_flags.put_flags(held, int(now, 16) & ~changed | int(state, 16) & changed)


class _Attribute:
    def _name(self, word: str) -> str:
        return os.fsdecode(bytes.fromhex(word.partition("=")[0]))

    def _value(self, word: str) -> bytes | None:
        value = word.partition("=")[2]
        return None if value == "-" else bytes.fromhex(value)

    def state(self, held: Held, like: str) -> str:
        name = self._name(like)
        return attribute_word(name, attributes.value_of(held, name))

    def wanted(self, held: Held, rules: ValueRules) -> tuple[str, str] | None:
        if rules.attribute is None:
            return None
        name, value = rules.attribute
        return attribute_word(name, attributes.value_of(held, name)), attribute_word(name, value)

    def text(self, before: str, after: str) -> str:
        value = self._value(after)
        name = display(self._name(after))
        return f"without {name}" if value is None else f"{name}={display(value_source(value[:80]))}"

    def as_left(self, now: str, before: str, after: str) -> bool:
        return now == after

    def put(self, held: Held, state: str, now: str, left: str) -> None:
        value = self._value(state)
        if value is None:
            attributes.remove_from(held, self._name(state))
        else:
            attributes.put_into(held, self._name(state), value)


class _Times:
    def state(self, held: Held, like: str = "") -> str:
        found = held.now()
        return times_word(Times(found.st_atime_ns, found.st_mtime_ns))

    def _parsed(self, word: str) -> Times:
        atime, mtime = map(int, word.split(","))
        return Times(atime, mtime)

    def wanted(self, held: Held, rules: ValueRules) -> tuple[str, str] | None:
        if rules.times == NewTimes():
            return None
        now = self.state(held)
        after = rules.times.after(self._parsed(now))
        return now, times_word(after)

    def text(self, before: str, after: str) -> str:
        old, new = self._parsed(before), self._parsed(after)
        names = {"accessed": (old.atime, new.atime), "modified": (old.mtime, new.mtime)}
        return ", ".join(f"{name} {exact_time_text(to)[:19]}" for name, (was, to) in names.items() if was != to)

    def as_left(self, now: str, before: str, after: str) -> bool:
        return self._parsed(now).mtime == self._parsed(after).mtime  # who reads it changes the other

    def put(self, held: Held, state: str, now: str, left: str) -> None:
        held.change(os.utime, ns=tuple(self._parsed(state)))


KINDS: dict[str, Kind] = {"a": _Acl(), "x": _Attribute(), "t": _Times(), "f": _Flags()}
"""By the letter in the journal, in the order in which they are changed: flags may keep all else from being changed."""


class Value(NamedTuple):
    """A change of one kind of one file."""

    kind: str
    before: str
    after: str

    @property
    def text(self) -> str:
        """It in words, fit for a screen."""
        return KINDS[self.kind].text(self.before, self.after)


def value_of(done: acl.AclSet | attributes.AttributeSet | inode_flags.FlagsSet | TimesSet) -> Value:
    """A change that was made of one file, as the journal keeps it."""
    if isinstance(done, acl.AclSet):
        return Value("a", acl_word(done.before), acl_word(done.after))
    if isinstance(done, attributes.AttributeSet):
        return Value("x", attribute_word(done.name, done.before), attribute_word(done.name, done.after))
    if isinstance(done, inode_flags.FlagsSet):
        return Value("f", f"{done.before:x}", f"{done.after:x}")
    return Value("t", times_word(done.before), times_word(done.after))


def wanted(held: Held, rules: ValueRules) -> list[Value]:
    """What the rules change of a file, in the order in which it is to be done.

    Raises:
        OSExplorerError: it cannot be looked at, or cannot have what the rules give it.
    """
    found = []
    for letter, kind in KINDS.items():
        states = kind.wanted(held, rules)
        if states is not None and states[0] != states[1]:
            found.append(Value(letter, *states))
    if rules.flags_off:
        found.sort(key=lambda value: value.kind != "f")  # what they kept from being changed is free then
    return found


def put(held: Held, value: Value) -> Value:
    """Make a change; returns it with what it has become, which the file system may have rounded.

    Raises:
        OSExplorerError: the system does not let us.
    """
    kind = KINDS[value.kind]
    kind.put(held, value.after, value.before, value.before)
    return value._replace(after=kind.state(held, value.after))


def put_back(held: Held, value: Value) -> bool | None:
    """Undo a change: whether there was anything to do; None where it is no longer as it was left.

    Raises:
        OSExplorerError: it cannot be looked at, or the system does not let us.
    """
    kind = KINDS[value.kind]
    now = kind.state(held, value.after)
    if kind.as_left(now, value.before, value.after):
        kind.put(held, value.before, now, value.after)
        return True
    return False if now == value.before else None
