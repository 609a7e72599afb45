"""The main screen: header, panes, footer; the actions that work everywhere; the jumps between panes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import DescendantFocus, ScreenResume, ScreenSuspend
from textual.screen import Screen

from osexplorer.model.errors import OSExplorerError
from osexplorer.services.session import Session
from osexplorer.ui.actions import BY_ID, Action, ActionHost, bindings
from osexplorer.ui.arrangement import MINIMUM, PANES
from osexplorer.ui.compositor import LineCompositor
from osexplorer.ui.delayed import Delayed
from osexplorer.ui.footer import Footer
from osexplorer.ui.header import Header
from osexplorer.ui.messages import PREVIEW, FooterChanged, GoTo, Launch, Say, Selected, ShowPreview
from osexplorer.ui.pane import Pane
from osexplorer.ui.tab_bar import TabBar
from osexplorer.ui.timers import sure
from osexplorer.ui.too_small import TooSmall
from osexplorer.ui.workspace import Workspace

if TYPE_CHECKING:
    from osexplorer.ui.host import Host


_ARRIVAL = 3.0
"""Seconds in which a pane that was gone to for an action has to know whether it applies."""

_FOOTER_RESTS = 0.03
"""Seconds in which what changes the footer is gathered: to find which keys apply asks every action of five widgets."""


class MainScreen(ActionHost, Screen[None], inherit_bindings=False):
    """Carries out the actions of scope ``app`` and hands messages from pane to pane."""

    SCOPE = "app"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    AUTO_FOCUS = "RowList"
    DEFAULT_CSS = """
    MainScreen { layout: vertical; background: $background; }
    MainScreen.-too-small > * { display: none; }
    MainScreen.-too-small > TooSmall { display: block; }
    """

    def __init__(self, session: Session, makers: Mapping[str, Callable[[], Pane]]) -> None:
        super().__init__()
        self._compositor = LineCompositor()
        self._footer_news = Delayed(self._update_footer, _FOOTER_RESTS)
        self.session = session
        self._makers = makers
        self._pending: Action | None = None
        """What is to be done in a pane that was gone to for it, as soon as it applies there."""
        self._earlier = False
        """Whether there were changes on disk, of earlier runs, when this one began."""

    @property
    def explorer(self) -> Host:
        """The app, with its type."""
        return cast("Host", self.app)

    @property
    def workspace(self) -> Workspace:
        return self.query_one(Workspace)

    @property
    def pane(self) -> Pane:
        """The pane that has the keyboard."""
        return self.workspace.pane(self.workspace.focused_scope)

    def compose(self) -> ComposeResult:
        yield Header()
        yield Workspace(self._makers, "files")
        yield Footer()
        yield TooSmall()

    def on_mount(self) -> None:
        self.run_worker(self._follow_undo())

    async def _follow_undo(self) -> None:
        async for _ in self.session.undo.feed.watch():
            self.post_message(FooterChanged())

    def on_resize(self) -> None:
        width, height = self.size
        self.set_class(width < MINIMUM[0] or height < MINIMUM[1], "-too-small")
        self.call_after_refresh(self._keep_keyboard)

    def _keep_keyboard(self) -> None:
        """What was hidden on a screen that was too small has lost the keyboard."""
        if self.focused is None and not self.has_class("-too-small") and not self.workspace.is_on_the_way:
            self.pane.call_later(self.pane.focus_inside)  # on its first visit it has no list yet

    def _on_timer_update(self) -> None:
        """Paint, sixty times a second at most; a mere repaint can wait for the keys that are typed ahead."""
        more = self._layout_required or self._scroll_required or self._recompose_required or self._callbacks
        if more or not self.explorer.withholds_frame():
            super()._on_timer_update()

    # -- carrying out actions by id, for palette, help and footer

    async def perform(self, action_id: str) -> None:
        """Carry out an action in the pane it belongs to, going there first."""
        action = BY_ID[action_id]
        self._pending = None
        if action.acts and self.workspace.focused_scope == "files" and (why := self.explorer.entering.reason):
            self.say(f"{action.title}: {why}", problem=True)
            return
        if action.scope == "app":
            await self.run_action(action.method)
            return
        pane = self.pane
        if action.scope not in ("list", "pane", self.workspace.focused_scope):
            pane = self.workspace.show_pane(action.scope)
            self._pending = action
        if pane.is_mounted:
            await self._perform_in(pane, action)
        else:  # on its first visit: it has no list yet
            self._pending = action
            pane.call_later(self._perform_in, pane, action)

    async def _perform_in(self, pane: Pane, action: Action) -> None:
        if await self._did(pane, action):
            return
        if self._pending is action:  # a pane that was just gone to may not know yet what it is about to show
            sure(self.set_timer(_ARRIVAL, partial(self._give_up, action)))
        else:
            self.say(f"{action.title}: does not apply here now", problem=True)

    async def _did(self, pane: Pane, action: Action) -> bool:
        """Carry out an action in a pane, where it applies there; whether it does."""
        target = pane.rows if action.scope == "list" else pane
        if not target.check_action(action.method, ()):
            return False
        self._pending = None
        await target.run_action(action.method)
        return True

    def _give_up(self, action: Action) -> None:
        if self._pending is action:
            self._pending = None
            self.say(f"{action.title}: does not apply here now", problem=True)

    async def _try_pending(self) -> None:
        """What the pane shows has changed: the action that was asked for may apply now."""
        action, pane = self._pending, self.pane
        if action is None or not pane.is_mounted:
            return
        if self.app.screen is not self or action.scope not in ("list", "pane", pane.SCOPE):
            self._pending = None  # somebody has gone on
            return
        await self._did(pane, action)

    def keys_of(self, action: Action) -> tuple[str, ...]:
        """The keys that an action has now, the settings considered."""
        return self.explorer.settings_keys.get(action.id, action.keys)

    # -- panes

    def _show(self, scope: str) -> Pane:
        return self.workspace.show_pane(scope)

    def action_tree(self) -> None:
        self._show("tree")

    def action_files(self) -> None:
        self._show("files")

    def action_inspector(self) -> None:
        self._show("inspector")

    def action_environment(self) -> None:
        self._show("environment")

    def action_processes(self) -> None:
        self._show("processes")

    def action_children(self) -> None:
        self._show("children")

    def action_tasks(self) -> None:
        self._show("tasks")

    def action_calls(self) -> None:
        self._show("calls")

    def action_next_pane(self) -> None:
        self._step(1)

    def action_previous_pane(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        self._show(PANES[(PANES.index(self.workspace.focused_scope) + by) % len(PANES)])

    def action_zoom(self) -> None:
        self.workspace.zoom()

    # -- the rest

    def action_help(self) -> None:
        from osexplorer.ui.dialogs.help import Help

        def chosen(action: str | None) -> None:
            if action is not None:
                self.call_later(self.perform, action)

        scopes = (self.workspace.focused_scope, "list", "pane", "app")
        self.app.push_screen(Help(scopes, self.explorer.settings_keys), chosen)

    def action_palette(self) -> None:
        from osexplorer.ui.dialogs.palette import Palette

        def chosen(action: Action | None) -> None:
            if action is not None:
                self.call_later(self.perform, action.id)

        self.app.push_screen(Palette(self.workspace.focused_scope, self.keys_of), chosen)

    def action_launch(self) -> None:
        self.post_message(Launch())

    async def find_earlier(self) -> None:
        """Find out whether earlier runs left changes that can be taken back."""
        try:
            self._earlier = bool(await self.session.recursive.journals())
        except OSExplorerError as error:
            self.say(str(error), problem=True)
        self.post_message(FooterChanged())

    def can_undo(self) -> bool:
        return self.session.undo.expects or self._earlier

    async def action_undo(self) -> None:
        """Take back the last change of this run; when there is none, ask which one of earlier runs."""
        if self.session.undo.expects:
            self.pane.work(self.session.undo.undo(), self.say)
            return
        from osexplorer.ui.permission_changes import ask_take_back

        ask_take_back(self.pane)

    async def action_refresh(self) -> None:
        await self.explorer.read_identity()
        refresh = getattr(self.pane, "action_refresh", None)
        if refresh is not None:
            refresh()

    def action_redraw(self) -> None:
        """Write the whole screen again, over whatever another program has left on it."""
        self.refresh(layout=True)

    def action_go_to(self) -> None:
        from osexplorer.ui.dialogs.go_to import GoToDialog

        def answered(path: str | None) -> None:
            if path:
                self.post_message(GoTo("files", path=path))

        here = self.query_one(Header).path
        start = here if here.endswith("/") else f"{here}/"
        self.app.push_screen(GoToDialog(self.session, start, here), answered)

    def action_theme(self) -> None:
        self.explorer.next_theme()

    def action_suspend(self) -> None:
        self.explorer.action_suspend_process()

    async def action_quit(self) -> None:
        await self.explorer.action_quit()

    # -- messages

    def say(self, text: str, problem: bool = False) -> None:
        """Tell the person something; foreign text in it has passed ``display()``."""
        self.explorer.say(text, problem)

    @on(Say)
    def _say(self, message: Say) -> None:
        message.stop()
        self.say(message.text, message.problem)

    @on(GoTo)
    def _go_to(self, message: GoTo) -> None:
        message.stop()
        pane = self._show(message.pane)
        if message.path is not None:
            pane.call_later(pane.show_path, message.path)  # a pane on its first visit is not mounted yet
        if message.key is not None:
            pane.call_later(pane.show_key, message.key)

    @on(Selected)
    def _selected(self, message: Selected) -> None:
        message.stop()
        self.explorer.selected = message.path
        inspector = self.workspace.panes.get("inspector")
        if inspector is not None and message.path is not None:
            inspector.show_path(message.path)

    @on(ShowPreview)
    def _show_preview(self, message: ShowPreview) -> None:
        message.stop()
        if self.workspace.is_placed("inspector"):
            pane = self.workspace.pane("inspector")
            pane.call_later(getattr(pane, "toggle_preview"))  # noqa: B009 - a pane that is made just now is not mounted yet
        else:
            self.post_message(GoTo("inspector", path=message.path, key=PREVIEW))

    @on(Launch)
    def _launch(self, message: Launch) -> None:
        message.stop()
        self.explorer.ask_to_launch(message.line)

    @on(TabBar.Chosen)
    def _tab_chosen(self, message: TabBar.Chosen) -> None:
        message.stop()
        self._show(message.scope)

    @on(Workspace.Rearranged)
    @on(FooterChanged)
    async def _keys_changed(self, message: Workspace.Rearranged | FooterChanged) -> None:
        message.stop()
        await self._try_pending()
        self._footer_news.soon()

    def _update_footer(self) -> None:
        if self.is_running:
            self.query_one(Footer).update_keys()

    @on(ScreenSuspend)
    @on(ScreenResume)
    def _dialog_came_or_went(self) -> None:
        self.query_one(Footer).update_keys()

    @on(DescendantFocus)
    def _focused(self, event: DescendantFocus) -> None:
        if event.widget is not self.focused:  # it has gone on meanwhile
            return
        node = event.widget
        while node is not self and node is not None:
            if isinstance(node, Pane):
                self.workspace.note_focus(node.SCOPE)
                break
            node = cast("Pane", node.parent)
        self.call_after_refresh(self.query_one(Footer).update_keys)
