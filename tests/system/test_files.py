"""Reading directories: real trees, real failures."""

from __future__ import annotations

import errno
import json
import os
import pwd
import shutil
import socket
import stat as stat_module
import subprocess
import sys
from array import array
from pathlib import Path

import pytest

from osexplorer.model.arrangement import FIGURES
from osexplorer.model.calls import Call
from osexplorer.model.entry import EntryStat, Kind, Target
from osexplorer.model.errors import CallError, Denied, NotFound, WrongKind
from osexplorer.model.listing import FAILED, Batch, Directory, Listing
from osexplorer.system import calls, files
from tests.unprivileged import as_nobody, needs_root, open_place

__all__ = ["open_place"]


def listing_of(*names: str) -> Listing:
    listing = Listing(1)
    listing.append(Batch.of(1, names, bytes([Kind.FILE] * len(names)), array("Q", range(len(names)))))
    return listing


def batches(path: Path | str) -> list[Batch]:
    return [item for item in files.scan(str(path), 7) if isinstance(item, Batch)]


def kinds(path: Path | str) -> dict[str, Kind]:
    return {name: Kind(kind) for part in batches(path) for name, kind in zip(part.names, part.kinds, strict=True)}


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    """One entry of every kind that needs no root, and names that are not UTF-8."""
    (tmp_path / "dir").mkdir()
    (tmp_path / "file").write_text("12345")
    (tmp_path / "to-dir").symlink_to("dir")
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(tmp_path)
        listener.bind("socket")
        os.chdir(here)
    os.close(os.open(os.fsencode(tmp_path) + b"/b\xff\n\x1b[2J", os.O_CREAT, 0o600))
    return tmp_path


def test_names_and_kinds_without_a_stat(zoo: Path) -> None:
    assert kinds(zoo) == {
        "dir": Kind.DIRECTORY,
        "file": Kind.FILE,
        "to-dir": Kind.SYMLINK,
        "broken": Kind.SYMLINK,
        "loop": Kind.SYMLINK,
        "pipe": Kind.OTHER,
        "socket": Kind.OTHER,
        "b\udcff\n\x1b[2J": Kind.FILE,
    }


def test_batches_carry_ticket_and_inode(zoo: Path) -> None:
    for part in batches(zoo):
        assert part.ticket == 7
        assert [os.lstat(zoo / name).st_ino for name in part.names] == list(part.inodes)


def test_the_first_batch_is_a_screen(tmp_path: Path) -> None:
    for number in range(files.FIRST + 50):
        (tmp_path / str(number)).touch()
    assert [len(part.names) for part in batches(tmp_path)] == [files.FIRST, 50]


def test_one_summary_in_the_call_log(zoo: Path) -> None:
    made: list[Call] = []
    with calls.recording(made.append):
        list(files.scan(str(zoo), 1))
        files.stat_entries(str(zoo), ["file", "dir"])
    assert [(call.function, call.arguments, call.note) for call in made] == [
        ("os.scandir", (str(zoo),), "8 entries"),
        ("os.lstat", (str(zoo),), "2 entries"),
    ]


def test_the_directory_comes_first(zoo: Path) -> None:
    first = next(iter(files.scan(str(zoo), 1)))
    assert isinstance(first, Directory)
    assert first.identity == (os.stat(zoo).st_dev, os.stat(zoo).st_ino)
    later = files.look(str(zoo))
    assert not first._replace(read=first.read + 1_000_000_000).changed(later)
    assert first.changed(later)  # it was made just now


def test_no_descriptor_stays_open(zoo: Path) -> None:
    before = os.listdir("/proc/self/fd")
    scanning = files.scan(str(zoo), 1)
    next(scanning)
    next(scanning)
    scanning.close()  # type: ignore[attr-defined]
    files.stat_entries(str(zoo), ["file", "gone"])
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_looking_at_entries(zoo: Path) -> None:
    names = list(kinds(zoo))
    found = dict(zip(names, files.stat_entries(str(zoo), names), strict=True))
    for name, stat in found.items():
        assert isinstance(stat, EntryStat)
        real = os.lstat(zoo / name)
        assert (stat.mode, stat.size, stat.uid, stat.gid, stat.mtime) == (
            *(real.st_mode, real.st_size, real.st_uid, real.st_gid, real.st_mtime_ns),
        )
        assert (stat.links, stat.device, stat.inode, stat.ctime) == (
            *(real.st_nlink, real.st_dev, real.st_ino, real.st_ctime_ns),
        )
    assert {name: stat.kind for name, stat in found.items() if isinstance(stat, EntryStat)} == {
        **kinds(zoo),
        "pipe": Kind.FIFO,
        "socket": Kind.SOCKET,
    }
    link = found["broken"]
    assert isinstance(link, EntryStat) and link.link == "nowhere"


def test_an_entry_that_vanished_leaves_the_others(zoo: Path) -> None:
    gone, there = files.stat_entries(str(zoo), ["gone", "file"])
    assert isinstance(gone, NotFound) and gone.path == str(zoo / "gone") and gone.call == "os.lstat"
    assert isinstance(there, EntryStat)


def test_where_links_lead(zoo: Path) -> None:
    assert [(target.kind, target.fault) for target in files.follow_links(str(zoo), ["to-dir", "broken", "loop"])] == [
        (Kind.DIRECTORY, ""),
        (None, "broken"),
        (None, "loop"),
    ]
    assert Target(None, errno=errno.EACCES).fault == "EACCES"


@needs_root
def test_devices(open_place: Path) -> None:
    os.mknod(open_place / "null", 0o020666, os.makedev(1, 3))
    os.mknod(open_place / "disk", 0o060660, os.makedev(7, 250))
    character, block = files.stat_entries(str(open_place), ["null", "disk"])
    assert isinstance(character, EntryStat) and isinstance(block, EntryStat)
    assert (character.kind, block.kind) == (Kind.CHARACTER_DEVICE, Kind.BLOCK_DEVICE)
    assert os.minor(character.rdev) == 3


def test_another_directory_of_that_name_is_noticed(tmp_path: Path) -> None:
    place = tmp_path / "d"
    place.mkdir()
    identity = files.look(str(place)).identity
    place.rename(tmp_path / "other")
    place.mkdir()
    (place / "f").touch()
    with pytest.raises(NotFound, match="another directory"):
        files.stat_entries(str(place), ["f"], identity)
    with pytest.raises(NotFound):
        list(files.figures(str(place), listing_of("f"), range(1), "size", identity))


def test_figures(zoo: Path) -> None:
    status = os.lstat(zoo / "file")
    expected = {
        "size": status.st_size,
        "mtime": status.st_mtime_ns,
        "ctime": status.st_ctime_ns,
        "atime": status.st_atime_ns,
        "btime": birth(zoo / "file"),
        "mode": stat_module.S_IMODE(status.st_mode),
        "uid": status.st_uid,
        "gid": status.st_gid,
        "links": status.st_nlink,
    }
    assert set(expected) == set(FIGURES)
    listing = listing_of("dir", "file", "gone")
    for by, figure in expected.items():
        (part,) = files.figures(str(zoo), listing, [1, 2], by)  # type: ignore[arg-type]
        assert (part.first, list(part.figures), part.serial) == (0, [figure, FAILED], listing.serial)
        if by == "uid":
            assert part.names == {status.st_uid: pwd.getpwuid(status.st_uid).pw_name}


def birth(path: Path) -> int:
    """As stat(1) tells it."""
    seconds, _, nanoseconds = subprocess.check_output(["stat", "-c", "%.9W", path], text=True).strip().partition(".")
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


def test_the_time_of_birth_is_told_when_it_is_asked_for(zoo: Path) -> None:
    (known,) = files.stat_entries(str(zoo), ["file"], births=True)
    assert isinstance(known, EntryStat) and known.btime == birth(zoo / "file")
    (known,) = files.stat_entries(str(zoo), ["file"])
    assert isinstance(known, EntryStat) and known.btime is None
    assert known.atime == os.lstat(zoo / "file").st_atime_ns


def test_entries_that_are_asked_for(zoo: Path) -> None:
    found = files.entries(str(zoo), ["file", "gone", "dir"], None)
    assert found == {
        "file": (Kind.FILE, os.lstat(zoo / "file").st_ino),
        "gone": None,
        "dir": (Kind.DIRECTORY, os.lstat(zoo / "dir").st_ino),
    }


def test_not_a_directory(zoo: Path) -> None:
    with pytest.raises(WrongKind) as caught:
        batches(zoo / "file")
    assert caught.value.errno == errno.ENOTDIR


def test_an_unreadable_directory(open_place: Path) -> None:
    (open_place / "f").touch()
    open_place.chmod(0o311)
    try:
        with pytest.raises(Denied) as caught:
            as_nobody(lambda: batches(open_place))
        assert caught.value.code == "EACCES"
        # what is known by name can still be looked at
        (stat,) = as_nobody(lambda: files.stat_entries(str(open_place), ["f"]))
        assert isinstance(stat, EntryStat)
    finally:
        open_place.chmod(0o755)


def test_a_directory_without_search_permission_lists_names(open_place: Path) -> None:
    (open_place / "f").touch()
    open_place.chmod(0o444)
    try:
        assert as_nobody(lambda: kinds(open_place)) == {"f": Kind.FILE}
        (error,) = as_nobody(lambda: files.stat_entries(str(open_place), ["f"]))
        assert isinstance(error, Denied)
    finally:
        open_place.chmod(0o755)


def test_locate(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(zoo)
    here = str(zoo)
    assert files.locate("dir") == (f"{here}/dir", None)
    assert files.locate(f"{here}//dir/../to-dir/") == (f"{here}/to-dir", None)
    assert files.locate("file") == (here, "file")
    assert files.locate("broken") == (here, "broken")
    assert files.locate("pipe") == (here, "pipe")
    with pytest.raises(NotFound) as caught:
        files.locate("nothing")
    assert caught.value.path == f"{here}/nothing"
    with pytest.raises(WrongKind):
        files.locate("file/below")


def test_the_working_directory_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "d"
    place.mkdir()
    monkeypatch.chdir(place)
    place.rmdir()
    with pytest.raises(NotFound) as caught:
        files.absolute("x")
    assert caught.value.call == "os.getcwd"
    assert files.absolute("//x/./y") == "/x/y"


def test_behind_a_link_the_directory_above_is_that_of_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "t" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to("t/deep")
    (tmp_path / "file").write_text("")
    here = str(tmp_path)
    for typed in ("link/..", "link/../", "link/../.", "t/../link/.././../t", "link/../deep/..", "t/deep/.."):
        found, name = files.locate(f"{here}/{typed}")
        assert name is None
        assert os.path.samefile(found, f"{here}/{typed}"), typed
    assert files.locate(f"{here}/link/../..") == (here, None)
    assert files.locate("/..") == ("/", None)
    for typed in ("file/..", "file/", "nothing/.."):
        with pytest.raises((NotFound, WrongKind)):
            files.locate(f"{here}/{typed}")


def test_a_path_longer_than_the_kernel_takes(tmp_path: Path) -> None:
    depth, name = 25, "d" * 200
    path = str(tmp_path)
    descriptor = os.open(path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=descriptor)
        deeper = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor, path = deeper, f"{path}/{name}"
    os.close(os.open("f", os.O_CREAT, 0o600, dir_fd=descriptor))
    os.close(descriptor)
    assert len(path) > 4096
    try:
        assert kinds(path) == {"f": Kind.FILE}
        (stat,) = files.stat_entries(path, ["f"])
        assert isinstance(stat, EntryStat)
    finally:
        subprocess.run(["rm", "-rf", str(tmp_path / name)], check=True)


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace, to make a read fail")
def test_a_read_error_midway_keeps_what_came_before(tmp_path: Path) -> None:
    place = tmp_path / "big"
    place.mkdir()
    for number in range(2500):
        (place / f"a-name-of-some-length-{number}").touch()
    program = (
        "import json, sys\n"
        "from osexplorer.system import files\n"
        "from osexplorer.model.listing import Batch\n"
        "count = 0\n"
        "try:\n"
        "    for item in files.scan(sys.argv[1], 1):\n"
        "        count += len(item.names) if isinstance(item, Batch) else 0\n"
        "except OSError as error:\n"
        "    print(json.dumps([count, type(error).__name__, error.errno, error.call]))\n"
    )
    inject = ["-e", "trace=getdents64", "-e", "inject=getdents64:error=EIO:when=2", "-P", str(place)]
    argv = ["strace", "-qq", "-o", "/dev/null", *inject, sys.executable, "-P", "-c", program, str(place)]
    root = str(Path(files.__file__).parents[2])
    done = subprocess.run(argv, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root}, cwd="/")
    if "ptrace" in done.stderr:
        pytest.skip("ptrace is not permitted here")
    count, kind, number, call = json.loads(done.stdout)
    assert 0 < count < 2500
    assert (kind, number, call) == ("Unavailable", errno.EIO, "os.scandir")


def test_look_at_nothing(tmp_path: Path) -> None:
    with pytest.raises(CallError) as caught:
        files.look(str(tmp_path / "no"))
    assert caught.value.call == "os.stat"
