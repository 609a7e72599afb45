"""What a file has besides mode, owner and times: changes of it, each of which can be taken back.

attributes = FileAttributes(door, undo)
found = await attributes.acls("notes.txt", status.id)
done = await attributes.change_acls([("notes.txt", status.id)], "u:ada:rw,m::r")
"""

from __future__ import annotations

from collections.abc import Sequence

from osexplorer.model.acl_change import Acls, Step, acls_text, parse_acl_change
from osexplorer.model.attribute_value import check_name
from osexplorer.model.display import display
from osexplorer.model.errors import CallError, OSExplorerError
from osexplorer.model.files_changed import FilesChanged
from osexplorer.model.status import FileId
from osexplorer.services.door import Door
from osexplorer.services.several import Targets, change_each, leave_way_back, name_of, put_each_back
from osexplorer.services.undo import Undo
from osexplorer.system import acl, attributes, inode_flags
from osexplorer.system import status as status_system
from osexplorer.system.acl import AclsFound as AclsFound

_IGNORED = "do not have all of these flags: the file system ignored some"


class FileAttributes:
    """Changes ACLs, extended attributes, capabilities and inode flags.

    Where a path is a symbolic link, what it leads to is meant, and the identity is of that.

    Args:
        undo: where every change leaves its way back.
    """

    def __init__(self, door: Door, undo: Undo) -> None:
        self._door = door
        self._undo = undo

    async def _place(self, path: str) -> str:
        return await self._door.run(status_system.resolve, path, at=path)

    async def acls(self, path: str, identity: FileId) -> AclsFound:
        """Both ACLs of a file, with the names in them.

        Raises:
            Refused: another file is at `path` now, or an ACL is damaged.
            CallError: it cannot be reached.
        """
        place = await self._place(path)
        return await self._door.run(acl.acls_at, place, identity, at=place)

    async def acls_after(self, found: AclsFound, change: str) -> AclsFound:
        """What `found` would be after a change as :func:`parse_acl_change` takes it; nothing is changed.

        Raises:
            Refused: it is no such change, names nobody, or the kernel would not take the result.
        """
        return await self._door.run(acl.acls_after, found, parse_acl_change(change), lane="names")

    async def acls_preview(self, targets: Targets, change: str) -> tuple[str, ...]:
        """What a change as :func:`parse_acl_change` takes it would make of each file, a line each, fit for a screen;
        nothing is changed.

        Raises:
            Refused: it is no such change, or names nobody.
        """
        await self.acl_steps(change)
        lines = []
        for path, identity in targets:
            try:
                found = await self.acls(path, identity)
                text = acls_text(found.acls, (await self.acls_after(found, change)).acls)
            except OSExplorerError as error:
                text = str(error)
            lines.append(f"{name_of(path)}: {text}")
        return tuple(lines)

    async def set_acls(self, path: str, found: AclsFound, wanted: Acls) -> FilesChanged:
        """Set both ACLs of one file that are as `found` still."""
        return await self._set_acls([(path, found.id)], wanted, found.acls)

    async def change_acls(self, targets: Targets, change: str) -> FilesChanged:
        """Change the ACLs of several files, as :func:`parse_acl_change` takes it; one failure does not stop the rest.

        Raises:
            Refused: it is no such change, or names nobody. Nothing is changed.
        """
        return await self._set_acls(targets, await self.acl_steps(change), None)

    async def acl_steps(self, change: str) -> tuple[Step, ...]:
        """The steps of a change as :func:`parse_acl_change` takes it, users and groups looked up.

        Raises:
            Refused: it is no such change, or names nobody.
        """
        return await self._door.run(acl.steps_of, parse_acl_change(change), lane="names")

    async def _set_acls(self, targets: Targets, change: object, expected: Acls | None) -> FilesChanged:
        made = await change_each(self._door, targets, acl.set_acls, [(change, expected)] * len(targets), follow=True)
        if made.done:
            await leave_way_back(
                self._door,
                self._undo,
                f"setfacl {made.what}",
                made.done,
                put_each_back(self._door, made, acl.put_acls_back, "ACL"),
            )
        return made.result

    async def values(self, targets: Targets) -> tuple[dict[str, bytes | CallError] | OSExplorerError, ...]:
        """The extended attributes of each file with their whole values, or why there is none to be had."""
        found: list[dict[str, bytes | CallError] | OSExplorerError] = []
        for path, identity in targets:
            try:
                place = await self._place(path)
                found.append(await self._door.run(attributes.values_at, place, identity, at=place))
            except OSExplorerError as error:
                found.append(error)
        return tuple(found)

    async def set_value(
        self, targets: Targets, name: str, value: bytes | None, *, new: bool = False, title: str = ""
    ) -> FilesChanged:
        """Set an extended attribute of several files, or remove it; one failure does not stop the rest.

        Args:
            value: None removes it.
            new: leave files alone that have it already.
            title: what it is called for the undo.

        Raises:
            Refused: the kernel has no attribute of that name. Nothing is changed.
        """
        arguments = [(check_name(name), value, new)] * len(targets)
        made = await change_each(self._door, targets, attributes.set_attribute, arguments, follow=True)
        if made.done:
            what = title or f"{'setfattr' if value is not None else 'setfattr -x'} {display(name)}"
            await leave_way_back(
                self._door,
                self._undo,
                f"{what} {made.what}",
                made.done,
                put_each_back(self._door, made, attributes.put_attribute_back, display(name)),
            )
        return made.result

    async def flags(self, targets: Targets) -> tuple[int | OSExplorerError, ...]:
        """The inode flags of each file, or why they cannot be asked for."""
        found: list[int | OSExplorerError] = []
        for path, identity in targets:
            try:
                place = await self._place(path)
                found.append(await self._door.run(inode_flags.flags_at, place, identity, at=place))
            except OSExplorerError as error:
                found.append(error)
        return tuple(found)

    async def set_flags(self, targets: Targets, changes: Sequence[tuple[int, int]]) -> FilesChanged:
        """Change inode flags of several files, each by the flags to set and those to clear."""
        made = await change_each(self._door, targets, inode_flags.set_flags, changes, follow=True)
        if made.done:
            await leave_way_back(
                self._door,
                self._undo,
                f"chattr {made.what}",
                made.done,
                put_each_back(self._door, made, inode_flags.put_flags_back, "flags"),
            )
        return made.result._replace(difference=_IGNORED)
