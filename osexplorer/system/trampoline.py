"""The last steps of a launch, made by the child itself: `python -I -S trampoline.py FD`.

A fresh interpreter without threads reads what to do from descriptor FD, gives itself terminal, limits, user and
directory, and executes the program. Run as a file, so it imports nothing of this project, and nothing but what is
built into the interpreter: once the user has changed, a library may be out of reach.

The steps, in the order that is safe (credentials(7), CERT POS36-C): session and terminal; niceness and limits that
need privileges; umask; supplementary groups, group, user; a look whether all of that came true; no new privileges;
the directory, as the new user; the other limits; execve(2). What fails is told through a pipe that the program's
execution closes.
"""

from __future__ import annotations

import marshal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself takes as long to import as all the rest
    from collections.abc import Callable
    from typing import Any

if sys.platform != "win32":
    import posix

_DENIED = 1  # EPERM
_INVALID = 22  # EINVAL
_SKIPPED = (2, 20)  # ENOENT, ENOTDIR: the next directory of PATH may have it
_CLOSED = 13  # EACCES: so may it, but this is the error to tell when none has


class Failed(Exception):
    """A step failed.

    Attributes:
        step: the function's dotted name.
        errno: why.
        about: the path, or what was found instead.
    """

    def __init__(self, step: str, errno: int, about: bytes | str = "") -> None:
        super().__init__(step, errno, about)
        self.step, self.errno, self.about = step, errno, about


def become(spec: dict[str, Any]) -> None:
    """Turn this process into the program that `spec` describes. Returns never; raises :class:`Failed`."""
    if spec["no_new_privs"]:
        import ctypes  # noqa: F401 - as long as its files can be read
    if spec["terminal"]:
        _try("fcntl.ioctl", _take_terminal)
    if spec["foreground"]:
        _take_foreground()
    if spec["nice"] is not None:
        _try("os.setpriority", posix.setpriority, posix.PRIO_PROCESS, 0, spec["nice"])
    late = _raise_limits(spec["limits"])
    if spec["umask"] is not None:
        posix.umask(spec["umask"])
    if spec["ids"] is not None:
        _change_user(*spec["ids"])
    if spec["no_new_privs"]:
        _try("prctl", _no_new_privileges)
    if spec["cwd"] is not None:
        try:
            posix.chdir(spec["cwd"])
        except OSError as error:
            raise Failed("os.chdir", error.errno or 0, spec["cwd"]) from None
    _reset_signals()
    for number, soft, hard in late:
        _try("resource.setrlimit", _set_limit, number, soft, hard)
    _execute(spec["programs"], spec["argv"], spec["env"])


def _try(step: str, function: Callable[..., object], *arguments: object) -> None:
    try:
        function(*arguments)
    except OSError as error:
        raise Failed(step, error.errno or 0) from None
    except ValueError:  # resource's way to say EPERM or EINVAL
        raise Failed(step, _DENIED) from None


def _take_terminal() -> None:
    """Make standard input the controlling terminal of this session; see ioctl_tty(2)."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _take_foreground() -> None:
    """Have the terminal from the first moment on, as a shell's job has it, where the parent's group has it; see
    tcsetpgrp(3), which would stop a group in the background."""
    import _signal  # type: ignore[import-not-found] # signal without the enumerations

    try:
        if posix.tcgetpgrp(0) != posix.getpgid(posix.getppid()):
            return
    except OSError:  # no terminal
        return
    before = _signal.signal(_signal.SIGTTOU, _signal.SIG_IGN)
    _try("os.tcsetpgrp", posix.tcsetpgrp, 0, posix.getpgrp())
    _signal.signal(_signal.SIGTTOU, before)


def _set_limit(number: int, soft: int, hard: int) -> None:
    import resource

    resource.setrlimit(number, (soft, hard))


def _raise_limits(limits: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Set the limits that rise, which takes privileges, and that of processes, which the change of user looks at;
    returns the others, which would hinder this interpreter."""
    late = []
    for number, soft, hard in limits:
        import resource

        now = resource.getrlimit(number)[1]
        rises = now != resource.RLIM_INFINITY and (hard == resource.RLIM_INFINITY or hard > now)
        if rises or number == resource.RLIMIT_NPROC:
            _try("resource.setrlimit", _set_limit, number, soft, hard)
        else:
            late.append((number, soft, hard))
    return late


def _change_user(uid: int, gid: int, groups: tuple[int, ...]) -> None:
    _try("os.setgroups", posix.setgroups, list(groups))
    if hasattr(posix, "setresuid"):
        _try("os.setresgid", posix.setresgid, gid, gid, gid)
        _try("os.setresuid", posix.setresuid, uid, uid, uid)
    else:
        _try("os.setgid", posix.setgid, gid)  # for root these set the real and the saved ones as well
        _try("os.setuid", posix.setuid, uid)
    found = _identity()
    if found != ((uid,) * len(found[0]), (gid,) * len(found[1]), tuple(sorted(groups))):
        raise Failed("/proc/self/status", _DENIED, repr(found))
    if uid and _regains():
        raise Failed("os.setresuid", _DENIED, "root can be had back")


def _identity() -> tuple[tuple[int, ...], ...]:
    """User and group, each real, effective, saved and of the file system, and all groups: as the kernel tells them."""
    try:
        fd = posix.open("/proc/self/status", posix.O_RDONLY)
    except OSError:  # no /proc
        return (
            (posix.getuid(), posix.geteuid()),
            (posix.getgid(), posix.getegid()),
            tuple(sorted(posix.getgroups())),
        )
    text = b""
    while chunk := posix.read(fd, 65536):
        text += chunk
    posix.close(fd)
    told = {line.partition(b":")[0]: line.partition(b":")[2].split() for line in text.splitlines()}
    users, mains, groups = (tuple(map(int, told[name])) for name in (b"Uid", b"Gid", b"Groups"))
    return users, mains, tuple(sorted(groups))


def _regains() -> bool:
    """Whether this process can become root again."""
    try:
        posix.setuid(0)
    except OSError:
        return False
    return True


def _no_new_privileges() -> None:
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0):  # PR_SET_NO_NEW_PRIVS
        number = ctypes.get_errno()
        raise OSError(number, posix.strerror(number))


def _reset_signals() -> None:
    """Python ignores these two, and what is ignored stays so when a program is executed; see signal(7)."""
    import _signal

    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(_signal, name):
            _signal.signal(getattr(_signal, name), _signal.SIG_DFL)


def _execute(programs: list[bytes], argv: list[bytes], env: dict[bytes, bytes]) -> None:
    """Execute the first of `programs` that there is, as execvp(3) does, save that no shell is tried."""
    kept = Failed("os.execve", _SKIPPED[0], programs[-1] if len(programs) == 1 else b"")
    for program in programs:
        try:
            posix.execve(program, argv, env)
        except OSError as error:
            if error.errno == _CLOSED and len(programs) > 1:
                if kept.errno != _CLOSED:
                    kept = Failed("os.execve", _CLOSED, program)
            elif error.errno not in _SKIPPED or len(programs) == 1:
                raise Failed("os.execve", error.errno or 0, program) from None
    raise kept


def main() -> None:
    fd = int(sys.argv[1])
    data = b""
    while chunk := posix.read(fd, 1 << 20):
        data += chunk
    posix.close(fd)
    spec = marshal.loads(data)
    posix.set_inheritable(spec["status"], False)  # the program's execution closes it
    try:
        become(spec)
    except Failed as failed:
        posix.write(spec["status"], marshal.dumps((failed.step, failed.errno, failed.about)))
    except BaseException as error:  # noqa: BLE001 - told where it is looked for, not as the program's output and end
        posix.write(spec["status"], marshal.dumps(("trampoline", _INVALID, f"{type(error).__name__}: {error}")))
    posix._exit(127)


if __name__ == "__main__":
    main()
