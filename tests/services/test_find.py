"""Searches on real trees, against find(1) where it can say the same; their end, their bounds, their order."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from osexplorer.model.errors import CallError, Refused
from osexplorer.model.find import parse_query
from osexplorer.services import find as service
from osexplorer.services.door import Door
from osexplorer.services.find import Find, FindStatus
from osexplorer.system import find as system
from osexplorer.system import matching
from tests.unprivileged import as_nobody, open_place
from tests.waiting import until

__all__ = ["open_place"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "src" / "deep" / "er").mkdir(parents=True)
    (root / "void").mkdir()
    sizes = {"a.py": 10, "src/b.py": 2000, "src/deep/c.txt": 0, ".hidden": 5, "src/x\n\x1b\udcff": 1}
    for name, size in sizes.items():
        (root / name).write_bytes(b"x" * size)
    (root / "src" / "suid").touch(mode=0o755)
    (root / "src" / "suid").chmod(0o4755)
    (root / "open").touch()
    (root / "open").chmod(0o666)
    (root / "good").symlink_to("src")
    (root / "bad").symlink_to("nowhere")
    os.utime(root / "a.py", (1, 1))
    os.mkfifo(root / "src" / "pipe")
    return root


async def found(root: Path, text: str) -> list[str]:
    find = Find(Door())
    await find.search(str(root), parse_query(text))
    assert find.feed.value.status is FindStatus.DONE
    return sorted(find.found(index).path for index in range(len(find)))


@pytest.mark.skipif(shutil.which("find") is None, reason="needs find(1)")
@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("", []),
        ("*.py", ["-name", "*.py"]),
        ("!*.py", ["!", "-name", "*.py"]),
        ("kind:dir", ["-type", "d"]),
        ("!kind:dir", ["!", "-type", "d"]),
        ("kind:fifo,link", ["-type", "p,l"]),
        ("size>100B kind:file", ["-type", "f", "-size", "+100c"]),
        ("age>1y", ["-mtime", "+365"]),
        ("is:setuid", ["-perm", "-4000", "!", "-type", "l"]),
        ("is:world-writable", ["-perm", "-0002", "!", "-type", "l"]),
        ("mode:/022 !kind:link", ["-perm", "/022", "!", "-type", "l"]),
        ("is:empty", ["-empty"]),
        ("is:broken", ["-xtype", "l"]),
        ("depth<2", ["-maxdepth", "1"]),
        ("kind:link !is:broken", ["-type", "l", "!", "-xtype", "l"]),
    ],
)
async def test_it_finds_what_find_finds(tree: Path, text: str, arguments: list[str]) -> None:
    command = ["find", ".", "-mindepth", "1", *arguments, "-print0"]
    if "-maxdepth" in arguments:
        command = ["find", ".", "-maxdepth", "1", "-mindepth", "1", "-print0"]
    out = subprocess.run(command, cwd=tree, capture_output=True, check=False).stdout
    assert await found(tree, text) == sorted(os.fsdecode(path[2:]) for path in out.split(b"\0") if path)


async def test_links_are_not_followed(tree: Path) -> None:
    assert not [path for path in await found(tree, "") if path.startswith(("good/", "round/"))]
    (tree / "up").symlink_to("..")
    (tree / "round").symlink_to("round")
    assert await found(tree, "is:broken") == ["bad", "round"]
    assert await found(tree, "b.py") == ["src/b.py"]


async def test_owners(tree: Path) -> None:
    assert "a.py" in await found(tree, f"owner:{os.getuid()}")
    with pytest.raises(Refused, match="no user 'nobody-at-all'"):
        await found(tree, "owner:nobody-at-all")
    with pytest.raises(CallError, match="ENOENT"):
        await found(tree / "none", "")


def test_what_cannot_be_read_is_collected(open_place: Path) -> None:
    (open_place / "closed" / "x").mkdir(parents=True)
    (open_place / "file").touch()
    (open_place / "closed").chmod(0)
    *_, last = steps = as_nobody(lambda: list(system.find(str(open_place), parse_query(""))))
    failures = [failure for step in steps for failure in step.failures]
    assert [failure.path for failure in failures] == [str(open_place / "closed")]
    assert failures[0].reason.startswith("EACCES")
    assert {one.path for step in steps for one in step.found} == {"closed", "file"}
    assert (last.directories, last.entries) == (1, 2)
    (open_place / "closed").chmod(0o700)


async def test_a_search_streams_and_can_be_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "INTERVAL", 0.0)
    for at in range(40):
        (tmp_path / str(at)).mkdir()
        for inner in range(200):
            (tmp_path / str(at) / str(inner)).touch()
    find = Find(Door())
    searching = asyncio.create_task(find.search(str(tmp_path), parse_query("")))
    await until(lambda: len(find) > 0)
    assert find.feed.value.status is FindStatus.RUNNING
    assert find.stop()
    await searching
    assert find.feed.value.status is FindStatus.STOPPED
    assert 0 < len(find) < 8040
    assert not find.stop()


async def test_too_much_ends_it(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST", 3)
    find = Find(Door())
    await find.search(str(tree), parse_query(""))
    assert (len(find), find.feed.value.status) == (3, FindStatus.FULL)


async def test_order_and_filter(tree: Path) -> None:
    find = Find(Door())
    await find.search(str(tree), parse_query("kind:file"))
    find.sort("size", True)
    await until(lambda: len(find) and find.found(0).path == "src/b.py")
    key = find.key(0)
    find.filter("a.p")
    await until(lambda: len(find) == 1)
    assert (find.found(0).path, find.index(key)) == ("a.py", None)
    find.filter("")
    find.sort("path", False)
    await until(lambda: len(find) == find.feed.value.found and find.found(0).path == ".hidden")
    index = find.index(key)
    assert index is not None
    assert find.found(index).path == "src/b.py"
    assert find.path_of(key) == str(tree / "src" / "b.py")


async def test_a_new_search_gives_up_the_old_one(tree: Path) -> None:
    find = Find(Door())
    first = asyncio.create_task(find.search("/", parse_query("x")))
    await until(lambda: find.feed.value.root == "/")
    await find.search(str(tree), parse_query("*.py"))
    await first
    state = find.feed.value
    assert (state.root, state.status, state.found) == (str(tree), FindStatus.DONE, 2)
    assert find.history == ["x", "*.py"]


async def test_an_expression_that_would_hold_everything_is_refused_and_the_loop_lives(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "PATIENCE", 0.2)
    (tree / ("a" * 60 + "b")).touch()
    find = Find(Door())
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0)
            beats += 1

    heart = asyncio.create_task(beat())
    with pytest.raises(Refused, match="takes too long"):
        await find.search(str(tree), parse_query("/^(a+)+$/"))
    heart.cancel()
    assert beats > 100
    assert find.feed.value.status is FindStatus.FAILED
    assert "takes too long" in find.feed.value.error


async def test_a_search_that_is_held_by_an_expression_can_be_stopped(tree: Path) -> None:
    (tree / ("a" * 60 + "b")).touch()
    find = Find(Door())
    searching = asyncio.create_task(find.search(str(tree), parse_query("/^(a+)+$/")))
    await until(lambda: find.feed.value.entries > 0)
    assert find.stop()
    await searching
    assert find.feed.value.status is FindStatus.STOPPED


@pytest.mark.parametrize("text", ["/^[a-b]+.*[.]p+y/", "!/^[a-b]+.*[.]p+y/ kind:file", "/[.]+(py|txt)/ !a size>1B"])
async def test_an_expression_finds_what_re_finds(tree: Path, text: str) -> None:
    query = parse_query(text)
    assert query.of("expression")
    quick = re.compile(text.split("/")[1])
    everything = await found(tree, "kind:file !a size>1B" if " !a" in text else "kind:file" if "kind" in text else "")
    turned = text.startswith("!")
    named = [path for path in everything if (quick.search(os.path.basename(path)) is None) is turned]
    assert await found(tree, text) == named
    assert named
