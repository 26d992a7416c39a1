"""What processes opened, changed and started, as strace saw it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cli.session import Answer
from tests.conftest import ROOT
from tests.untrusted.commands import COMMANDS, DRY_RUNS
from tests.untrusted.driver import MARK

#: The git commands that reading may run: nothing that a repository configures acts on any of them.
COMMANDS_OF_GIT = frozenset(
    ("--version", "cat-file", "config", "diff-tree", "ls-files", "ls-tree", "merge-base", "merge-tree", "rev-list",
     "rev-parse", "symbolic-ref", "var")
)  # fmt: skip
#: One more, on which filters would act; with these words, and not where one is configured (stores/git/edited.py).
COMPARING = "diff-files"
_CAREFUL = frozenset((f"core.attributesFile={os.devnull}", "filter.lfs.process=", "--raw", "--ignore-submodules=all"))
_CALL = re.compile(r"(\d+) +(\w+)\((.*)")
#: What another process or thread interrupts is told in two lines.
_BEGUN = re.compile(r"(\d+) .* <unfinished \.\.\.>$")
_ENDED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)")
#: The end of a call is aligned.
_FAILED = re.compile(r"\) += -1 [^\"]*$")
_WENT_WELL = re.compile(r"\) += 0$")
_AT = re.compile(r'(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>(?:\([^)]*\))?, "((?:[^"\\]|\\.)*)"')
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_CHANGING = re.compile(
    "(mkdir|unlink|rename|link|symlink|rmdir|chmod|chown|fchmod|fchown|lchown|mknod|truncate|creat|utim|futim"
    "|setxattr|lsetxattr|removexattr|mount|chroot)"
)
_TRACED = "%file,%network,fchmod,fchown,ftruncate"
_DERIVED = re.compile(r"/backlogtool/cache(/[^/]*)?$")
_WRITING = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC|TMPFILE)")
#: What every process of the system needs.
_BASICS = (
    "/usr", "/lib", "/lib64", "/bin", "/sbin", "/proc/self", "/proc/thread-self", "/sys/devices/system/cpu",
    "/dev/null", "/dev/urandom", "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime", "/etc/passwd",
    "/etc/nsswitch.conf",
    "/etc/locale.alias",
    "/etc/ssl",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/resolv.conf",
    "/etc/mailname", "/etc/alternatives", "/etc/mime.types", "/etc/os-release", "/proc/cpuinfo",
    "/proc/meminfo", "/proc/filesystems", "/proc/sys",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A call of the system: while which command in which directory, by name, with these arguments, on these paths."""

    directory: str
    command: str
    call: str
    arguments: str
    paths: tuple[str, ...]

    @property
    def succeeded(self) -> bool:
        return not _FAILED.search(self.arguments)

    @property
    def may_read(self) -> bool:
        return self.call in ("open", "openat", "openat2")

    @property
    def may_change(self) -> bool:
        return bool(_CHANGING.match(self.call) or (self.may_read and _WRITING.search(self.arguments)))

    @property
    def program(self) -> list[str]:
        """The program that was started and its arguments; empty for other calls and for what is not there."""
        if self.call != "execve" or not self.succeeded:
            return []
        return [_unescaped(found[1]) for found in _TEXT.finditer(self.arguments)]


def trace(directories: Sequence[Path], log: Path) -> tuple[dict[str, dict[str, Answer]], list[Step]]:
    """How the commands end in the directories, and every step on the way."""
    command = (
        "strace", "-f", "-y", "-qq", "--seccomp-bpf", "-s", "8192", "-e", f"trace={_TRACED}",
        "-e", "signal=none", "-o", str(log),
        sys.executable, "-B", "-m", "tests.untrusted.driver", *map(str, directories),
    )  # fmt: skip
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")[-2000:]
    told = json.loads(ended.stdout)
    answers = {one: {name: Answer(*parts) for name, parts in some.items()} for one, some in told.items()}
    with open(log, encoding="utf-8", errors="surrogateescape") as file:
        return answers, list(steps_of(file, [str(one) for one in directories]))


def steps_of(lines: Iterable[str], directories: Sequence[str]) -> Iterator[Step]:
    """The steps from the first command to the last."""
    at, name = -1, ""
    places: dict[str, str] = {}
    marks = {f"{MARK}{one.replace(' ', '_')}": one for one in COMMANDS}
    for line in _joined(lines):
        found = _CALL.match(line)
        if not found:
            continue
        process, call, arguments = found.groups()
        paths = tuple(_paths(process, call, arguments, places))
        mark = next((one for one in paths if one.startswith(MARK)), "")
        if mark:
            name = marks.get(mark, "")
            at += name == next(iter(COMMANDS))
        elif name:
            yield Step(directories[at], name, call, arguments, paths)


def _joined(lines: Iterable[str]) -> list[str]:
    """The lines with each call in one, where it began; one that never ended, as of a process that was killed, stays."""
    joined: list[str] = []
    begun: dict[str, int] = {}
    for line in (one.rstrip("\n") for one in lines):
        ended = _ENDED.match(line)
        if ended and ended[1] in begun:
            at = begun.pop(ended[1])
            joined[at] = joined[at].removesuffix("<unfinished ...>").rstrip(" ") + ended[2]
            continue
        if found := _BEGUN.match(line):
            begun[found[1]] = len(joined)
        joined.append(line)
    return joined


def _paths(process: str, call: str, arguments: str, places: dict[str, str]) -> Iterator[str]:
    """The paths that a call names, from the root on; ``places`` are the current directories."""
    found = _AT.findall(arguments)
    if "AT_FDCWD<" in arguments and found:
        places[process] = _unescaped(found[0][0])
    place = places.get(process, str(ROOT))
    if found:
        for folder, path in found:
            yield os.path.join(_unescaped(folder), _unescaped(path))
        return
    texts = _TEXT.findall(arguments)
    wanted = texts[:2] if call in ("rename", "link") else texts[1:2] if call == "symlink" else texts[:1]
    for path in wanted:
        yield os.path.join(place, _unescaped(path))
    if call == "chdir" and wanted and _WENT_WELL.search(arguments):
        places[process] = os.path.join(place, _unescaped(wanted[0]))


def _unescaped(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape").decode("unicode_escape").encode("latin-1", "replace")
    return os.fsdecode(raw)


def faults(steps: Iterable[Step], allowed: Iterable[Path | str], places: Iterable[Path]) -> list[str]:
    """What the commands may not do: read outside ``allowed`` and ``places``, change anything, start a program.

    ``places`` are where the repositories stand, ``allowed`` what git has to open beside them.
    """
    prefixes = tuple(os.path.join(os.path.realpath(one), "") for one in (*_basics(), *allowed, *places))
    return list(dict.fromkeys(told for step in steps for told in _faults_of(step, prefixes)))


def _faults_of(step: Step, allowed: tuple[str, ...]) -> Iterator[str]:
    where = f"{os.path.basename(os.path.dirname(step.directory))}: {step.command}: {step.call}({step.arguments[:400]}"
    if step.program and not _expected(step.program):
        yield f"starts a program: {where}"
    if step.call in ("connect", "bind", "sendto", "sendmsg") and "AF_UNIX" not in step.arguments:
        yield f"talks to somebody: {where}"
    if step.may_change and step.succeeded and not all(_may_change(path, step) for path in step.paths):
        yield f"changes something: {where}"
    if step.may_read:
        for path in step.paths:
            if not (os.path.join(_resolved(path, step.arguments), "")).startswith(allowed):
                yield f"opens what is outside: {path}: {where}"


def _resolved(path: str, arguments: str) -> str:
    """Where a path leads; the last link is not followed where the call does not follow it."""
    if "O_NOFOLLOW" in arguments:
        folder, _, name = path.rpartition("/")
        return os.path.join(os.path.realpath(folder), name)
    return os.path.realpath(path)


def _may_change(path: str, step: Step) -> bool:
    if path == "/dev/null":
        return True
    if os.path.basename(path).startswith("sharedindex.") and step.call.startswith("utim"):
        return True  # git's own note that it is in use
    if _DERIVED.search(path) or (path.endswith("/backlogtool") and step.call.startswith("mkdir")):
        return True  # what may be made anew at any time
    turn = path.endswith(("/backlogtool", "/backlogtool/lock"))
    return turn and COMMANDS[step.command][0] in DRY_RUNS


def _expected(program: Sequence[str]) -> bool:
    """Whether this is git with a command that only reads, or our own interpreter."""
    path, *words = program
    if os.path.basename(path) != "git":
        return os.path.realpath(path) == os.path.realpath(sys.executable) and "-I" in words
    command = command_of_git(words)
    return command in COMMANDS_OF_GIT or (command == COMPARING and _CAREFUL.issubset(words))


def command_of_git(called: Sequence[str]) -> str:
    """The command behind git's own name and options; empty if there is none."""
    words = called[1:]
    while words and words[0].startswith("-") and words[0] != "--version":
        words = words[2:] if words[0] in ("-c", "-C", "--git-dir", "--work-tree") else words[1:]
    return words[0] if words else ""


def _basics() -> list[str]:
    python = {
        sys.prefix,
        sys.base_prefix,
        sys.exec_prefix,
        os.path.dirname(os.path.realpath(sys.executable)),
        *sys.path,
    }
    return [*_BASICS, *(one for one in python if one), str(ROOT), os.environ["HOME"]]
