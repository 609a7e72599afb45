"""What is said when a program could not be executed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from osexplorer.model.children import failure_text
from osexplorer.model.command_line import command_of
from osexplorer.system.launch_errors import popen_failure


def test_a_name_that_no_directory_holds_is_not_found_though_one_may_not_be_searched(tmp_path: Path) -> None:
    denied = OSError(errno.EACCES, os.strerror(errno.EACCES))
    path = [str(tmp_path / "closed"), "here"]
    error = popen_failure(denied, command_of(["tool"]), str(tmp_path), path)
    assert (error.call, error.errno) == ("os.execve", errno.ENOENT)
    assert "can be searched" in error.hint
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "tool").write_text("no execute bit")
    assert popen_failure(denied, command_of(["tool"]), str(tmp_path), path).errno == errno.EACCES
    assert popen_failure(denied, command_of(["./tool"]), str(tmp_path), path).errno == errno.EACCES


def test_no_room_for_a_process_says_what_may_be_full() -> None:
    full = OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    error = popen_failure(full, command_of(["tool"]), None, [])
    assert (error.call, error.errno, failure_text(error)) == ("subprocess.Popen", errno.EAGAIN, "process limit, EAGAIN")
    for limit in ("ulimit -u", "RLIMIT_NPROC", "pids.max"):
        assert limit in error.hint
