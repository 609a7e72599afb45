"""Launches that have a name."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from osexplorer.model.command_line import parse_command
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch, Limit, Place, Source, Target
from osexplorer.model.launch_record import options_json, with_options
from osexplorer.services.door import Door
from osexplorer.services.templates import Templates

FULL = Launch(
    parse_command("make -j4 | tee 'a b'"),
    cwd="/src/\udcff",
    environment={"SECRET": "x"},
    umask=0o27,
    user="nobody",
    group="nogroup",
    groups=("a", "b"),
    nice=5,
    limits=(Limit("nofile", 256, None),),
    no_new_privs=True,
    source=Source.FILE,
    source_file="/in",
    target=Target.BOTH,
    target_file="/out",
    place=Place.BACKGROUND,
    timeout=1.5,
    restarts=3,
    watched=("/a", "/b"),
)


def test_a_launch_comes_back_whole_but_for_its_variables() -> None:
    plain = Launch(FULL.command, cwd=FULL.cwd, environment={"A": "b"}, umask=FULL.umask)
    options = json.loads(json.dumps(options_json(FULL)))
    back = with_options(plain, options)
    assert back.environment == {"A": "b"}
    assert options_json(back) == options_json(FULL)
    assert (back.limits, back.groups, back.target, back.watched) == (
        FULL.limits,
        FULL.groups,
        FULL.target,
        FULL.watched,
    )
    assert options_json(Launch(FULL.command)) == {}


@pytest.mark.parametrize("options", [{"place": "moon"}, {"terminal": "yes"}, {"limits": [1]}, {"groups": 3}])
def test_options_of_another_kind_are_refused(options: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        with_options(FULL, options)


async def test_templates_are_kept_by_name(tmp_path: Path) -> None:
    templates = Templates(Door(), str(tmp_path))
    assert await templates.read() == ()
    await templates.save(" build ", FULL)
    await templates.save("all", Launch(parse_command("true")))
    other = Templates(Door(), str(tmp_path))
    found = dict(await other.read())
    assert list(found) == ["all", "build"]
    launch = found["build"].launch({"A": "b"})
    assert (launch.command, launch.cwd, launch.umask, launch.timeout) == (FULL.command, FULL.cwd, FULL.umask, 1.5)
    assert "SECRET" not in (tmp_path / "templates.jsonl").read_text()
    await other.save("build", Launch(parse_command("make")))
    assert dict(await templates.read())["build"].command.line == "make"
    await templates.remove("all")
    assert [name for name, _ in templates.feed.value] == ["build"]
    for name in ("", "  "):
        with pytest.raises(Refused, match="name"):
            await templates.save(name, FULL)


async def test_two_runs_lose_nothing_of_each_other(tmp_path: Path) -> None:
    runs = [Templates(Door(), str(tmp_path)) for _ in range(4)]
    await asyncio.gather(*(run.save(f"{at}", FULL) for at, run in enumerate(runs)))
    assert [name for name, _ in await runs[0].read()] == ["0", "1", "2", "3"]
