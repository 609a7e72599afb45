"""Questions over the service, and a remedy that is made and taken back."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.remedies import Remedy
from osexplorer.model.why import Question
from osexplorer.services.session import Session
from tests.system.oracle import IMMUTABLE, set_flags
from tests.unprivileged import NOBODY, needs_root, open_place

__all__ = ["open_place"]


async def test_what_we_may_ourselves(tmp_path: Path) -> None:
    why = Session().why
    answer = await why.ask(str(tmp_path), Question.WRITE)
    assert answer.allowed
    assert answer.agrees
    assert answer.attempt is not None
    assert answer.steps[0].path == "/"


async def test_nobody_is_asked_about_who_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no user named"):
        await Session().why.ask(str(tmp_path), Question.READ, user="no-such-user")
    with pytest.raises(Refused, match="no group named"):
        await Session().why.ask(str(tmp_path), Question.READ, groups=("no-such-group",))


@needs_root
async def test_every_remedy_helps_and_the_one_made_here_is_undone(open_place: Path) -> None:
    session = Session()
    (open_place / "closed").mkdir(mode=0o700)
    file = open_place / "closed" / "file"
    file.touch(mode=0o600)
    answer = await session.why.ask(str(file), Question.READ, user="nobody")
    assert answer.agrees
    offered = [next(one for one in step.remedies if one.change) for step in answer.steps if not step.allowed]
    assert len(offered) == 2
    for remedy in offered:
        await session.why.apply(remedy)
    after = await session.why.ask(str(file), Question.READ, user="nobody")
    assert (after.allowed, after.agrees) == (True, True)
    await session.undo.undo()
    await session.undo.undo()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (await session.why.ask(str(file), Question.READ, user="nobody")).allowed is False


@needs_root
async def test_an_acl_that_is_offered_helps(open_place: Path) -> None:
    session = Session()
    file = open_place / "it's a file"
    file.touch(mode=0o600)
    answer = await session.why.ask(str(file), Question.READ, user="nobody")
    assert answer.decisive is not None
    remedy = answer.decisive.remedies[0]
    if subprocess.run(["sh", "-c", remedy.command], capture_output=True).returncode:
        pytest.skip("no setfacl, or no ACLs here")
    after = await session.why.ask(str(file), Question.READ, user="nobody")
    assert (after.allowed, after.agrees) == (True, True)
    assert "its ACL names nobody" in after.steps[-1].rule


@needs_root
async def test_an_acl_or_a_flag_is_changed_from_here_and_undone(open_place: Path) -> None:
    session = Session()
    file = open_place / "file"
    file.touch(mode=0o600)
    answer = await session.why.ask(str(file), Question.READ, user="nobody")
    assert answer.decisive is not None
    remedy = answer.decisive.remedies[0]
    assert remedy.acl == f"u:{NOBODY}:r--"
    try:
        await session.why.apply(remedy)
    except OSExplorerError as error:
        pytest.skip(f"no ACLs here: {error}")
    after = await session.why.ask(str(file), Question.READ, user="nobody")
    assert (after.allowed, after.agrees) == (True, True)
    await session.undo.undo()
    assert (await session.why.ask(str(file), Question.READ, user="nobody")).allowed is False
    try:
        set_flags(str(file), IMMUTABLE)
    except OSError as error:
        pytest.skip(f"no flags here: {error}")
    try:
        denied = (await session.why.ask(str(file), Question.WRITE)).decisive
        assert denied is not None
        await session.why.apply(denied.remedies[0])
        assert (await session.why.ask(str(file), Question.WRITE)).allowed
        await session.undo.undo()
        assert (await session.why.ask(str(file), Question.WRITE)).allowed is False
    finally:
        set_flags(str(file), 0)


async def test_a_change_of_another_kind_is_refused() -> None:
    with pytest.raises(Refused, match="in a shell: mount"):
        await Session().why.apply(Remedy("mounts it for writing", "mount -o remount,rw /x"))


@needs_root
async def test_a_file_that_was_replaced_since_is_not_changed(open_place: Path) -> None:
    session = Session()
    file = open_place / "file"
    file.touch(mode=0o600)
    answer = await session.why.ask(str(file), Question.READ, user="nobody")
    assert answer.decisive is not None
    os.rename(file, open_place / "aside")
    file.touch(mode=0o600)
    for remedy in answer.decisive.remedies:
        with pytest.raises(Refused):
            await session.why.apply(remedy)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@needs_root
async def test_a_further_group_counts(open_place: Path) -> None:
    file = open_place / "file"
    file.touch(mode=0o640)
    os.chown(file, 0, 4321)
    why = Session().why
    assert (await why.ask(str(file), Question.READ, user="nobody")).allowed is False
    answer = await why.ask(str(file), Question.READ, user="nobody", groups=("4321",))
    assert (answer.allowed, answer.agrees) == (True, True)
