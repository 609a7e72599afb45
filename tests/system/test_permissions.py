"""A change of mode reaches the file that was shown, and never another."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from osexplorer.model.attribute_names import CAPABILITY_ATTRIBUTE
from osexplorer.model.calls import Call
from osexplorer.model.capabilities import capabilities_bytes, parse_capability_text
from osexplorer.model.errors import CallError, Denied, LeftAlone, Refused
from osexplorer.model.mode_change import exact_mode, parse_mode
from osexplorer.model.owner import Owner
from osexplorer.model.status import FileId
from osexplorer.system import calls
from osexplorer.system.permissions import ModeSet, put_mode_back, put_owner_back, set_mode, set_owner
from osexplorer.system.status import status
from tests.unprivileged import NOBODY, as_nobody, needs_root, open_place

__all__ = ["open_place"]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def id_of(path: Path) -> FileId:
    return status(str(path)).id


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o644)
    return path


def test_a_mode_is_set_and_logged_as_the_call_it_was(file: Path) -> None:
    log: list[Call] = []
    with calls.recording(log.append):
        done = set_mode(str(file), id_of(file), 0o750)
    assert (done.before, done.asked, done.after) == (0o644, 0o750, 0o750)
    assert mode_of(file) == 0o750
    (change,) = [call for call in log if call.change]
    assert change.python() == f"os.chmod({str(file)!r}, 0o750)"
    assert "O_PATH" in change.note


def test_all_twelve_bits(file: Path, tmp_path: Path) -> None:
    for mode in (0o4755, 0o2755, 0o1644, 0o7777, 0o6000, 0):
        assert set_mode(str(file), id_of(file), mode).after == mode == mode_of(file)
    directory = tmp_path / "directory"
    directory.mkdir()
    assert set_mode(str(directory), id_of(directory), 0o3775).after == 0o3775
    assert set_mode(str(directory), id_of(directory), parse_mode("755")).after == 0o2755
    assert set_mode(str(directory), id_of(directory), exact_mode(0o755)).after == 0o755


def test_an_expression_starts_from_the_mode_there_is(file: Path) -> None:
    identity = id_of(file)
    file.chmod(0o600)
    old = os.umask(0o027)
    try:
        assert set_mode(str(file), identity, parse_mode("+x")).after == 0o710
    finally:
        os.umask(old)


def test_the_same_mode_makes_no_call(file: Path) -> None:
    log: list[Call] = []
    with calls.recording(log.append):
        set_mode(str(file), id_of(file), 0o644)
    assert not [call for call in log if call.change]


def test_a_file_that_was_replaced_is_left_alone(file: Path, tmp_path: Path) -> None:
    identity = id_of(file)
    other = tmp_path / "other"
    other.touch()
    other.chmod(0o600)
    other.rename(file)
    with pytest.raises(Refused, match="replaced"):
        set_mode(str(file), identity, 0o777)
    assert mode_of(file) == 0o600


def test_a_file_made_again_with_the_same_inode_number_is_left_alone(file: Path) -> None:
    identity = id_of(file)
    if identity.born is None:
        pytest.skip("no birth times here")
    file.unlink()
    file.touch()
    file.chmod(0o600)
    with pytest.raises(Refused, match="replaced"):
        set_mode(str(file), FileId(file.stat().st_dev, file.stat().st_ino, identity.born), 0o777)
    assert mode_of(file) == 0o600


def test_a_link_in_its_place_is_not_followed(file: Path, tmp_path: Path) -> None:
    identity = id_of(file)
    victim = tmp_path / "victim"
    victim.touch()
    victim.chmod(0o600)
    file.unlink()
    file.symlink_to(victim)
    with pytest.raises(Refused):
        set_mode(str(file), identity, 0o777)
    with pytest.raises(Refused, match="no mode for links"):
        set_mode(str(file), id_of(file), 0o777)
    assert mode_of(victim) == 0o600


def test_a_name_that_flips_all_the_time_never_leads_to_the_victim(file: Path, tmp_path: Path) -> None:
    identity = id_of(file)
    victim, aside, link = tmp_path / "victim", tmp_path / "aside", tmp_path / "link"
    victim.touch()
    victim.chmod(0o600)
    os.link(file, aside)
    stop = threading.Event()

    def flip() -> None:
        while not stop.is_set():
            link.symlink_to(victim)
            os.replace(link, file)
            os.link(aside, link)
            os.replace(link, file)

    flipper = threading.Thread(target=flip)
    flipper.start()
    reached = 0
    try:
        for turn in range(600):
            try:
                set_mode(str(file), identity, 0o777 if turn % 2 else 0o700)
                reached += 1
            except Refused:
                continue
    finally:
        stop.set()
        flipper.join()
    assert mode_of(victim) == 0o600
    assert reached > 0


def test_an_undo_is_refused_when_the_mode_is_another_by_now(file: Path) -> None:
    identity = id_of(file)
    file.chmod(0o640)
    with pytest.raises(Refused, match="0640 now, not 0600"):
        set_mode(str(file), identity, 0o644, expected=0o600)
    assert mode_of(file) == 0o640


def test_fifos_are_changed_without_opening_them(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    assert set_mode(str(path), id_of(path), 0o600).after == 0o600


@needs_root
def test_devices(tmp_path: Path) -> None:
    path = tmp_path / "null"
    os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    assert set_mode(str(path), id_of(path), 0o666).after == 0o666 == mode_of(path)


def test_an_immutable_file_says_no(file: Path) -> None:
    if subprocess.run(["chattr", "+i", file], capture_output=True).returncode:
        pytest.skip("no chattr +i here")
    try:
        with pytest.raises(Denied) as caught:
            set_mode(str(file), id_of(file), 0o600)
    finally:
        subprocess.run(["chattr", "-i", file], check=True)
    assert caught.value.code == "EPERM"
    assert caught.value.path == str(file)
    assert mode_of(file) == 0o644


@needs_root
def test_setgid_dropped_by_the_kernel_is_told(open_place: Path) -> None:
    path = open_place / "file"
    path.touch()
    os.chown(path, NOBODY, 0)

    def change() -> ModeSet:
        return set_mode(str(path), id_of(path), 0o2755)

    done = as_nobody(change)
    assert (done.asked, done.after) == (0o2755, 0o755)


@needs_root
def test_setgid_that_does_not_come_back_is_told(open_place: Path) -> None:
    path = open_place / "file"
    path.touch()
    os.chown(path, NOBODY, 0)

    def attempt(owner: bool) -> str:
        place, before = str(path), id_of(path)
        try:
            if owner:
                put_owner_back(place, set_owner(place, before, Owner(gid=NOBODY)))
            else:
                put_mode_back(place, set_mode(place, before, 0o640))
        except LeftAlone as error:
            return str(error)
        except CallError as error:
            return error.code
        return ""

    path.chmod(0o2750)
    assert "setgid does not come back" in as_nobody(lambda: attempt(False))
    assert mode_of(path) == 0o750
    assert as_nobody(lambda: attempt(False)) == ""
    path.chmod(0o2750)
    assert as_nobody(lambda: attempt(True)) == "EPERM"  # not a group that nobody is in


@needs_root
def test_who_is_not_the_owner_may_not(open_place: Path) -> None:
    path = open_place / "file"
    path.touch()
    path.chmod(0o600)

    def attempt() -> str:
        try:
            set_mode(str(path), id_of(path), 0o777)
        except CallError as error:
            return error.code
        return ""

    assert as_nobody(attempt) == "EPERM"
    assert mode_of(path) == 0o600


@needs_root
def test_a_file_that_cannot_be_read_can_be_changed_by_its_owner(open_place: Path) -> None:
    path = open_place / "file"
    path.touch()
    os.chown(path, NOBODY, NOBODY)
    path.chmod(0)
    assert as_nobody(lambda: set_mode(str(path), id_of(path), 0o640)).after == 0o640


@needs_root
def test_without_proc(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o644)
    os.mkfifo(tmp_path / "fifo")
    script = (
        "import sys\n"
        "from osexplorer.model.errors import Unsupported\n"
        "from osexplorer.system.permissions import set_mode\n"
        "from osexplorer.system.status import status\n"
        "print(oct(set_mode(sys.argv[1], status(sys.argv[1]).id, 0o750).after))\n"
        "try: set_mode(sys.argv[2], status(sys.argv[2]).id, 0o777)\n"
        "except Unsupported as error: print(error.hint)\n"
    )
    command = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    python = [sys.executable, "-c", script, str(path), str(tmp_path / "fifo")]
    done = subprocess.run([*command, *python], capture_output=True, text=True)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")
    assert done.stdout.splitlines()[0] == "0o750", done.stderr
    assert "mount /proc" in done.stdout
    assert mode_of(path) == 0o750


@needs_root
def test_the_owner_is_changed_and_lost_setuid_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o6755)
    log: list[Call] = []
    with calls.recording(log.append):
        done = set_owner(str(path), id_of(path), Owner(NOBODY, NOBODY))
    assert (done.before[:2], done.after[:2]) == ((0, 0), (NOBODY, NOBODY))
    assert (done.before.mode, done.after.mode) == (0o6755, 0o755)
    assert [call.python() for call in log if call.change] == [f"os.chown({str(path)!r}, {NOBODY}, {NOBODY})"]
    assert set_owner(str(path), id_of(path), Owner(gid=0)).after[:2] == (NOBODY, 0)


@needs_root
def test_the_owner_of_a_link_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    assert set_owner(str(tmp_path / "link"), id_of(tmp_path / "link"), Owner(NOBODY)).after.uid == NOBODY
    assert (tmp_path / "link").lstat().st_uid == NOBODY
    assert (tmp_path / "file").stat().st_uid == 0


@needs_root
def test_capabilities_that_could_not_be_put_back_are_not_lost(open_place: Path) -> None:
    """Who may change the group but not set capabilities is told before they are gone."""
    path = open_place / "program"
    path.touch(mode=0o755)
    os.chown(path, NOBODY, 0)
    held = capabilities_bytes(parse_capability_text("cap_net_raw=ep"))
    os.setxattr(path, CAPABILITY_ATTRIBUTE, held)
    with pytest.raises(CallError) as caught:
        as_nobody(lambda: set_owner(str(path), id_of(path), Owner(gid=NOBODY), keep=True))
    assert (caught.value.call, caught.value.errno) == ("os.setxattr", errno.EPERM)
    assert (path.stat().st_gid, os.getxattr(path, CAPABILITY_ATTRIBUTE)) == (0, held)
    assert as_nobody(lambda: set_owner(str(path), id_of(path), Owner(gid=NOBODY))).after.capabilities is None
