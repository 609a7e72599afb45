"""Other programs on the chosen files, as part of the files pane: editor, pager, shell, opener."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from osexplorer.ui.panes.file_jumps import FileJumps

if TYPE_CHECKING:
    from osexplorer.ui.outside import Outside


class FilePrograms(FileJumps):
    """What the files pane hands to other programs."""

    def chosen_paths(self) -> list[str]:
        """The marked paths in their order, or else the one under the cursor."""
        return []

    def chosen_files(self) -> list[str]:
        """Those of the chosen paths that can be read: files and links."""
        return []

    @property
    def outside(self) -> Outside:
        """The ways to other programs."""
        from osexplorer.ui.outside import Outside

        return Outside(self.explorer, self.session.files.changed)

    def is_picking(self) -> bool:
        return bool(self.explorer.picking)

    def action_pick(self) -> None:
        """Choose the marked paths, or the one under the cursor: they are printed once the program has been left."""
        self.outside.pick(self.chosen_paths())

    def offer_to_launch(self, path: str) -> None:
        """Ask for a command line that begins with a program in the directory listed."""
        import shlex

        self.explorer.ask_to_launch(shlex.quote(os.path.join(os.curdir, os.path.basename(path))) + " ")

    def action_edit(self) -> None:
        """Edit the chosen files in ``$VISUAL`` or ``$EDITOR``."""
        self.outside.run("editor", self.directory, self.chosen_paths())

    def action_page(self) -> None:
        """Read the chosen files in ``$PAGER``."""
        if paths := self.chosen_files():
            self.outside.run("pager", self.directory, paths)
        elif self.chosen_paths():
            self.say("Only files are read in $PAGER: this is a directory, a pipe, a socket or a device", problem=True)

    def action_shell(self) -> None:
        """A shell in the directory listed."""
        self.outside.run("shell", self.directory)

    def action_open(self) -> None:
        """Open what is chosen as the desktop does, as a child whose output is in pane 6."""
        self.outside.open(self.directory, self.chosen_paths())

    def action_each(self) -> None:
        """Run a command over the chosen files, a child each."""
        from osexplorer.ui.dialogs.over_files import ask_to_run_over

        if paths := self.chosen_paths():
            ask_to_run_over(self.explorer, paths, self.directory)
