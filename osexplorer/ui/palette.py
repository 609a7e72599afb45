"""The command palette: every action there is, in whatever pane it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from osexplorer.ui.actions import ACTIONS, SCOPES, Action, key_text
from osexplorer.ui.main_screen import MainScreen

_SELF_EVIDENT = frozenset({"list.down", "list.up", "list.page-down", "list.page-up", "list.first", "list.last"})


class ActionProvider(Provider):
    """Offers the actions of :data:`~osexplorer.ui.actions.ACTIONS`; those of the focused pane first."""

    def _actions(self) -> Iterable[tuple[str, str, Action]]:
        screen = self.screen
        if not isinstance(screen, MainScreen):
            return
        here = screen.workspace.focused_scope
        near = (here, "list", "pane", "app")
        for action in sorted(ACTIONS, key=lambda action: action.scope not in near):
            if action.id in _SELF_EVIDENT:
                continue
            place = "" if action.scope in ("app", "list", "pane") else f"{SCOPES[action.scope]}: "
            keys = " ".join(key_text(key) for key in screen.keys_of(action))
            yield f"{place}{action.title}", keys, action

    async def discover(self) -> Hits:
        for name, keys, action in self._actions():
            yield DiscoveryHit(name, partial(self._perform, action), help=keys or None)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, keys, action in self._actions():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), partial(self._perform, action), help=keys or None)

    async def _perform(self, action: Action) -> None:
        if isinstance(self.screen, MainScreen):
            await self.screen.perform(action.id)
