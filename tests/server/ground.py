"""A bare repository with the hook, a clone of it, and pushes as a person makes them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.cli.session import GATEWAY, NOW, PREPARED, Session, item_text
from tests.repositories import Repo, make

PATH = f"items/{GATEWAY}.md"
POLICY = "config/backlog_policy.yml"
#: A policy by which an open item can be done at once.
LOOSE = "version: 1\nworkflow:\n  allowed_transitions:\n    open: [in_progress, blocked, done, canceled]\n"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Pushed:
    """How a push ended, and what the pusher saw."""

    status: int
    seen: str

    @property
    def told(self) -> str:
        """What the server said."""
        lines = (line.rstrip() for line in self.seen.splitlines() if line.startswith("remote:"))
        return "\n".join(line.removeprefix("remote:").removeprefix(" ") for line in lines)


@dataclass(frozen=True)
class Ground:
    """Somebody's clone, and the server that it pushes to."""

    server: Repo
    work: Repo

    @property
    def command(self) -> Session:
        """The tool, in the clone."""
        return Session(self.work)

    def put(self, message: str = "work", path: str = PATH, item: str = GATEWAY, **fields: object) -> str:
        """A commit by hand that leaves the item with these values."""
        values = {"title": "Review the gateway", "priority": "P1", "service": "gateway", **fields}
        self.work.write(path, item_text(item, "The gateway drops connections.", **values))
        return self.work.commit(message)

    def branch(self, name: str, at: str = "main") -> None:
        self.work.git("checkout", "--quiet", "-b", name, at)

    def merge(self, *others: str, **fields: object) -> str:
        """A merge whose result has these values, whatever its sides say."""
        values = {"title": "Review the gateway", "priority": "P1", "service": "gateway", **fields}
        self.work.write(PATH, item_text(GATEWAY, "The gateway drops connections.", **values))
        self.work.git("add", "--all")
        parents = [word for one in ("HEAD", *others) for word in ("-p", one)]
        made = self.work.git("commit-tree", self.work.git("write-tree").strip(), *parents, "-m", "merge").strip()
        self.work.git("reset", "--quiet", "--hard", made)
        return made

    def push(self, *words: str, to: str = "origin") -> Pushed:
        """``git push``; whatever the server says holds nothing that a terminal would act on."""
        done = subprocess.run(
            ["git", "push", to, *words], cwd=self.work.root, capture_output=True, check=False, env=os.environ
        )
        found = Pushed(done.returncode, done.stderr.decode())
        assert not _CONTROL.search(found.told), ascii(found.told)
        return found

    def accepted(self, *words: str, to: str = "origin") -> Pushed:
        found = self.push(*words, to=to)
        assert found.status == 0, found.seen
        return found

    def refused(self, *words: str, code: str = "") -> Pushed:
        """A push that changes nothing at the server, with the finding on the pusher's screen."""
        before = self.refs()
        found = self.push(*words)
        assert found.status == 1, found.seen
        assert "pre-receive hook declined" in found.seen, found.seen
        assert f"[{code}]" in found.told if code else "refused" in found.told, found.seen
        assert self.refs() == before
        assert list((self.server.root / "objects").glob("incoming-*")) == [], "git cleans up its quarantine"
        return found

    def refs(self) -> dict[str, str]:
        """What the server's refs stand at."""
        lines = self.server.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ") for line in lines)


def prepared(place: Path) -> Path:
    """A server with a backlog of four items and the hook, and a clone; both to be copied."""
    server, work = make(place / "server.git", bare=True), make(place / "work")
    work.write(POLICY, "version: 1\n")
    for item_id, text in PREPARED.items():
        work.write(f"items/{item_id}.md", text)
    work.git("add", "--all")
    work.git("commit", "--quiet", "--message", "a backlog", extra={"GIT_AUTHOR_DATE": NOW, "GIT_COMMITTER_DATE": NOW})
    work.git("remote", "add", "origin", "../server.git")
    work.git("push", "--quiet", "--set-upstream", "origin", "main")
    Session(server)("init", "--hooks")
    for one in (server.root / "hooks", work.root / ".git/hooks"):
        for sample in one.glob("*.sample"):
            sample.unlink()
    return place


def copied(template: Path, place: Path) -> Ground:
    """A ground of one's own."""
    shutil.copytree(template, place / "ground")
    return Ground(Repo(place / "ground/server.git"), Repo(place / "ground/work"))
