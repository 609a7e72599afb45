"""What ``osexplorer run`` tells: how the program ended and what it used."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

if TYPE_CHECKING:
    from osexplorer.model.children import Child, Rusage

TIMED_OUT = 124
"""The exit status when the time was over, as of timeout(1)."""


class Done(NamedTuple):
    """How it went."""

    child: Child
    timed_out: bool

    @property
    def status(self) -> int | None:
        """The exit status to end with; None where it is not known."""
        return TIMED_OUT if self.timed_out else self.child.shell_status


def say(text: str) -> None:
    """On standard error, if there is one that takes it: what cannot be told does not change the exit status."""
    _write(f"osexplorer run: {text}\n")


def _write(text: str) -> None:
    import contextlib

    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


def opened(path: str | None) -> TextIO | None:
    """The file of --output, before anything runs: what a long run has used must not be lost for a mistyped name.

    Raises:
        CallError: it cannot be written.
    """
    if path is None:
        return None
    try:
        return open(path, "w", encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        from osexplorer.model.errors import call_error

        raise call_error(error, "open", path) from error


def tell(done: Done, as_json: bool, output: TextIO | None, path: str | None) -> bool:
    """Write how it ended; whether that could be done where --output says."""
    child = done.child
    if child.error is not None:
        say(str(child.error))
    if as_json:
        import json

        text = json.dumps(_facts(done)) + "\n"
    elif child.error is not None:
        return True
    else:
        text = _line(done) + "\n"
    if output is None:
        _write(text)
        return True
    try:
        with output:
            output.write(text)
    except OSError as error:
        from osexplorer.model.errors import call_error

        say(str(call_error(error, "write", path or "")))
        return False
    return True


def _line(done: Done) -> str:
    child = done.child
    ended = f"timed out, {child.exit_text}" if done.timed_out else child.exit_text
    parts = [ended, f"wall {(child.duration or 0) / 1e9:.3f}s"]
    usage = child.rusage
    if usage is not None:
        parts += [
            f"user {usage.user:.3f}s",
            f"system {usage.system:.3f}s",
            f"peak memory {_peak(usage)}",
            f"page faults {usage.minor_faults} minor {usage.major_faults} major",
            f"context switches {usage.voluntary_switches} voluntary {usage.involuntary_switches} involuntary",
        ]
    return f"osexplorer run: {', '.join(parts)}"


def _peak(usage: Rusage) -> str:
    from osexplorer.model.units import size_text

    if usage.max_rss is None:
        return f"at most {size_text(usage.max_rss_limit)}"
    return f"at least {size_text(usage.max_rss)}" if usage.max_rss_sampled else size_text(usage.max_rss)


def _facts(done: Done) -> dict[str, Any]:
    from osexplorer.model.signals import signal_name

    child = done.child
    usage = child.rusage
    error = child.error
    return {
        "argv": list(child.command.argv),
        "shell": child.command.shell,
        "cwd": child.cwd,
        "pid": child.pid or None,
        "started_ns": child.started,
        "state": child.state.value,
        "exit": child.exit_text,
        "exit_status": done.status,
        "timed_out": done.timed_out,
        "wait_status": child.status,
        "code": child.code,
        "signal": child.signal,
        "signal_name": signal_name(child.signal) if child.signal is not None else None,
        "core_dumped": child.core_dumped,
        "wall_seconds": (child.duration or 0) / 1e9,
        "rusage": None
        if usage is None
        else {
            "user_seconds": usage.user,
            "system_seconds": usage.system,
            "peak_memory_bytes": usage.max_rss,
            "peak_memory_sampled": usage.max_rss_sampled,
            "peak_memory_at_most_bytes": usage.max_rss_limit,
            "minor_faults": usage.minor_faults,
            "major_faults": usage.major_faults,
            "voluntary_switches": usage.voluntary_switches,
            "involuntary_switches": usage.involuntary_switches,
            "blocks_in": usage.blocks_in,
            "blocks_out": usage.blocks_out,
        },
        "error": None
        if error is None
        else {"errno": error.errno, "name": error.code, "call": error.call, "text": error.strerror, "hint": error.hint},
    }
