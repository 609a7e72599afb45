"""ACLs, attributes, capabilities and flags read as getfacl, getfattr, getcap and lsattr read them."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import subprocess
from pathlib import Path

import pytest

from osexplorer.model.capabilities import capabilities_text
from osexplorer.model.errors import Refused
from osexplorer.model.extended import Value, value_text
from osexplorer.model.facts import facts
from osexplorer.model.inode_flags import INODE_FLAGS
from osexplorer.system.status import status
from tests.unprivileged import needs_root


def output(*command: str | Path) -> str:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"needs {command[0]}")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{command[0]}: {done.stderr}")
    return done.stdout


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    output("setfacl", "-m", "u:nobody:rwx,g:daemon:r-x,u:54321:--x", tmp_path)
    output("setfacl", "-m", "m::r-x", tmp_path)
    output("setfacl", "-d", "-m", "u:nobody:rw", tmp_path)
    return tmp_path


def test_an_acl_reads_as_getfacl_prints_it(directory: Path) -> None:
    more = status(str(directory)).extended
    shown = [line for line in output("getfacl", "-cpE", directory).splitlines() if line]
    ours = [line.split(",")[0] for line in more.acl]
    assert ours == [line for line in shown if not line.startswith("default:")]
    assert [f"default:{line}" for line in more.default_acl] == [line for line in shown if line.startswith("default:")]
    assert "user:nobody:rwx, the mask leaves r-x" in more.acl
    labels = [fact.label for fact in facts(status(str(directory)))]
    assert labels.count("for new") == len(more.default_acl)


@needs_root
@pytest.mark.parametrize("text", ["cap_net_raw=ep", "cap_net_admin,cap_net_raw=ep", "cap_chown=p", "cap_bpf=eip"])
def test_capabilities_read_as_getcap_prints_them(tmp_path: Path, text: str) -> None:
    file = tmp_path / "program"
    file.touch()
    output("setcap", text, file)
    assert status(str(file)).extended.capabilities == text
    assert output("getcap", file).split()[-1] == text


def test_capabilities_with_a_root_of_their_own() -> None:
    data = struct.pack("<6I", 0x03000001, 1 << 13, 0, 0, 0, 1000)
    assert capabilities_text(data) == "cap_net_raw=ep [rootid=1000]"
    for wrong in (b"", data[:9], struct.pack("<I", 0x07000000)):
        with pytest.raises(Refused):
            capabilities_text(wrong)


@needs_root
def test_flags_read_as_lsattr_prints_them(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    output("chattr", "+adA", file)
    try:
        letters = {letter for letter in output("lsattr", "-d", file).split()[0] if letter != "-"}
        flags = status(str(file)).extended.flags
        assert flags is not None
        assert {flag[-2] for flag in flags} == letters
        assert {"append-only (a)", "no dump (d)", "no access times (A)"} <= {*flags}
    finally:
        output("chattr", "-a", file)
    assert len({letter for letter, _ in INODE_FLAGS.values()}) == len(INODE_FLAGS)


def test_values_are_shown_as_text_or_hex_and_bounded(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    try:
        os.setxattr(file, "user.comment", "über".encode())
        os.setxattr(file, "user.bytes", b"\x00\xff\x1b[2J")
        os.setxattr(file, "user.long", b"x" * 1000)
        os.setxattr(file, "user.empty", b"")
    except OSError:
        pytest.skip("needs a file system with user attributes")
    values = {value.name: value_text(value) for value in status(str(file)).extended.values}
    assert values["user.comment"] == '"über"'
    assert values["user.bytes"] == "0x00ff1b5b324a"
    assert values["user.long"] == f'"{"x" * 256}" … 1000 bytes in all'
    assert values["user.empty"] == '""'
    assert any(fact.value == 'user.comment = "über"' for fact in facts(status(str(file))))
    assert value_text(Value("user.x", b"", 0, "EACCES")) == "cannot be read: EACCES"


def test_absence_is_shown_as_absence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo")
    shown = {fact.label: fact.value for fact in facts(status(str(tmp_path / "file")))}
    assert shown["ACL"] == "none: the mode says all"
    assert shown["can do"] == "no capabilities"
    assert shown["label"] == "none"
    assert shown["xattrs"] == "none"
    assert {fact.label: fact.value for fact in facts(status(str(tmp_path / "fifo")))}["flags"] == "not known here"
    assert stat.S_ISFIFO(status(str(tmp_path / "fifo")).mode)
    assert {fact.label: fact.value for fact in facts(status(str(tmp_path)))}["for new"] == "no default ACL"
    assert status("/proc/self/status").extended.flags is None
