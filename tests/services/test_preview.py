"""Previews through the service: links hop by hop, and an end to a wait that nobody needs."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from osexplorer.model.preview import Hop, ItemsContent, NoContent, TextContent
from osexplorer.services.door import Door
from osexplorer.services.preview import Previews
from osexplorer.system import preview as system
from tests.waiting import until


async def test_a_chain_of_links_hop_by_hop(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "end").write_text("here")
    (tmp_path / "sub" / "b").symlink_to("end")
    (tmp_path / "a").symlink_to("sub/b")
    found = await Previews(Door()).look(str(tmp_path / "a"))
    assert found.hops == (Hop(f"{tmp_path}/a", "sub/b"), Hop(f"{tmp_path}/sub/b", "end"))
    assert isinstance(found.content, TextContent)


async def test_where_a_chain_breaks(tmp_path: Path) -> None:
    (tmp_path / "b").symlink_to("gone")
    (tmp_path / "a").symlink_to("b")
    found = await Previews(Door()).look(str(tmp_path / "a"))
    assert [hop.error for hop in found.hops] == ["", "nothing is there"]
    assert isinstance(found.content, NoContent)


async def test_a_circle_of_links(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    found = await Previews(Door()).look(str(tmp_path / "a"))
    assert found.hops[-1].error == "it leads back to itself"


async def test_a_link_to_a_directory(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x").touch()
    (tmp_path / "a").symlink_to("sub")
    found = await Previews(Door()).look(str(tmp_path / "a"))
    assert isinstance(found.content, ItemsContent)


async def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    found = await Previews(Door()).look(str(tmp_path / "none"))
    assert isinstance(found.content, NoContent)
    assert "ENOENT" in found.content.reason


async def test_the_reading_learns_that_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("x")
    begun, told = threading.Event(), threading.Event()

    def content(path: str, cancelled: Callable[[], bool], asked: bool) -> NoContent:
        begun.set()
        while not cancelled():
            os.sched_yield()
        told.set()
        return NoContent("")

    monkeypatch.setattr(system, "content", content)
    task = asyncio.create_task(Previews(Door()).look(str(tmp_path / "a")))
    await until(begun.is_set)
    task.cancel()
    await until(told.is_set)
