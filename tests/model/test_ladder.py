"""Ladders of signals, and statuses taken apart."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.child_status import code_meaning, decoded
from osexplorer.model.errors import Refused
from osexplorer.model.ladder import DEFAULT_LADDER, Rung, Stopping, ladder_text, parse_ladder


def test_a_ladder_is_signals_and_seconds() -> None:
    ladder = parse_ladder("int 2, SIGTERM 0.5s , 9")
    assert ladder == (Rung(signal.SIGINT, 2), Rung(signal.SIGTERM, 0.5), Rung(signal.SIGKILL, 0))
    assert ladder_text(ladder) == "INT, 2 s later TERM, 0.5 s later KILL"
    assert parse_ladder(DEFAULT_LADDER)[-1].number == signal.SIGKILL


@pytest.mark.parametrize("text", ["", ",", "NOPE 3", "TERM, KILL", "TERM five, KILL", "0 3, KILL", "TERM 99999, KILL"])
def test_what_is_no_ladder_says_why(text: str) -> None:
    with pytest.raises(Refused):
        parse_ladder(text)


def test_progress_reads() -> None:
    assert Stopping(signal.SIGTERM, 3, 9_500_000_000).text(5_000_000_000) == "TERM, 3 left, 4s"
    assert Stopping(signal.SIGKILL, 1, 0).text(5) == "KILL, 1 left"


@given(st.integers(0, 0xFFFF))
def test_a_status_is_decoded_as_the_manual_does(status: int) -> None:
    facts = dict(decoded(status))
    assert facts["raw"].startswith(f"0x{status:04x}")
    assert ("WIFEXITED" in facts) == os.WIFEXITED(status)
    assert ("WIFSIGNALED" in facts) == os.WIFSIGNALED(status)
    assert ("WIFSTOPPED" in facts) == (os.WIFSTOPPED(status))
    if os.WIFEXITED(status):
        assert facts["WIFEXITED"].endswith(f" {os.WEXITSTATUS(status)}")
    if os.WIFSIGNALED(status):
        assert f"WTERMSIG {os.WTERMSIG(status)}," in facts["WIFSIGNALED"]
        assert facts["WCOREDUMP"].startswith("true") == os.WCOREDUMP(status)


def test_codes_with_a_meaning() -> None:
    assert "not found" in code_meaning(127)
    assert "SIGKILL" in code_meaning(137)
    assert code_meaning(3) == ""
