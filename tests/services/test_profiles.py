"""Environments that have a name: what is kept of them, and how they become the variables again."""

from __future__ import annotations

from pathlib import Path

import pytest

from osexplorer.model.environment import Limits, Variables
from osexplorer.model.errors import Refused
from osexplorer.model.profiles import Profile, from_json, profile_of, to_json
from osexplorer.services.door import Door
from osexplorer.services.environment import Environment
from osexplorer.services.profiles import Profiles
from osexplorer.services.undo import Undo

LIMITS = Limits(1 << 17, 1 << 21)
STARTED = {"HOME": "/root", "LANG": "C", "PAGER": "less"}
NOW = {"HOME": "/root", "LANG": "de\udcff", "NEW": "a b"}


def test_only_what_differs_is_kept() -> None:
    profile = profile_of("x", Variables(NOW, STARTED, LIMITS))
    assert profile.changes == {"LANG": "de\udcff", "NEW": "a b", "PAGER": None}
    assert profile.variables(STARTED) == NOW
    assert profile.variables({"OTHER": "1"}) == {"OTHER": "1", "LANG": "de\udcff", "NEW": "a b"}
    assert from_json(to_json(profile)) == profile


@pytest.mark.parametrize("changes", [{"A": 1}, {"A=B": "x"}, {"": "x"}, {"A": "x\0y"}, ["A"], None])
def test_what_no_program_can_be_given_is_no_profile(changes: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        from_json({"key": "x", "changes": changes})


async def test_they_are_kept_by_name_for_the_owner_only(tmp_path: Path) -> None:
    profiles = Profiles(Door(), str(tmp_path))
    assert await profiles.read() == ()
    await profiles.save(" work ", Variables(NOW, STARTED, LIMITS))
    await profiles.save("plain", Variables({}, {"A": "1"}, LIMITS))
    other = Profiles(Door(), str(tmp_path))
    assert [name for name, _ in await other.read()] == ["plain", "work"]
    assert dict(other.feed.value)["work"].variables(STARTED) == NOW
    assert (tmp_path / "profiles.jsonl").stat().st_mode & 0o777 == 0o600
    await other.remove("plain")
    assert [name for name, _ in await profiles.read()] == ["work"]
    with pytest.raises(Refused, match="name"):
        await profiles.save(" ", Variables(NOW, STARTED, LIMITS))
    with pytest.raises(Refused, match="No variable is altered"):
        await profiles.save("same", Variables(STARTED, STARTED, LIMITS))


async def test_the_variables_become_those_of_a_profile_and_are_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"KIDS_KEPT": "1", "KIDS_GONE": "2", "KIDS_OTHER": "3"}.items():
        monkeypatch.setenv(name, value)
    undo = Undo()
    environment = Environment(Door(), undo)
    before = environment.for_child()
    profile = Profile("x", {"KIDS_GONE": None, "KIDS_OTHER": "4", "KIDS_NEW": "5"})
    await environment.become(profile.variables(before), profile.name)
    assert environment.for_child() == {
        **{name: value for name, value in before.items() if name != "KIDS_GONE"},
        "KIDS_OTHER": "4",
        "KIDS_NEW": "5",
    }
    await undo.undo()
    assert environment.for_child() == before
    with pytest.raises(Refused):
        await environment.become({**before, "A": "\0"}, "bad")
    assert environment.for_child() == before
