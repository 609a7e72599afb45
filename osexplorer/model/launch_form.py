"""A launch as a person fills it in: every field as text, what is wrong with each, and the launch that comes of it."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from osexplorer.model.child_rules import parse_restarts, parse_watched
from osexplorer.model.command_line import SHELL, Command, Mode, parse_command
from osexplorer.model.environment import problem_with_name
from osexplorer.model.errors import Refused
from osexplorer.model.launch import (
    Launch,
    Place,
    Source,
    Target,
    limit_words,
    parse_limits,
    parse_nice,
    parse_seconds,
    parse_umask,
    with_home,
)
from osexplorer.model.profiles import Profile

Variables = Literal["edited", "started", "profile", "login", "none"]

_LOGIN = ("HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TZ", "USER")


@dataclass(frozen=True, slots=True)
class Draft:
    """A form. Texts are raw; an empty one leaves things as they are."""

    line: str = ""
    mode: Mode = "auto"
    cwd: str = ""
    variables: Variables = "edited"
    """``edited`` are those of pane 4, ``started`` those this program was started with, ``profile`` those with what a
    profile changes, ``login`` a few of the first that a login sets, ``none`` none at all."""
    profile: str = ""
    """The name of one of `profiles`."""
    extra: str = ""
    """Further variables, NAME=VALUE, quoted as for a shell."""
    user: str = ""
    group: str = ""
    groups: str = ""
    """With blanks or commas between them; ``-`` for none."""
    no_new_privs: bool = False
    umask: str = ""
    nice: str = ""
    limits: str = ""
    place: Place = Place.BACKGROUND
    terminal: bool = False
    source: Source = Source.NOTHING
    source_file: str = ""
    target: Target = Target.PANE
    target_file: str = ""
    timeout: str = ""
    restarts: str = ""
    watched: str = ""
    """Paths after whose change it is run again, quoted as for a shell."""
    profiles: tuple[Profile, ...] = ()
    """Those that there are; no field."""
    base: str = ""
    """The directory that a relative ``cwd`` is taken from; no field."""

    def shown(self) -> tuple[str, ...]:
        """The fields that mean something, given the others, in their order."""
        hidden: set[str] = set() if self.variables == "profile" else {"profile"}
        if not self.place.captured:
            hidden |= {"terminal", "source", "source_file", "target", "target_file", "restarts", "watched"}
        if self.place is Place.DETACHED:
            hidden |= {"terminal", "restarts", "watched"}
        if self.place is Place.REPLACE:
            hidden |= {"timeout"}
        if self.terminal:
            hidden |= {"source", "source_file"}
        if self.source is not Source.FILE:
            hidden.add("source_file")
        if not self.target.filed:
            hidden.add("target_file")
        return tuple(name for name in FIELDS if name not in hidden)

    def choices(self, name: str) -> tuple[Any, ...]:
        """The values that a field of choices can have now."""
        if name == "profile":
            return tuple(profile.name for profile in self.profiles)
        if name == "variables" and not self.profiles:
            return tuple(value for value in CHOICES[name] if value != "profile")
        if name == "source" and self.place is Place.DETACHED:
            return (Source.NOTHING, Source.FILE)
        if name == "target":
            if self.place is Place.DETACHED:
                return (Target.FILE, Target.NOWHERE)
            if self.terminal:
                return (Target.PANE, Target.BOTH)
        return CHOICES[name]

    def with_value(self, name: str, value: Any) -> Draft:
        """The form with another value in a field; choices that no longer fit change with it."""
        draft = replace(self, **{name: value})
        if draft.place is not Place.BACKGROUND and draft.terminal:
            draft = replace(draft, terminal=False)
        for other in ("variables", "profile", "source", "target"):
            possible = draft.choices(other) or ("",)
            if getattr(draft, other) not in possible:
                draft = replace(draft, **{other: possible[0]})
        return draft

    def problems(self, shell: str = SHELL) -> dict[str, str]:
        """What is wrong, by field, as far as the text alone tells."""
        found: dict[str, str] = {}
        for name, check in _CHECKS.items():
            try:
                check(self, shell)
            except Refused as refusal:
                found[name] = str(refusal)
        for name in ("source_file", "target_file"):
            if name in self.shown() and not getattr(self, name).strip():
                found[name] = "Name the file"
        return {name: problem for name, problem in found.items() if name in self.shown()}

    def sound(self, shell: str = SHELL) -> Draft:
        """The form without what is wrong in it; where there is no command, with one that does nothing."""
        blank = Draft(line="true")
        wrong = self.problems(shell)
        draft = replace(self, **{name: getattr(blank, name) for name in wrong})
        if "source_file" in wrong:
            draft = replace(draft, source=Source.NOTHING)
        if "target_file" in wrong:
            draft = replace(draft, target=Target.NOWHERE if draft.place is Place.DETACHED else Target.PANE)
        return draft

    def command(self, shell: str = SHELL) -> Command:
        """What will be executed.

        Raises:
            Refused: nothing can be.
        """
        return parse_command(self.line, self.mode, shell)

    def environment(self, edited: Mapping[str, str], started: Mapping[str, str]) -> dict[str, str]:
        """All variables that the child gets, but those that come with a user.

        Raises:
            Refused: a further one is not NAME=VALUE.
        """
        base = dict(started if self.variables == "started" else edited)
        if self.variables == "login":
            base = {name: value for name, value in base.items() if name in _LOGIN or name.startswith("LC_")}
        elif self.variables == "none":
            base = {}
        elif self.variables == "profile":
            chosen = next((profile for profile in self.profiles if profile.name == self.profile), None)
            if chosen is None:
                raise Refused(f"There is no profile {self.profile}")
            base = chosen.variables(started)
        return base | _further(self.extra)

    def directory(self, edited: Mapping[str, str]) -> str:
        """The directory of the launch, typed as for a shell in `base`; empty when none is typed."""
        return posixpath.join(self.base, with_home(self.cwd, edited.get("HOME", "~"))) if self.cwd else ""

    def _file(self, name: str, edited: Mapping[str, str]) -> str:
        """The path of a file that is typed as for a shell in the directory of the launch."""
        return posixpath.join(self.directory(edited), with_home(name, edited.get("HOME", "~")))

    def launch(self, edited: Mapping[str, str], started: Mapping[str, str], shell: str = SHELL) -> Launch:
        """The launch that this form describes.

        Raises:
            Refused: something in it is wrong.
        """
        for problem in self.problems(shell).values():
            raise Refused(problem)
        shown = self.shown()
        groups: tuple[str, ...] | None = None
        if self.groups.strip():
            groups = () if self.groups.strip() == "-" else tuple(self.groups.replace(",", " ").split())
        return Launch(
            self.command(shell),
            cwd=self.directory(edited) or None,
            environment=self.environment(edited, started),
            umask=parse_umask(self.umask) if self.umask.strip() else None,
            user=self.user.strip(),
            group=self.group.strip(),
            groups=groups,
            nice=parse_nice(self.nice) if self.nice.strip() else None,
            limits=parse_limits(self.limits),
            no_new_privs=self.no_new_privs,
            source=self.source if "source" in shown else Source.NOTHING,
            source_file=self._file(self.source_file, edited) if "source_file" in shown else "",
            target=self.target if "target" in shown else Target.PANE,
            target_file=self._file(self.target_file, edited) if "target_file" in shown else "",
            terminal=self.terminal and "terminal" in shown,
            place=self.place,
            timeout=parse_seconds(self.timeout) if self.timeout.strip() and "timeout" in shown else None,
            restarts=parse_restarts(self.restarts) if "restarts" in shown else 0,
            watched=parse_watched(self.watched) if "watched" in shown else (),
        )


FIELDS: dict[str, str] = {
    "line": "Command",
    "mode": "Read by",
    "cwd": "Directory",
    "variables": "Variables",
    "profile": "Profile",
    "extra": "Set also",
    "user": "User",
    "group": "Group",
    "groups": "Groups",
    "no_new_privs": "Privileges",
    "umask": "Umask",
    "nice": "Niceness",
    "limits": "Limits",
    "place": "Runs",
    "terminal": "On",
    "source": "Input",
    "source_file": "Input file",
    "target": "Output",
    "target_file": "Output file",
    "timeout": "Time limit",
    "restarts": "Restarts",
    "watched": "Again on",
}
"""The fields and their labels, in the order of the form."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "mode": ("auto", "argv", "shell"),
    "variables": ("edited", "started", "profile", "login", "none"),
    "profile": (),
    "no_new_privs": (False, True),
    "place": tuple(Place),
    "terminal": (False, True),
    "source": tuple(Source),
    "target": tuple(Target),
}
"""The fields of choices."""


def _further(text: str) -> dict[str, str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Refused(f"{error}: quote as for a shell") from None
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise Refused(f"{word} is not NAME=VALUE")
        if problem := problem_with_name(name):
            raise Refused(problem)
        found[name] = value
    return found


def _optional(name: str, parse: Callable[[str], object]) -> Callable[[Draft, str], object]:
    return lambda draft, _: parse(text) if (text := getattr(draft, name)).strip() else None


_CHECKS: dict[str, Callable[[Draft, str], object]] = {
    "line": lambda draft, shell: draft.command(shell),
    "extra": lambda draft, _: _further(draft.extra),
    "umask": _optional("umask", parse_umask),
    "nice": _optional("nice", parse_nice),
    "limits": lambda draft, _: parse_limits(draft.limits),
    "timeout": _optional("timeout", parse_seconds),
    "restarts": _optional("restarts", parse_restarts),
    "watched": _optional("watched", parse_watched),
}


def draft_of(launch: Launch, edited: Mapping[str, str]) -> Draft:
    """The form filled in as for a launch that was made before.

    Args:
        edited: the variables of now; those in which the launch differs stand in the field for further ones. What was
            not set then is not taken away: the form then starts with none.
    """
    environment = launch.environment
    variables: Variables = "edited"
    extra = ""
    if environment is not None:
        differing = {name: value for name, value in environment.items() if edited.get(name) != value}
        if any(name not in environment for name in edited):
            variables, differing = "none", dict(environment)
        extra = " ".join(shlex.quote(f"{name}={value}") for name, value in differing.items())
    return Draft(
        line=launch.command.line,
        mode="shell" if launch.command.shell else "argv",
        cwd=launch.cwd or "",
        variables=variables,
        extra=extra,
        user=launch.user,
        group=launch.group,
        groups="" if launch.groups is None else " ".join(launch.groups) or "-",
        no_new_privs=launch.no_new_privs,
        umask="" if launch.umask is None else f"{launch.umask:03o}",
        nice="" if launch.nice is None else str(launch.nice),
        limits=limit_words(launch.limits),
        place=launch.place,
        terminal=launch.terminal,
        source=launch.source,
        source_file=launch.source_file,
        target=launch.target,
        target_file=launch.target_file,
        timeout="" if launch.timeout is None else f"{launch.timeout:g}",
        restarts=str(launch.restarts) if launch.restarts else "",
        watched=shlex.join(launch.watched),
    )
