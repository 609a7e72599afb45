"""What is kept on disk about children: how each went, and which may still run after this program has ended.

A record is a flat JSON object. Bytes that are not UTF-8 stay in it as the lone surrogates of Python's strings, which
JSON writes as escapes, so that every command can be launched again exactly as it was.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from osexplorer.model.children import Child, Rusage
from osexplorer.model.command_line import Command
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch
from osexplorer.model.launch_record import options_json, with_options

LONGEST = 64 << 10
"""Bytes of a record; a command that is longer is kept cut off, and cannot be launched again."""

MEANWHILE = "ended while osexplorer did not run, status unknown"
"""The end of a child that nobody was there to be told of."""

_CUT = 2000
"""Characters of the line that are kept then."""


class Born(NamedTuple):
    """Which process a number meant: no other one ever has all three."""

    boot: str
    """The boot of the machine, ``/proc/sys/kernel/random/boot_id``."""
    pid: int
    ticks: int
    """When it was started, field 22 of ``/proc/PID/stat``: clock ticks since boot."""


class Past(NamedTuple):
    """A child that has ended, as history keeps it; one that still runs, where `end` is ``""``."""

    key: str
    """Its own among all that were ever launched: the moment, and the pid."""
    command: Command
    cwd: str
    umask: int | None
    pid: int
    started: int
    """Wall clock, nanoseconds since the epoch."""
    duration: int | None = None
    """Nanoseconds; None while it runs, and where its end was not seen."""
    end: str = ""
    """How it ended, in words, as ``exit 3``."""
    good: bool = False
    """Whether it ended with exit code 0."""
    status: int | None = None
    """The 16-bit status of wait(2); None where it is not known."""
    rusage: Rusage | None = None
    output_bytes: int = 0
    """Bytes it wrote."""
    output: str = ""
    """The file that its output went to; ``""`` where there is none."""
    whole: bool = True
    """Whether the command is kept as it was; one too long for history is cut off."""
    options: Mapping[str, Any] = {}
    """What else was said of its launch, as `options_json` of `model/launch_record.py` writes it."""

    @property
    def short_end(self) -> str:
        """How it ended, for a column."""
        return "status unknown" if self.end == MEANWHILE else self.end

    def launch(self, environment: Mapping[str, str] | None) -> Launch:
        """Its launch again, with these variables: its own are not kept.

        Raises:
            Refused: its command was too long to be kept, or it is of another version.
        """
        if not self.whole:
            raise Refused("Its command was too long to be kept whole")
        plain = Launch(self.command, cwd=self.cwd, environment=environment, umask=self.umask)
        try:
            return with_options(plain, self.options)
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(f"How it was launched cannot be read: {error}") from error


def key_of(child: Child) -> str:
    """The key of a child in history."""
    return f"{child.started:x}-{child.pid}"


def past_of(child: Child, output: str = "") -> Past:
    """What history keeps of a child."""
    return Past(
        key=key_of(child),
        command=child.command,
        cwd=child.cwd,
        umask=child.umask,
        pid=child.pid,
        started=child.started,
        duration=child.duration,
        end="" if child.alive else child.exit_text,
        good=child.ended_well,
        status=child.status,
        rusage=child.rusage,
        output_bytes=child.output_bytes,
        output=output or (child.launch.target_file if child.launch is not None and child.launch.target.filed else ""),
        options=options_json(child.launch) if child.launch is not None else {},
    )


def to_json(past: Past) -> dict[str, Any]:
    """The record, without what is as by default."""
    command = past.command
    record: dict[str, Any] = {
        "key": past.key,
        "line": command.line,
        "argv": list(command.argv),
        "shell": command.shell,
        "program": command.program,
        "cwd": past.cwd,
        "pid": past.pid,
        "started": past.started,
    }
    if command.reason:
        record["reason"] = command.reason
    for name in ("umask", "duration", "end", "good", "status", "output_bytes", "output"):
        value = getattr(past, name)
        if value != Past._field_defaults.get(name):
            record[name] = value
    if past.options:
        record["options"] = dict(past.options)
    if past.rusage is not None:
        record["rusage"] = list(past.rusage)
    if not past.whole or len(json.dumps(record)) > LONGEST:
        record |= {"line": command.line[:_CUT], "argv": [command.program[:_CUT]], "program": command.program[:_CUT]}
        record["cut"] = True
    return record


def from_json(record: Mapping[str, Any]) -> Past:
    """The record back.

    Raises:
        KeyError, TypeError, ValueError, OverflowError: it is not one.
    """
    argv = tuple(map(_text, record["argv"]))
    if not argv:
        raise ValueError("no arguments")
    command = Command(
        _text(record["line"]), argv, bool(record["shell"]), _text(record["program"]), _text(record.get("reason", ""))
    )
    rusage, options = record.get("rusage"), record.get("options", {})
    if not isinstance(options, dict):
        raise TypeError("no options")
    return Past(
        key=_text(record["key"]),
        command=command,
        cwd=_text(record["cwd"]),
        umask=_number(record.get("umask")),
        pid=int(record["pid"]),
        started=int(record["started"]),
        duration=_number(record.get("duration")),
        end=_text(record.get("end", "")),
        good=bool(record.get("good", False)),
        status=_number(record.get("status")),
        rusage=None if rusage is None else Rusage(*rusage),
        output_bytes=int(record.get("output_bytes", 0)),
        output=_text(record.get("output", "")),
        whole=not record.get("cut", False),
        options=options,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def line_of(command: Command) -> str:
    """A line that gives this command when it is typed: as typed, or for an argument list its words quoted."""
    return command.line if command.shell else shlex.join(command.argv)
