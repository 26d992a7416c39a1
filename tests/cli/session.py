"""Running commands in a test: the real command line in this process, on a real repository, at a fixed moment."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backlogtool.cli.main import main
from backlogtool.codec.scalars import HIDDEN
from tests.repositories import Repo, make

NOW = "2026-02-16T06:20:00Z"
LATER = "2026-02-17T09:12:00Z"
POLICY = "config/backlog_policy.yml"

#: What no output may hold.
_CONTROL = re.compile(f"{HIDDEN.pattern}|\r")

#: The items of the prepared backlog; the last two share more than ``bl_``.
GATEWAY, BILLING, ROUTER, SEARCH = "bl_d8a7874e737d", "bl_52c7050367b7", "bl_365111bead76", "bl_365199999999"


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def data(self) -> Any:
        envelope = self.json
        assert envelope["schema_version"] == 1
        return envelope["data"]


def run(*arguments: str, stdin: bytes = b"") -> Answer:
    """Runs a command line in this process, with streams as a shell gives them to a program without a terminal."""
    streams = [io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (stdin, b"", b"")]
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = streams
    try:
        status = main(list(arguments))
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
    out, err = (_printed(stream) for stream in streams[1:])
    return Answer(status, out, err)


def _printed(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


@dataclass(frozen=True)
class Session:
    """A person at a prompt. Every command is also held to printing nothing that a terminal would act on."""

    repo: Repo
    now: str = NOW

    def __call__(self, *arguments: str, status: int = 0, stdin: bytes = b"", now: str = "") -> Answer:
        answer = self.answer(*arguments, stdin=stdin, now=now)
        assert answer.status == status, f"{arguments} ended with {answer.status}:\n{answer.out}{answer.err}"
        return answer

    def answer(self, *arguments: str, stdin: bytes = b"", now: str = "") -> Answer:
        """The answer to a command, however it ends."""
        answer = run("-C", str(self.repo.root), "--now", now or self.now, *arguments, stdin=stdin)
        assert not _CONTROL.search(answer.out + answer.err), ascii(answer.out + answer.err)
        return answer

    def create(self, *arguments: str, now: str = "") -> str:
        """Creates an item and gives its id."""
        made: str = self("create", *arguments, "--json", now=now).data["item"]["id"]
        return made

    def item(self, item_id: str) -> dict[str, Any]:
        """The item as ``show --json`` has it."""
        shown: dict[str, Any] = self("show", item_id, "--json").data["item"]
        return shown

    def events(self, *arguments: str) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = self("log", "--json", *arguments).data
        return told

    def path(self, item_id: str) -> str:
        return f"items/{item_id}.md"

    def text(self, item_id: str) -> str:
        return self.repo.read(self.path(item_id))

    def hand_edit(self, item_id: str, old: str, new: str) -> None:
        """Changes a file as an editor would; nothing is staged."""
        text = self.text(item_id)
        assert old in text
        self.repo.write(self.path(item_id), text.replace(old, new))

    def policy(self, text: str) -> None:
        """Commits a policy that changes these keys."""
        self.repo.write(POLICY, f"version: 1\n{text}")
        self.repo.commit("policy", POLICY)


def touched(repo: Repo, commit: str = "HEAD") -> list[str]:
    """The paths that one commit changed."""
    return repo.git("show", "--name-only", "--format=", "-z", commit).strip("\0\n").split("\0")


def snapshot(repo: Repo) -> dict[str, bytes]:
    """Everything that a command which writes nothing must leave as it is: files, index and branches."""
    git = repo.root / ".git"
    places = [*repo.root.iterdir(), git / "index", git / "HEAD", git / "packed-refs", git / "refs"]
    files = [file for place in places if place != git for file in (place, *place.rglob("*")) if file.is_file()]
    return {file.relative_to(repo.root).as_posix(): file.read_bytes() for file in files}


@contextmanager
def untouched(repo: Repo) -> Iterator[None]:
    """Holds what happens inside to changing no file, no commit and no index."""
    before = snapshot(repo)
    yield
    assert snapshot(repo) == before


@contextmanager
def one_commit(repo: Repo, *paths: str) -> Iterator[None]:
    """Holds what happens inside to exactly one commit, which changes exactly these paths."""
    before = repo.git("rev-parse", "--quiet", "--verify", "HEAD", check=False).strip()
    yield
    span = f"{before}..HEAD" if before else "HEAD"
    assert repo.git("rev-list", "--count", span).strip() == "1"
    assert touched(repo) == sorted(paths)


def item_text(item_id: str, body: str = "", **fields: object) -> str:
    """An item's file as a person would write it."""
    values: dict[str, object] = {
        "id": item_id,
        "title": f"Item {item_id[-4:]}",
        "created_at": NOW,
        "status": "open",
        "env": "prod",
        "priority": "P2",
        "service": '""',
        "owner": "oncall",
        "category": '""',
        "due_date": '""',
        "source": "manual",
        "dedupe_key": f"key:{item_id}",
    }
    lines = [f"{name}: {held}" for name, held in {**values, **fields}.items()]
    return "\n".join(["---", *lines, "---", *(["", body.strip("\n")] if body else [])]) + "\n"


PREPARED: Mapping[str, str] = {
    GATEWAY: item_text(GATEWAY, "The gateway drops connections.", title="Review the gateway", priority="P1",
                       service="gateway", category="arch_review", due_date="2026-03-02"),
    BILLING: item_text(BILLING, title="Harden billing", service="billing", category="slo_hardening"),
    ROUTER: item_text(ROUTER, title="Refactor the router", priority="P0", service="router", due_date="2026-02-10"),
    SEARCH: item_text(SEARCH, title="Search in staging", env="staging", service="search"),
}  # fmt: skip


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a backlog of four open items, to be copied."""
    repo = make(tmp_path_factory.mktemp("template") / "repo")
    repo.git("config", "core.hooksPath", "/dev/null")
    repo.write(POLICY, "# the rules of this team\nversion: 1\n")
    for item_id, text in PREPARED.items():
        repo.write(f"items/{item_id}.md", text)
    dates = {"GIT_AUTHOR_DATE": NOW, "GIT_COMMITTER_DATE": NOW}
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "a backlog", extra=dates)
    return slim(repo)


def slim(repo: Repo) -> Path:
    """The repository in few files, so that copies of it are cheap."""
    repo.git("repack", "-a", "-d", "--quiet")
    repo.git("prune-packed", "--quiet")
    shutil.rmtree(repo.root / ".git/hooks", ignore_errors=True)
    return repo.root


@pytest.fixture
def cli(template: Path, tmp_path: Path) -> Session:
    """A session in a repository of its own with the prepared backlog."""
    return copied(template, tmp_path)


@pytest.fixture(scope="session")
def initial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which nothing but ``init`` has been done."""
    repo = make(tmp_path_factory.mktemp("initial") / "repo")
    Session(repo)("init")
    return slim(repo)


@pytest.fixture
def backlog(initial: Path, tmp_path: Path) -> Session:
    """A session in a repository with a backlog that holds no items yet."""
    return copied(initial, tmp_path)


@pytest.fixture
def empty(repo: Repo) -> Session:
    """A session in a repository without a commit."""
    return Session(repo)


def copied(template: Path, place: Path) -> Session:
    """A session in a copy of a repository."""
    shutil.copytree(template, place / "work")
    return Session(Repo(place / "work"))
