"""Whatever a repository holds or configures: what only reads runs nothing, hangs nowhere, and leaves all as it is."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.untrusted import driver
from tests.untrusted.case import Case
from tests.untrusted.catalogue import CASES
from tests.untrusted.commands import COMMANDS, DRY_RUNS
from tests.untrusted.ground import ground, healthy, snapshot
from tests.untrusted.judging import READS, TRIES, changes, complaints, plain
from tests.untrusted.tracing import COMPARING, command_of_git, faults, steps_of, trace

#: Cases that between them reach every way to configure a program and every kind of odd file.
PACKED = (
    "one_program_for_everything",
    "items_that_are_devices_and_sockets",
)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A healthy repository, to be copied."""
    return healthy(tmp_path_factory.mktemp("healthy") / "repo")


@pytest.fixture(scope="session")
def usual(template: Path) -> Mapping[str, str]:
    """What the commands print in a healthy repository; all of them end with 0."""
    told = driver.answers(str(template))
    assert {answer.status for answer in told.values()} == {0}
    return {name: plain(answer, template) for name, answer in told.items()}


def _tries(case: Case) -> bool:
    """Dry runs are slow: every third case has them, and each where they end in a way of their own.

    The campaign has them everywhere.
    """
    return not set(DRY_RUNS).isdisjoint(case.ends) or list(CASES).index(case.name) % 3 == 0


@pytest.mark.sampled(72)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_reading_runs_nothing_and_changes_nothing(
    case: Case, template: Path, usual: Mapping[str, str], tmp_path: Path
) -> None:
    if case.needs_root and os.geteuid() != 0:
        pytest.skip("only root can give a repository to somebody else")
    made, directory = ground(template, tmp_path, case.make)
    before = snapshot(tmp_path)
    told = driver.answers(str(directory), READS)
    assert changes(before, snapshot(tmp_path)) == []
    if _tries(case):
        told |= driver.answers(str(directory), TRIES)
        assert changes(before, snapshot(tmp_path), dry_run=True) == []
    assert made.sang() == []
    assert list(complaints(case, directory, told, usual)) == []
    if case.provoked:
        assert made.provoke(*case.provoked), "the canary is dead: nothing was proven"


def test_there_are_enough_of_them() -> None:
    """ROBUSTNESS.md, R8, asks for 40 odd repositories and 10 commands."""
    assert len(CASES) >= 80
    assert len(COMMANDS) >= 17
    assert sum(bool(case.provoked) for case in CASES.values()) >= 25


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ('execve("/usr/bin/git", ["git", "-c", "a=b", "--git-dir", "x", "rev-parse"], 0x1) = 0', ""),
        ('execve("/usr/bin/git", ["git", "status"], 0x1) = 0', "starts a program"),
        ('execve("/usr/bin/git", ["git", "diff-files", "--raw"], 0x1) = 0', "starts a program"),
        ('execve("/bin/sh", ["sh", "-c", "x"], 0x1) = 0', "starts a program"),
        ('execve("/nowhere/sh", ["sh", "-c", "x"], 0x1) = -1 ENOENT (No such file or directory)', ""),
        ('openat(AT_FDCWD</place>, "items", O_RDONLY|O_DIRECTORY) = 3</place/items>', ""),
        ('openat(AT_FDCWD</place>, "../items", O_RDONLY) = -1 ENOENT (No such file or directory)', "outside"),
        ('openat(3</elsewhere>, "x", O_RDONLY <unfinished ...>', "outside"),
        ('openat(AT_FDCWD</place>, "x", O_RDWR|O_CREAT, 0666) = 3</place/x>', "changes something"),
        ('unlink("/place/x") = 0', "changes something"),
        ('unlink("/place/x") = -1 ENOENT (No such file or directory)', ""),
        ('utimensat(AT_FDCWD</place>, "x", NULL, 0) = 0', "changes something"),
        ('connect(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(22)}, 16) = 0', "talks to somebody"),
    ],
)  # fmt: skip
def test_a_trace_tells_of_every_wrong_step(call: str, fault: str) -> None:
    lines = ['1 lstat("/no-such-place/list", 0x1) = -1 ENOENT (No such file or directory)', f"1 {call}"]
    told = faults(steps_of(lines, ["/place"]), [], [Path("/place")])
    assert [fault in one for one in told] == ([True] if fault else [])


@pytest.mark.parametrize(
    ("end", "started"),
    [
        ("<... execve resumed>) = -1 ENOENT (No such file or directory)", []),
        ("<... execve resumed>)              = -1 ENOENT (No such file or directory)", []),
        ("<... execve resumed>)              = 0", ["/bin/sh", "sh", "-c", ") = -1 "]),
        ("+++ killed by SIGKILL +++", ["/bin/sh", "sh", "-c", ") = -1 "]),
    ],
)
def test_a_call_that_another_interrupts_is_one_step(end: str, started: list[str]) -> None:
    """Two threads begin a program each; the first is looked for where it is not, or started, as its end tells."""
    lines = [
        '1 lstat("/no-such-place/list", 0x1) = -1 ENOENT (No such file or directory)\n',
        '2 execve("/bin/sh", ["sh", "-c", ") = -1 "], 0x1 <unfinished ...>\n',
        '3 execve("/nowhere/git", ["git"], 0x1 <unfinished ...>\n',
        f"2 {end}\n",
        "3 <... execve resumed>) = -1 ENOENT (No such file or directory)\n",
        '1 lstat("/no-such-place/", 0x1)        = -1 ENOENT (No such file or directory)\n',
    ]
    first, second = (step for step in steps_of(lines, ["/place"]) if step.call == "execve")
    assert (first.program, second.program) == (started, [])


def test_what_is_interrupted_belongs_to_the_command_that_began_it() -> None:
    lines = [
        '1 lstat("/no-such-place/list", 0x1) = -1 ENOENT (No such file or directory)',
        '2 openat(AT_FDCWD</place>, "items", O_RDONLY <unfinished ...>',
        '1 lstat("/no-such-place/count", 0x1) = -1 ENOENT (No such file or directory)',
        "2 <... openat resumed>)   = 3</place/items>",
        '2 chdir("/place/items")   = 0',
        '2 unlink("x")             = 0',
    ]
    told = [(step.command, step.call, *step.paths) for step in steps_of(lines, ["/place"])]
    assert told == [
        ("list", "openat", "/place/items"), ("count", "chdir", "/place/items"), ("count", "unlink", "/place/items/x")
    ]  # fmt: skip


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Without the rights that root has over every file."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(me)


def test_what_may_not_be_written_can_be_read(
    template: Path, usual: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a repository whose every folder and file is read-only, for a user who is not root."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(shutil.copytree(template, Path(folder, "repo")))
        monkeypatch.setenv("HOME", folder)  # where tests usually have it, only their own user may look
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        below = [place, *place.rglob("*")]
        if os.geteuid() == 0:
            for path in (Path(folder), *below):
                os.chown(path, 65534, 65534)
        for path in below:
            path.chmod(0o555)
        before = snapshot(place)
        with _as_nobody():
            told = driver.answers(str(place), READS)
        names = [name for name in READS if name != "doctor"]  # which says that nothing can be written
        assert {name: plain(told[name], place) for name in names} == {name: usual[name] for name in names}
        assert changes(before, snapshot(place)) == []
        for path in below:
            path.chmod(0o755)


def _old_enough_for_git(directory: Path) -> None:
    """Makes git's index younger than the files, so that git is asked what differs: else we look for ourselves."""
    index = directory / ".git/index"
    if stat.S_ISREG(os.stat(index, follow_symlinks=False).st_mode):
        later = time.time() + 60
        os.utime(index, (later, later))


@pytest.mark.exhaustive
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_step_of_reading_leads_outside(template: Path, usual: Mapping[str, str], tmp_path: Path) -> None:
    """By what the system saw: only git and Python are started, nothing is opened outside, nothing is changed."""
    grounds = {name: ground(template, tmp_path / name, CASES[name].make) for name in PACKED}
    directories = [directory for _, directory in grounds.values()]
    for directory in directories:
        _old_enough_for_git(directory)
    answers, steps = trace(directories, tmp_path / "trace")
    allowed = [made.outside / place for name, (made, _) in grounds.items() for place in CASES[name].opens]
    assert faults(steps, allowed, [place for made, _ in grounds.values() for place in made.places]) == []
    for name, (_, directory) in grounds.items():
        assert list(complaints(CASES[name], directory, answers[str(directory)], usual)) == []
    started = [step for step in steps if step.program]
    assert len(started) > 20 * len(PACKED), "the trace has seen little"
    compared = {step.directory for step in started if command_of_git(step.program[1:]) == COMPARING}
    plain_one = str(grounds["items_that_are_devices_and_sockets"][1])
    assert compared == {plain_one}, "git compares files where filters are configured, or nowhere"
