"""Give children rules: a time limit, restarts after failures, runs after changes of files."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.child_rules import (
    LONGEST_WAIT,
    Overlap,
    Rules,
    parse_optional_seconds,
    parse_restarts,
    parse_watched,
    span_text,
)
from osexplorer.model.children import Child
from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.launch import parse_seconds
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.fields import FieldsDialog
from osexplorer.ui.field import Field

_FIELDS = {
    "timeout": ("Time limit", "30, 1.5m, 2h; empty for none"),
    "grace": ("SIGKILL after", "seconds after SIGTERM"),
    "restarts": ("Restarts", "how often after failures; 0 for none"),
    "backoff": ("First wait", "seconds before the first restart; doubled each time"),
    "watched": ("Run again on", "files or directories whose change starts it again"),
    "debounce": ("Quiet for", "seconds without a further change"),
}
_OVERLAP = {
    Overlap.STOP: "a run that goes on then is ended first",
    Overlap.WAIT: "a run that goes on then is waited for",
}


class RulesDialog(FieldsDialog[Rules]):
    """Dismisses with the rules.

    Args:
        children: whose they will be.
        rules: those of the first of them.
    """

    HINTS: ClassVar[str] = "Enter apply · ↑ ↓ field · F2 overlap · F3 bell · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "overlap", show=False, priority=True),
        Binding("f3", "tell_end", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    RulesDialog .row { height: 1; }
    RulesDialog .row > .label { width: 15; }
    RulesDialog #preview { margin-top: 1; }
    """

    def __init__(self, session: Session, children: Sequence[Child], rules: Rules) -> None:
        names = ", ".join(f"{child.pid} {display(child.command.line)}" for child in children[:2])
        more = f" and {len(children) - 2} more" if len(children) > 2 else ""
        super().__init__(f"Rules for {names}{more}")
        self.session = session
        self.overlap, self.notify_end = rules.overlap, rules.notify
        self._first = {
            "timeout": f"{rules.timeout:g}" if rules.timeout is not None else "",
            "grace": f"{rules.grace:g}",
            "restarts": str(rules.restarts),
            "backoff": f"{rules.backoff:g}",
            "watched": shlex.join(rules.watched),
            "debounce": f"{rules.debounce:g}",
        }

    def body(self) -> ComposeResult:
        from textual.containers import Horizontal

        for name, (title, hint) in _FIELDS.items():
            with Horizontal(classes="row"):
                yield Text(title, classes="label")
                yield Field(display(self._first[name]), id=name, placeholder=hint)
        yield Text("", id="preview")
        yield Text("", id="problem", classes="problem")

    def on_mount(self) -> None:
        self.query_one("#timeout", Field).focus()
        self._judge()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge()

    def _rules(self) -> Rules:
        return Rules(
            timeout=parse_optional_seconds(self.typed("timeout")),
            grace=parse_seconds(self.typed("grace")),
            restarts=parse_restarts(self.typed("restarts")),
            backoff=parse_seconds(self.typed("backoff")),
            watched=parse_watched(self.typed("watched")),  # relative to each child's own directory
            debounce=parse_seconds(self.typed("debounce")),
            overlap=self.overlap,
            notify=self.notify_end,
        )

    def _judge(self) -> None:
        try:
            rules = self._rules()
        except Refused as refusal:
            self.tell(str(refusal))
            return
        self.tell("")
        self.query_one("#preview", Text).show("\n".join(self._preview(rules)))

    def _preview(self, rules: Rules) -> list[str]:
        lines = []
        if rules.timeout is not None:
            lines.append(f"SIGTERM after {span_text(rules.timeout)}, SIGKILL {span_text(rules.grace)} later")
        if rules.restarts:
            waits = [f"{rules.wait(number):g}" for number in range(1, min(rules.restarts, 8) + 1)]
            more = ", …" if rules.restarts > 8 else ""
            lines.append(f"restarts after {', '.join(waits)}{more} s, {LONGEST_WAIT:g} s at most")
        if rules.watched:
            lines.append(f"run again when {', '.join(map(display, rules.watched))} changes")
            lines.append(f"[F2] {_OVERLAP[rules.overlap]}")
        lines.append(f"[F3] {'a notice and the bell tell its end' if rules.notify else 'its end is not told'}")
        return lines

    def action_overlap(self) -> None:
        """What becomes of a run that goes on while files change."""
        self.overlap = Overlap.WAIT if self.overlap is Overlap.STOP else Overlap.STOP
        self._judge()

    def action_tell_end(self) -> None:
        """Tell the end, or not."""
        self.notify_end = not self.notify_end
        self._judge()

    async def accept(self) -> None:
        try:
            rules = self._rules()
        except Refused as refusal:
            self.tell(str(refusal))
            return
        self.dismiss(rules)
