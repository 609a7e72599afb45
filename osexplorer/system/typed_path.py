"""What of a typed path the system has to be asked for: users' homes, and which names there are."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping

from osexplorer.model.errors import errno_name
from osexplorer.model.order import natural_key
from osexplorer.model.typed_path import MOST, Candidate, Completion, expand, matching
from osexplorer.system.files import absolute

_MOST_NAMES = 20_000


def home_of(user: str) -> str | None:
    """The home directory of a user by name, ours for ``""``; None where there is no such user."""
    try:
        return (pwd.getpwnam(user) if user else pwd.getpwuid(os.geteuid())).pw_dir
    except (KeyError, ValueError):
        return None


def resolve(text: str, here: str, variables: Mapping[str, str]) -> str:
    """The absolute path that a person means. A name that is there as it was typed is not expanded."""
    here = here or "/"
    literal = absolute(os.path.join(here, text))
    if "$" in text and not text.startswith("~") and os.path.lexists(literal):
        return literal
    typed = expand(text, variables, home_of)
    place = absolute(os.path.join(here, typed))
    return f"{place}/" if typed.endswith("/") and not os.path.isdir(place) else place  # then it is refused


def complete(text: str, here: str, variables: Mapping[str, str]) -> Completion:
    """What could stand at the end of `text`. Nothing is raised: the result says why there is nothing."""
    at = text.rfind("/") + 1
    head, typed = text[:at], text[at:]
    if not head and text.startswith("~"):
        home = expand(text, variables, home_of)
        found = (Candidate(text, True),) if home != text else ()
        return Completion(text, "", found, "" if found else "There is no such user")
    directory = resolve(head, here, variables)
    names: list[Candidate] = []
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.name[: len(typed)].lower() == typed.lower():
                    names.append(Candidate(entry.name, _leads_to_directory(entry)))
                    if len(names) == _MOST_NAMES:
                        break
    except OSError as error:
        return Completion(text, head, (), f"{errno_name(error.errno or 0)} ({error.strerror})")
    if not head and typed.startswith("$"):
        names += _variables(typed[1:].lower(), variables)
    names.sort(key=lambda one: natural_key(one.name))
    return Completion(text, head, matching(names, typed)[:MOST])


def _variables(typed: str, variables: Mapping[str, str]) -> list[Candidate]:
    """The variables that begin so, in lower case, and hold an absolute path."""
    return [
        Candidate(f"${name}", os.path.isdir(value))
        for name, value in variables.items()
        if value.startswith("/") and name[: len(typed)].lower() == typed and os.path.lexists(value)
    ]


def _leads_to_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
