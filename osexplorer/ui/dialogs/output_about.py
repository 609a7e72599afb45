"""What is said above the output of a child: what it is, how it ended, what it used, and where its output goes."""

from __future__ import annotations

import time

from osexplorer.model.children import Child
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.units import duration_text, size_text, time_text
from osexplorer.services.child_input import ChildInput
from osexplorer.ui.dialogs.output_lines import OutputLines
from osexplorer.ui.panes.child_cells import clock_text, memory_text


def about(child: Child, lines: OutputLines, into: str = "") -> list[str]:
    """What a child is, how it ended and what it used, in lines; foreign text has passed ``display()``.

    Args:
        into: how its standard input stands.
    """
    shell = f" (by the shell: {child.command.reason})" if child.command.reason else ""
    said = [f"{child.command.preview}{shell}", f"in {display(child.cwd)}, {_when(child)}"]
    if isinstance(child.error, OSExplorerError):
        said.append(str(child.error))
    usage = child.rusage
    if usage is not None:
        said.append(
            f"user {usage.user:.3f}s, system {usage.system:.3f}s, peak memory {memory_text(child)}, "
            f"wait status 0x{child.status or 0:04x}"
        )
    elif child.cpu is not None:
        used = duration_text(child.cpu_time or 0.0)
        said.append(f"CPU {child.cpu * 100:.0f} % of a core, {used} so far, memory {memory_text(child)}")
    said.append(_output(child, lines) + (f"; {into}" if into and child.alive else ""))
    return said


def elsewhere(child: Child) -> str:
    """Where a child's output goes that does not come here, in words; ``""`` for one whose output does."""
    launch = child.launch
    if child.earlier:
        to = f"goes to {display(child.output_file)}" if child.output_file else "does not come here"
        return f"what it writes {to}: an earlier run launched it"
    if launch is None or launch.captured:
        return ""
    if not launch.place.captured:
        return "what it writes goes to this terminal, which it was lent"
    if launch.target.filed:
        return f"what it writes goes to {display(launch.target_file)}"
    return "what it writes goes nowhere, as it was launched"


def input_text(into: ChildInput | None) -> str:
    """How a child's standard input stands; ``""`` when it has none that can be typed."""
    if into is None:
        return ""
    if into.problem:
        return f"input closed: {into.problem}"
    if not into.open:
        return "input ended"
    return (
        f"input open, {into.waiting:,} bytes not taken yet" if into.waiting else "i types for its input, I sends a file"
    )


def _when(child: Child) -> str:
    clock = clock_text(child, time.monotonic_ns())
    if child.error is not None:
        return f"tried at {time_text(child.started)}"
    verb = "for" if child.alive else "ran for"
    return f"pid {child.pid}, started {time_text(child.started)}, {verb} {clock}"


def _output(child: Child, lines: OutputLines) -> str:
    if where := elsewhere(child):
        return where
    text = f"{child.output_bytes:,} bytes written"
    if child.dropped_bytes:
        text += f", the oldest {size_text(child.dropped_bytes)} not kept"
    if lines.view.problem:
        text += f" ({lines.view.problem})"
    if child.output_problem:
        text += f"; the file {display(child.launch.target_file) if child.launch else ''}: {child.output_problem}"
    if child.output_open and not child.alive:
        held = ", ".join(f"{pid} ({display(name)})" for pid, name in child.holders)
        text += f"; still held open by {held or 'a descendant'}"
    looks = [
        "following" if lines.following else "not following",
        *(["broken at the edge"] if lines.wrapping else []),
        *(["codes shown raw"] if lines.raw else []),
    ]
    return f"{text}; {', '.join(looks)}"
