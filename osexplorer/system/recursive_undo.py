"""Undoing a change of a tree from its journal, entry by entry, in the opposite order.

An entry is put back only when it is the inode that was changed, in the directory it was in, and still as it was left.
"""

from __future__ import annotations

import errno
import os
import stat
import time

from osexplorer.model.errors import CallError, OSExplorerError, Refused, call_error
from osexplorer.model.operations import Target
from osexplorer.model.owner import CAPABILITY_ATTRIBUTE
from osexplorer.model.recursive import PutBack
from osexplorer.model.status import FileId
from osexplorer.model.tasks import Progress
from osexplorer.system import calls, held_values, kept_operations
from osexplorer.system.descriptors import AT_EMPTY_PATH, FCHMODAT2, close_all, mode_setter
from osexplorer.system.held import Held
from osexplorer.system.held_values import Value
from osexplorer.system.journal import Reader, Section
from osexplorer.system.recursive_values import held_by
from osexplorer.system.statx import statx

_PATH = getattr(os, "O_PATH", 0) | os.O_NOFOLLOW | os.O_CLOEXEC
_STEP = 128
_MODE = ord("m")
_FIELDS = {b"m": 3, b"o": 8, b"v": 4, **kept_operations.FIELDS}
"""By the letter of a record: the spaces before its name."""


class _Octal(dict[bytes, int]):
    """The numbers of octal texts, each worked out once: twelve bits have no more than 4096."""

    def __missing__(self, text: bytes) -> int:
        number = self[text] = int(text, 8)
        return number


class _Undo:
    def __init__(self, progress: Progress, ended: int) -> None:
        self.progress = progress
        self.ended = ended
        self.done = self.already = self.refused = self.failed = 0
        self.call = "os.chmod"
        self._octal = _Octal()
        self._dropped = 0 if os.geteuid() == 0 else stat.S_ISGID
        """What the kernel may not give back, though it says that it did."""
        self._short: set[tuple[int, bytes]] = set()
        """Inode of the directory, and name, of what it did not give it back, and that is told."""
        self._proc = os.open("/proc/self/fd", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._directory = -1
        self._place = (-1, -1, "")
        """Device, inode and path of the directory that is open."""

    def close(self) -> None:
        os.close(self._proc)
        self._leave()

    def _leave(self) -> None:
        if self._directory >= 0:
            os.close(self._directory)
            self._directory, self._place = -1, (-1, -1, "")

    def section(self, section: Section) -> None:
        """Put back what was done in one directory, which stays open for the next section: mostly it is of the same."""
        try:
            if self._enter(section):
                self._records(section, self._directory)
        finally:
            self.progress.advance(len(section.records), section.path)

    def _enter(self, section: Section) -> bool:
        """Open the directory of a section; False, and it is told, where it is not the one in which it was done."""
        place = (section.device, section.inode, section.path)
        if place == self._place:
            return True
        self._leave()
        try:
            self._directory = _open_directory(section)
        except OSError as error:
            self._miss(section.path, error, len(section.records))
            return False
        found = os.fstat(self._directory)
        if (found.st_dev, found.st_ino) != place[:2]:
            self._refuse(section.path, "another directory has that name now", len(section.records))
            return False
        self._place = place
        return True

    def _records(self, section: Section, directory: int) -> None:
        """Put back what is in a directory. Here in one piece: an entry that is a mode, and as it was left."""
        ended, octal, device, proc = self.ended, self._octal, section.device, self._proc
        fd_of, look, set_mode, empty, number = os.open, os.fstat, mode_setter(), AT_EMPTY_PATH, FCHMODAT2
        dropped = self._dropped
        held: list[int] = []
        try:
            for record in reversed(section.records):
                if len(held) >= _STEP:
                    close_all(held)
                    self.progress.checkpoint()
                if record[0] == _MODE:
                    inode, before, after, name = record.split(b" ", 3)
                    try:
                        fd = fd_of(name, _PATH, dir_fd=directory)
                        held.append(fd)
                        now = look(fd)
                        if (
                            now.st_mode & 0o7777 == octal[after]
                            and now.st_ino == int(inode[1:])
                            and now.st_ctime_ns <= ended
                            and now.st_dev == device
                        ):
                            if set_mode(number, fd, b"", octal[before], empty):
                                os.chmod(str(fd), octal[before], dir_fd=proc)
                            if octal[before] & dropped:
                                self._count(section, name, fd, octal[before])
                            else:
                                self.done += 1
                            continue
                    except OSError:
                        pass  # done again with more care below, which tells it
                self._record(section, directory, record)
        finally:
            close_all(held)

    def _record(self, section: Section, directory: int, record: bytes) -> None:
        kind = record[:1]
        *fields, name = record[1:].split(b" ", _FIELDS[kind])
        origin = ""
        if kind in kept_operations.KINDS:
            name, origin = kept_operations.split(name)
            if origin and kept_operations.is_at(origin, section.device, int(fields[0])):
                self.already += 1
                return
        try:
            fd = os.open(name, _PATH, dir_fd=directory)
        except OSError as error:
            self._miss(_join(section, name), error)
            return
        try:
            now = os.fstat(fd)
            if now.st_ino != int(fields[0]) or now.st_dev != section.device or self._is_newer(fd, now):
                self._refuse(_join(section, name), "it was replaced by another file")
            elif kind in kept_operations.KINDS:
                target = Target(_join(section, name), FileId(section.device, now.st_ino))
                self._take_back(kind, target, fields, origin)
            elif kind == b"v":
                self._put_value(section, name, held_by(fd, _join(section, name)), fields)
            elif kind == b"m":
                self._put_mode(section, name, fd, now.st_mode & 0o7777, int(fields[1], 8), int(fields[2], 8))
            else:
                self._put_owner(section, name, fd, now, fields)
        except OSError as error:
            self.failed += 1
            path = _join(section, name)
            self.progress.fail(path, call_error(error, "os.chmod" if kind == b"m" else "os.chown", path))
        finally:
            os.close(fd)

    def _is_newer(self, fd: int, now: os.stat_result) -> bool:
        """Whether it was born after the change: then it got the inode number of a file that is no more."""
        if now.st_ctime_ns <= self.ended:
            return False
        extra = statx(fd)
        return extra is not None and extra.btime is not None and extra.btime > self.ended

    def _put_mode(self, section: Section, name: bytes, fd: int, now: int, before: int, after: int) -> None:
        if now == after:
            os.chmod(str(fd), before, dir_fd=self._proc)
            self._count(section, name, fd, before)
        elif now == before:
            self.already += 1
        else:
            self._differs(section, name, f"its mode is {now:04o} now, not {after:04o}")

    def _put_owner(self, section: Section, name: bytes, fd: int, now: os.stat_result, fields: list[bytes]) -> None:
        mode, new_mode = int(fields[1], 8), int(fields[4], 8)
        before, after = (int(fields[2]), int(fields[3])), (int(fields[5]), int(fields[6]))
        is_now = (stat.S_IMODE(now.st_mode), now.st_uid, now.st_gid)
        if is_now == (mode, *before):
            self.already += 1
            return
        if is_now != (new_mode, *after):
            self._differs(section, name, "its mode, owner or group were changed")
            return
        if before != after:
            os.chown(str(fd), *before, dir_fd=self._proc)
        if not stat.S_ISLNK(now.st_mode) and stat.S_IMODE(os.fstat(fd).st_mode) != mode:
            os.chmod(str(fd), mode, dir_fd=self._proc)
        if fields[7] != b"-":
            os.setxattr(f"/proc/self/fd/{fd}", CAPABILITY_ATTRIBUTE, bytes.fromhex(fields[7].decode()))
        self._count(section, name, fd, mode)

    def _count(self, section: Section, name: bytes, fd: int, mode: int) -> None:
        """One more is put back, unless the kernel has dropped setgid again, which it does not tell; see chmod(2)."""
        if mode & self._dropped and not os.fstat(fd).st_mode & stat.S_ISGID:
            self._short.add((section.inode, name))
            reason = "setgid does not come back, for we are not in its group"
            self._refuse(_join(section, name), reason, left="Put back, but")
        else:
            self.done += 1

    def _differs(self, section: Section, name: bytes, reason: str) -> None:
        """It is not as it was left: since, or by what was put back of it before this."""
        if (section.inode, name) not in self._short:
            self._refuse(_join(section, name), reason)

    def _put_value(self, section: Section, name: bytes, held: Held, fields: list[bytes]) -> None:
        value = Value(*(os.fsdecode(field) for field in fields[1:4]))
        try:
            with calls.recording(lambda call: None):  # the log gets one line for all
                done = held_values.put_back(held, value)
        except OSExplorerError as error:
            self.failed += 1
            self.progress.fail(held.path, error)
            return
        if done is None:
            self._refuse(held.path, f"it was changed since: {value.text} is not what is there")
        elif done:
            self.done += 1
        else:
            self.already += 1

    def _take_back(self, kind: bytes, target: Target, fields: list[bytes], origin: str) -> None:
        self.call = "os.rename"
        try:
            if kept_operations.take_back(kind, target, fields, origin):
                self.done += 1
        except Refused as error:
            self.refused += 1
            self.progress.fail(target.path, error)
        except CallError as error:
            self.failed += 1
            self.progress.fail(target.path, error)

    def _miss(self, path: str, error: OSError, count: int = 1) -> None:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            self._refuse(path, "it is not there any more", count)
        else:
            self.failed += count
            self.progress.fail(path, call_error(error, "os.open", path))

    def _refuse(self, path: str, reason: str, count: int = 1, left: str = "Left alone:") -> None:
        self.refused += count
        self.progress.fail(path, Refused(f"{left} {reason}"))


def _join(section: Section, name: bytes) -> str:
    return section.path if name == b"." else os.path.join(section.path, os.fsdecode(name))


def _open_directory(section: Section) -> int:
    """The directory of a section, reached name by name, no link followed, however long its path."""
    fd = os.open("/", _PATH | os.O_DIRECTORY)
    for name in section.path.split("/"):
        if name:
            try:
                below = os.open(name, _PATH | os.O_DIRECTORY, dir_fd=fd)
            finally:
                os.close(fd)
            fd = below
    return fd


def put_back(progress: Progress, path: str) -> PutBack:
    """Undo the change of which the journal is at `path`; what was refused or failed is told to `progress`.

    The journal is gone afterwards, unless something failed that may be tried again.

    Raises:
        Refused: it is no journal, or the change still goes on.
        CallError: the journal cannot be read or removed.
        Cancelled: the task was cancelled; the journal stays.
    """
    begin, started = time.perf_counter_ns(), time.time_ns()
    reader = Reader(path)
    undo = _Undo(progress, reader.ended)
    whole = False
    try:
        for section in reader.sections():
            undo.section(section)
        whole = True
    finally:
        undo.close()
        reader.close(undone=whole and not undo.failed, refused=bool(undo.refused))
        calls.record(
            undo.call,
            path,
            started=started,
            duration=time.perf_counter_ns() - begin,
            change=True,
            note=f"undone from this journal: {undo.done} entries put back, {undo.refused} refused",
        )
    return PutBack(undo.done, undo.already, undo.refused, undo.failed)
