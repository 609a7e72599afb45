"""What the settings file says is what the program does."""

from __future__ import annotations

from osexplorer.config import parse
from osexplorer.model.settings import Settings
from osexplorer.services.session import Session
from osexplorer.ui.actions import BY_ID
from osexplorer.ui.dialogs.help import Help
from tests.ui.test_shell import Shell
from tests.waiting import until


def app_with(text: str) -> Shell:
    actions = {action.id: not action.when for action in BY_ID.values()}
    return Shell("/", parse(text, "/c.toml", actions=lambda: actions), Session())


async def test_other_keys_replace_the_default_ones_and_an_empty_list_takes_them_away() -> None:
    app = app_with('[keys]\napp.tasks = ["F5", "ctrl+t"]\nlist.down = "é"\napp.help = []\n')
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.main.workspace.complete and app.focused)
        rows = app.main.pane.rows
        await pilot.press("j", "down", "é")
        await until(lambda: rows.cursor == 1)
        await pilot.press("7")
        await pilot.press("question_mark", "f1")
        assert not isinstance(app.screen, Help)
        assert app.main.pane.SCOPE == "files"
        await pilot.press("f5")
        await until(lambda: app.main.pane.SCOPE == "tasks")
        await pilot.press("2")
        await until(lambda: app.main.pane.SCOPE == "files")
        await pilot.press("ctrl+t")
        await until(lambda: app.main.pane.SCOPE == "tasks")
        await app.main.perform("app.help")  # as the palette does
        await until(lambda: isinstance(app.screen, Help))
        assert isinstance(app.screen, Help)
        keys = {action: keys for keys, _, action in app.screen.lines}
        assert keys["app.tasks"] == "F5  Ctrl+T"
        assert keys["app.help"] == "(palette)"


async def test_themes() -> None:
    for theme, colourless in (("dark", False), ("light", False), ("terminal", False), ("none", True)):
        app = app_with(f'theme = "{theme}"')
        async with app.run_test(size=(80, 24)) as pilot:
            await until(lambda app=app: app.focused)
            assert app.no_color is colourless
            assert app.theme == ("dark" if colourless else theme)
            for key in ("question_mark", "colon", "ctrl+g", "exclamation_mark", "s"):
                await pilot.press(key)
                await until(lambda app=app: app.screen is not app.main and app.screen.is_current, key)
                await pilot.press("escape")
                await until(lambda app=app: app.screen is app.main, f"the end of {key}")


async def test_the_processes_are_read_as_often_as_asked() -> None:
    app = Shell("/", Settings(refresh_seconds=7.0))
    assert app.session.refresh_seconds == 7.0
