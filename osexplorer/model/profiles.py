"""Named environments: what differs in them from the variables that this program was started with.

Only the differences are kept: what belongs to one login (a display, an agent's socket) is that of the run in which a
profile is used, and no more is written to disk than was changed on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from osexplorer.model.environment import Variables, problem_with_name, problem_with_value


class Profile(NamedTuple):
    """An environment with a name."""

    name: str
    changes: Mapping[str, str | None]
    """By name, the value; None for a variable that is deleted."""

    def variables(self, started: Mapping[str, str]) -> dict[str, str]:
        """All variables of it, where these are those that the program was started with."""
        values: dict[str, str | None] = {**started, **self.changes}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def text(self) -> str:
        """What it changes, raw: ``LANG=C -EDITOR``."""
        return " ".join(f"-{name}" if value is None else f"{name}={value}" for name, value in self.changes.items())


def profile_of(name: str, variables: Variables) -> Profile:
    """What differs now."""
    altered = (variable for variable in variables if variable.state != "inherited")
    return Profile(name, {one.name: None if one.state == "deleted" else one.value for one in altered})


def to_json(profile: Profile) -> dict[str, Any]:
    """The record that is kept."""
    return {"key": profile.name, "changes": dict(profile.changes)}


def from_json(record: Mapping[str, Any]) -> Profile:
    """The record back.

    Raises:
        KeyError, TypeError, ValueError: it is not one.
    """
    name, changes = record["key"], record["changes"]
    if not isinstance(name, str) or not isinstance(changes, dict):
        raise TypeError("not a profile")
    for variable, value in changes.items():
        if value is not None and not isinstance(value, str):
            raise TypeError("not a value")
        if problem := problem_with_name(variable) or problem_with_value(value or ""):
            raise ValueError(problem)
    return Profile(name, changes)
