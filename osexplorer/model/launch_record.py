"""A launch as it is kept on disk: for history, and for templates. Its variables are not kept: they may hold secrets."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any

from osexplorer.model.command_line import Command
from osexplorer.model.launch import Launch, Limit, Place, Source, Target

_PLAIN = ("user", "group", "nice", "no_new_privs", "source_file", "target_file", "terminal", "timeout", "restarts")
_ENUMS: dict[str, type[enum.Enum]] = {"source": Source, "target": Target, "place": Place}
_DEFAULT = Launch(Command("", (), False, ""))


def options_json(launch: Launch) -> dict[str, Any]:
    """All that was said of it besides command, directory, umask and variables, without what is as by default."""
    options: dict[str, Any] = {name: getattr(launch, name) for name in _PLAIN}
    options |= {name: getattr(launch, name).value for name in _ENUMS}
    options["groups"] = None if launch.groups is None else list(launch.groups)
    options["watched"] = list(launch.watched)
    options["limits"] = [list(limit) for limit in launch.limits]
    default = {name: getattr(_DEFAULT, name) for name in (*_PLAIN, "groups")}
    default |= {name: getattr(_DEFAULT, name).value for name in _ENUMS} | {"watched": [], "limits": []}
    return {name: value for name, value in options.items() if value != default[name]}


def with_options(launch: Launch, options: Mapping[str, Any]) -> Launch:
    """The launch with these options, as :func:`options_json` wrote them.

    Raises:
        KeyError, TypeError, ValueError: they are none.
    """
    changes: dict[str, Any] = {}
    for name, value in options.items():
        if name in _ENUMS:
            changes[name] = _ENUMS[name](value)
        elif name in ("groups", "watched"):
            changes[name] = tuple(map(str, value))
        elif name == "limits":
            changes[name] = tuple(Limit(str(limit), soft, hard) for limit, soft, hard in value)
        elif name in _PLAIN:
            default = getattr(_DEFAULT, name)
            if default is not None and type(value) is not type(default):
                raise TypeError(name)
            changes[name] = value
    return dataclasses.replace(launch, **changes)
