"""What is worth a look about the permissions of a tree, as a list to work on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.audit import FINE, GONE
from osexplorer.model.display import display
from osexplorer.model.entry import Kind
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.files_changed import FilesChanged
from osexplorer.model.mode_change import parse_mode
from osexplorer.model.status import Status
from osexplorer.services.find import FindState, FindStatus
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.found_list import FoundList
from osexplorer.ui.dialogs.found_rows import FoundSource, found_columns
from osexplorer.ui.dialogs.owner import NewOwner, OwnerDialog
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.rowlist import Cell, Column, RowList, Span


class AuditDialog(FoundList):
    """Audits when it opens, unless that directory was audited last; then it goes on there.

    Args:
        root: the directory to audit.
    """

    HINTS: ClassVar[str] = "Enter go · = mode · o owner · / filter · Space mark · Esc close"
    KEYS: ClassVar[str] = "m grid and more · w why · * execute · v preview · u undo · Ctrl+R again"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("equals_sign", "type_mode", show=False),
        Binding("o", "owner", show=False),
        Binding("u", "undo", show=False),
        Binding("ctrl+r", "refresh", show=False),
    ]
    DEFAULT_CSS = """
    AuditDialog #help { margin-bottom: 1; }
    AuditDialog #told { min-height: 2; color: $warning; }
    """

    def __init__(self, session: Session, root: str) -> None:
        super().__init__(f"Audit of {display(root)}", session, session.audit, root)
        self.audit = session.audit

    def body(self) -> ComposeResult:
        yield Text(self.KEYS, id="help")
        yield from self.results()
        yield Text("", id="told")

    def source(self, colours: object) -> FoundSource:
        return _AuditSource(self.session, self.find, self.explorer.settings.icons, None)

    def columns(self, width: int, by: str) -> list[Column]:
        name, *rest = found_columns(width, by)
        wide = max(18, (width - 14) // 2)
        told = Column("about", "Worth a look", wide, priority=1, elide="end")
        mode = Column("mode", "Mode", 10, priority=2)
        owner = [column for column in rest if column.id in ("uid", "gid")]
        return [name._replace(width=max(14, (width - 14) // 4)), told, mode, *owner]

    def on_mount(self) -> None:
        self.begin_showing()
        self.rows.focus()
        state = self.find.feed.value
        if state.status is FindStatus.NONE or state.root != self.root:
            self.action_refresh()
        else:
            self.call_after_refresh(self.take_up)
            self.begin(self.audit.judge_again())

    def action_refresh(self) -> None:
        """Audit again."""
        self.rows.clear_marks()
        self.hide_filter()
        self.begin(self.work_on(self.audit.begin(self.root)))

    def _tell(self) -> None:
        super()._tell()
        rows = self.rows
        known = rows.cursor_key is not None and rows.cursor < len(self.audit)
        self.query_one("#told", Text).show(display(self.audit.found(rows.cursor).about) if known else "")

    @on(RowList.CursorMoved)
    def _moved(self, event: RowList.CursorMoved) -> None:
        """Tell of the row under the cursor whole: the column is seldom wide enough."""
        event.stop()
        self._tell()

    def empty(self, state: FindState) -> tuple[str, str]:
        if state.status in (FindStatus.DONE, FindStatus.STOPPED) and not state.found:
            return "Nothing here is worth a look", "good"
        return super().empty(state)

    # -- changes; one undo takes each back

    def action_type_mode(self) -> None:
        """A mode for what is chosen, as chmod takes it."""
        targets = [key for key in self.keys if self.audit.kind_of(key) is not Kind.SYMLINK]

        def answered(text: str | None) -> None:
            if text:
                self.begin(self._change_mode(targets, text))

        if targets:
            detail = f"For {self._named(targets)}. As chmod takes it: u-s, o-w, 644."
            self.app.push_screen(Prompt("New mode", detail=detail), answered)

    async def _change_mode(self, keys: Sequence[int], text: str) -> None:
        try:
            change = parse_mode(text)
        except Refused as refusal:
            self.explorer.say(str(refusal), problem=True)
            return
        found = await self._statuses(keys)
        if found:
            await self._made(await self.session.permissions.set_modes([(one.path, one.id) for one in found], change))

    def action_owner(self) -> None:
        """Another owner or group for what is chosen."""
        self.begin(self._ask_owner(self.keys))

    async def _ask_owner(self, keys: Sequence[int]) -> None:
        found = await self._statuses(keys)

        def answered(new: NewOwner | None) -> None:
            if new is not None:
                self.begin(self._change_owner(found, new))

        if found:
            self.app.push_screen(OwnerDialog(self.session, self._named(keys), found), answered)

    async def _change_owner(self, found: Sequence[Status], new: NewOwner) -> None:
        targets = [(one.path, one.id) for one in found]
        await self._made(await self.session.permissions.set_owner(targets, new.owner, keep=new.keep))

    def action_undo(self) -> None:
        """Take the last change back, of whatever kind it was."""
        self.begin(self._undo())

    async def _undo(self) -> None:
        try:
            self.explorer.say(await self.session.undo.undo())
        except OSExplorerError as error:
            self.explorer.say(str(error), problem=True)
        self.find.look_again()
        await self.audit.judge_again()

    def changed_by_us(self, paths: object) -> None:
        super().changed_by_us(())
        self.begin(self.audit.judge_again())

    async def carried(self) -> None:
        await super().carried()
        await self.audit.judge_again()

    async def _toggle_execute(self, keys: Sequence[int]) -> None:
        await super()._toggle_execute(keys)
        await self.audit.judge_again()

    async def _made(self, done: FilesChanged) -> None:
        self.explorer.say(done.report, problem=bool(done.failures or done.differing))
        self.session.files.changed(done.done)
        self.find.look_again()
        await self.audit.judge_again()

    async def _statuses(self, keys: Sequence[int]) -> list[Status]:
        """What is chosen as it is now; what cannot be looked at is said."""
        found = []
        for key in keys:
            try:
                found.append(await self.session.permissions.inspect(self.audit.path_of(key)))
            except OSExplorerError as error:
                self.explorer.say(str(error), problem=True)
        return found

    def _named(self, keys: Sequence[int]) -> str:
        first = display(self.audit.path_of(keys[0]))
        return first if len(keys) == 1 else f"{first} and {len(keys) - 1} more"


class _AuditSource(FoundSource):
    """The rows with what there is to say about each."""

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        about = self._find.found(index).about
        said = Span(about, "good" if about == FINE else "dim" if about == GONE else "warn")
        others = iter(super().cells(index, [column for column in columns if column != "about"]))
        return [said if column == "about" else next(others) for column in columns]
