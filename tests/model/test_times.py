"""Moments as people type them."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.errors import Refused
from osexplorer.model.times import NewTimes, Times, parse_time
from osexplorer.model.units import exact_time_text

NOW = 1_700_000_000_123_456_789
HOUR = 3600 * 10**9


@pytest.fixture
def vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        (" NOW ", NOW),
        ("-1h", NOW - HOUR),
        ("now -1h30min", NOW - HOUR * 3 // 2),
        ("+1.5d", NOW + 36 * HOUR),
        ("2 h ago", NOW - 2 * HOUR),
        ("@0", 0),
        ("@1.5", 1_500_000_000),
        ("@-1.5", -1_500_000_000),
        ("@1700000000.000000001", 1_700_000_000_000_000_001),
        ("2023-11-14T22:13:20.123456789Z", NOW),
        ("2023-11-14 23:13:20.123456789 +0100", NOW),
        ("2023-11-14 23:13:20,5+01:00", 1_700_000_000_500_000_000),
        ("1969-12-31T23:59:59.9Z", -100_000_000),
    ],
)
def test_moments(text: str, moment: int) -> None:
    assert parse_time(text, NOW) == moment


@pytest.mark.parametrize(
    "text", ["", "8", "yesterday-ish", "2023-13-01", "2023-02-30", "-1", "-1x", "@", "@99999999999999999999", "2023-11"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_time(text, NOW)


@pytest.mark.usefixtures("vienna")
def test_a_date_without_a_zone_is_local(tmp_path: object) -> None:
    assert parse_time("2023-11-14 23:13:20", NOW) == NOW - 123_456_789
    assert parse_time("2023-07-01", NOW) == parse_time("2023-06-30T22:00Z", NOW)


@pytest.mark.usefixtures("vienna")
@pytest.mark.skipif(shutil.which("date") is None, reason="needs date(1)")
@pytest.mark.parametrize("text", ["2024-02-29", "2026-03-29 01:59:59", "1955-01-01 12:00", "2026-10-25 04:30:01.25"])
def test_dates_are_those_of_date(text: str) -> None:
    done = subprocess.run(["date", "-d", text, "+%s%N"], capture_output=True, text=True, check=True)
    assert parse_time(text, NOW) == int(done.stdout)


@given(st.integers(-(10**18), 10**19))
def test_what_is_shown_can_be_typed(moment: int) -> None:
    assert parse_time(exact_time_text(moment), 0) == moment


@given(st.text(max_size=20))
def test_no_text_does_anything_but_parse_or_be_refused(text: str) -> None:
    try:
        parse_time(text, NOW)
    except Refused as error:
        assert str(error)


def test_a_time_that_is_not_named_is_left() -> None:
    assert NewTimes(mtime=5).after(Times(1, 2)) == Times(1, 5)
    assert NewTimes().after(Times(1, 2)) == Times(1, 2)


@pytest.mark.parametrize("text", ["@" + "9" * 5000, "+" + "9" * 5000 + "d", "9" * 5000])
def test_more_digits_than_python_reads_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="too long"):
        parse_time(text, NOW)
