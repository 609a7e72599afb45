"""ACLs of files are set as asked, on exactly what was shown, and put back."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from osexplorer.model.acl import AclEntry, Tag
from osexplorer.model.acl_change import Acls, acl_of_mode, group_column, parse_acl_change, with_entry
from osexplorer.model.attribute_names import ACL_ATTRIBUTE
from osexplorer.model.errors import CallError, Refused
from osexplorer.model.status import FileId
from osexplorer.services.session import Session
from osexplorer.system.acl import set_acls, steps_of
from osexplorer.system.status import status
from tests.unprivileged import as_nobody, needs_root, open_place

__all__ = ["open_place"]


def getfacl(path: Path) -> list[str]:
    done = subprocess.run(["getfacl", "-cpE", path], capture_output=True, text=True, check=True)
    return done.stdout.split()


def shown(*paths: Path) -> list[tuple[str, FileId]]:
    return [(str(path), status(str(path)).id) for path in paths]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o640)
    try:
        os.setxattr(path, ACL_ATTRIBUTE, os.getxattr(path, ACL_ATTRIBUTE))
    except OSError as error:
        if error.errno == 95:
            pytest.skip("needs a file system with ACLs")
    return path


async def test_acls_are_changed_logged_and_put_back(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.touch()
    other.chmod(0o4755)
    session = Session()
    done = await session.attributes.change_acls(shown(file, other), "u:nobody:rw,g:daemon:x")
    assert done.done == (str(file), str(other))
    assert getfacl(file) == [
        "user::rw-",
        "user:nobody:rw-",
        "group::r--",
        "group:daemon:--x",
        "mask::rwx",
        "other::---",
    ]
    calls = [call.python() for call in session.door.log.calls() if call.change]
    assert calls[0].startswith(f"os.setxattr({str(file)!r}, 'system.posix_acl_access', b'")
    assert mode_of(file) == 0o670
    await session.undo.undo()
    assert getfacl(file) == ["user::rw-", "group::r--", "other::---"]
    assert (mode_of(file), mode_of(other)) == (0o640, 0o4755)
    assert ACL_ATTRIBUTE not in os.listxattr(file)


async def test_both_acls_of_a_directory_are_set_and_put_back(tmp_path: Path, file: Path) -> None:
    directory = tmp_path / "directory"
    directory.mkdir(0o750)
    session = Session()
    found = await session.attributes.acls(*shown(directory)[0])
    assert found.acls == Acls(acl_of_mode(0o750))
    found_after = await session.attributes.acls_after(found, "u:daemon:rwx d:u:nobody:rX")
    assert found_after.names[Tag.USER, 1] == "daemon"
    await session.attributes.set_acls(str(directory), found, found_after.acls)
    assert "user:daemon:rwx" in getfacl(directory)
    assert "default:user:nobody:r-x" in getfacl(directory)
    assert mode_of(directory) == 0o770
    await session.attributes.change_acls(shown(directory), "-k")
    assert not [line for line in getfacl(directory) if line.startswith("default")]
    await session.undo.undo()
    assert "default:user:nobody:r-x" in getfacl(directory)
    await session.undo.undo()
    assert getfacl(directory) == ["user::rwx", "group::r-x", "other::---"]


async def test_what_is_wrong_is_refused_before_anything_changes(file: Path, tmp_path: Path) -> None:
    session = Session()
    targets = shown(file)
    for text, why in (
        ("u:no-such-user:r", "There is no user"),
        ("u:4294967295:r", "leave it as it is"),
        ("", "Type u:NAME"),
        ("u:1:q", "q is not one of r w x X"),
        ("z:1:r", "z is not one of u g m o"),
        ("u:1", "permissions are missing"),
    ):
        with pytest.raises(Refused, match=why):
            await session.attributes.change_acls(targets, text)
    for text, why in (
        ("d:u:1:r", "Only directories"),
        ("-o", "must have one entry for the others"),
        ("u:1:r,-m", "mask"),
    ):
        done = await session.attributes.change_acls(targets, text)
        assert why in done.failures[0].reason
    assert getfacl(file) == ["user::rw-", "group::r--", "other::---"]
    link = tmp_path / "link"
    link.symlink_to(file)
    with pytest.raises(Refused, match="links have no ACL"):
        set_acls(*shown(link)[0], steps_of(parse_acl_change("u:1:r")))


async def test_a_file_that_is_another_now_is_left_alone(file: Path, tmp_path: Path) -> None:
    session = Session()
    targets = shown(file)
    found = await session.attributes.acls(*targets[0])
    subprocess.run(["setfacl", "-m", "u:1:r", file], check=True)
    wanted = Acls(with_entry(found.acls.access, AclEntry(Tag.OTHER, 7)))
    done = await session.attributes.set_acls(str(file), found, wanted)
    assert "changed meanwhile" in done.failures[0].reason
    await session.attributes.change_acls(targets, "u:1:rw")
    subprocess.run(["setfacl", "-m", "o::r", file], check=True)
    with pytest.raises(Refused, match="changed meanwhile"):
        await session.undo.undo()
    other = tmp_path / "other"
    other.touch()
    other.rename(file)
    done = await session.attributes.change_acls(targets, "u:1:rw")
    assert "replaced" in done.failures[0].reason
    assert len(getfacl(file)) == 3


async def test_a_file_system_without_acls_says_so() -> None:
    done = await Session().attributes.change_acls(shown(Path("/proc/self/mounts")), "u:1:r")
    assert "ENOTSUP" in done.failures[0].reason or "EOPNOTSUPP" in done.failures[0].reason
    assert "file system keeps none" in done.failures[0].reason


@needs_root
def test_only_the_owner_may(open_place: Path) -> None:
    file = open_place / "file"
    file.touch()
    ((path, identity),) = shown(file)
    steps = steps_of(parse_acl_change("u:1:r"))
    with pytest.raises(CallError, match="Only the owner or root may change an ACL"):
        as_nobody(lambda: set_acls(path, identity, steps))


def test_what_the_group_column_means() -> None:
    acl = (
        AclEntry(Tag.USER_OBJ, 6),
        AclEntry(Tag.USER, 7, 1),
        AclEntry(Tag.GROUP_OBJ, 6),
        AclEntry(Tag.MASK, 5),
        AclEntry(Tag.OTHER, 0),
    )
    assert group_column(acl).endswith("shows the mask, r-x; the owning group itself may r--")
    assert "no mask" in group_column(acl_of_mode(0o640))
