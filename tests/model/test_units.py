"""Sizes, durations and times as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.units import (
    count_text,
    duration_text,
    exact_time_text,
    latency_text,
    plural,
    size_text,
    time_text,
)

_POWERS = {unit: 1024**power for power, unit in enumerate("BKMGTPE")}
NANOSECONDS = st.integers(-(2**80), 2**80)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (999, "999B"),
        (1000, "1.0K"),
        (1023, "1.0K"),
        (1024, "1.0K"),
        (1536, "1.5K"),
        (10 * 1024 - 1, "10K"),
        (1023 * 1024, "1.0M"),
        (1024**2, "1.0M"),
        (12 * 1024**2, "12M"),
        (5 * 1024**4, "5.0T"),
        (2**63 - 1, "8.0E"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


@given(st.integers(0, 2**64))
def test_a_size_is_short_and_within_a_twentieth(size: int) -> None:
    text = size_text(size)
    assert len(text) <= 5
    shown = float(text[:-1]) * _POWERS[text[-1]]
    assert abs(shown - size) <= 0.05 * max(size, 1)


@given(st.integers(0, 2**64), st.integers(0, 2**64))
def test_a_larger_size_never_reads_smaller(one: int, other: int) -> None:
    less, more = sorted((one, other))
    read = [float(text[:-1]) * _POWERS[text[-1]] for text in (size_text(less), size_text(more))]
    assert read[0] <= read[1]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1.0, "0.00s"),
        (0.0, "0.00s"),
        (0.424, "0.42s"),
        (9.994, "9.99s"),
        (9.996, "10.0s"),
        (12.34, "12.3s"),
        (59.94, "59.9s"),
        (59.96, "1m00s"),
        (247, "4m07s"),
        (3599.6, "1h00m"),
        (11100, "3h05m"),
        (86399.7, "1d00h"),
        (12 * 86400 + 3 * 3600 + 59, "12d03h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@given(st.floats(0, 999 * 86400.0))
def test_a_duration_is_at_most_seven_characters(seconds: float) -> None:
    assert len(duration_text(seconds)) <= 7


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (-5, "0ns"),
        (0, "0ns"),
        (999, "999ns"),
        (1000, "1.00µs"),
        (9_996, "10.0µs"),
        (99_951, "100µs"),
        (999_499, "999µs"),
        (999_500, "1.00ms"),
        (4_560_000, "4.56ms"),
        (999_500_000, "1.0s"),
        (2_540_000_000, "2.5s"),
        (123_000_000_000, "123s"),
    ],
)
def test_latencies(nanoseconds: int, text: str) -> None:
    assert latency_text(nanoseconds) == text


@given(st.integers(0, 99_000 * 10**9))
def test_a_latency_is_at_most_six_characters(nanoseconds: int) -> None:
    assert len(latency_text(nanoseconds)) <= 6


def test_times() -> None:
    assert time_text(0) == "1970-01-01 00:00"
    assert exact_time_text(1_700_000_000_123_456_789) == "2023-11-14 22:13:20.123456789 +0000"
    assert exact_time_text(-1) == "1969-12-31 23:59:59.999999999 +0000"


@given(NANOSECONDS)
def test_any_time_of_a_damaged_inode_has_a_text(nanoseconds: int) -> None:
    assert time_text(nanoseconds).isprintable()
    assert exact_time_text(nanoseconds).isprintable()


def test_one_and_several() -> None:
    assert [count_text(count, "file") for count in (0, 1, 2, 1204)] == ["0 files", "1 file", "2 files", "1,204 files"]
    assert count_text(1, "entry", "entries") == "1 entry"
    assert count_text(2, "task is", "tasks are") == "2 tasks are"
    assert [plural(count, "it", "them") for count in (1, 3)] == ["it", "them"]
