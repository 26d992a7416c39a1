"""What trackers are asked, and how we are asked the same."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.content import PRIORITIES, Subject, item_id, subject
from benchmarks.floors import steady
from benchmarks.generate import environment
from benchmarks.measure import Action, Side
from benchmarks.repositories import Stage
from benchmarks.rows import completion, tool

LIST, FIRST, FILTERED, SEARCH = (
    "list of every item",
    "the first 50",
    "list by status and owner",
    "search for a rare word",
)
VIEW, CREATE, STATUS, COMPLETE = "one item", "create", "change of status", "one TAB of id completion"
QUESTIONS = (LIST, FIRST, FILTERED, SEARCH, VIEW, CREATE, STATUS, COMPLETE)
_NEEDS = {SEARCH: "search", VIEW: "show", CREATE: "create", STATUS: "set-status", COMPLETE: "completion"}
#: Both read and neither commit: an item and a status that every tracker is asked for.
STATE, OWNER = "open", "alice"


class AbsentError(Exception):
    """The tracker cannot be had here."""


class Question(NamedTuple):
    """One thing both are asked; ``cpu`` and ``memory`` say how many times less of each ours has to take."""

    name: str
    theirs: Side
    cpu: float | None = None
    memory: float | None = None
    note: str = ""

    @property
    def needs(self) -> str:
        """The command of ours that answers it."""
        return _NEEDS.get(self.name, "list")


def ours(one: Stage, name: str, turns: int) -> Side:
    """How we are asked."""
    number = one.plan.items // 2
    some = item_id(number)
    moved = one.active(turns) if name == STATUS else []
    sides: dict[str, Callable[[], Side]] = {
        LIST: lambda: steady(one, *tool("list", "--all", "--format", "plain"), expect=some),
        FIRST: lambda: steady(one, *tool("list", "--limit", "50"), expect="bl_"),
        FILTERED: lambda: steady(one, *tool("list", "--all", f"status:{STATE}", f"owner:{OWNER}"), expect=OWNER),
        SEARCH: lambda: steady(one, *tool("search", rare(number)), expect=some),
        VIEW: lambda: steady(one, *tool("show", some), expect=some),
        CREATE: lambda: lambda turn: Action(tool("create", f"Compared {turn}"), one.root, expect="created"),
        STATUS: lambda: lambda turn: Action(tool("set-status", moved[turn], "canceled"), one.root, expect="->"),
        COMPLETE: lambda: completion(one, some),
    }
    return sides[name]()


def rare(number: int) -> str:
    """A word that only the item with this number holds."""
    return f"incident-{number}"


def subjects(one: Stage) -> Iterator[Subject]:
    """The items of a repository as they would be without a history, in the order of their numbers."""
    return (subject(number, 1_700_000_000) for number in range(one.plan.items))


def rank(priority: str) -> int:
    """0 for the most urgent priority."""
    return sorted(PRIORITIES).index(priority)


def called(command: tuple[str, ...], folder: Path, extra: Mapping[str, str] | None = None, given: str = "") -> str:
    """Runs a program of the tracker, unmeasured, and gives what it prints; ``AbsentError`` if it fails."""
    with tempfile.TemporaryFile("w+") as told:  # not a pipe: some programs end before they have filled it
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment() | dict(extra or {}),
                input=given,
                stdout=told,
                stderr=subprocess.PIPE,
                text=True,
            )
        except OSError as error:
            raise AbsentError(f"{command[0]} cannot be started: {error}") from error
        if done.returncode:
            raise AbsentError(f"{' '.join(command)[:80]}: {done.stderr.strip()[-200:]}")
        told.seek(0)
        return told.read()


def debian(work: Path, package: str, program: str) -> str:
    """The path of a program from a Debian package, which is unpacked into the work folder; nothing is installed."""
    folder = work / "peers"
    found = folder / "usr/bin" / program
    if not found.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        called(("apt-get", "download", "--quiet", package), folder)
        for archive in folder.glob(f"{package}_*.deb"):
            called(("dpkg-deb", "--extract", str(archive), "."), folder)
    if not found.is_file():
        raise AbsentError(f"the package {package} has no {program}")
    return str(found)


def fresh(pristine: Path, used: Path) -> Path:
    """A copy of the files as they were made, in place of what earlier runs changed."""
    shutil.rmtree(used, ignore_errors=True)
    shutil.copytree(pristine, used)
    return used
