"""File capabilities are written as setcap writes them and read as getcap prints them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from osexplorer.model.attribute_names import CAPABILITY_ATTRIBUTE
from osexplorer.model.capabilities import (
    NAMES,
    FileCapabilities,
    capabilities_bytes,
    capabilities_meaning,
    capabilities_text,
    parse_capabilities,
    parse_capability_text,
)
from osexplorer.model.errors import Refused
from tests.unprivileged import needs_root

FLAGS = st.text("eip", max_size=3)
CAPABILITIES = st.sampled_from([*NAMES[:3], NAMES[13], NAMES[40], "ALL", "all", "13", "41", "63", "64", "net_raw", "x"])
LISTS = st.lists(CAPABILITIES, max_size=3).map(",".join)
ACTIONS = st.lists(st.tuples(st.sampled_from("=+-"), FLAGS).map("".join), min_size=1, max_size=2).map("".join)
CLAUSES = st.tuples(LISTS, ACTIONS).map("".join)
SAME = st.tuples(
    st.lists(st.sampled_from(NAMES), min_size=1).map(",".join), st.sampled_from(["=ep", "+eip", "=p", "=i"])
)
TEXTS = st.one_of(
    SAME.map("".join), st.lists(CLAUSES, min_size=1, max_size=3).map(" ".join), st.text("cap_kil=+-eip, ", min_size=1)
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("capabilities") / "file"
    path.touch()
    if shutil.which("setcap") is None or subprocess.run(["setcap", "=p", path], capture_output=True).returncode:
        pytest.skip("there is no setcap, or the file system has no capabilities")
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    if last + 1 != len(NAMES):
        pytest.skip(f"this kernel knows {last + 1} capabilities, we know {len(NAMES)}")
    return path


@needs_root
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
@example("=p cap_chown-p")
@example("=p cap_chown+i")
@example("cap_chown=ip cap_net_raw=p")
@example("cap_chown=e")
@example("=eip cap_chown-eip")
@example("41=p")
@example("=p-e")
@example("41,ALL,42=i")
@example("all=p-e")
def test_the_result_is_that_of_setcap(file: Path, text: str) -> None:
    subprocess.run(["setcap", "-r", file], capture_output=True)
    done = subprocess.run(["setcap", text, file], capture_output=True)
    try:
        ours: bytes | None = capabilities_bytes(parse_capability_text(text))
    except Refused as error:
        assert str(error).isprintable()
        ours = None
    if done.returncode == 0 and text.strip():
        assert ours is not None, f"setcap takes {text!r}"
        assert ours == os.getxattr(file, CAPABILITY_ATTRIBUTE)
        shown = subprocess.run(["getcap", file], capture_output=True, text=True, check=True).stdout
        assert capabilities_text(ours) == shown.removeprefix(f"{file} ").strip()
        again = parse_capability_text(capabilities_text(ours))
        assert again == parse_capabilities(ours) or not (again.permitted or again.inheritable)
    else:
        assert ours is None, f"setcap refuses {text!r}: {done.stderr!r}"


def test_the_root_of_a_user_namespace_is_kept() -> None:
    found = parse_capability_text("cap_net_raw=ep [rootid=1000]")
    assert found == FileCapabilities(1 << 13, 0, True, 1000)
    data = capabilities_bytes(found)
    assert len(data) == 24
    assert capabilities_text(data) == "cap_net_raw=ep [rootid=1000]"
    with pytest.raises(Refused, match="largest number"):
        parse_capability_text("cap_net_raw=ep [rootid=4294967295]")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Type capabilities"),
        ("8", "is missing"),
        ("net_raw=ep", "is called cap_net_raw"),
        pytest.param("9" * 5000 + "=p", "There is no capability 9", id="more digits than Python reads"),
        pytest.param(f"cap_chown=p [rootid={'9' * 5000}]", "is no user", id="a user of as many"),
        ("cap_x=p", "There is no capability cap_x"),
        ("cap_chown+", "is missing after"),
        ("cap_chown=q", "q is not one of e i p"),
        ("+ep", "name capabilities before"),
        ("cap_chown=ep cap_kill=p", "one bit for the whole file"),
    ],
)
def test_what_is_wrong_is_told(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        parse_capability_text(text)


def test_what_they_mean() -> None:
    (line,) = capabilities_meaning(parse_capability_text("cap_net_raw,cap_kill=ep"))
    assert line == "Whoever runs it gets kill, net_raw, at once"
    assert "every capability" in capabilities_meaning(parse_capability_text("=p"))[0]
    assert "when the program asks" in capabilities_meaning(parse_capability_text("cap_kill=p"))[0]
