"""R1 and R3: a writer killed, or refused by the system, at every system call that writes.

``python -m tests.campaigns.kill`` puts every command that commits through it: in the tool's own process, in every git
that it starts (git alone dies, or all of them do), and with errors instead of a kill. After each fault the next
command must find everything whole. Needs strace. Ends with 1 if anything was lost, and with 2 if no fault fired.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cli.session import NOW, ROUTER
from tests.conftest import ROOT
from tests.crash.crashes import BULK, COMMANDS, HEALER, State, check, copy, state, template
from tests.repositories import Repo, isolate

CALLS = (
    *("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fchmod", "chmod"),
    *("mkdir", "mkdirat", "link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat"),
)
#: error -> the calls that can answer with it.
ERRORS = {
    "ENOSPC": ("write", "pwrite64", "fsync", "link", "linkat", "rename", "renameat", "mkdir", "mkdirat", "openat"),
    "EIO": ("write", "pwrite64", "fsync", "rename", "renameat", "unlink", "unlinkat"),
    "EROFS": ("link", "linkat", "rename", "renameat", "mkdir", "mkdirat", "openat", "unlink"),
    "EMFILE": ("openat",),
}
_LOADING = re.compile(
    r'"(/usr|/etc|/lib|/proc|/dev|[^"]*python[^"]*|[^"]*\.(py|pyc|so[.0-9]*)|[^"]*site-packages[^"]*)["/]'
)
_ALL = COMMANDS | BULK
_GIT = shutil.which("git") or "git"
#: A git that is traced when its turn has come; with ALL set the whole session dies with it.
_SHIM = f"""#!/bin/sh
n=$(($(cat "$SHIM_COUNT") + 1)); echo $n > "$SHIM_COUNT"
[ $n = "$SHIM_TURN" ] || exec {_GIT} "$@"
strace -f -qq -o "$SHIM_LOG" -e trace="$SHIM_CALLS" $SHIM_INJECT {_GIT} "$@"
status=$?
[ -z "$SHIM_ALL" ] || [ $status -lt 128 ] || kill -9 0
exit $status
"""


@dataclass(frozen=True)
class Fault:
    """One fault: in the tool's own process (turn 0) or in the git started as number ``turn``."""

    command: str
    shape: str
    turn: int
    call: str
    when: str
    what: str
    whole: bool = False


class Campaign:
    """Repositories to break, and what came of it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.sources = {
            "clean": template(place / "clean", dirty=False),
            "dirty": template(place / "dirty", dirty=True),
        }
        self.shim = place / "bin/git"
        self.shim.parent.mkdir()
        self.shim.write_text(_SHIM)
        self.shim.chmod(0o755)
        self.ends: dict[tuple[str, str], tuple[State, State]] = {}
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []

    def begun(self, command: str, shape: str, name: str) -> Repo:
        """A repository for the command. Files with hand edits are not moved, so a move finds none."""
        repo = copy(self.sources[shape], self.place / name)
        if command == "layout":
            repo.git("checkout", "--quiet", "--", f"items/{ROUTER}.md")
        return repo

    def states(self, command: str, shape: str) -> tuple[State, State]:
        """The repository before and after the command."""
        if (command, shape) not in self.ends:
            repo = self.begun(command, shape, "whole")
            before = state(repo)
            done = self.run(repo, _ALL[command])
            assert done.returncode == 0, done.stderr
            self.ends[command, shape] = (before, state(repo))
            shutil.rmtree(repo.root)
        return self.ends[command, shape]

    def run(self, repo: Repo, command: Sequence[str], prefix: Sequence[str] = (), **extra: str):  # type: ignore[no-untyped-def]
        arguments = [*prefix, sys.executable, "-m", "backlogtool", "-C", str(repo.root), "--now", NOW, *command]
        return subprocess.run(
            arguments,
            capture_output=True,
            env={**os.environ, **extra},
            timeout=120,
            start_new_session=True,
            check=False,
        )

    def calls(self, command: str, shape: str, names: Sequence[str]) -> Iterator[tuple[int, str, list[int]]]:
        """(turn, call, which of them) of the system calls in an undisturbed run, but for loading programs."""
        for turn in range(1000):
            repo = self.begun(command, shape, "counted")
            log = self.place / "log"
            log.unlink(missing_ok=True)
            self.traced(repo, command, turn, names, [])
            shutil.rmtree(repo.root)
            if not log.exists():
                return
            lines = re.findall(r"^(?:\d+ +)?(\w+)\((.*)", log.read_text(errors="replace"), re.MULTILINE)
            for name in names:
                told = [rest for call, rest in lines if call == name]
                which = [
                    number for number, rest in enumerate(told, 1) if not _LOADING.search(rest) and str(ROOT) not in rest
                ]
                if which:
                    yield turn, name, which

    def traced(
        self, repo: Repo, command: str, turn: int, names: Sequence[str], inject: Sequence[str], whole: bool = False
    ):  # type: ignore[no-untyped-def]
        log = self.place / "log"
        if not turn:
            prefix = ["strace", "-qq", "-o", str(log), "-e", f"trace={','.join(names)}", *inject]
            return self.run(repo, _ALL[command], prefix, PYTHONDONTWRITEBYTECODE="1")
        count = self.place / "count"
        count.write_text("0\n")
        return self.run(
            repo,
            _ALL[command],
            PATH=f"{self.shim.parent}:{os.environ['PATH']}",
            SHIM_COUNT=str(count),
            SHIM_TURN=str(turn),
            SHIM_LOG=str(log),
            SHIM_CALLS=",".join(names),
            SHIM_INJECT=" ".join(inject),
            SHIM_ALL="1" if whole else "",
            PYTHONDONTWRITEBYTECODE="1",
        )

    def inflict(self, fault: Fault) -> None:
        """Breaks a repository once, lets the next command heal it, and judges."""
        before, after = self.states(fault.command, fault.shape)
        repo = self.begun(fault.command, fault.shape, "broken")
        inject = ["-e", f"inject={fault.call}:{fault.what}:when={fault.when}"]
        try:
            done = self.traced(repo, fault.command, fault.turn, [fault.call], inject, fault.whole)
            log = self.place / "log"
            text = log.read_text(errors="replace") if log.exists() else ""
            self.counts["fired" if "INJECTED" in text or "killed by SIGKILL" in text else "not reached"] += 1
            healed = self.run(repo, HEALER)
            assert healed.returncode == 0, f"the next command ended with {healed.returncode}: {healed.stderr.decode()}"
            whole = check(repo, before, after)
            assert whole or done.returncode != 0, "acknowledged and lost"
            if whole and done.returncode > 0 and "signal" not in fault.what:
                self.counts["done, but told as failed"] += 1
                print(f"told as failed: {fault}\n{done.stderr.decode()[-200:]}", flush=True)
            if b"Traceback" in done.stderr and b"Fatal Python error" not in done.stderr:
                self.counts["traceback"] += 1
                print(f"traceback: {fault}\n{done.stderr.decode()[-600:]}", flush=True)
            self.counts["after" if whole else "before"] += 1
        except (AssertionError, subprocess.TimeoutExpired) as error:
            self.failures.append(f"{fault}: {str(error)[:1500]}")
            print(f"FAILED {self.failures[-1]}", flush=True)
            shutil.copytree(repo.root, self.place / f"failed{len(self.failures)}", symlinks=True)
        shutil.rmtree(repo.root)


def kills(campaign: Campaign, commands: Sequence[str], shape: str) -> Iterator[Fault]:
    for command in commands:
        for turn, call, which in campaign.calls(command, shape, CALLS):
            for when in which:
                yield Fault(command, shape, turn, call, str(when), "signal=SIGKILL")
                if turn:
                    yield Fault(command, shape, turn, call, str(when), "signal=SIGKILL", whole=True)


def errors(campaign: Campaign, commands: Sequence[str], shape: str) -> Iterator[Fault]:
    for command in commands:
        for error, names in ERRORS.items():
            for turn, call, which in campaign.calls(command, shape, names):
                for when in which:
                    for tail in ("", "+"):
                        yield Fault(command, shape, turn, call, f"{when}{tail}", f"error={error}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", default=",".join(_ALL), help="which, separated by commas")
    parser.add_argument("--shape", default="dirty", choices=["clean", "dirty"])
    parser.add_argument("--faults", default="kill,error", help="kill, error or both")
    parser.add_argument("--part", type=float, default=1.0, help="the part of all points to try, chosen by chance")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if shutil.which("strace") is None:
        print("strace is not installed")
        return 2
    chance = random.Random(given.seed)
    place = Path(tempfile.mkdtemp(prefix="kill-"))
    (place / "home").mkdir()
    os.environ.update(isolate(dict(os.environ), place / "home"))
    campaign = Campaign(place)
    points = 0
    for kind, plan in (("kill", kills), ("error", errors)):
        if kind in given.faults:
            for fault in plan(campaign, given.commands.split(","), given.shape):
                points += 1
                if chance.random() < given.part:
                    campaign.inflict(fault)
    print(f"seed {given.seed}: {points} points, {sum(campaign.counts[one] for one in ('fired', 'not reached'))} tried")
    print(", ".join(f"{number} {name}" for name, number in sorted(campaign.counts.items())))
    print(f"{len(campaign.failures)} failures")
    shutil.rmtree(place, ignore_errors=True)
    if not campaign.counts["fired"]:
        return 2
    return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
