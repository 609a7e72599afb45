"""The list of signals, and what people type for one; compared with ``kill -l`` of the shell."""

from __future__ import annotations

import shutil
import signal
import subprocess

import pytest

from osexplorer.model.errors import Refused
from osexplorer.model.signals import DEFAULT, Action, parse_signal, signal_name, signals


def test_every_signal_of_the_platform_is_there_and_described() -> None:
    found = signals()
    assert [one.number for one in found] == sorted(map(int, signal.valid_signals()))
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.name.startswith("SIG")
        assert one.description
        assert parse_signal(one.name) == one.number
        assert parse_signal(one.short.lower()) == one.number
        assert parse_signal(str(one.number)) == one.number
        assert signal_name(one.number) == one.name
    assert [one.short for one in found if not one.catchable] == ["KILL", "STOP"]


def test_the_names_are_those_of_the_shell() -> None:
    if shutil.which("bash") is None:
        pytest.skip("needs bash")
    listed = subprocess.run(["bash", "-c", "kill -l"], capture_output=True, text=True, check=True).stdout.split()
    for number, name in zip(listed[::2], listed[1::2], strict=True):
        assert parse_signal(name) == int(number.rstrip(")"))


@pytest.mark.parametrize("text", ["TERM", "SIGTERM", "sigterm", " term ", "15"])
def test_spellings(text: str) -> None:
    assert parse_signal(text) == signal.SIGTERM == DEFAULT


@pytest.mark.parametrize("text", ["", "  ", "SIG", "NOPE", "-1", "999", "1.5", "٣", "RTMIN+99", "\x1b[31m", "9" * 4000])
def test_what_is_no_signal_is_refused_with_printable_words(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_signal(text)
    assert str(caught.value).isprintable()


def test_the_null_signal_and_aliases() -> None:
    assert parse_signal("0") == 0
    assert parse_signal("IOT") == signal.SIGABRT
    if hasattr(signal, "SIGRTMIN"):
        assert parse_signal("RTMIN+3") == signal.SIGRTMIN + 3
        assert parse_signal("sigrtmax-1") == signal.SIGRTMAX - 1
        assert signal_name(signal.SIGRTMIN + 3) == "SIGRTMIN+3"
    assert signal_name(999) == "signal 999"


def test_default_actions_are_what_a_process_does() -> None:
    """Each signal sent to a child that has arranged nothing: it ends, stops, or lives on, as the table says."""
    import os

    for one in signals():
        # `exec` from a shell, so that nothing of Python's own arrangements (it ignores PIPE) is inherited
        child = subprocess.Popen(
            ["sleep", "60"],
            restore_signals=True,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, []),
            process_group=0,  # whose parent is in another group of the session: in an orphaned one TSTP does nothing
        )
        os.kill(child.pid, one.number)
        if one.action in (Action.IGNORE, Action.CONTINUE):
            os.kill(child.pid, signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL, one.name
        elif one.action is Action.STOP:
            _, status = os.waitpid(child.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status), one.name
            child.kill()
            child.wait()
        else:
            assert child.wait() == -one.number, one.name
