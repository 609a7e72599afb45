"""May somebody do something to a file, and which rule decides? What is asked, what was seen on the way, the answer."""

from __future__ import annotations

import enum
from typing import NamedTuple

from osexplorer.model.access_rules import Node
from osexplorer.model.credentials import Credentials
from osexplorer.model.errors import errno_name
from osexplorer.model.remedies import Remedy


class Question(enum.Enum):
    """What somebody wants to do."""

    READ = "read"
    """A directory: list it."""
    WRITE = "write"
    """A directory: add, rename and remove entries."""
    EXECUTE = "execute"
    """A directory: enter it."""
    DELETE = "delete"
    """The name itself: a symbolic link is not followed."""
    CREATE = "create"
    """Something of that name, which is not there yet."""

    @property
    def follows(self) -> bool:
        """Whether a symbolic link at the end of the path is followed."""
        return self not in (Question.DELETE, Question.CREATE)

    def words(self, node: Node | None) -> str:
        """The question in words for the kind of file it is about: ``enter``, ``list``, ``read``."""
        if node is not None and node.is_directory:
            return _DIRECTORY_WORDS.get(self, self.value)
        return self.value


_DIRECTORY_WORDS = {
    Question.READ: "list",
    Question.WRITE: "add and remove entries in",
    Question.EXECUTE: "enter",
}


class Passed(NamedTuple):
    """A directory in which a name was looked up, or a symbolic link that was followed, on the way."""

    node: Node
    name: str = ""
    """The name looked up in a directory; raw."""
    parent: Node | None = None
    """For the last symbolic link of a path: the directory it is in. None for links on the way."""


class Protections(NamedTuple):
    """The settings below ``/proc/sys/fs`` that bear on access, see proc(5)."""

    symlinks: int = 0
    """Whether links of others in sticky directories are not followed."""
    regular: int = 0
    """Whether ``O_CREAT`` is refused on files of others in sticky directories."""
    fifos: int = 0
    """The same for FIFOs."""


class Program(NamedTuple):
    """A file as execve(2) reads it."""

    kind: str
    """``script``, ``ELF``, or ``""`` for neither."""
    interpreter: str = ""
    """What it names to be run with; raw."""
    trail: Trail | None = None
    """The way to the interpreter; its own program in it. None where none is named."""


class Trail(NamedTuple):
    """A path walked as the kernel walks it, as far as we can see."""

    path: str
    passed: tuple[Passed, ...]
    parent: Node | None
    """The directory that holds the last name; None for ``/``, and where the way ends before."""
    final: Node | None
    """What is at the end; None where nothing is."""
    error: int = 0
    """Why the way ends before: ENOENT, ENOTDIR, ELOOP; EACCES where it is we that cannot see further."""
    error_path: str = ""
    protections: Protections = Protections()
    executed_by: str = ""
    """The process that executes the file at the end, as far as we can see; raw."""
    swapped_to: bool = False
    """Whether the kernel swaps to the file at the end."""
    mounted_on: str = ""
    """Where something is mounted on the file at the end, if by another path; raw."""
    program: Program | None = None
    """What running the file needs besides; None where we may not read it, or were not asked."""


class Step(NamedTuple):
    """One thing that was checked."""

    action: str
    """What is done, as ``search``, ``follow``, ``read``."""
    path: str
    """Raw."""
    allowed: bool
    rule: str
    """The rule that decides, in words; raw names in it."""
    errno: int = 0
    """What the call would fail with."""
    remedies: tuple[Remedy, ...] = ()
    """The smallest changes, each of which would allow it."""
    name: str = ""
    """What is looked for in the directory that is searched; raw."""
    beyond: bool = False
    """Whether the real call that is made without an effect does not look at it."""

    @property
    def code(self) -> str:
        """The errno's name; ``""`` where it is allowed."""
        return errno_name(self.errno) if self.errno else ""


class Attempt(NamedTuple):
    """What the kernel said to a real call that has no effect."""

    allowed: bool
    errno: int = 0
    call: str = "access(2)"


class Answer(NamedTuple):
    """Whether, and why, by the rules; and what the kernel itself says."""

    question: Question
    path: str
    who: Credentials
    allowed: bool | None
    """None where it cannot be told; `unknown` says why."""
    steps: tuple[Step, ...]
    unknown: str = ""
    notes: tuple[str, ...] = ()
    """What the rules here do not cover and may decide otherwise."""
    attempt: Attempt | None = None
    """None where none can be made without a side effect."""
    missing: bool = False
    """Whether the path leads nowhere, and no rule keeps them from going there: there is nothing to be allowed."""

    @property
    def decisive(self) -> Step | None:
        """The step that denies; the first one, for the kernel looks no further."""
        return next((step for step in self.steps if not step.allowed), None)

    @property
    def agrees(self) -> bool:
        """Whether the real attempt says the same, or there is none."""
        if self.attempt is None or self.allowed is None:
            return True
        return self.attempt.allowed == all(step.allowed for step in self.steps if not step.beyond)

    @property
    def verdict(self) -> bool | None:
        """The answer: what the kernel says, where it says something else than the rules, or they cannot tell."""
        if self.attempt is not None and (self.allowed is None or not self.agrees):
            return self.attempt.allowed
        return None if self.missing else self.allowed
