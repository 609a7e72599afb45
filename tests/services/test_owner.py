"""Changes of owner over the service, on real files as root."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from osexplorer.model.errors import Refused
from osexplorer.model.owner import CAPABILITY_ATTRIBUTE, Owner, falling
from tests.services.test_permissions import Given, given  # noqa: F401 - a fixture
from tests.unprivileged import NOBODY, needs_root

pytestmark = needs_root
NET_RAW = b"\x01\x00\x00\x02" + b"\x00\x20\x00\x00" + bytes(12)


def state(path: str) -> tuple[int, int, int, bytes | None]:
    found = os.lstat(path)
    capabilities = os.getxattr(path, CAPABILITY_ATTRIBUTE) if CAPABILITY_ATTRIBUTE in os.listxattr(path) else None
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode), capabilities


@pytest.mark.parametrize("mode", [0o6755, 0o6744, 0o4711, 0o2711, 0o755])
@pytest.mark.parametrize("keep", [False, True])
async def test_what_falls_is_foretold_and_undo_is_exact(given: Given, mode: int, keep: bool) -> None:  # noqa: F811
    path = given.file("program", mode)
    os.setxattr(path, CAPABILITY_ATTRIBUTE, NET_RAW)
    before = state(path)
    status = await given.permissions.inspect(path)
    told = falling(status)
    done = await given.permissions.set_owner([(path, status.id)], Owner(NOBODY, NOBODY), keep=keep)
    assert done.done == (path,)
    now = state(path)
    assert now[:2] == (NOBODY, NOBODY)
    if keep:
        assert now[2:] == before[2:]
    else:
        lost = before[2] & ~now[2]
        fell = [name for bit, name in ((stat.S_ISUID, "setuid"), (stat.S_ISGID, "setgid")) if lost & bit]
        assert told == (*fell, "capabilities")
        assert now[3] is None
    assert "put back" in await given.undo.undo()
    assert state(path) == before


async def test_a_link_is_changed_itself(given: Given) -> None:  # noqa: F811
    path = given.file("file")
    link = str(given.place / "link")
    os.symlink("file", link)
    status = await given.permissions.inspect(link)
    await given.permissions.set_owner([(link, status.id)], Owner(NOBODY))
    assert (os.lstat(link).st_uid, os.lstat(path).st_uid) == (NOBODY, 0)
    await given.undo.undo()
    assert os.lstat(link).st_uid == 0


async def test_undo_refuses_what_was_changed_since(given: Given) -> None:  # noqa: F811
    path = given.file("file")
    status = await given.permissions.inspect(path)
    await given.permissions.set_owner([(path, status.id)], Owner(NOBODY))
    os.chmod(path, 0o600)
    with pytest.raises(Refused, match="changed meanwhile"):
        await given.undo.undo()
    assert state(path)[:3] == (NOBODY, 0, 0o600)


async def test_another_file_of_that_name_is_left_alone(given: Given) -> None:  # noqa: F811
    path, other = given.file("file"), given.file("other")
    status = await given.permissions.inspect(path)
    os.rename(other, path)
    done = await given.permissions.set_owner([(path, status.id)], Owner(NOBODY))
    assert "replaced" in done.failures[0].reason
    assert os.stat(path).st_uid == 0
    assert not given.undo.feed.value


async def test_names_are_looked_up(given: Given) -> None:  # noqa: F811
    assert await given.permissions.owner_of("nobody:") == Owner(NOBODY, NOBODY)
    assert await given.permissions.owner_of(":root") == Owner(-1, 0)
    assert await given.permissions.owner_of("+12:+13") == Owner(12, 13)
    for text in ("no-such-user", ":no-such-group", "no-such:", "54321:"):
        with pytest.raises(Refused):
            await given.permissions.owner_of(text)
    assert any(user.name == "root" and user.id == 0 for user in await given.permissions.users())
    assert any(group.id == 0 for group in await given.permissions.groups())


async def test_what_cannot_be_put_back_at_once_still_leaves_a_way_back(
    given: Given,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = given.file("program", 0o4755)
    before = state(path)
    status = await given.permissions.inspect(path)

    def broken(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "chmod", broken)
        done = await given.permissions.set_owner([(path, status.id)], Owner(NOBODY, NOBODY), keep=True)
    assert "Owner and group are changed" in done.failures[0].reason
    assert "EIO" in done.failures[0].reason
    assert state(path)[:3] == (NOBODY, NOBODY, 0o755)
    await given.undo.undo()
    assert state(path) == before
