"""Ctrl-C ends a command, also where Python alone would lose it, and without a word that helps nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from backlogtool.stores.git.streaming import ahead
from tests.cli.session import GATEWAY, item_text
from tests.conftest import ROOT
from tests.repositories import Repo

#: A process of one command. ``Dying`` is stopped where Python cannot pass that on.
_BEGINNING = """\
import os, signal, subprocess, sys, threading, time
from backlogtool.cli.stopping import stoppable
from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.meanwhile import Meanwhile

class Dying:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def beside():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
"""
_END = "\nos._exit(stoppable(command))\n"


def ended(command: str) -> tuple[int, str, str]:
    """Exit code, output and messages of a process with this ``command``."""
    done = subprocess.run(
        [sys.executable, "-c", _BEGINNING + command + _END], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


WAITS = {
    "for a process": "subprocess.Popen(['cat'], stdin=subprocess.PIPE).wait()",
    "for what a process says": "subprocess.Popen(['cat'], stdin=os.pipe()[0], stdout=-1).communicate(timeout=99)",
    "for a pipe": "os.read(os.pipe()[0], 1)",
    "for a thread": "Meanwhile(lambda: time.sleep(120)).result()",
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_signal_that_does_not_cut_a_wait_short_is_obeyed_all_the_same(wait: str) -> None:
    """Taken by another thread, it leaves the main one waiting as one does that comes just before the wait."""
    command = f"""
def command():
    threading.Thread(target=beside, daemon=True).start()
    {wait}
    return 0
"""
    assert ended(command) == (130, "", "")


def test_a_signal_that_python_forgets_is_given_again() -> None:
    command = """
def command():
    Dying()
    time.sleep(120)
    return 0
"""
    assert ended(command) == (130, "", "")


@pytest.mark.exhaustive
def test_what_is_given_again_waits_as_the_first_would_for_a_write_to_end() -> None:
    command = """
def command():
    Dying()
    with Interruptions() as interruptions:
        time.sleep(1)
        os.write(1, b"written")
        interruptions.obey()
    return 0
"""
    assert ended(command) == (130, "written", "")


def test_what_else_fails_in_a_destructor_is_told_as_ever() -> None:
    command = """
class Failing:
    def __del__(self):
        raise ValueError("a mistake")

def command():
    Failing()
    return 0
"""
    status, _, told = ended(command)
    assert status == 0
    assert "ValueError: a mistake" in told


def test_who_has_the_signal_ignored_is_not_stopped() -> None:
    command = """
signal.signal(signal.SIGINT, signal.SIG_IGN)

def command():
    os.kill(os.getpid(), signal.SIGINT)
    return 0
"""
    assert ended(command) == (0, "", "")


STOPS = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n"
STOPS_IN_A_CLASS = """\
import os, signal
class Part:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), signal.SIGINT)
class Whole:
    part = Part()
"""


def stopped_in(module: str, text: str, place: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and messages of a command that is stopped while it loads a module."""
    (place / f"{module}.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "backlogtool", *arguments],
        env={**os.environ, "PYTHONPATH": f"{place}:{ROOT}"},
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr.strip()


def test_before_a_command_begins_it_ends_the_process_without_a_word(tmp_path: Path) -> None:
    """As a shell sees it that is 130 as well."""
    assert stopped_in("click", STOPS, tmp_path, "--version") == (-signal.SIGINT, "")


@pytest.mark.parametrize("text", [STOPS, STOPS_IN_A_CLASS], ids=["module", "class"])
def test_what_a_command_loads_later_is_stopped_as_the_command_itself(text: str, repo: Repo, tmp_path: Path) -> None:
    """Python makes an error of another kind of what is raised while a class is made."""
    repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY))
    repo.commit("first")
    assert stopped_in("jinja2", text, tmp_path, "-C", str(repo.root), "render", "--print") == (130, "interrupted")


def test_who_needs_no_more_does_not_wait_for_what_is_read_ahead() -> None:
    reading, done = threading.Event(), threading.Event()

    def slow() -> int:
        reading.set()
        return int(done.wait(60))

    read = ahead([lambda: 1, slow])
    assert next(read) == 1
    assert reading.wait(60)
    read.close()  # type: ignore[attr-defined]
    assert not done.is_set()
    done.set()


def test_what_is_read_ahead_comes_in_order() -> None:
    assert list(ahead([lambda number=number: number for number in range(9)])) == list(range(9))  # type: ignore[misc]
    assert list(ahead([])) == []
