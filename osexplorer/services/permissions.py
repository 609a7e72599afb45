"""What the system keeps about a file, and changes of its mode and owner, each of which can be taken back.

permissions = Permissions(door, undo)
status = await permissions.inspect("notes.txt")
status = await permissions.set_mode("notes.txt", status.id, 0o600)
done = await permissions.set_modes([(one.path, one.id) for one in marked], parse_mode("g-w"))
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from osexplorer.model.accounts import Account
from osexplorer.model.display import display
from osexplorer.model.errors import CallError, Refused
from osexplorer.model.files_changed import FilesChanged
from osexplorer.model.mode_change import ModeChange, bits_change
from osexplorer.model.owner import Owner, parse_owner
from osexplorer.model.permissions import octal_text
from osexplorer.model.status import FileId, Status
from osexplorer.services import beat
from osexplorer.services.door import Door
from osexplorer.services.several import Targets, change_each, leave_way_back, name_of, put_each_back
from osexplorer.services.undo import Undo
from osexplorer.system import accounts
from osexplorer.system import permissions as system
from osexplorer.system import status as status_system

_OWNER_EXECUTE = 0o100


class Permissions:
    """Status and mode of files.

    Args:
        undo: where every change leaves its way back.
    """

    def __init__(self, door: Door, undo: Undo) -> None:
        self._door = door
        self._undo = undo

    async def inspect(self, path: str, *, follow: bool = False) -> Status:
        """Everything about `path`: of a symbolic link itself and of what it leads to, unless `follow`.

        Raises:
            CallError: it cannot be looked at.
        """
        return await self._door.run(status_system.status, path, at=path, follow=follow)

    async def resolve(self, path: str) -> str:
        """The absolute path of what `path` leads to, free of symbolic links.

        Raises:
            CallError: it leads nowhere.
        """
        return await self._door.run(status_system.resolve, path, at=path)

    async def changes(self, path: str, seconds: float = 1.0) -> AsyncGenerator[Status | CallError, None]:
        """The status of `path` now, and again whenever it has changed; the error while it cannot be looked at.

        Args:
            seconds: how often to look. One look is one lstat(2), and a stat(2) for a symbolic link.
        """
        async with aclosing(self.changes_of((path,), seconds)) as stream:
            async for (found,) in stream:
                yield found

    async def changes_of(
        self, paths: tuple[str, ...], seconds: float = 1.0
    ) -> AsyncGenerator[tuple[Status | CallError, ...], None]:
        """As :meth:`changes`, for several paths at once, in their order."""
        last = None
        while paths:
            now = await self._door.run(status_system.pulses, paths, at=paths[0])
            if now != last:
                last = now
                yield await self._door.run(status_system.statuses, paths, at=paths[0])
            await beat.rest(seconds)

    async def set_mode(self, path: str, identity: FileId, mode: int | ModeChange, *, follow: bool = False) -> Status:
        """Change the mode of the file that was shown as `identity`; returns the status of `path` now.

        The result can differ from what was asked for: the kernel drops setgid silently when we are not in the group.

        Args:
            follow: `identity` is what the symbolic link `path` leads to.

        Raises:
            Refused: another file is at `path` now, or it is a symbolic link. Nothing is changed.
            CallError: it cannot be reached, or the system does not let us.
        """
        place, done = await self._set(path, identity, mode, follow=follow)
        if done.after != done.before:
            await self._leave(place, done)
        return await self.inspect(path)

    async def _set(
        self, path: str, identity: FileId, mode: int | ModeChange, *, follow: bool
    ) -> tuple[str, system.ModeSet]:
        place = await self.resolve(path) if follow else path
        return place, await self._door.run(system.set_mode, place, identity, mode, at=place)

    async def toggle_execute(self, path: str, identity: FileId | None = None) -> Status:
        """Turn the owner's execute bit on or off, of a link's target; returns the status of `path` now.

        Args:
            identity: the file that was shown at `path`; None takes what is there now.

        Raises:
            Refused, CallError: as :meth:`set_mode`.
        """
        status = await self.inspect(path)
        if identity is not None and not identity.same_file(status.id):
            raise Refused(f"{display(path)} was replaced since it was shown: another file has that name now")
        subject = status.target if status.is_link else status
        if subject is None:
            raise Refused(f"{display(path)} is a symbolic link that leads nowhere")
        change = bits_change(*((0, _OWNER_EXECUTE) if subject.mode & _OWNER_EXECUTE else (_OWNER_EXECUTE, 0)))
        return await self.set_mode(path, subject.id, change, follow=status.is_link)

    async def set_modes(
        self,
        targets: Targets,
        mode: int | ModeChange | Sequence[int],
        *,
        follow: bool = False,
    ) -> FilesChanged:
        """Change the mode of several files, each that was shown; one that fails does not stop the others.

        One undo takes all of it back.

        Args:
            mode: one mode or change for all of them, or one mode for each.
            follow: each identity is what the path leads to in the end.
        """
        modes = [mode] * len(targets) if isinstance(mode, int | ModeChange) else mode
        made = await change_each(self._door, targets, system.set_mode, [(one,) for one in modes], follow=follow)
        if len(made.done) == 1:
            ((place, done),) = made.done
            await self._leave(place, done)
        elif made.done:
            await leave_way_back(
                self._door,
                self._undo,
                f"chmod {_common(made.done)}{made.what}",
                made.done,
                put_each_back(self._door, made, system.put_mode_back, "mode"),
            )
        return made.result

    async def owner_of(self, text: str) -> Owner:
        """The numbers behind ``user:group`` as chown takes it.

        Raises:
            Refused: there is no such user or group, or it is not a number that can be.
        """
        return await self._door.run(accounts.owner_of, parse_owner(text), lane="names")

    async def users(self) -> tuple[Account, ...]:
        """Every user that the system lists."""
        return await self._door.run(accounts.users, lane="names")

    async def groups(self) -> tuple[Account, ...]:
        """Every group that the system lists."""
        return await self._door.run(accounts.groups, lane="names")

    async def set_owner(
        self, targets: Targets, owner: Owner, *, follow: bool = False, keep: bool = False
    ) -> FilesChanged:
        """Change owner and group of several files, each that was shown; one that fails does not stop the others.

        One undo takes all of it back, setuid, setgid and capabilities that fell included.

        Args:
            follow: each identity is what the path leads to in the end; else a link itself is changed.
            keep: put setuid, setgid and capabilities back at once.
        """
        made = await change_each(
            self._door, targets, system.set_owner, [(owner,)] * len(targets), follow=follow, keep=keep
        )
        if made.done:
            await leave_way_back(
                self._door,
                self._undo,
                f"chown {made.what}",
                made.done,
                put_each_back(self._door, made, system.put_owner_back, "owner"),
            )
        return made.result

    async def _leave(self, path: str, done: system.ModeSet) -> None:
        title = _title(path, done)
        await leave_way_back(self._door, self._undo, title, [(path, done)], lambda: self._put_back(path, done))

    async def _put_back(self, path: str, done: system.ModeSet) -> str:
        await self._door.run(system.put_mode_back, path, done, at=path)
        return f"chmod {octal_text(done.after)} → {octal_text(done.before)} {name_of(path)}"


def _title(path: str, done: system.ModeSet) -> str:
    return f"chmod {octal_text(done.before)} → {octal_text(done.after)} {name_of(path)}"


def _common(made: list[tuple[str, system.ModeSet]]) -> str:
    after = {done.after for _, done in made}
    return f"→ {octal_text(after.pop())} " if len(after) == 1 else ""
