"""What can be said about a launch: limits, masks and times as people type them, and what fits together."""

from __future__ import annotations

import pytest

from osexplorer.model.command_line import command_of
from osexplorer.model.errors import Refused
from osexplorer.model.launch import (
    Launch,
    Limit,
    Place,
    limit_words,
    parse_limit,
    parse_limits,
    parse_nice,
    parse_seconds,
    parse_umask,
)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("nofile=256", Limit("nofile", 256, 256)),
        ("nofile=256:1024", Limit("nofile", 256, 1024)),
        ("AS=2G", Limit("as", 2 << 30, 2 << 30)),
        ("RLIMIT_DATA=3MiB", Limit("data", 3 << 20, 3 << 20)),
        ("core=unlimited", Limit("core", None, None)),
        ("cpu=1:infinity", Limit("cpu", 1, None)),
    ],
)
def test_a_limit_as_prlimit_takes_it(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit
    assert parse_limit(str(limit)) == limit


@pytest.mark.parametrize(
    "text", ["", "files=3", "nofile", "nofile=", "nofile=-1", "nofile=1.5", "cpu=2:1", "cpu=unlimited:3"]
)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(Refused):
        parse_limit(text)


def test_several_limits_and_back() -> None:
    limits = parse_limits("nofile=256:1024, as=2G  core=unlimited")
    assert [limit.name for limit in limits] == ["nofile", "as", "core"]
    assert parse_limits(limit_words(limits)) == limits
    assert parse_limits(" ") == ()
    with pytest.raises(Refused, match="twice"):
        parse_limits("cpu=1 cpu=2")


def test_masks_niceness_and_times() -> None:
    assert [parse_umask(text) for text in ("022", "0o77", "7", " 0000 ")] == [0o22, 0o77, 7, 0]
    assert [parse_nice(text) for text in ("-20", "19", " 0")] == [-20, 19, 0]
    assert [parse_seconds(text) for text in ("10", "1.5", ".5s", "2m", "1h", "1d")] == [10, 1.5, 0.5, 120, 3600, 86400]
    for parse, texts in (
        (parse_umask, ("8", "1000", "", "u=rwx", "-1")),
        (parse_nice, ("20", "-21", "", "x")),
        (parse_seconds, ("0", "-1", "", "x", "1w", "1e9")),
    ):
        for text in texts:
            with pytest.raises(Refused):
                parse(text)


@pytest.mark.parametrize(
    ("launch", "leads"),
    [
        (Launch(command_of(["x"])), True),
        (Launch(command_of(["x"]), place=Place.FOREGROUND), False),
        (Launch(command_of(["x"]), place=Place.FOREGROUND, user="nobody"), True),
        (Launch(command_of(["x"]), place=Place.FOREGROUND, groups=()), True),
        (Launch(command_of(["x"]), place=Place.REPLACE, user="nobody"), False),
    ],
)
def test_somebody_else_never_shares_our_session(launch: Launch, leads: bool) -> None:
    assert launch.leads is leads
