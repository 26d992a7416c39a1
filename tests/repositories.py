"""Real git repositories for tests, cut off from the machine's configuration."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: Where programs and their parts are, in which words they speak, and what was asked of these tests.
_KEPT = (
    *("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR", "USER", "LOGNAME", "SHELL"),
    *("LANG", "LC_ALL", "LC_CTYPE", "TERM", "CI"),
    *("HYPOTHESIS_PROFILE", "RENEW_GOLDEN", "RIGHTS_RUNS", "RIGHTS_SEED"),
)


def isolate(environment: dict[str, str], home: Path) -> dict[str, str]:
    """What a program needs to start and nothing else, so that no configuration of anybody can be reached.

    Every process that a test starts is handed all of it: what nobody reads costs time, thousands of times.
    """
    return {name: value for name, value in environment.items() if name in _KEPT or name.startswith("PYTEST")} | {
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


@dataclass(frozen=True)
class Repo:
    """A work tree and the means to run git in it, as a person would."""

    root: Path

    def git(
        self, *arguments: str, check: bool = True, stdin: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> str:
        """Runs git and gives what it prints."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            input=stdin or None,
            stdin=None if stdin else subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**os.environ, **extra} if extra else None,
        )
        if check and done.returncode:
            raise AssertionError(f"git {arguments}: {done.stderr.decode()}")
        return done.stdout.decode("utf-8", "surrogateescape")

    def write(self, path: str, text: str) -> Path:
        """Writes a file, as an editor would."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
        return target

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def commit(self, message: str, *paths: str) -> str:
        """``git add`` and ``git commit`` by hand; gives the commit's id."""
        self.git("add", "--all", "--", *(paths or (".",)))
        self.git("commit", "--quiet", "--message", message)
        return self.head()

    def head(self) -> str:
        return _loose_head(self.root / ".git") or self.git("rev-parse", "HEAD").strip()

    def commits(self) -> int:
        return int(self.git("rev-list", "--count", "--all").strip())


def _loose_head(place: Path) -> str:
    """The commit of a branch that is checked out and has a file of its own; else nothing, and git has to be asked."""
    try:
        name = (place / "HEAD").read_text().removesuffix("\n")
        found = (place / name.removeprefix("ref: ")).read_text() if name.startswith("ref: refs/heads/") else ""
    except (OSError, UnicodeError):
        return ""
    commit = found.removesuffix("\n")
    return commit if len(commit) in (40, 64) and not set(commit) - set("0123456789abcdef") else ""


def make(root: Path, *, name: str = "Ann Author", bare: bool = False) -> Repo:
    """A new repository with an identity and no commit."""
    root.mkdir(parents=True, exist_ok=True)
    place = root if bare else root / ".git"
    for path, data in _new(bare):
        if data is None:
            (place / path).mkdir()
        else:
            (place / path).write_bytes(data)
    with (place / "config").open("a") as file:
        file.write(f'[user]\n\tname = "{name}"\n\temail = ann@example.org\n')
    return Repo(root)


@cache
def _new(bare: bool) -> tuple[tuple[str, bytes | None], ...]:
    """What git makes of an empty folder (a folder is None), without its samples of hooks.

    Git is asked once for each process that runs tests, and not three times for each repository.
    """
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["git", "init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []), folder], check=True
        )
        place = Path(folder) if bare else Path(folder, ".git")
        found = [place, *sorted(path for path in place.rglob("*") if path.suffix != ".sample")]
        if bare:
            del found[0]
        return tuple((str(path.relative_to(place)), None if path.is_dir() else path.read_bytes()) for path in found)


def four_texts(repo: Repo) -> None:
    """Files to be worked on, not yet committed."""
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        repo.write(name, "".join(f"{name} line {n}\n" for n in range(20)))


def half_finished(repo: Repo) -> None:
    """Begins work on the four texts as people do: staged, half-staged, deleted, renamed and untracked things."""
    repo.write("a.txt", "staged\n")
    repo.git("add", "a.txt")
    repo.write("a.txt", "staged\nand more\n")
    repo.git("mv", "b.txt", "moved.txt")
    repo.git("rm", "--cached", "--quiet", "c.txt")
    (repo.root / "d.txt").unlink()
    repo.write("new.txt", "untracked\n")
    repo.write("intent.txt", "intent to add\n")
    repo.git("add", "--intent-to-add", "intent.txt")
