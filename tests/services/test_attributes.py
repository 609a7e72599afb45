"""Extended attributes, capabilities and inode flags are changed on exactly what was shown, and put back."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from osexplorer.model.attribute_names import CAPABILITY_ATTRIBUTE
from osexplorer.model.capabilities import capabilities_bytes, parse_capability_text
from osexplorer.model.errors import CallError, OSExplorerError, Refused
from osexplorer.model.inode_flags import INODE_FLAGS
from osexplorer.model.status import FileId
from osexplorer.services.session import Session
from osexplorer.system.attributes import set_attribute
from osexplorer.system.inode_flags import set_flags
from osexplorer.system.status import status
from tests.unprivileged import as_nobody, needs_root, open_place

__all__ = ["open_place"]
BITS = {letter: bit for bit, (letter, _) in INODE_FLAGS.items()}


def shown(*paths: Path) -> list[tuple[str, FileId]]:
    return [(str(path), status(str(path)).id) for path in paths]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.touch()
    try:
        os.setxattr(path, "user.first", b"1")
    except OSError:
        pytest.skip("needs a file system with user attributes")
    return path


def value_of(path: Path, name: str) -> bytes | None:
    return os.getxattr(path, name) if name in os.listxattr(path) else None


async def test_an_attribute_is_added_edited_removed_and_each_put_back(file: Path) -> None:
    session = Session()
    targets = shown(file)
    await session.attributes.set_value(targets, "user.new", b"\x00\xff", new=True)
    await session.attributes.set_value(targets, "user.new", b"text")
    await session.attributes.set_value(targets, "user.first", None)
    assert await session.attributes.values(targets) == ({"user.new": b"text"},)
    assert [call.python() for call in session.door.log.calls() if call.change] == [
        f"os.setxattr({str(file)!r}, 'user.new', b'\\x00\\xff')",
        f"os.setxattr({str(file)!r}, 'user.new', b'text')",
        f"os.removexattr({str(file)!r}, 'user.first')",
    ]
    await session.undo.undo()
    assert value_of(file, "user.first") == b"1"
    await session.undo.undo()
    assert value_of(file, "user.new") == b"\x00\xff"
    await session.undo.undo()
    assert value_of(file, "user.new") is None


async def test_what_is_wrong_is_refused(file: Path, tmp_path: Path) -> None:
    session = Session()
    targets = shown(file)
    with pytest.raises(Refused, match="begins with its namespace"):
        await session.attributes.set_value(targets, "comment", b"")
    done = await session.attributes.set_value(targets, "user.first", b"2", new=True)
    assert "has user.first already" in done.failures[0].reason
    done = await session.attributes.set_value(targets, "user.first", b"1")
    assert done.unchanged == (str(file),)
    assert not session.undo.feed.value
    await session.attributes.set_value(targets, "user.first", b"2")
    os.setxattr(file, "user.first", b"3")
    with pytest.raises(Refused, match="changed meanwhile"):
        await session.undo.undo()
    other = tmp_path / "other"
    other.touch()
    other.rename(file)
    done = await session.attributes.set_value(targets, "user.first", b"4")
    assert "replaced" in done.failures[0].reason
    assert value_of(file, "user.first") is None


async def test_the_errors_say_what_keeps_it_away(file: Path, tmp_path: Path) -> None:
    session = Session()
    done = await session.attributes.set_value(shown(Path("/proc/self/mounts")), "user.x", b"")
    assert "file system keeps none" in done.failures[0].reason
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    done = await session.attributes.set_value(shown(fifo), "user.x", b"")
    assert "Only files and directories have user attributes" in done.failures[0].reason


@needs_root
async def test_a_full_file_system_says_so(tmp_path: Path) -> None:
    image, place = tmp_path / "image", tmp_path / "mounted"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(2 << 20)
    made = subprocess.run(["mkfs.ext4", "-q", "-F", "-I", "128", image], capture_output=True)
    if made.returncode or subprocess.run(["mount", "-o", "loop", image, place], capture_output=True).returncode:
        pytest.skip("needs to make and mount an ext4 image")
    try:
        target = place / "file"
        target.touch()
        done = await Session().attributes.set_value(shown(target), "user.long", b"x" * 60_000)
        assert "ENOSPC" in done.failures[0].reason and "share one block" in done.failures[0].reason
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        done = await Session().attributes.set_value(shown(target), "user.x", b"x")
        assert "EROFS" in done.failures[0].reason
        assert os.listxattr(target) == []
    finally:
        subprocess.run(["umount", place], check=True)


async def test_several_files_with_one_that_is_gone(file: Path, tmp_path: Path) -> None:
    other, gone = tmp_path / "other", tmp_path / "gone"
    other.touch()
    gone.touch()
    targets = shown(file, gone, other)
    gone.unlink()
    session = Session()
    done = await session.attributes.set_value(targets, "user.x", b"y")
    assert (len(done.done), len(done.failures)) == (2, 1)
    values = await session.attributes.values(targets)
    assert isinstance(values[1], OSExplorerError)
    await session.undo.undo()
    assert value_of(file, "user.x") is value_of(other, "user.x") is None


@needs_root
async def test_capabilities_are_given_taken_and_put_back(file: Path, tmp_path: Path) -> None:
    if shutil.which("getcap") is None:
        pytest.skip("needs getcap")
    session = Session()
    data = capabilities_bytes(parse_capability_text("cap_net_raw,cap_kill=ep"))
    link = tmp_path / "link"
    link.symlink_to(file)
    await session.attributes.set_value([(str(link), status(str(file)).id)], CAPABILITY_ATTRIBUTE, data, title="setcap")
    assert subprocess.check_output(["getcap", file], text=True).split()[-1] == "cap_kill,cap_net_raw=ep"
    assert session.undo.feed.value == "setcap file"
    await session.attributes.set_value(shown(file), CAPABILITY_ATTRIBUTE, None)
    assert not subprocess.check_output(["getcap", file])
    await session.undo.undo()
    assert value_of(file, CAPABILITY_ATTRIBUTE) == data
    await session.undo.undo()
    assert value_of(file, CAPABILITY_ATTRIBUTE) is None


@needs_root
def test_what_only_root_may(open_place: Path) -> None:
    file = open_place / "file"
    file.touch()
    file.chmod(0o666)
    ((path, identity),) = shown(file)
    data = capabilities_bytes(parse_capability_text("cap_kill=p"))
    with pytest.raises(CallError, match="CAP_SETFCAP"):
        as_nobody(lambda: set_attribute(path, identity, CAPABILITY_ATTRIBUTE, data))
    with pytest.raises(CallError, match="CAP_SYS_ADMIN"):
        as_nobody(lambda: set_attribute(path, identity, "trusted.x", b"x"))
    os.chown(file, 65534, 65534)
    with pytest.raises(CallError, match="need root"):
        as_nobody(lambda: set_flags(path, status(path).id, BITS["i"]))


# -- inode flags


@pytest.fixture
def flagged(file: Path) -> Iterator[Path]:
    if shutil.which("lsattr") is None or subprocess.run(["lsattr", "-d", file], capture_output=True).returncode:
        pytest.skip("needs lsattr, and a file system with inode flags")
    yield file
    subprocess.run(["chattr", "-ia", file], capture_output=True)


def lsattr(path: Path) -> set[str]:
    return {*subprocess.check_output(["lsattr", "-d", path], text=True).split()[0]} - {"-", "e"}


@needs_root
async def test_flags_are_set_and_put_back(flagged: Path) -> None:
    session = Session()
    targets = shown(flagged)
    await session.attributes.set_flags(targets, [(BITS["i"] | BITS["d"], 0)])
    assert lsattr(flagged) == {"i", "d"}
    assert "immutable (i)" in (status(str(flagged)).extended.flags or ())
    call = [call for call in session.door.log.calls() if call.change][-1]
    assert call.function == "fcntl.ioctl" and "FS_IOC_SETFLAGS" in call.arguments
    done = await session.permissions.set_modes(targets, 0o600)
    assert "immutable" in done.failures[0].reason
    done = await session.attributes.set_flags(targets, [(BITS["A"], BITS["d"])])
    assert "until immutable is cleared" in done.failures[0].reason
    await session.undo.undo()
    assert lsattr(flagged) == set()
    await session.attributes.set_flags(targets, [(BITS["A"] | BITS["d"], 0)])
    subprocess.run(["chattr", "-d", "+S", flagged], check=True)
    with pytest.raises(Refused, match="changed meanwhile"):
        await session.undo.undo()
    subprocess.run(["chattr", "+d", flagged], check=True)
    await session.undo.undo()
    assert lsattr(flagged) == {"S"}


async def test_flags_of_what_has_none(flagged: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    session = Session()
    found = await session.attributes.flags(shown(flagged, fifo, Path("/proc/self/mounts")))
    assert isinstance(found[0], int)
    assert isinstance(found[1], Refused) and "neither file nor directory" in str(found[1])
    assert isinstance(found[2], CallError) and "no inode flags" in str(found[2])
    targets = shown(flagged)
    other = tmp_path / "other"
    other.touch()
    other.rename(flagged)
    done = await session.attributes.set_flags(targets, [(BITS["d"], 0)])
    assert "replaced" in done.failures[0].reason
    assert "d" not in lsattr(flagged)


async def test_flags_that_the_file_system_ignores_were_not_there_already(file: Path) -> None:
    session = Session()
    targets = shown(file)
    done = await session.attributes.set_flags(targets, [(BITS["m"], 0)])
    if done.failures or done.done:
        pytest.skip("needs a file system that ignores the flag m, as ext4")
    assert done.differing == (str(file),) and not done.unchanged
    assert "ignored some" in done.report
    again = await session.attributes.set_flags(targets, [(0, BITS["m"])])
    assert again.unchanged == (str(file),) and not again.differing
