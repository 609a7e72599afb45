"""The action registry is whole: ids, keys and methods."""

from __future__ import annotations

import pytest
from textual.app import App

from osexplorer.ui.actions import ACTIONS, SCOPES, bindings, in_scope, key_text
from osexplorer.ui.arrangement import PANES
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.help import Help
from osexplorer.ui.dialogs.palette import Palette
from osexplorer.ui.main_screen import MainScreen
from osexplorer.ui.meanings import MEANINGS
from osexplorer.ui.panes.makers import pane_class
from osexplorer.ui.rowlist import RowList
from osexplorer.ui.theme import VARIABLES
from tests.waiting import until


def test_ids_are_unique_and_in_a_known_scope() -> None:
    ids = [action.id for action in ACTIONS]
    assert len(ids) == len(set(ids))
    assert {action.scope for action in ACTIONS} <= set(SCOPES)


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope != "pane"])
def test_every_action_is_carried_out_by_its_widget(scope: str) -> None:
    host = {"app": MainScreen, "list": RowList}.get(scope) or pane_class(scope)
    scopes = (scope,) if scope in ("app", "list") else (scope, "pane")
    for name in scopes:
        for action in in_scope(name):
            assert callable(getattr(host, f"action_{action.method}", None)), action.id
            if action.when:
                assert callable(getattr(host, action.when, None)), f"{action.id} when {action.when}"


@pytest.mark.parametrize("pane", PANES)
def test_no_key_means_two_things_in_a_pane(pane: str) -> None:
    """A pane's own key may take one over from a list; two of one scope, or of a pane and everywhere, may not clash."""
    own = [key for action in in_scope(pane) for key in action.keys if not action.when]
    assert len(own) == len(set(own))
    everywhere = {key for action in in_scope("app") for key in action.keys}
    assert not everywhere & set(own)


def test_keys_that_terminals_cannot_tell_apart_are_not_used() -> None:
    used = {key for action in ACTIONS for key in action.keys}
    assert not used & {"ctrl+i", "ctrl+m", "ctrl+h", "ctrl+j", "ctrl+space", "shift+enter"}


def test_every_action_says_what_it_does() -> None:
    assert set(MEANINGS) == {action.id for action in ACTIONS}
    assert all(MEANINGS[action.id].lower() != action.title.lower() for action in ACTIONS)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("mkdir", "files.new"),
        ("kill", "processes.signal"),
        ("chown", "inspector.owner"),
        ("setfacl", "inspector.acl"),
        ("lsof", "processes.open-files"),
        ("du", "files.measure"),
        ("cp", "files.copy"),
        ("unset", "environment.delete"),
        ("copy", "files.copy"),
        ("delete", "files.delete"),
    ],
)
def test_the_palette_knows_the_words_of_the_shell(typed: str, first: str) -> None:
    """Those that are called so come first, then those that only do so."""
    found = Palette("files", lambda action: action.keys).matches([typed])
    assert found[0][1].id == first


def test_every_binding_has_its_actions_id() -> None:
    assert {binding.id for binding in bindings("files")} == {action.id for action in in_scope("files")}


@pytest.mark.parametrize(
    ("key", "text"),
    [("question_mark", "?"), ("ctrl+p", "Ctrl+P"), ("shift+tab", "Shift+Tab"), ("G", "G"), ("f1", "F1"), ("left", "←")],
)
def test_key_text(key: str, text: str) -> None:
    assert key_text(key) == text


class Helped(App[None]):
    """Nothing but the help."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLES

    def on_mount(self) -> None:
        self.push_screen(Help(("files", "list", "app"), {}))


@pytest.mark.parametrize("width", [60, 80, 160])
async def test_the_help_says_what_the_action_under_the_cursor_does(width: int) -> None:
    app = Helped()
    async with app.run_test(size=(width, 30)) as pilot:
        await until(lambda: isinstance(app.screen, Help) and app.screen.query_one("#means", Text).content, "its text")
        await pilot.press("down")
        said = f"{MEANINGS['files.parent']}; in the settings files.parent"
        await until(lambda: str(app.screen.query_one("#means", Text).content) == said, said)
        rows = app.screen.query_one(RowList)
        line = rows.render_line(rows.cursor + 1).text
        assert ("Go to the directory" in line) == (width >= 80)
        assert ("files.parent" in line) == (width >= 160)
