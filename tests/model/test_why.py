"""A whole way: which step denies, and rules that need more than one file."""

from __future__ import annotations

import errno
import stat

from osexplorer.model.access_rules import Node
from osexplorer.model.credentials import FILE_CAPABILITIES, FOWNER, Credentials
from osexplorer.model.deciding import decide
from osexplorer.model.mounts import Mount
from osexplorer.model.status import FileId
from osexplorer.model.why import Answer, Attempt, Passed, Program, Protections, Question, Step, Trail
from osexplorer.model.why_text import lines, plain, verdict

ADA = Credentials("ada", 1000, 100)
ROOT = Credentials("root", 0, 0, frozenset(), frozenset(FILE_CAPABILITIES.values()))


def node(path: str, mode: int, uid: int = 0, **more: object) -> Node:
    return Node(path, FileId(1, hash(path)), mode, uid, uid, f"u{uid}", f"g{uid}")._replace(**more)  # type: ignore[arg-type]


def directory(path: str, mode: int = 0o755, uid: int = 0, **more: object) -> Node:
    return node(path, stat.S_IFDIR | mode, uid, **more)


def file(path: str, mode: int = 0o644, uid: int = 0, **more: object) -> Node:
    return node(path, stat.S_IFREG | mode, uid, **more)


def mounted(*options: str, kind: str = "ext4") -> Mount:
    return Mount("/m", "/", "8:1", kind, "/dev/sda1", frozenset(options))


def ask(question: Question, who: Credentials, *way: Node, error: int = 0, **more: object) -> Answer:
    *above, last = way
    passed = tuple(Passed(one, "x") for one in above)
    if error:
        trail = Trail(last.path, (*passed, Passed(last, "x")), last, None, error, "/gone")
    else:
        trail = Trail(last.path, passed, above[-1] if above else None, last)
    return decide(question, who, trail._replace(**more))  # type: ignore[arg-type]


def test_the_first_denial_decides_and_every_denial_has_its_remedies() -> None:
    answer = ask(
        Question.READ, ADA, directory("/"), directory("/a", 0o700), directory("/a/b", 0o700), file("/a/b/c", 0)
    )
    assert answer.allowed is False
    assert answer.decisive is not None
    assert (answer.decisive.path, answer.decisive.code) == ("/a", "EACCES")
    assert [step.path for step in answer.steps if step.remedies] == ["/a", "/a/b", "/a/b/c"]
    assert verdict(answer) == "ada may not read /a/b/c: EACCES at /a"


def test_a_sticky_directory_protects_the_files_of_others() -> None:
    tmp = directory("/tmp", 0o1777)
    assert ask(Question.DELETE, ADA, directory("/"), tmp, file("/tmp/f", uid=1)).decisive is not None
    assert ask(Question.DELETE, ADA, directory("/"), tmp, file("/tmp/f", uid=1000)).allowed
    own = directory("/tmp", 0o1777, uid=1000)
    assert ask(Question.DELETE, ADA, directory("/"), own, file("/tmp/f", uid=1)).allowed
    answer = ask(Question.DELETE, ROOT, directory("/"), directory("/tmp", 0o1777, uid=7), file("/tmp/f", uid=1))
    assert answer.allowed
    assert FOWNER in " ".join(lines(answer))


def test_links_of_others_in_sticky_directories_are_not_followed_not_even_by_root() -> None:
    tmp = directory("/tmp", 0o1777)
    link = node("/tmp/l", stat.S_IFLNK | 0o777, 1, target="/f")

    def way(parent: Node | None, link: Node = link, protected: bool = True) -> Trail:
        passed = (
            Passed(directory("/"), "tmp"),
            Passed(tmp, "l"),
            Passed(link, parent=parent),
            Passed(directory("/"), "f"),
        )
        return Trail("/tmp/l", passed, directory("/"), file("/f"), protections=Protections(int(protected)))

    for who in (ADA, ROOT):
        answer = decide(Question.READ, who, way(tmp))
        assert answer.allowed is False
        assert "fs.protected_symlinks" in " ".join(lines(answer))
        assert decide(Question.READ, who, way(tmp, protected=False)).allowed
        assert decide(Question.READ, who, way(None)).allowed, "only the last name of a path is protected"
        assert decide(Question.READ, who, way(tmp._replace(mode=stat.S_IFDIR | 0o777))).allowed
    assert decide(Question.READ, ADA, way(tmp, link._replace(uid=1000))).allowed
    assert decide(Question.READ, ADA, way(tmp, link._replace(uid=0))).allowed, "the directory's owner made it"


def test_mounts_and_flags_stop_root_too() -> None:
    top = directory("/")
    for question, last, code in (
        (Question.WRITE, file("/f", mount=mounted("ro")), "EROFS"),
        (Question.EXECUTE, file("/f", 0o755, mount=mounted("noexec")), "EACCES"),
        (Question.WRITE, file("/f", attributes=("immutable",)), "EPERM"),
        (Question.WRITE, file("/f", attributes=("append-only",)), "EPERM"),
        (Question.DELETE, file("/f", attributes=("append-only",)), "EPERM"),
        (Question.DELETE, directory("/f", attributes=("mount point",)), "EBUSY"),
        (Question.READ, node("/f", stat.S_IFCHR | 0o666, mount=mounted("nodev")), "EACCES"),
        (Question.EXECUTE, node("/f", stat.S_IFIFO | 0o777), "EACCES"),
        (Question.CREATE, file("/f"), "EEXIST"),
    ):
        answer = ask(question, ROOT, top, last)
        assert answer.decisive is not None, (question, last)
        assert answer.decisive.code == code
    assert ask(Question.DELETE, ROOT, directory("/", attributes=("append-only",)), file("/f")).allowed is False
    assert ask(Question.WRITE, ROOT, top, directory("/d", attributes=("append-only",))).allowed


def test_what_is_not_there() -> None:
    assert ask(Question.CREATE, ADA, directory("/"), directory("/home", uid=1000), error=errno.ENOENT).allowed
    assert ask(Question.CREATE, ADA, directory("/"), directory("/etc"), error=errno.ENOENT).allowed is False
    gone = ask(Question.READ, ROOT, directory("/"), error=errno.ENOENT)
    assert gone.decisive is not None
    assert gone.decisive.code == "ENOENT"


def test_what_we_cannot_see_is_not_guessed() -> None:
    answer = ask(Question.READ, ROOT, directory("/"), directory("/a"), error=errno.EACCES)
    assert answer.allowed is None
    assert "cannot be told" in verdict(answer)
    denied = ask(Question.READ, ADA, directory("/"), directory("/a", 0o700), error=errno.EACCES)
    assert denied.allowed is False, "denied before the place that we cannot see"


def test_file_systems_that_decide_themselves_are_named() -> None:
    answer = ask(Question.READ, ADA, directory("/"), file("/f", mount=mounted(kind="nfs4")))
    assert "server" in answer.notes[0]
    assert ask(Question.READ, ADA, directory("/"), file("/f", mount=mounted(kind="fuse.sshfs"))).notes


def test_an_attempt_that_says_otherwise_is_told() -> None:
    answer = ask(Question.READ, ADA, directory("/"), file("/f"))._replace(attempt=Attempt(False, errno.EACCES))
    assert not answer.agrees
    assert lines(answer)[-1].startswith("But a real access(2) says: denied, EACCES")


def test_hostile_names_are_escaped_in_lines_and_whole_in_data() -> None:
    answer = ask(Question.READ, ADA, directory("/"), file("/\x1b[31m\n"))
    assert all(line.isprintable() for line in lines(answer))
    assert plain(answer)["path"] == "/\x1b[31m\n"


def test_an_attempt_is_not_held_against_what_it_does_not_look_at() -> None:
    trail = Trail("/f", (), directory("/"), file("/f", 0o666), executed_by="process 7 (f)")
    answer = decide(Question.WRITE, ADA, trail)._replace(attempt=Attempt(True))
    assert (answer.verdict, answer.agrees) == (False, True)
    assert answer.decisive is not None
    assert answer.decisive.code == "ETXTBSY"
    assert lines(answer)[-1] == "A real access(2) says without looking at that: allowed"


def test_what_the_kernel_says_is_the_answer_where_the_rules_say_otherwise() -> None:
    answer = ask(Question.READ, ADA, directory("/"), file("/f"))._replace(attempt=Attempt(False, errno.EACCES))
    assert (answer.allowed, answer.verdict) == (True, False)
    assert verdict(answer).startswith("ada may not read /f: so says the kernel")
    assert plain(answer)["allowed"] is False
    unseen = ask(Question.READ, ROOT, directory("/"), directory("/a"), error=errno.EACCES)
    assert unseen._replace(attempt=Attempt(True)).verdict is True


def test_a_script_needs_its_interpreter() -> None:
    def run(way: Trail | None, kind: str = "script") -> Answer:
        script = file("/s", 0o755)
        trail = Trail("/s", (), directory("/"), script, program=Program(kind, "/i", way))
        return decide(Question.EXECUTE, ADA, trail)

    def denied(answer: Answer) -> Step:
        assert answer.decisive is not None
        return answer.decisive

    assert run(Trail("/i", (), directory("/"), file("/i", 0o755))).allowed
    assert denied(run(Trail("/i", (), directory("/"), file("/i", 0o644)))).code == "EACCES"
    assert denied(run(Trail("/i", (), directory("/"), None, errno.ENOENT, "/i"))).code == "ENOENT"
    noexec = Trail("/i", (), directory("/"), file("/i", 0o755, mount=mounted("noexec")))
    assert "noexec" in denied(run(noexec, "ELF")).rule
    assert denied(run(Trail("/i", (), directory("/"), directory("/i")))).rule.endswith("it is a directory")
    assert any("looked for" in note for note in run(None).notes)


def test_who_it_runs_as_is_said() -> None:
    def note(mode: int, kind: str = "ELF", **more: object) -> str:
        trail = Trail("/s", (), directory("/"), file("/s", mode, **more), program=Program(kind))
        return " ".join(decide(Question.EXECUTE, ADA, trail).notes)

    assert "runs as user u0, whoever starts it" in note(0o4755)
    assert "user u0 and group g0" in note(0o6755)
    assert "runs as" not in note(0o2745), "setgid without the group's execute bit is mandatory locking of old"
    assert "nosuid" in note(0o4755, mount=mounted("nosuid"))
    assert "does not count for a script" in note(0o4755, "script")


def test_what_no_call_can_look_at_is_not_known_unless_a_real_call_tells() -> None:
    answer = ask(Question.READ, ADA, directory("/"), directory("/far"), error=errno.EIO)
    assert (answer.allowed, answer.verdict) == (None, None)
    assert "/gone cannot be looked at" in answer.unknown and "EIO" in answer.unknown
    denied = answer._replace(attempt=Attempt(False, errno.EACCES))
    assert denied.verdict is False
    assert verdict(denied).startswith("ada may not read /far: so says the kernel")
    assert "says the same" not in "\n".join(lines(denied))
    assert verdict(answer._replace(attempt=Attempt(True))).startswith("ada may read /far: so says the kernel")


def test_the_way_to_an_interpreter_may_fail_in_any_way() -> None:
    trail = Trail("/far/sh", (), None, None, errno.EIO, "/far/sh")
    asked = Trail("/s", (), directory("/"), file("/s", 0o755), program=Program("script", "/far/sh", trail))
    answer = decide(Question.EXECUTE, ADA, asked)
    assert answer.decisive is not None and answer.decisive.code == "EIO"
