"""Making, renaming, linking, copying, moving and removing entries, as part of the files pane."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.ui.carrying import Carrying, targets_of
from osexplorer.ui.panes.file_programs import FilePrograms
from osexplorer.ui.renaming import Renaming

if TYPE_CHECKING:
    from osexplorer.model.operations import Clash, Target
    from osexplorer.ui.dialogs.link import LinkWish


class FileOperations(FilePrograms, Renaming, Carrying):
    """Changes of which entries there are in the directory listed."""

    clipboard_text = ""
    """What is to be pasted, for the frame; the service is not asked before something was copied."""

    async def targets(self) -> list[Target]:
        return targets_of(
            await self.session.files.looks.stats_of([key for key in self.rows.chosen if isinstance(key, int)])
        )

    async def carried(self) -> None:
        await self.session.files.refresh()

    async def _show_name(self, name: str) -> None:
        """Look what there is now, and stand on the entry of that name."""
        files = self.session.files
        await files.refresh()
        self.rows.rows_changed(files.key_of(name))

    # -- new, rename, link

    def action_new(self) -> None:
        """Make a file, or a directory."""
        from osexplorer.model.operations import path_problem
        from osexplorer.ui.dialogs.prompt import Prompt

        directory = self.directory

        def answered(typed: str | None) -> None:
            if typed:
                self.work(self._make(directory, typed))

        self.app.push_screen(
            Prompt(
                f"New in {display(directory)}",
                detail="With / at its end it is a directory; directories on the way are made as well",
                check=path_problem,
                preview=lambda typed: _what_is_made(directory, typed),
            ),
            answered,
        )

    async def _make(self, directory: str, typed: str) -> None:
        path = await self.session.operations.make(os.path.join(directory, typed))
        inside = path.removeprefix(directory.rstrip("/") + "/")
        if inside == path:
            await self.session.files.refresh()
            self.say(f"{display(path)} is made")
        else:
            await self._show_name(inside.split("/")[0])

    async def rename_one(self, target: Target, name: str) -> None:
        await self.session.operations.rename(target, name)
        await self._show_name(name)

    async def rename_several(self, targets: list[Target], names: Sequence[str]) -> None:
        taken = list(self.session.files.listing.names)
        changed = await self.session.operations.rename_all(targets, names, taken)
        self.rows.clear_marks()
        await self._show_name(names[0])
        self.say(f"{changed:,} renamed; u gives the old names back")

    def action_link(self) -> None:
        """Make a link to the entry under the cursor, in this directory."""
        from osexplorer.ui.dialogs.link import LinkDialog

        if (path := self.path) is None:
            return

        def answered(wish: LinkWish | None) -> None:
            if wish is not None:
                self.work(self._link(path, wish))

        name = f"{os.path.basename(path)}-link"
        self.app.push_screen(LinkDialog(self.session, path, self.directory, name), answered)

    async def _link(self, source: str, wish: LinkWish) -> None:
        await self.session.operations.link(source, wish.path, wish.kind)
        await self._show_name(os.path.basename(wish.path))

    # -- paste

    def show_clipboard_text(self) -> None:
        if "operations" in vars(self.session):  # the service is not asked before something was copied
            self.clipboard_text = self.session.operations.clipboard.value.text
            self.show_clipboard()

    def show_clipboard(self) -> None:
        """Draw what is to be pasted."""

    def can_paste(self) -> bool:
        return bool(self.clipboard_text)

    def action_paste(self) -> None:
        """Copy, or move, what was kept into this directory."""
        self.work(self._paste(self.directory))

    async def _paste(self, to: str) -> None:
        from osexplorer.model.operations import Clash
        from osexplorer.ui.dialogs.paste import PasteDialog

        operations = self.session.operations
        board = operations.clipboard.value
        if not board.targets:
            raise Refused("Nothing was copied or cut")
        if not board.cut and all(os.path.dirname(one.path) == to for one in board.targets):
            await self._carry_out(to, Clash.KEEP_BOTH)
            return
        clashes = await operations.clashes(to)
        if not clashes:
            await self._carry_out(to, Clash.SKIP)
            return

        def answered(clash: Clash | None) -> None:
            if clash is not None:
                self.work(self._carry_out(to, clash))

        self.app.push_screen(PasteDialog(board, clashes, to), answered)

    async def _carry_out(self, to: str, clash: Clash) -> None:
        operations = self.session.operations
        cut = operations.clipboard.value.cut
        try:
            outcome = await self.wait_for(operations.paste(to, clash), "moved" if cut else "copied")
        finally:
            self.show_clipboard_text()
        if outcome.arrived and self.directory == to:
            await self._show_name(os.path.basename(outcome.arrived[0].path))


def _what_is_made(directory: str, typed: str) -> str:
    """In words; with its path where it is not simply a name in the directory."""
    kind = "a directory" if typed.endswith("/") else "an empty file"
    path = os.path.join(directory, typed).rstrip("/")
    return kind if os.path.dirname(path) == directory else f"{kind}: {display(path)}"
