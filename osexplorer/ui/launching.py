"""Launches as a person asks for them: the prompt, the form, and what becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from osexplorer.model.children import ChildState
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.launch import Launch, Place
from osexplorer.model.launch_form import Draft, draft_of
from osexplorer.ui.dialogs.child_history import HistoryDialog
from osexplorer.ui.dialogs.launch import LaunchDialog, Prompted
from osexplorer.ui.dialogs.launch_form import LaunchForm
from osexplorer.ui.dialogs.templates import TemplatesDialog

if TYPE_CHECKING:
    from osexplorer.model.child_history import Past
    from osexplorer.model.children import Child
    from osexplorer.ui.dialogs.past_list import PastList
    from osexplorer.ui.host import Host


def ask_to_launch(app: Host, line: str, cwd: str) -> None:
    """Ask for a command line, launch it in directory `cwd`, and go to its row.

    Args:
        line: what the question begins with, raw.
    """

    def answered(answer: Prompted | None) -> None:
        if answer is None:
            return
        if answer.then == "templates":
            ask_for_template(app)
            return
        draft = Draft(line=answer.line, mode=answer.mode, cwd=cwd, terminal=answer.terminal)
        if answer.then == "all options":
            ask_for_all(app, draft)
            return
        variables = app.session.environment.variables
        carry_out(app, draft.launch(variables.now, variables.started, app.settings.shell))

    app.push_screen(LaunchDialog(app.session, line, cwd=cwd), answered)


def ask_for_all(app: Host, draft: Draft) -> None:
    """Ask for all that can be said about a launch, and launch it; a relative directory is one in that of `draft`."""

    def answered(launch: Launch | None) -> None:
        if launch is not None:
            carry_out(app, launch)

    app.push_screen(LaunchForm(app.session, replace(draft, base=draft.cwd or app.header.path)), answered)


def ask_to_change(app: Host, child: Child) -> None:
    """Ask what of the launch of `child` shall be another, and launch that."""
    edited = app.session.environment.for_child()
    if child.launch is not None:
        ask_for_all(app, draft_of(child.launch, edited))
    else:
        ask_for_all(app, Draft(line=child.command.line, mode="shell" if child.command.shell else "argv", cwd=child.cwd))


def ask_for_template(app: Host) -> None:
    """Ask which template, and launch it with the variables of pane 4."""
    _ask_for_past(app, TemplatesDialog(app.session))


def ask_for_ended(app: Host) -> None:
    """Show the children that have ended, and launch what is chosen with the variables of pane 4."""
    _ask_for_past(app, HistoryDialog(app.session))


def _ask_for_past(app: Host, dialog: PastList) -> None:
    def chosen(answer: tuple[Past, bool] | None) -> None:
        if answer is None:
            return
        past, change = answer
        environment = app.session.environment.for_child()
        try:
            launch = past.launch(environment)
        except Refused as refusal:
            app.say(str(refusal), problem=True)
            return
        if change:
            ask_for_all(app, draft_of(launch, environment))
        else:
            carry_out(app, launch)

    app.push_screen(dialog, chosen)


def carry_out(app: Host, launch: Launch) -> None:
    """Launch it where it is to run, and go to its row."""
    app.session.children.remember(launch.command.line)
    if launch.place is Place.FOREGROUND:
        app.call_later(_lend, app, launch)
    elif launch.place is Place.REPLACE:
        app.work(_be_replaced(app, launch))
    else:
        app.work(app.session.children.begin(_sized(app, launch)), lambda child: _launched(app, child))


async def _be_replaced(app: Host, launch: Launch) -> None:
    """Leave this program, as with ``q``, for one that is executed in its place."""
    from osexplorer.ui.dialogs.quit import ask_to_quit

    app.picked = ()
    await ask_to_quit(app, launch)


def _sized(app: Host, launch: Launch) -> Launch:
    """With a terminal as large as it will be shown."""
    from osexplorer.ui.dialogs.terminal import terminal_size

    return replace(launch, size=terminal_size(app.size)) if launch.terminal else launch


def _launched(app: Host, child: Child) -> None:
    if child.error is not None:
        app.say(str(child.error), problem=True)
    app.go_to("children", key=child.id)
    if child.launch is not None and child.launch.terminal and child.error is None:
        from osexplorer.ui.dialogs.terminal import TerminalDialog

        app.push_screen(TerminalDialog(app.session, child.id, typing=True))


def go_on_here(app: Host, child: Child) -> bool:
    """Lend the terminal again to a program that was stopped while it had it; False when it is no such one."""
    if child.state is not ChildState.STOPPED or child.launch is None or child.launch.place is not Place.FOREGROUND:
        return False
    app.call_later(_lent, app, lambda: app.session.children.go_on_here(child.id))
    return True


def _lend(app: Host, launch: Launch) -> None:
    """Give the terminal to the program until it ends or stops."""
    _lent(app, lambda: app.session.children.run_here(launch))


def _lent(app: Host, run: Callable[[], Child]) -> None:
    """Run a program that has the terminal; then its row tells how that went."""
    from osexplorer.ui.driver import suspended

    done = suspended(app, run)
    if isinstance(done, OSExplorerError | InterruptedError):
        app.say(str(done), problem=True)
    elif isinstance(done, Exception):
        raise done
    else:
        _launched(app, done)
        if done.alive:
            app.say(display(f"{done.command.line}: {done.exit_text}; Enter on its row goes on with it"))
        elif done.error is None:
            app.say(display(f"{done.command.line}: {done.exit_text}"), problem=not done.ended_well)
