"""The status of a file is what the kernel and stat(1) say."""

from __future__ import annotations

import errno
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from osexplorer.model.errors import Denied, NotFound, WrongKind
from osexplorer.model.status import ACL_ATTRIBUTE, Status
from osexplorer.system.status import link_chain, pulse, resolve, status
from tests.unprivileged import NOBODY, as_nobody, needs_root, open_place

__all__ = ["open_place"]


def stat_says(path: Path | str, form: str, *options: str) -> str:
    done = subprocess.run(["stat", *options, "-c", form, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_everything_agrees_with_stat(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 5000)
    os.link(path, tmp_path / "second name")
    path.chmod(0o4751)
    os.utime(path, ns=(1_700_000_000_123_456_789, -1_500_000_000_000_000_001))
    found = status(str(path))
    ours = f"{found.mode:x} {found.uid} {found.user} {found.gid} {found.group} {found.size} {found.blocks}"
    assert ours == stat_says(path, "%f %u %U %g %G %s %b")
    ours = f"{found.block_size} {found.device} {found.inode} {found.links}"
    assert ours == stat_says(path, "%o %d %i %h")
    assert (found.atime, found.mtime) == (1_700_000_000_123_456_789, -1_500_000_000_000_000_001)
    assert found.ctime == path.stat().st_ctime_ns
    if (born := stat_says(path, "%W")) not in ("0", "-"):
        assert found.btime is not None
        assert found.btime // 1_000_000_000 == int(born)
    assert found.mount is not None
    assert found.mount.point == stat_says(path, "%m")
    assert not found.read_only
    assert found.permissions == 0o4751
    assert found.chain == ()


@pytest.mark.parametrize("path", ["/dev/null", "/proc/self/status", "/proc/self/fd", "/sys", "/", "/dev"])
def test_devices_and_kernel_files(path: str) -> None:
    found = status(path)
    assert found.kind == {"/dev/null": "character device", "/proc/self/status": "file"}.get(path, "directory")
    assert found.mount is not None
    assert found.mount.device == f"{os.major(found.device)}:{os.minor(found.device)}"
    assert found.mount.point == stat_says(path, "%m")
    if path == "/dev/null":
        assert (os.major(found.rdev), os.minor(found.rdev)) == (1, 3)


def test_fifos_and_sockets_are_looked_at_without_opening_them(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
    assert status(str(tmp_path / "fifo")).kind == "named pipe"
    assert status(str(tmp_path / "socket")).kind == "socket"


def test_a_link_is_shown_itself_with_every_step_and_its_target(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b").symlink_to("../file")
    (tmp_path / "a").symlink_to("sub/b")
    found = status(str(tmp_path / "a"))
    assert found.is_link
    assert found.raw_target == "sub/b"
    assert [link.target for link in found.chain] == ["sub/b", "../file"]
    assert found.chain[1].path == str(tmp_path / "sub" / "b")
    assert found.target is not None
    assert found.target.inode == (tmp_path / "file").stat().st_ino
    assert found.access == found.target.access
    assert resolve(str(tmp_path / "a")) == os.path.realpath(tmp_path / "file")


def test_a_broken_link_and_a_circle_say_so(tmp_path: Path) -> None:
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    (tmp_path / "self").symlink_to("self")
    broken, circle = status(str(tmp_path / "broken")), status(str(tmp_path / "one"))
    assert isinstance(broken.target_error, NotFound)
    assert (broken.access, broken.target, len(broken.chain)) == (None, None, 1)
    assert isinstance(circle.target_error, WrongKind)
    assert circle.target_error.errno == errno.ELOOP
    assert [link.target for link in circle.chain] == ["two", "one"]
    assert len(link_chain(str(tmp_path / "self"))) == 1
    with pytest.raises(NotFound):
        resolve(str(tmp_path / "broken"))


def test_the_longest_way_the_kernel_goes(tmp_path: Path) -> None:
    (tmp_path / "0").touch()
    for at in range(1, 46):
        (tmp_path / str(at)).symlink_to(str(at - 1))
    assert status(str(tmp_path / "40")).target is not None
    assert len(status(str(tmp_path / "40")).chain) == 40
    assert status(str(tmp_path / "41")).target is None


def test_a_link_followed_shows_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    found = status(str(tmp_path / "link"), follow=True)
    assert (found.kind, found.inode) == ("file", (tmp_path / "file").stat().st_ino)


def test_a_magic_link_of_proc_has_a_target_that_its_text_does_not_name() -> None:
    reader, writer = os.pipe()
    try:
        found = status(f"/proc/self/fd/{reader}")
    finally:
        os.close(reader)
        os.close(writer)
    assert found.raw_target is not None
    assert found.raw_target.startswith("pipe:")
    assert found.target is not None
    assert found.target.kind == "named pipe"


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\x1b[31m\n"
    os.close(os.open(path, os.O_CREAT, 0o600))
    os.symlink(b"\xfe", os.fsencode(tmp_path) + b"/link")
    assert status(os.fsdecode(path)).size == 0
    assert status(str(tmp_path / "link")).raw_target == "\udcfe"


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(NotFound) as caught:
        status("/nowhere/at/all")
    assert caught.value.call == "os.lstat"
    assert caught.value.path == "/nowhere/at/all"


def test_what_a_user_without_rights_may(open_place: Path) -> None:
    (open_place / "file").write_text("#!/bin/sh\n")
    (open_place / "file").chmod(0o754)
    (open_place / "closed").mkdir(mode=0o700)
    (open_place / "closed" / "inside").touch()

    def look() -> tuple[Status, Status, str]:
        try:
            status(str(open_place / "closed" / "inside"))
        except Denied as error:
            code = error.code
        return status(str(open_place / "file")), status(str(open_place / "closed")), code

    if os.geteuid() != 0:
        pytest.skip("needs root, to own files as somebody else")
    file, closed, code = as_nobody(look)
    assert file.access is not None
    assert closed.access is not None
    assert file.access.text == "read – –"
    assert closed.access.text == "– – –"
    assert code == "EACCES"
    assert file.script is None, "what is not ours is not opened"


def test_root_may_read_all_but_execute_only_where_somebody_may(open_place: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    (open_place / "file").touch(mode=0o000)
    found = status(str(open_place / "file"))
    assert found.access == (True, True, False)


def test_a_script_is_known_without_touching_its_access_time(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("#!/bin/sh\n")
    (tmp_path / "other").write_text("x")
    (tmp_path / "empty").touch()
    os.utime(tmp_path / "script", ns=(1, 2))
    before = (tmp_path / "script").stat().st_atime_ns
    assert status(str(tmp_path / "script")).script is True
    assert status(str(tmp_path / "other")).script is False
    assert status(str(tmp_path / "empty")).script is None
    assert (tmp_path / "script").stat().st_atime_ns == before
    assert status("/proc/self/status").script is None


def test_attributes_and_extended_attributes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    try:
        os.setxattr(path, "user.note", b"1")
    except OSError as error:
        pytest.skip(f"no extended attributes here: {error.strerror}")
    assert status(str(path)).xattrs == ("user.note",)
    if subprocess.run(["chattr", "+i", path], capture_output=True).returncode:
        pytest.skip("no chattr +i here")
    try:
        found = status(str(path))
    finally:
        subprocess.run(["chattr", "-i", path], check=True)
    assert found.attributes == ("immutable",)
    assert found.access is not None
    assert not found.access.write, "access(2) knows of the flag, for root too"
    assert status(str(path)).attributes == ()


@needs_root
def test_an_acl_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    try:
        done = subprocess.run(["setfacl", "-m", f"u:{NOBODY}:rw", path], capture_output=True)
    except FileNotFoundError:
        pytest.skip("no setfacl here")
    if done.returncode:
        pytest.skip("no ACLs here")
    assert ACL_ATTRIBUTE in status(str(path)).xattrs
    assert status(str(path)).subject.acl


@needs_root
def test_a_read_only_mount_is_known(tmp_path: Path) -> None:
    script = (
        'mount -t tmpfs none "$0" && touch "$0/file" && mount -o remount,ro "$0" && '
        'exec "$1" -c "import sys; from osexplorer.system.status import status; s = status(sys.argv[1]); '
        'print(s.read_only, s.mount.kind, s.mount.point, s.access.text)" "$0/file"'
    )
    import sys

    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, tmp_path, sys.executable], capture_output=True, text=True
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")
    assert done.stdout == f"True tmpfs {tmp_path} read – –\n"


def test_the_pulse_changes_with_the_status(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    (tmp_path / "link").symlink_to("file")
    seen = {pulse(str(path))}
    links = {pulse(str(tmp_path / "link"))}
    for change in (
        lambda: path.chmod(0o600),
        lambda: path.write_text("more"),
        lambda: os.utime(path, ns=(5, 5)),
        lambda: os.link(path, tmp_path / "second"),
        path.unlink,
    ):
        change()
        seen.add(pulse(str(path)))
        links.add(pulse(str(tmp_path / "link")))
    assert len(seen) == 6
    assert len(links) == 6
    assert stat.S_ISLNK(pulse(str(tmp_path / "link"))[0][0])
