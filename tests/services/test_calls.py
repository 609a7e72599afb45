"""The call log: in order, bounded, reads never push out changes."""

from __future__ import annotations

import errno

from osexplorer.model.calls import Call
from osexplorer.services.calls import CallLog


def call(name: str, *, change: bool = True, number: int = 0) -> Call:
    return Call(name, (), (), None, number, "", 0, 0, change)


def names(log: CallLog, reads: bool = False) -> list[str]:
    return [each.function for each in log.calls(reads)]


def test_calls_get_serials_and_the_feed_tells_the_newest() -> None:
    log = CallLog()
    assert log.feed.value == 0
    assert log.add(call("a")).serial == 1
    assert log.add(call("b", change=False)).serial == 2
    assert log.feed.value == 1  # of changes and failures, unless somebody shows the reads too
    log.tells_reads = True
    assert log.add(call("c", change=False)).serial == 3
    assert log.feed.value == 3
    assert [each.serial for each in log.calls(reads=True)] == [1, 2, 3]


def test_successful_reads_are_shown_on_demand_in_their_places() -> None:
    log = CallLog()
    for made in (
        call("change"),
        call("read", change=False),
        call("failed read", change=False, number=errno.ENOENT),
        call("failed change", number=errno.EPERM),
        call("last read", change=False),
    ):
        log.add(made)
    assert names(log) == ["change", "failed read", "failed change"]
    assert names(log, reads=True) == ["change", "read", "failed read", "failed change", "last read"]


def test_a_flood_of_reads_does_not_push_out_changes() -> None:
    log = CallLog(keep=3, keep_reads=2)
    log.add(call("change"))
    for number in range(100):
        log.add(call(f"read {number}", change=False))
    assert names(log, reads=True) == ["change", "read 98", "read 99"]


def test_the_oldest_changes_go_first() -> None:
    log = CallLog(keep=3)
    for number in range(10):
        log.add(call(str(number)))
    assert names(log) == ["7", "8", "9"]
    assert log.calls()[-1].serial == 10


def test_since_is_the_end_of_the_list() -> None:
    log = CallLog(keep=5, keep_reads=4)
    for number in range(30):
        log.add(call(str(number), change=number % 3 > 0))
    for reads in (False, True):
        for serial in range(32):
            assert log.since(serial, reads) == [each for each in log.calls(reads) if each.serial > serial]


def test_the_list_is_the_callers_own() -> None:
    log = CallLog()
    log.add(call("a"))
    log.calls().clear()
    assert names(log) == ["a"]
