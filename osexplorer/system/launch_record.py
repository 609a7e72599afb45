"""How a launch stands in the call log: as the `subprocess.Popen` that a reader would write for it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from osexplorer.model.calls import Source
from osexplorer.model.errors import CallError
from osexplorer.model.launch import Launch, RunAs, limit_words
from osexplorer.model.launch import Source as Input
from osexplorer.system import calls


def record(
    launch: Launch,
    run_as: RunAs | None,
    started: int,
    began: int,
    pid: int | None,
    error: CallError | None,
    found: str = "",
) -> None:
    """Put a launch into the log.

    Args:
        found: what the kernel tells of the child's identity.
    """
    calls.record(
        "subprocess.Popen",
        list(launch.command.argv),
        keywords=tuple(_keywords(launch, run_as)),
        started=started,
        duration=time.monotonic_ns() - began,
        result=pid,
        error=error,
        change=True,
        note="" if error else "; ".join(["the result is the pid", *_beyond(launch), *([found] if found else [])]),
    )


def _keywords(launch: Launch, run_as: RunAs | None) -> list[tuple[str, Any]]:
    keywords: list[tuple[str, Any]] = []
    if launch.cwd is not None:
        keywords.append(("cwd", launch.cwd))
    if launch.environment is not None and launch.environment != os.environ:
        keywords.append(("env", Source(_environment_source(launch.environment))))
    if launch.umask is not None:
        keywords.append(("umask", Source(f"0o{launch.umask:03o}")))
    if launch.place.captured:
        keywords += _streams(launch)
    if launch.leads:
        keywords.append(("start_new_session", True))
    if run_as is not None:
        keywords += [("user", run_as.uid), ("group", run_as.gid), ("extra_groups", list(run_as.groups))]
    if launch.command.shell:
        keywords.append(("executable", launch.command.program))
    return keywords


def _streams(launch: Launch) -> list[tuple[str, Any]]:
    if launch.terminal:
        slave = Source("slave")
        return [("stdin", slave), ("stdout", slave), ("stderr", slave)]
    stdin = Source("subprocess.PIPE" if launch.source is Input.TYPED else "subprocess.DEVNULL")
    if launch.source is Input.FILE:
        stdin = Source(f"open({launch.source_file!r}, 'rb')")
    if launch.target.kept:
        return [("stdin", stdin), ("stdout", Source("subprocess.PIPE")), ("stderr", Source("subprocess.PIPE"))]
    output = "subprocess.DEVNULL"
    if launch.target.filed:
        output = f"open({launch.target_file!r}, 'ab')"
    return [("stdin", stdin), ("stdout", Source(output)), ("stderr", Source("subprocess.STDOUT"))]


def _beyond(launch: Launch) -> list[str]:
    """What `Popen` has no argument for."""
    return [
        *(["on a terminal of its own (pty.openpty)"] if launch.terminal else []),
        *([f"niceness {launch.nice}"] if launch.nice is not None else []),
        *([f"limits {limit_words(launch.limits)}"] if launch.limits else []),
        *(["no new privileges"] if launch.no_new_privs else []),
    ]


def _environment_source(environment: Mapping[str, str]) -> str:
    """`environment` as Python source, told by its difference from this program's."""
    own = os.environ
    removed = sorted(name for name in own if name not in environment)
    changed = {name: value for name, value in environment.items() if own.get(name) != value}
    if len(changed) + len(removed) >= len(environment):
        return repr(dict(environment))
    base = "**os.environ"
    if removed:
        base = f"**{{n: v for n, v in os.environ.items() if n not in {removed!r}}}"
    return "{" + ", ".join([base, *(f"{name!r}: {value!r}" for name, value in changed.items())]) + "}"
