"""All that can be said about a launch, in a form."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.launch import Launch, Place, Source, Target
from osexplorer.model.launch_form import CHOICES, FIELDS, Draft
from osexplorer.services.session import Session
from osexplorer.ui.choice import Choice
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.templates import ask_to_save
from osexplorer.ui.field import Field

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_TEXTS: dict[Any, str] = {
    "auto": "shell if needed",
    "argv": "nobody: arguments",
    "shell": "the shell",
    "edited": "as in pane 4",
    "started": "as at the start",
    "profile": "a profile",
    "login": "a login's few",
    "none": "none",
    Place.BACKGROUND: "in the background",
    Place.FOREGROUND: "in the foreground",
    Place.DETACHED: "detached",
    Place.REPLACE: "in our place (exec)",
    Source.NOTHING: "nothing",
    Source.FILE: "a file",
    Source.TYPED: "what is typed",
    Target.PANE: "kept in pane 6",
    Target.FILE: "to a file",
    Target.BOTH: "to pane 6 and a file",
    Target.NOWHERE: "nowhere",
}
_SWITCHES: dict[str, dict[Any, str]] = {
    "terminal": {False: "pipes", True: "its own terminal"},
    "no_new_privs": {False: "as programs have it", True: "no new ones"},
}
_NOTES: dict[Any, str] = {
    "auto": "only where the line needs one",
    "argv": "an argument list; quotes as for a shell",
    "shell": "sh -c, as os.system",
    "edited": "with all changes made there",
    "started": "without the changes of pane 4",
    "profile": "the start's, with changes",
    "login": "HOME, PATH, LANG, TERM and such",
    "none": "only those set below",
    Place.BACKGROUND: "beside this program, P_NOWAIT",
    Place.FOREGROUND: "has this terminal until it ends, P_WAIT",
    Place.DETACHED: "outlives this program",
    Place.REPLACE: "this program ends: os.execve",
    Source.NOTHING: "/dev/null",
    Source.FILE: "from its beginning to its end",
    Source.TYPED: "in the output of pane 6; stays open",
    Target.PANE: "Enter on its row shows it",
    Target.FILE: "output and errors, at its end",
    Target.BOTH: "at the end of the file",
    Target.NOWHERE: "/dev/null",
    ("terminal", False): "output and errors told apart",
    ("terminal", True): "for top, vim, a shell; Ctrl+] leaves it",
    ("no_new_privs", False): "setuid programs work",
    ("no_new_privs", True): "no setuid bit has an effect in it",
}
_HINTS = {
    "line": "a command, as for a shell",
    "cwd": "empty: where this program was started, or the user's home",
    "extra": "NAME=VALUE …, quoted as for a shell",
    "user": "name or number; root only",
    "group": "name or number; else the user's own",
    "groups": "names or numbers; else the user's own; - for none",
    "umask": "octal, as 022",
    "nice": "-20 to 19",
    "limits": "nofile=256 as=2G core=unlimited …",
    "source_file": "the file to read",
    "target_file": "the file to write",
    "timeout": "30, 1.5m, 2h; then it is ended",
    "restarts": "how often after failures, with growing waits",
    "watched": "files or directories whose change runs it again",
}


_PAUSE = 0.25
"""Seconds without a key before what is named is looked at: half a name is no mistake."""


class FormRow(Horizontal):
    """A label, a field, and beside it what is to be said about the value."""

    DEFAULT_CSS = """
    FormRow { height: auto; }
    FormRow > .label { width: 12; color: $muted; }
    FormRow > Field { width: 1fr; min-width: 24; }
    FormRow > Choice { width: 26; }
    FormRow > .note { width: 1fr; padding-left: 2; color: $muted; }
    FormRow.-text > .note { width: 0; padding: 0; }
    FormRow.-text > .note.-said { width: 1fr; padding-left: 2; }
    FormRow > .note.-problem { color: $error; }
    FormRow > .note.-problem:nocolor { text-style: reverse; }
    """

    def __init__(self, name: str, control: Widget) -> None:
        super().__init__(id=f"row-{name}", classes="-text" if isinstance(control, Field) else None)
        self.field_name = name
        self.control = control
        self._told = ("", False)

    def compose(self) -> ComposeResult:
        yield Text(FIELDS[self.field_name], classes="label")
        yield self.control
        yield Text("", classes="note")

    def tell(self, text: str, problem: bool) -> None:
        """Say something about the value."""
        if (text, problem) == self._told:
            return
        self._told = (text, problem)
        note = self.query_one(".note", Text)
        note.set_class(problem, "-problem")
        note.set_class(bool(text), "-said")
        note.show(f"✗ {text}" if problem else text)


class LaunchForm(Dialog[Launch]):
    """Dismisses with the launch. Every field is checked as it changes; ``Enter`` launches once all are right.

    Args:
        draft: what the form is filled in with.
    """

    WIDE = True
    HINTS: ClassVar[str] = "Enter launch · ↑ ↓ field · ← → choose · Ctrl+S template · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "field(-1)", show=False, priority=True),
        Binding("down", "field(1)", show=False, priority=True),
        Binding("pageup", "field(-8)", show=False, priority=True),
        Binding("pagedown", "field(8)", show=False, priority=True),
        Binding("enter", "launch", show=False, priority=True),
        Binding("ctrl+s", "save", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    LaunchForm.-wide > #frame { max-width: 130; height: auto; max-height: 90%; }
    LaunchForm VerticalScroll { height: auto; max-height: 80vh; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    LaunchForm #preview { padding: 0 1 0 12; color: $primary; height: auto; max-height: 6; }
    """

    def __init__(self, session: Session, draft: Draft) -> None:
        super().__init__("Launch: all that can be said")
        self.session = session
        self.draft = draft
        self._looking: asyncio.Task[None] | None = None
        self._preview = ""
        self._problems: dict[str, str] = {}
        self._seen: dict[str, str] = {}
        """What the last look found wrong, in fields that have not changed since."""
        self._found: dict[str, str] = {}

    @property
    def shell(self) -> str:
        """The shell, as the settings say."""
        return cast("Host", self.app).settings.shell

    def body(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            for name in FIELDS:
                value = getattr(self.draft, name)
                control: Widget
                if name in CHOICES:
                    texts = self._texts(name)
                    control = Choice(texts, value, id=name)
                else:
                    control = Field(display(value), placeholder=_HINTS[name], id=name)
                yield FormRow(name, control)
                if name == "line":
                    yield Text("", id="preview")

    def on_mount(self) -> None:
        line = self.query_one("#line", Field)
        line.cursor_position = len(line.value)
        line.focus()
        self._show()
        self.begin(self._read_profiles())

    def _texts(self, name: str) -> dict[Any, str]:
        """The values of a field of choices, and how each is shown."""
        if name == "profile":
            return {value: display(value) for value in self.draft.choices(name)} or {"": ""}
        return _SWITCHES.get(name) or {value: _TEXTS[value] for value in CHOICES[name]}

    async def _read_profiles(self) -> None:
        try:
            named = await self.session.profiles.read()
        except OSExplorerError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.draft = self.draft.with_value("profiles", tuple(profile for _, profile in named))
        self.query_one("#profile", Choice).texts = self._texts("profile")
        self._show()

    # -- values

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        name = event.input.id or ""
        if event.value != display(getattr(self.draft, name)):
            self._change(name, event.value)

    @on(Choice.Changed)
    def _chosen(self, event: Choice.Changed) -> None:
        event.stop()
        self._change(event.choice.id or "", event.choice.value)

    def _change(self, name: str, value: Any) -> None:
        self.draft = self.draft.with_value(name, value)
        self._seen.pop(name, None)
        self._found.pop(name, None)
        self._show()

    def _show(self) -> None:
        """Which fields there are, what they offer, and what is said beside them."""
        shown = self.draft.shown()
        self._problems = {name: seen for name, seen in self._seen.items() if name in shown}
        self._problems |= self.draft.problems(self.shell)
        for name in FIELDS:
            self.query_one(f"#row-{name}").display = name in shown
            if name in CHOICES:
                choices = self.draft.choices(name) or ("",)
                self.query_one(f"#{name}", Choice).allow(choices, getattr(self.draft, name))
        self._tell()
        self._look()

    def _tell(self) -> None:
        preview = ""
        if self.draft.line.strip() and "line" not in self._problems:
            command = self.draft.command(self.shell)
            preview = command.preview + (f"\nThe shell reads it: {command.reason}" if command.reason else "")
        elif not self.draft.line.strip():
            self._problems.pop("line", None)  # said when it matters: at Enter
        if preview != self._preview:
            self._preview = preview
            self.query_one("#preview", Text).show(preview)
        self.query_one("#preview").display = bool(preview)
        for row in self.query(FormRow):
            name = row.field_name
            if name in self._problems:
                row.tell(self._problems[name], True)
            else:
                row.tell(self._note(name), False)

    def _note(self, name: str) -> str:
        value = getattr(self.draft, name)
        if found := self._found.get(name):
            return display(found)
        if name == "variables" and value in ("edited", "started"):
            variables = self.session.environment.variables
            return f"{len(variables.now if value == 'edited' else variables.started)}: {_NOTES[value]}"
        if name == "profile":
            return display(next((one.text for one in self.draft.profiles if one.name == value), ""))
        if name == "cwd":
            directory = self.draft.directory(self.session.environment.variables.now)
            return display(directory) if directory != value else ""
        if name in CHOICES:
            return _NOTES.get((name, value)) or _NOTES.get(value, "")
        return ""

    # -- a look at what is named

    def _look(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self._looking = self.begin(self._see_soon())

    async def _see_soon(self) -> None:
        await asyncio.sleep(_PAUSE)
        await self._see()

    async def _see(self) -> None:
        """Look at what is named, as far as the fields are right."""
        draft = self.draft.sound(self.shell)
        variables = self.session.environment.variables
        problems, found = await self.session.children.look(draft.launch(variables.now, variables.started, self.shell))
        wrong = self.draft.problems(self.shell)
        if draft.line != self.draft.line:  # something stood in for it
            problems.pop("line", None)
            found.pop("line", None)
        shown = self.draft.shown()
        self._seen, self._found = problems, found
        self._problems = {name: problem for name, problem in problems.items() if name in shown} | wrong
        self._tell()

    # -- keys

    def action_field(self, by: int) -> None:
        """Another field."""
        names = self.draft.shown()
        focused = self.focused
        at = names.index(focused.id) if focused is not None and focused.id in names else 0
        self.query_one(f"#{names[max(0, min(at + by, len(names) - 1))]}").focus()

    def action_launch(self) -> None:
        """Launch it, or go to what is wrong."""
        self.begin(self._launch())

    def action_save(self) -> None:
        """Give what is filled in a name, to be launched later."""
        if self.draft.line.strip() and not self.draft.problems(self.shell):
            plain = replace(self.draft, variables="none")  # which are not kept
            variables = self.session.environment.variables
            ask_to_save(cast("Host", self.app), plain.launch(variables.now, variables.started, self.shell))

    async def _launch(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        await self._see()
        wrong = [name for name in self.draft.shown() if name in self._problems]
        if not self.draft.line.strip():
            self.query_one("#row-line", FormRow).tell("Type a command", True)
            wrong = ["line"]
        if wrong:
            self.query_one(f"#{wrong[0]}").focus()
            return
        variables = self.session.environment.variables
        self.dismiss(self.draft.launch(variables.now, variables.started, self.shell))
