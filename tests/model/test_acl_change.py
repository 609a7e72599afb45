"""ACLs change as setfacl changes them, and are refused where it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from osexplorer.model.acl import parse_acl
from osexplorer.model.acl_change import Acls, Step, acl_of_mode, apply_steps, parse_acl_change
from osexplorer.model.attribute_names import ACL_ATTRIBUTE, DEFAULT_ACL_ATTRIBUTE
from osexplorer.model.errors import Refused

PERMISSIONS = st.one_of(st.text("rwxX-", min_size=1, max_size=3), st.sampled_from("01234567"))
IDS = st.sampled_from(["0", "1", "12", "65534", "4000000000"])
WHO = st.one_of(
    st.sampled_from(["u:", "g:", "m:", "o:", "user:", "mask:"]),
    IDS.map("u:{}".format),
    IDS.map("g:{}".format),
    IDS.map("group:{}".format),
)
DEFAULT = st.sampled_from(["", "", "d:", "default:"])
SET = st.tuples(DEFAULT, WHO, PERMISSIONS).map(lambda parts: f"{parts[0]}{parts[1]}:{parts[2]}")
REMOVE = st.tuples(DEFAULT, WHO).map(lambda parts: f"-{parts[0]}{parts[1].rstrip(':')}")
CHANGES = st.lists(st.one_of(SET, SET, REMOVE, st.sampled_from(["-b", "-k"])), min_size=1, max_size=4)


def steps(text: str) -> tuple[Step, ...]:
    return tuple(step._replace(id=int(name) if name else None) for step, name in parse_acl_change(text))


def acls_of(path: Path) -> Acls:
    def read(name: str) -> bytes:
        try:
            return os.getxattr(path, name)
        except OSError:
            return b""

    access, default = read(ACL_ATTRIBUTE), read(DEFAULT_ACL_ATTRIBUTE)
    return Acls(
        parse_acl(access) if access else acl_of_mode(path.stat().st_mode), parse_acl(default) if default else ()
    )


def setfacl(path: Path, clauses: list[str]) -> bool:
    arguments: list[str] = []
    for clause in clauses:
        if clause in ("-b", "-k"):
            arguments.append(clause)
        elif clause.startswith("-"):
            arguments += ["-x", clause[1:]]
        else:
            arguments += ["-m", clause]
    return subprocess.run(["setfacl", *arguments, path], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("acls")
    if shutil.which("setfacl") is None or not setfacl(path, ["u:1:r"]):
        pytest.skip("there is no setfacl, or no ACLs on this file system")
    return path


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, CHANGES, st.integers(0, 0o777), st.booleans())
@example(["u:1:rw"], ["-u:1"], 0o640, False)
@example(["u:1:rw", "m::r"], ["-b"], 0o660, False)
@example(["d:u:1:rwX"], ["-d:m"], 0o750, True)
@example(["u:1:r"], ["-m"], 0o640, False)
@example(["g:1:X"], ["g:1:X"], 0o640, False)
@example(["u:1:w"], ["g:12:x", "o::Xrw"], 0o026, False)
@example(["u:1:x", "m::r"], ["g:12:X"], 0o640, False)
def test_the_result_is_that_of_setfacl(
    place: Path, before: list[str], clauses: list[str], mode: int, directory: bool
) -> None:
    path = place / "entry"
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.mkdir() if directory else path.touch()
    path.chmod(mode)
    setfacl(path, before)
    old = acls_of(path)
    done = setfacl(path, clauses)
    try:
        ours: Acls | None = apply_steps(old, steps(" ".join(clauses)), directory=directory)
    except Refused:
        ours = None
    if done:
        assert ours is not None, f"setfacl takes {clauses}"
        assert ours == acls_of(path)
    else:
        assert ours is None, f"setfacl refuses {clauses}"
