"""The error tree: the same errno, the right class, an honest hint."""

from __future__ import annotations

import errno
import os
import pickle

import pytest

from osexplorer.model import errors
from osexplorer.model.errnos import all_errnos, find_errnos
from osexplorer.model.errors import CallError, OSExplorerError, call_error, errno_hint, errno_name


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOENT, errors.NotFound),
        (errno.ESRCH, errors.Gone),
        (errno.ECHILD, errors.Gone),
        (errno.EEXIST, errors.Exists),
        (errno.EACCES, errors.Denied),
        (errno.EPERM, errors.Denied),
        (errno.EROFS, errors.Denied),
        (errno.ENOTDIR, errors.WrongKind),
        (errno.ENOTEMPTY, errors.WrongKind),
        (errno.ENOSPC, errors.NoSpace),
        (errno.EMFILE, errors.Exhausted),
        (errno.EIO, errors.Unavailable),
        (errno.ENOTSUP, errors.Unsupported),
        (errno.ENAMETOOLONG, CallError),
    ],
)
def test_an_errno_has_its_class(number: int, kind: type[CallError]) -> None:
    error = call_error(OSError(number, os.strerror(number), "/x"), "os.chmod")
    assert type(error) is kind
    assert error.errno == number
    assert error.code == errno.errorcode[number]
    assert error.path == "/x"
    assert isinstance(error, OSError)
    assert isinstance(error, OSExplorerError)


def test_a_real_failure_keeps_errno_and_text() -> None:
    try:
        os.chmod("/nonexistent/\x1b[31m", 0o644)
    except OSError as real:
        error = call_error(real, "os.chmod")
    assert error.errno == errno.ENOENT
    assert error.strerror == "No such file or directory"
    assert str(error).startswith("os.chmod /nonexistent/\\x1b[31m: ENOENT (No such file or directory). Look at")
    assert str(error).isprintable()


def test_path_call_and_hint_of_the_caller_win() -> None:
    error = call_error(OSError(errno.EPERM, "no", "/proc/self/fd/7"), "os.chown", b"/a\xff", "ask the owner")
    assert error.path == "/a\udcff"
    assert str(error) == "os.chown /a\\xff: EPERM (no). ask the owner"
    assert call_error(OSError(errno.EPERM, "no"), "os.kill", hint="").hint == ""


def test_a_translated_error_is_left_as_it_is() -> None:
    error = call_error(OSError(errno.EPERM, "no"), "os.kill")
    assert call_error(error, "os.other", "/elsewhere") is error


def test_an_error_without_errno_is_not_lost() -> None:
    error = call_error(OSError("odd"), "os.chmod")
    assert error.code == "errno 0"
    assert "odd" in str(error)


def test_an_error_survives_a_process_border() -> None:
    error = call_error(OSError(errno.EACCES, "Permission denied"), "os.chmod", "/x")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.path) == (errors.Denied, str(error), "/x")


FILES_AND_PROCESSES = (
    *("E2BIG", "EACCES", "EAGAIN", "EBADF", "EBUSY", "ECHILD", "ECONNREFUSED", "EDEADLK", "EDQUOT", "EEXIST"),
    *("EFAULT", "EFBIG", "EHOSTDOWN", "EINTR", "EINVAL", "EIO", "EISDIR", "ELOOP", "EMFILE", "EMLINK"),
    *("ENAMETOOLONG", "ENFILE", "ENODEV", "ENOENT", "ENOEXEC", "ENOLCK", "ENOMEM", "ENOSPC", "ENOSYS", "ENOTCONN"),
    *("ENOTDIR", "ENOTEMPTY", "ENOTSUP", "ENOTTY", "ENXIO", "EOVERFLOW", "EPERM", "EPIPE", "ERANGE", "EROFS"),
    *("ESPIPE", "ESRCH", "ESTALE", "ETIMEDOUT", "ETXTBSY", "EXDEV", "EILSEQ", "ECANCELED"),
)


@pytest.mark.parametrize("name", FILES_AND_PROCESSES)
def test_errnos_of_files_and_processes_have_a_hint(name: str) -> None:
    hint = errno_hint(getattr(errno, name))
    assert hint
    assert hint[0].isupper()
    assert not hint.endswith(".")  # a full stop is set where the hint is shown


def test_names() -> None:
    assert errno_name(2) == "ENOENT"
    assert errno_name(99999) == "errno 99999"
    assert errno_hint(99999) == ""


def test_every_errno_is_listed_once_with_the_systems_text() -> None:
    listed = all_errnos()
    assert [each.number for each in listed] == sorted(errno.errorcode)
    assert all(each.text == os.strerror(each.number) for each in listed)
    eagain = next(each for each in listed if each.number == errno.EAGAIN)
    assert eagain.kind == "Exhausted"
    assert {eagain.name, *eagain.also} >= {"EAGAIN", "EWOULDBLOCK"}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("2", ["ENOENT"]),
        ("ENOENT", ["ENOENT"]),
        ("enoent", ["ENOENT"]),
        ("EWOULDBLOCK", [errno.errorcode[errno.EWOULDBLOCK]]),
        ("no space left", ["ENOSPC"]),
        ("99999", []),
        ("no such thing at all", []),
        ("²", []),
    ],
)
def test_finding(wanted: str, names: list[str]) -> None:
    assert [each.name for each in find_errnos(wanted)] == names
