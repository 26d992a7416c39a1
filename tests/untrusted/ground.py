"""Where an odd repository is made: a copy of a healthy one, a place outside it, canaries that tell when they run."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from backlogtool.app import packaged
from tests.cli.session import BILLING, NOW, POLICY, PREPARED, SEARCH, Session, slim
from tests.repositories import Repo, make

#: Text that stands in files outside the repository and must never be shown.
SECRET = "the-secret-of-another-project"
_PATH = 4000  # bytes that a path may have
_PATIENCE = 5.0  # seconds until a canary that sings has been heard
#: An item that two commits tell of.
ITEM = BILLING
DIGEST = "ops/reports/platform/2026-W08.json"


@dataclass
class Ground:
    """``repo`` is the odd repository; ``outside`` lies beside it and is no part of it."""

    repo: Repo
    outside: Path
    _pipes: list[Path] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.repo.root

    @property
    def git_dir(self) -> Path:
        return self.root / ".git"

    @property
    def places(self) -> list[Path]:
        """Where repositories stand: this one, and what a case made of it."""
        return [one for one in self.root.parent.iterdir() if one != self.outside]

    @property
    def nest(self) -> Path:
        """Where canaries leave a sign that they ran."""
        return self.outside / "sang"

    def canary(self, name: str = "canary", then: str = "cat") -> str:
        """A program outside the repository that leaves a sign when it runs, and then does what is expected of it."""
        program = self.outside / name
        program.write_text(f"#!/bin/sh\n: > '{self.nest}/{name}'\n{then}\n")
        program.chmod(0o755)
        return str(program)

    def pipe(self, path: Path) -> Path:
        """A named pipe: whoever opens it to read waits for ever, unless ``heard`` lets him go."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            path.unlink()
        os.mkfifo(path)
        self._pipes.append(path)
        return path

    def config(self, name: str, value: object) -> None:
        self.repo.git("config", name, str(value))

    def attributes(self, text: str) -> None:
        place = self.git_dir / "info/attributes"
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)

    def policy_text(self, text: str) -> None:
        self.repo.write(POLICY, text)

    def secret(self, name: str, data: str = "") -> Path:
        """A file outside the repository."""
        path = self.outside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data or f"{SECRET}\n")
        return path

    def sang(self) -> list[str]:
        """The canaries that ran."""
        return sorted(one.name for one in self.nest.iterdir())

    def provoke(self, *command: str) -> list[str]:
        """What sings when a person runs this; a pipe sings when it is opened to be read."""
        # A terminal, because git starts a pager for nothing else.
        above, below = os.openpty()
        process = subprocess.Popen(
            command,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=below,
            stderr=below,
            env={**os.environ, "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(below)
        try:
            return self._heard(process, above)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()
            os.close(above)

    def _heard(self, process: subprocess.Popen[bytes], terminal: int) -> list[str]:
        os.set_blocking(terminal, False)
        deadline = time.monotonic() + _PATIENCE
        while not (heard := self.sang() + [pipe.name for pipe in self._pipes if _has_reader(pipe)]):
            with suppress(OSError):
                os.read(terminal, 1 << 16)
            if process.poll() is not None or time.monotonic() > deadline:
                return self.sang()
            time.sleep(0.005)
        return heard


def _has_reader(pipe: Path) -> bool:
    """Whether somebody waits for what comes out of a named pipe."""
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def healthy(root: Path) -> Path:
    """A repository in which every command ends well: items, fresh views, a digest, a grouped file."""
    repo = make(root)
    repo.git("config", "core.hooksPath", "/dev/null")
    session = Session(repo)
    session("init")
    for item_id in (BILLING, SEARCH):
        repo.write(f"items/{item_id}.md", PREPARED[item_id])
    repo.write(DIGEST, packaged.sample("digest.json").decode())
    repo.write("BACKLOG.md", packaged.sample("BACKLOG.md").decode())
    dates = {"GIT_AUTHOR_DATE": NOW, "GIT_COMMITTER_DATE": NOW}
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "a backlog", extra=dates)
    session("import", "BACKLOG.md")
    session("assign", ITEM, "bob")
    session("render", "--commit")
    repo.git("config", "--unset", "core.hooksPath")
    return slim(repo)


def ground(template: Path, place: Path, make_odd: Callable[[Ground], Path | None]) -> tuple[Ground, Path]:
    """A new ground with the odd repository on it, and the directory in which commands are to run."""
    shutil.copytree(template, place / "repo", symlinks=True)
    made = Ground(Repo(place / "repo"), place / "outside")
    made.nest.mkdir(parents=True, exist_ok=True)
    return made, make_odd(made) or made.root


Snapshot = Mapping[str, tuple[object, ...]]


def snapshot(place: Path) -> Snapshot:
    """path -> kind, permissions, times, content of everything below a place whose path is not too long."""
    return {os.fsdecode(path): _seen(path) for path in _below(os.fsencode(place))}


def _below(place: bytes) -> Iterator[bytes]:
    yield place
    if stat.S_ISDIR(os.lstat(place).st_mode):
        for name in os.listdir(place):
            if len(place) + len(name) < _PATH:
                yield from _below(os.path.join(place, name))


def _seen(path: bytes) -> tuple[object, ...]:
    """All that a command could have changed; not when it was last read, of which git keeps a note for a split index."""
    found = os.lstat(path)
    noted = b"/sharedindex." in path
    held: object = b""
    if stat.S_ISLNK(found.st_mode):
        held = os.readlink(path)
    elif stat.S_ISREG(found.st_mode) and found.st_size < 1 << 24:
        with open(path, "rb") as file:
            held = sha256(file.read()).digest()
    return (
        found.st_mode,
        found.st_ino,
        found.st_nlink,
        found.st_uid,
        found.st_size,
        0 if noted else found.st_mtime_ns,
        held,
    )
