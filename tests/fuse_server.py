"""A file system that can stop answering, as a dead NFS server does: a FUSE server of one directory with a few files.

    python -m tests.fuse_server DIRECTORY [NAME]...

Needs root and /dev/fuse. SIGUSR1 makes it dead, SIGCONT makes it answer again. It dies between two requests: one that
it has taken and does not answer would hold the process that waits for it even against SIGKILL, until the mount is cut.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import signal
import stat
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from osexplorer.system import mounts

_IN = struct.Struct("=IIQQIIII")
_OUT = struct.Struct("=IiQ")
_ATTR = struct.Struct("=QQQQQQIIIIIIIIII")
_LOOKUP, _FORGET, _GETATTR, _INIT, _OPENDIR, _READDIR, _RELEASEDIR = 1, 2, 3, 26, 27, 28, 29
_SILENT = (_FORGET, 36, 42)  # FORGET, INTERRUPT, BATCH_FORGET have no answer


class Server:
    """Answers the kernel; see fuse(4) and linux/fuse.h."""

    def __init__(self, place: str, names: list[str]) -> None:
        self.names = names
        self._asked, ask = os.pipe()
        os.set_blocking(ask, False)
        signal.set_wakeup_fd(ask)
        signal.signal(signal.SIGUSR1, lambda number, frame: None)
        self.fd = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self.fd},rootmode=40000,user_id=0,group_id=0,allow_other"
        library = ctypes.CDLL(None, use_errno=True)
        if library.mount(b"none", os.fsencode(place), b"fuse.stopped", 0, options.encode()):
            raise OSError(ctypes.get_errno(), "mount")

    def serve(self) -> None:
        """Answer until it is unmounted."""
        while True:
            ready, _, _ = select.select([self._asked, self.fd], [], [])
            if self._asked in ready:
                os.read(self._asked, 1)
                os.kill(os.getpid(), signal.SIGSTOP)
                continue
            try:
                request = os.read(self.fd, 1 << 17)
            except OSError as error:
                if error.errno == errno.ENODEV:
                    return
                raise
            _, opcode, unique, node, *_ = _IN.unpack_from(request)
            if opcode in _SILENT:
                continue
            answer = self._answer(opcode, node, request[_IN.size :])
            failed, body = (-answer, b"") if isinstance(answer, int) else (0, answer)
            os.write(self.fd, _OUT.pack(_OUT.size + len(body), failed, unique) + body)

    def _answer(self, opcode: int, node: int, body: bytes) -> bytes | int:
        if opcode == _INIT:
            return struct.pack("=IIIIHHIIHHI7I", 7, 31, 0, 0, 16, 12, 4096, 1, 1, 0, 0, *([0] * 7))
        if opcode == _GETATTR:
            return struct.pack("=QII", 0, 0, 0) + self._attr(node)
        if opcode == _LOOKUP:
            name = os.fsdecode(body.rstrip(b"\0"))
            if name not in self.names:
                return errno.ENOENT
            found = self.names.index(name) + 2
            return struct.pack("=QQQQII", found, 0, 0, 0, 0, 0) + self._attr(found)
        if opcode == _OPENDIR:
            return struct.pack("=QII", 1, 0, 0)
        if opcode == _READDIR:
            return self._entries(struct.unpack_from("=QQ", body)[1])
        return b"" if opcode == _RELEASEDIR else errno.ENOSYS

    def _attr(self, node: int) -> bytes:
        mode = stat.S_IFDIR | 0o755 if node == 1 else stat.S_IFREG | 0o644
        return _ATTR.pack(node, 0, 0, *([1_700_000_000] * 3), 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def _entries(self, after: int) -> bytes:
        data = b""
        for at, name in enumerate(self.names[after:], after + 1):
            raw = os.fsencode(name)
            data += struct.pack("=QQII", at + 1, at, len(raw), stat.S_IFREG >> 12) + raw + bytes(-len(raw) % 8)
        return data


class Mounted:
    """The server of a mount."""

    def __init__(self, place: Path, process: subprocess.Popen[bytes]) -> None:
        self.place, self._process = place, process

    def stop(self) -> None:
        """No request is taken any more."""
        self._process.send_signal(signal.SIGUSR1)
        _, status = os.waitpid(self._process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def go_on(self) -> None:
        """All of them are."""
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def serving(place: Path, *names: str) -> Iterator[Mounted]:
    """A mount at `place`, alive; skips the test where there can be none."""
    if os.geteuid() or not os.path.exists("/dev/fuse"):
        pytest.skip("needs root and /dev/fuse, to mount a file system that stops")
    argv = [sys.executable, "-m", "tests.fuse_server", place, *names]
    with subprocess.Popen(argv, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        if not process.stdout.readline():
            pytest.skip("needs the right to mount FUSE")
        mounts.mounts(fresh=True)
        try:
            yield Mounted(place, process)
        finally:
            process.kill()
            subprocess.run(["umount", "-l", place], check=True)
            mounts.mounts(fresh=True)


if __name__ == "__main__":
    server = Server(sys.argv[1], sys.argv[2:])
    print("mounted", flush=True)
    server.serve()
