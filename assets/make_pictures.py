"""Make the pictures of this directory from the real program: ``python assets/make_pictures.py`` (Linux, as root).

The program runs on a small tree of its own, in namespaces of its own for mounts, processes and the host name, so that
the pictures show real files, real processes and real children, and nothing of the machine they were made on.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STAGE = "OSEXPLORER_PICTURES"
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONPATH": "/opt/osexplorer",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "EDITOR": "vim",
    "SHELL": "/bin/bash",
    "TZ": "UTC",
    "COLORTERM": "truecolor",
}
TREE = Path("/srv/shop")
HOST = "harbour"


def main() -> int:
    """Enter the namespaces, then a root directory of its own, then draw."""
    stage = os.environ.pop(STAGE, "")
    if stage == "draw":
        prepare()
        asyncio.run(draw())
        return 0
    python = os.path.relpath(sys.executable, HERE.parent)
    if stage == "enter":
        enter_root()
        os.execve(python, [python, "assets/make_pictures.py"], ENVIRONMENT | {STAGE: "draw"})
    if os.geteuid() != 0 or not shutil.which("unshare"):
        print("making the pictures needs Linux, root and unshare(1)", file=sys.stderr)
        return 1
    unshare = ["unshare", "--mount", "--uts", "--pid", "--fork", "--propagation", "private"]
    command = [*unshare, python, "assets/make_pictures.py"]
    return subprocess.run(command, env=ENVIRONMENT | {STAGE: "enter"}, cwd=HERE.parent, check=False).returncode


def enter_root() -> None:
    """Change into a root directory that has the system's programs, this project, and nothing else."""
    root = Path("/mnt")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "root", root], check=True)
    for name in ("etc", "home", "proc", "root", "run", "srv", "tmp", "var"):
        (root / name).mkdir()
    for name in ("bin", "lib", "lib64", "sbin"):
        if (Path("/") / name).is_symlink():
            (root / name).symlink_to(os.readlink(f"/{name}"))
    for source, place in (("/usr", "usr"), ("/dev", "dev"), (str(HERE.parent), "opt/osexplorer")):
        bind(source, root / place)
    if not sys.base_prefix.startswith("/usr/"):
        bind(sys.base_prefix, root / sys.base_prefix.lstrip("/"))
    for name in ("passwd", "group"):
        shutil.copy(f"/etc/{name}", root / "etc" / name)
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    os.chroot(root)
    os.chdir("/opt/osexplorer")


def bind(source: str, place: Path) -> None:
    """Show `source` at `place` as well."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--rbind", source, place], check=True)


def prepare() -> None:
    """The host name, the tree, and a few processes to look at."""
    subprocess.run(["hostname", HOST], check=True)
    for directory in ("api/handlers", "api/models", "bin", "docs", "logs", "web/static", ".git/objects"):
        (TREE / directory).mkdir(parents=True)
    files = {
        "README.md": 2_412,
        "Makefile": 913,
        "config.toml": 1_204,
        "deploy.sh": 640,
        "notes file 2.txt": 88,
        "notes file 10.txt": 91,
        "api/main.py": 4_120,
        "data.sqlite": 40_960,
        ".env": 210,
    }
    for name, size in files.items():
        (TREE / name).write_text("x" * size)
    (TREE / "deploy.sh").write_text("#!/bin/sh\necho deploying\n")
    (TREE / "deploy.sh").chmod(0o755)
    (TREE / ".env").chmod(0o600)
    (TREE / "current").symlink_to("web/static")
    (TREE / "old-release").symlink_to("/srv/releases/41")
    (TREE / "\x1b[31mred\x1b[0m").write_text("an escape code in its name\n")
    os.mkfifo(TREE / "queue")
    os.chown(TREE / "data.sqlite", 33, 33)
    (TREE / "data.sqlite").chmod(0o640)
    when = 1_763_000_000
    for at, path in enumerate(sorted(TREE.rglob("*"))):
        os.utime(path, (when + at * 5_000, when + at * 5_000), follow_symlinks=False)
    for name, seconds in (("nginx: worker", 900), ("postgres: writer", 900), ("redis-server *:6379", 900)):
        subprocess.Popen(["bash", "-c", f'exec -a "{name}" sleep {seconds}'], start_new_session=True)
    subprocess.Popen(["bash", "-c", "exec -a report-builder sh -c 'while :; do :; done'"], start_new_session=True)


async def draw() -> None:
    """Run the program and keep what it shows."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    from osexplorer.model.settings import Settings
    from osexplorer.ui.app import Explorer

    for name in ("TEXTUAL_ANIMATIONS", "PYTHONPATH"):  # read; not for the pictures
        del os.environ[name]
    for name, size, theme, keys in SCENES:
        settings = Settings(theme=theme)
        app = Explorer(str(TREE), settings)
        async with app.run_test(size=size) as pilot:
            await asyncio.sleep(1.0)
            for key in keys:
                if key.startswith("wait:"):
                    await asyncio.sleep(float(key[5:]))
                else:
                    await pilot.press(key)
            await asyncio.sleep(0.5)
            picture = app.export_screenshot(title="osexplorer", simplify=True)
            picture = picture.replace("<text ", '<text xml:space="preserve" ')  # some viewers drop blanks otherwise
            (HERE / f"{name}.svg").write_text(picture)
            for child in app.session.children.feed.value:
                if child.state == "running":
                    os.kill(child.pid, 9)


def typed(text: str) -> list[str]:
    """Text as keys."""
    names = {" ": "space", "$": "dollar_sign", "-": "minus"}
    return [names.get(character, character) for character in text]


LAUNCHES = [
    *("exclamation_mark", *typed("seq 100000"), "enter", "wait:0.7"),
    *("exclamation_mark", *typed("kill -SEGV $$"), "enter", "wait:0.7"),
    *("exclamation_mark", *typed("sleep 60"), "enter", "wait:2.5"),
]
SCENES = (
    ("overview", (160, 46), "dark", [*LAUNCHES, "2", "j", "j", "j", "j", "j", "j"]),
    ("narrow", (80, 24), "dark", ["j", "j", "j"]),
    ("mode", (80, 24), "light", ["G", "m"]),
    ("help", (100, 30), "dark", ["question_mark"]),
    ("terminal", (100, 30), "dark", ["exclamation_mark", *typed("top -d 1"), "ctrl+y", "enter", "wait:3"]),
    ("why", (100, 30), "dark", [*["j"] * 8, "w", "wait:1", "a", "wait:1"]),
)

if __name__ == "__main__":
    raise SystemExit(main())
