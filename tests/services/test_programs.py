"""Finding programs by the variables, and running them in the place of this one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from osexplorer.model.command_line import command_of
from osexplorer.model.errors import NotFound, Refused
from osexplorer.services.session import Session


async def test_the_variables_of_pane_4_decide(tmp_path: Path) -> None:
    session = Session()
    await session.environment.set("VISUAL", "sh -e")
    assert (await session.programs.command("editor", ["/x y"])).argv == ("sh", "-e", "/x y")
    await session.environment.set("VISUAL", "no-such-program")
    with pytest.raises(Refused, match="no-such-program"):
        await session.programs.command("editor", ["/x"])
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    await session.environment.set("PATH", f"{tmp_path}:/usr/bin:/bin")
    await session.environment.set("VISUAL", "tool")
    assert (await session.programs.command("editor")).argv == ("tool",)


async def test_running_waits_and_tells_the_status(tmp_path: Path) -> None:
    session = Session()
    await session.environment.set("WORD", "hello")
    script = 'echo "$WORD $PWD" > out; exit 3'
    ended = session.programs.run_here(command_of(["sh", "-c", script]), str(tmp_path))
    assert (ended.name, ended.text) == ("sh", "sh: exit 3")
    assert (tmp_path / "out").read_text() == f"hello {tmp_path}\n"
    assert any(call.function == "subprocess.Popen" for call in session.door.log.calls())
    ended = session.programs.run_here(command_of(["sh", "-c", "kill -9 $$"]), str(tmp_path))
    assert ended.text == "sh: SIGKILL"
    with pytest.raises(NotFound):
        session.programs.run_here(command_of(["/no/such"]), str(tmp_path))


async def test_a_pipe_on_standard_output_is_kept_from_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    os.write(1, b"before ")
    Session().programs.run_here(command_of(["sh", "-c", "echo to the terminal"]), str(tmp_path))
    os.write(1, b"after")
    out, err = capfd.readouterr()
    assert (out, err) == ("before after", "to the terminal\n")
