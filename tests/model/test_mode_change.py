"""Mode expressions do what the real chmod does with them, and are refused where it refuses."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from osexplorer.model.errors import Refused
from osexplorer.model.mode_change import ALL, BadMode, bits_change, exact_mode, parse_mode

MODES = st.integers(0, ALL)
UMASKS = st.one_of(st.sampled_from([0, 0o022, 0o027, 0o077]), st.integers(0, 0o777))
WHO = st.text("ugoa", max_size=2)
PERMISSIONS = st.one_of(st.text("rwxXst", max_size=4), st.sampled_from("ugo"))
ACTIONS = st.lists(st.tuples(st.sampled_from("+-="), PERMISSIONS).map("".join), min_size=1, max_size=2).map("".join)
CLAUSES = st.one_of(
    st.tuples(WHO, ACTIONS).map("".join),
    st.tuples(st.sampled_from("+-="), st.integers(0, ALL).map("{:o}".format)).map("".join),
)
EXPRESSIONS = st.one_of(
    st.lists(CLAUSES, min_size=1, max_size=3).map(",".join),
    st.integers(0, ALL).flatmap(lambda mode: st.integers(0, 6).map(lambda width: f"{mode:0{width}o}")),
    st.text("ugoa+-=rwxXst,0789 q", min_size=1, max_size=6),
)


@pytest.mark.parametrize(
    ("text", "old", "directory", "umask", "new"),
    [
        ("644", 0o7777, False, 0o022, 0o644),
        ("0", 0o7777, False, 0o022, 0),
        ("4755", 0, False, 0o022, 0o4755),
        ("755", 0o2700, True, 0o022, 0o2755),
        ("0755", 0o6700, True, 0o022, 0o6755),
        ("00755", 0o6700, True, 0o022, 0o755),
        ("1755", 0o2700, True, 0o022, 0o3755),
        ("u+x", 0o644, False, 0, 0o744),
        ("+x", 0o644, False, 0o027, 0o754),
        ("+w", 0o444, False, 0o022, 0o644),
        ("=r", 0o777, False, 0o077, 0o400),
        ("a+rX", 0o600, False, 0o022, 0o644),
        ("a+rX", 0o100, False, 0o022, 0o555),
        ("a+X", 0o600, True, 0o022, 0o711),
        ("go=u-w", 0o740, False, 0, 0o755),
        ("g=o,o=", 0o604, False, 0, 0o640),
        ("u=rwx,g=rx,o=", 0, False, 0, 0o750),
        ("u+s,g+s,o+t", 0o755, False, 0, 0o7755),
        ("a=", 0o7777, False, 0, 0),
        ("a=", 0o7777, True, 0, 0o6000),
        ("=", 0o7777, True, 0, 0o6000),
        ("u-s", 0o6755, True, 0, 0o2755),
        ("a=,u+rwX", 0o777, False, 0, 0o600),
        ("+7000", 0o755, False, 0o777, 0o7755),
        ("-2000", 0o2755, True, 0, 0o755),
        ("=644", 0o6755, True, 0, 0o644),
        ("u", None, False, 0, None),
    ],
)
def test_examples(text: str, old: int | None, directory: bool, umask: int, new: int | None) -> None:
    if old is None:
        with pytest.raises(BadMode):
            parse_mode(text)
    else:
        assert oct(parse_mode(text).apply(old, directory=directory, umask=umask)) == oct(new or 0)


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 0, "type a mode"),
        ("8", 0, "8 is not an octal digit"),
        ("648", 2, "8 is not an octal digit"),
        ("99999", 0, "9 is not"),
        ("77777", 4, "larger than 7777"),
        ("u+q", 2, "q is not one of r w x X s t"),
        ("u", 1, "+, - or = is missing"),
        ("ur", 1, "r is not +, - or ="),
        ("u+x,", 4, "nothing after the comma"),
        ("u+x g+x", 3, "a space is not"),
        ("g=uo", 3, "a copied class stands alone"),
        ("g=ru", 3, "copied alone"),
        ("u=644", 2, "a number stands for all classes"),
        ("+644x", 4, "x is not an octal digit, or a comma"),
        ("rw-r--r--", 0, "r is not one of u g o a"),
        ("u+\x1b[m", 2, "\\x1b is not"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, position: int, reason: str) -> None:
    with pytest.raises(BadMode) as caught:
        parse_mode(text)
    assert caught.value.position == position
    assert reason in caught.value.reason
    assert isinstance(caught.value, Refused)
    assert str(caught.value).startswith(f"Column {position + 1}: ")


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    version = subprocess.run(["chmod", "--version"], capture_output=True, text=True).stdout
    if shutil.which("chmod") is None or "GNU" not in version:
        pytest.skip("there is no GNU chmod to compare with")
    place = tmp_path_factory.mktemp("modes")
    (place / "file").touch()
    (place / "directory").mkdir()
    return {False: place / "file", True: place / "directory"}


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EXPRESSIONS, MODES, st.booleans(), UMASKS)
@example("u+s,g=u", 0o2644, True, 0)
@example("=X", 0o100, False, 0o022)
@example("a-s", 0o7777, True, 0)
@example("00000", 0o7777, True, 0)
@example("u=g=o+t", 0o1750, False, 0)
@example("=,+X", 0o111, False, 0o022)
def test_the_result_is_that_of_chmod(
    subjects: dict[bool, Path], text: str, old: int, directory: bool, umask: int
) -> None:
    path = subjects[directory]
    os.chmod(path, old)
    old = stat.S_IMODE(path.stat().st_mode)
    done = subprocess.run(["chmod", "--", text, path], capture_output=True, umask=umask)
    try:
        ours: int | None = parse_mode(text).apply(old, directory=directory, umask=umask)
    except BadMode as error:
        assert 0 <= error.position <= len(text)
        ours = None
    if done.returncode == 0:
        assert ours is not None, f"chmod takes {text!r}"
        assert oct(ours) == oct(stat.S_IMODE(path.stat().st_mode))
    else:
        assert ours is None, f"chmod refuses {text!r}: {done.stderr!r}"


@given(st.text(max_size=12))
def test_no_text_does_anything_but_parse_or_be_refused(text: str) -> None:
    try:
        change = parse_mode(text)
    except BadMode as error:
        assert str(error).isprintable()
    else:
        assert 0 <= change.apply(0o644, directory=False, umask=0o022) <= ALL


@given(MODES, MODES, st.booleans(), MODES)
def test_exact_and_bit_changes_ignore_kind_and_umask(old: int, bits: int, directory: bool, umask: int) -> None:
    assert exact_mode(bits).apply(old, directory=directory, umask=umask) == bits
    assert bits_change(bits).apply(old, directory=directory, umask=umask) == old | bits
    assert bits_change(0, bits).apply(old, directory=directory, umask=umask) == old & ~bits
