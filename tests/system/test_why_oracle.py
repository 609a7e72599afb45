"""An oracle: for random trees and users, the answer equals what a child that became the user gets from the kernel."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from osexplorer.model.credentials import Credentials
from osexplorer.model.deciding import decide
from osexplorer.model.why import Question, Trail
from osexplorer.model.why_text import lines
from osexplorer.system.accounts import own_credentials
from osexplorer.system.why import walk_for
from tests.system.oracle import (
    MODES,
    UIDS,
    Cannot,
    Case,
    Grower,
    become,
    cases_for,
    in_child,
    mismatches,
    opened_to_create,
    own_mounts,
    really,
    remedy_path,
    root_of_few,
    settings,
    unmount_below,
)
from tests.unprivileged import needs_root, open_place

__all__ = ["open_place"]

STICKY = (*MODES, 0o1777, 0o1777, 0o1770, 0o3777)


def ask_the_kernel(place: Path, grower: Grower, users: int) -> None:
    """Grow a tree, with mounts that nobody else sees; every answer must be the kernel's."""
    tree = place / "tree"
    tree.mkdir()

    def work() -> str:
        own_mounts()
        try:
            grower.grow(str(tree))
            grower.mount()
            asked, wrong = mismatches(grower.paths, grower.users(users), attempts=5)
        finally:
            unmount_below(str(tree))
            grower.cut()
        return f"{asked} {len(wrong)} {grower.linked}\n" + "\n\n".join(wrong[:3])

    try:
        said = in_child(work)
    except Cannot as cannot:
        pytest.skip(str(cannot))
    asked, wrong, linked = map(int, said.split(maxsplit=3)[:3])
    assert wrong == 0, said
    assert linked > 0
    assert asked > 150


@needs_root
@pytest.mark.parametrize("seed", range(14))
def test_every_answer_is_that_of_the_kernel(open_place: Path, seed: int) -> None:
    with settings():
        ask_the_kernel(open_place, Grower(seed), users=8)


@needs_root
@pytest.mark.parametrize("seed", range(100, 103))
def test_so_it_is_where_links_and_files_in_sticky_directories_are_protected(open_place: Path, seed: int) -> None:
    try:
        with settings(protected_symlinks=1, protected_regular=2, protected_fifos=2):
            ask_the_kernel(open_place, Grower(seed, STICKY), users=8)
    except Cannot as cannot:
        pytest.skip(str(cannot))


@needs_root
@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_is_not_opened_with_o_creat_is_said(open_place: Path, level: int) -> None:
    paths = []
    for mode in (0o1777, 0o1775, 0o1770, 0o777):
        directory = open_place / f"{mode:o}"
        directory.mkdir()
        for owner in UIDS:
            for kind in ("file", "fifo"):
                path = directory / f"{kind}-{owner}"
                path.touch() if kind == "file" else os.mkfifo(path)
                os.chown(path, owner, 0)
                path.chmod(0o666)
                paths.append(str(path))
        os.chown(directory, 1001, 2001)
        directory.chmod(mode)
    seen = set()
    try:
        with settings(protected_symlinks=0, protected_regular=level, protected_fifos=level):
            for uid in UIDS:
                who = Credentials(str(uid), uid, 2001)
                notes = []
                for path in paths:
                    answer = decide(Question.WRITE, who, walk_for(Question.WRITE, path))
                    notes.append(any(note.startswith("fs.protected_") for note in answer.notes))

                def work(who: Credentials = who) -> str:
                    become(who)
                    return " ".join(str(opened_to_create(path)) for path in paths)

                said = list(map(int, in_child(work).split()))
                refused = [errno.EACCES if note else 0 for note in notes]
                assert said == refused, list(zip(paths, said, refused, strict=True))
                seen |= {*notes}
    except Cannot as cannot:
        pytest.skip(str(cannot))
    assert seen == ({True, False} if level else {False})


@needs_root
def test_capabilities_do_not_count_over_who_is_not_in_the_user_namespace(open_place: Path) -> None:
    for owner in (0, 5, 4000):
        for group in (0, 5, 4000):
            path = open_place / f"{owner}-{group}"
            path.touch()
            os.chown(path, owner, group)
            path.chmod(0o600)
    paths = sorted(map(str, open_place.iterdir()))

    def work() -> str:
        root_of_few(100)
        answers = []
        for path in paths:
            for question in (Question.READ, Question.WRITE):
                answer = decide(question, own_credentials(), walk_for(question, path))
                answers.append(answer.allowed is (really(Case(question, path), "") == 0))
                ours = path.rpartition("/")[2].startswith("0-")
                answers.append(answer.allowed is (ours or "4000" not in path.rpartition("/")[2]))
        return str(answers.count(False))

    try:
        assert in_child(work) == "0"
    except Cannot as cannot:
        pytest.skip(str(cannot))


@needs_root
@pytest.mark.parametrize("seed", range(200, 203))
def test_each_change_that_is_offered_lifts_its_denial(open_place: Path, seed: int) -> None:
    if not (shutil.which("setfacl") and shutil.which("chattr")):
        pytest.skip("needs setfacl and chattr")
    grower = Grower(seed)
    tree = open_place / "tree"
    tree.mkdir()
    grower.grow(str(tree))
    tried = 0
    try:
        for who in grower.users(10):
            for case in grower.dice.sample(cases_for(grower.paths), 12):
                answer = decide(case.question, who, walk_for(case.question, case.path))
                at, step = next(((at, one) for at, one in enumerate(answer.steps) if not one.allowed), (0, None))
                for remedy in step.remedies if step is not None else ():
                    if remedy.command.split()[0] not in ("chmod", "setfacl", "chattr"):
                        continue
                    facts = subprocess.run(["getfacl", "-pn", remedy_path(remedy.command)], stdout=subprocess.PIPE)
                    subprocess.run(remedy.command, shell=True, check=True)
                    after = decide(case.question, who, walk_for(case.question, case.path))
                    # Behind an immutable flag the bits may deny the same: another denial, by another errno.
                    stands = any(
                        (one.action, one.errno) == (step.action, step.errno) for one in after.steps[at : at + 1]
                    )
                    assert all(one.allowed for one in after.steps[: at + 1]) or not stands, (
                        remedy.command,
                        lines(answer),
                        lines(after),
                    )
                    if remedy.command.startswith("chattr"):
                        continue
                    subprocess.run(["setfacl", "--restore=-"], input=facts.stdout, check=True)
                    tried += 1
    finally:
        grower.cut()
    assert tried > 10


@needs_root
@pytest.mark.skipif(shutil.which("namei") is None, reason="needs namei")
@pytest.mark.parametrize("seed", range(300, 303))
def test_the_way_is_the_one_that_namei_walks(open_place: Path, seed: int) -> None:
    grower = Grower(seed)
    tree = open_place / "tree"
    tree.mkdir()
    grower.grow(str(tree))
    compared = 0
    try:
        for path in grower.paths:
            trail = walk_for(Question.READ, path)
            shown = subprocess.run(["namei", "-l", path], capture_output=True, text=True)
            if shown.returncode or trail.error:
                assert bool(shown.returncode) == bool(trail.error), shown.stdout
                continue
            assert passed(trail) == names_of(shown.stdout), shown.stdout
            compared += 1
    finally:
        grower.cut()
    assert compared > 5


def names_of(shown: str) -> list[tuple[str, str, str]]:
    """Mode, owner and group of each line of ``namei -l``, without the steps that lead nowhere new."""
    found = []
    for line in shown.splitlines()[1:]:
        mode, user, group, name = line.split(maxsplit=3)
        if name not in (".", "..") and (name != "/" or not found):
            found.append((mode, user, group))
    return found


def passed(trail: Trail) -> list[tuple[str, str, str]]:
    """The same of a trail: every directory and link once for each time that it is come to by a name."""
    root = trail.passed[0].node
    found = [(stat.filemode(root.mode), root.user, root.group)]
    for one, after in zip(trail.passed, [*trail.passed[1:], None], strict=True):
        if one.node.is_link or one.name in (".", ".."):
            continue
        node = trail.final if after is None else after.node
        assert node is not None
        found.append((stat.filemode(node.mode), node.user, node.group))
    return found
