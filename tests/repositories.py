"""Real git repositories for tests, cut off from the machine's configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


def isolate(environment: dict[str, str], home: Path) -> dict[str, str]:
    """The environment without anything that could reach the user's or the system's configuration."""
    kept = {name: value for name, value in environment.items() if not name.startswith(("GIT_", "BACKLOG_", "XDG_"))}
    for name in ("NO_COLOR", "COLUMNS", "EDITOR", "VISUAL", "PAGER"):
        kept.pop(name, None)
    return kept | {
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
            input=stdin,
            capture_output=True,
            check=False,
            env={**os.environ, **(extra or {})},
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
        return self.git("rev-parse", "HEAD").strip()

    def commits(self) -> int:
        return int(self.git("rev-list", "--count", "--all").strip())


def make(root: Path, *, name: str = "Ann Author", bare: bool = False) -> Repo:
    """A new repository with an identity and no commit."""
    root.mkdir(parents=True, exist_ok=True)
    repo = Repo(root)
    repo.git("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))
    repo.git("config", "user.name", name)
    repo.git("config", "user.email", "ann@example.org")
    return repo


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
