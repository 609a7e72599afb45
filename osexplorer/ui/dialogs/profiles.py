"""Environments that have a name: chosen, given."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from osexplorer.model.display import display
from osexplorer.model.profiles import Profile, profile_of
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.kept_list import KeptList
from osexplorer.ui.dialogs.naming import ask_for_name
from osexplorer.ui.rowlist import Cell, Column, Span

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_COLUMNS = [
    Column("name", "Name", 12, flex=1, elide="end"),
    Column("changes", "Differs from the start", 14, flex=3, elide="end"),
]


class ProfilesDialog(KeptList[Profile]):
    """Dismisses with the profile chosen."""

    HINTS: ClassVar[str] = "type to filter · Enter use in pane 4 · Ctrl+D forget · Esc cancel"

    def __init__(self, session: Session) -> None:
        super().__init__(
            "Environments",
            _COLUMNS,
            _cell,
            lambda profile: f"{profile.name} {profile.text}",
            lambda profile: profile.name,
            "No profiles yet: S in pane 4 gives what is altered a name",
        )
        self.session = session

    def on_mount(self) -> None:
        super().on_mount()
        profiles = self.session.profiles
        self.keep_up(profiles.read, profiles.feed, lambda kept: [profile for _, profile in kept])

    async def forget(self, one: Profile) -> None:
        await self.session.profiles.remove(one.name)


def ask_for_profile(app: Host) -> None:
    """Ask which profile, and make the variables of pane 4 those."""

    async def use(profile: Profile) -> None:
        environment = app.session.environment
        await environment.become(profile.variables(environment.variables.started), profile.name)
        app.say(f"Children get the environment {display(profile.name)} now; u takes it back")

    def chosen(profile: Profile | None) -> None:
        if profile is not None:
            app.work(use(profile))

    app.push_screen(ProfilesDialog(app.session), chosen)


def ask_to_save_profile(app: Host) -> None:
    """Ask for a name, and keep what is altered under it."""
    variables = app.session.environment.variables

    async def save(name: str) -> None:
        profile = await app.session.profiles.save(name, variables)
        app.say(f"Kept as {display(profile.name)}: launches can have it (! and Ctrl+O), and P here uses it")

    known = {name for name, _ in app.session.profiles.feed.value}
    ask_for_name(app, "profile", "", display(profile_of("", variables).text), known, save)


def _cell(profile: Profile, column: str) -> Cell:
    return Span(profile.name, "strong") if column == "name" else profile.text
