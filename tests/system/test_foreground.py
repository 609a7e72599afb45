"""The keys of the terminal, for a program that it cannot be given to."""

from __future__ import annotations

import os
import signal
import subprocess

from osexplorer.system.foreground import keys_handed_on
from tests.waiting import until


async def test_a_key_that_comes_before_the_program_is_there_is_not_lost() -> None:
    with keys_handed_on() as belong_to:
        os.kill(os.getpid(), signal.SIGINT)
        with subprocess.Popen(["sleep", "1000"], start_new_session=True) as program:
            belong_to(program.pid)
            await until(lambda: program.poll() is not None, "its end")
    assert program.returncode == -signal.SIGINT


async def test_keys_go_to_it_while_it_is_there() -> None:
    before = signal.getsignal(signal.SIGQUIT)
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as program, keys_handed_on() as belong_to:
        belong_to(program.pid)
        os.kill(os.getpid(), signal.SIGQUIT)
        await until(lambda: program.poll() is not None, "its end")
    assert program.returncode == -signal.SIGQUIT
    assert signal.getsignal(signal.SIGQUIT) == before
