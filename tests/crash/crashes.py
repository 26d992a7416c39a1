"""Killing a writer at a chosen point, and an oracle that knows raw git and nothing of the protocol."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from backlogtool.stores.git import fault
from tests.cli.session import BILLING, GATEWAY, NOW, POLICY, PREPARED, ROUTER, SEARCH, Session, run, slim
from tests.repositories import Repo, four_texts, half_finished, make

#: Every command that commits, on the prepared backlog. None of them touches the item SEARCH.
COMMANDS: dict[str, tuple[str, ...]] = {
    "create": ("create", "A new thing", "P1", "@ann"),
    "edit": ("edit", BILLING, "--set", "priority=P0", "--add", "tags=late"),
    "edit with edits": ("edit", ROUTER, "--set", "owner=bob", "--with-edits"),
    "set-status": ("set-status", GATEWAY, "in_progress"),
    "assign": ("assign", GATEWAY, "cto"),
    "comment": ("comment", BILLING, "a remark"),
    "close": ("close", GATEWAY, "--status", "canceled"),
    "upsert": ("upsert", "--dedupe-key", "gateway:slo:2026-W07", "--title", "Gateway", "--service", "gateway",
               "--category", "slo_hardening"),
    "undo": ("undo", "HEAD"),
    "import": ("import", "BACKLOG.new.md"),
    "promote": ("promote",),
    "generate": ("generate", "weekly", "--env", "prod"),
    "render": ("render", "--commit"),
    "init": ("init",),
}  # fmt: skip
#: Commands that change many files at once; the last one moves all, SEARCH as well.
BULK: dict[str, tuple[str, ...]] = {
    "edit --where": (
        "edit",
        "--where",
        "env:prod ~service:router",
        "--set",
        "owner=zoe",
        "--add",
        "tags=late",
        "--yes",
    ),
    "layout": ("layout", "sharded"),
}
HEALER = ("comment", SEARCH, "healed")


#: About one service, which gives one item.
_DIGEST = {
    "schema_version": 1,
    "kind": "platform_priority_digest",
    "week": "2026-W08",
    "env": "prod",
    "generated_at": "2026-02-16T06:00:00Z",
    "services": [{"service": "ledger", "pressure": {"score": 80, "band": "high", "requires_arch_review": True}}],
}
_TASK = """\
## task_begin
### # [id:TASK-20260209-00{number}][type:security][priority:critical][component:auth] {title}
**Status:** todo
**Description:** It has to be done.
**Acceptance Criteria:**
- [ ] It is done
**Relevant Files:** `auth/keys.py`
**Relevant Documentation:** `docs/keys.md` — how
**Plan:**
1. Do it
2. Test it
3. Ship it
**Estimated Effort:** 1 day
## task_end
"""


def _grouped(*titles: str) -> str:
    """A grouped backlog of one group."""
    tasks = "\n".join(_TASK.format(number=number, title=title) for number, title in enumerate(titles, 1))
    begin = "## group_begin [type:security][priority:critical]\n## Security"
    return f"# Backlog\n\n{begin}\n\n{tasks}\n## group_end\n"


def template(place: Path, *, dirty: bool, hooked: bool = False) -> Path:
    """A repository with the prepared backlog, and if wanted everything that a person can have begun beside it.

    Where it is ``hooked``, git itself has to make every commit.
    """
    repo = make(place)
    repo.git("config", "gc.auto", "0")
    repo.write(POLICY, "version: 1\n")
    for item_id, text in PREPARED.items():
        repo.write(f"items/{item_id}.md", text)
    repo.write("BACKLOG.old.md", _grouped("Rotate the keys"))
    repo.write("BACKLOG.new.md", _grouped("Rotate all keys", "Patch the parser"))
    repo.write("ops/reports/platform/2026-W08.json", json.dumps(_DIGEST))
    four_texts(repo)
    repo.commit("a backlog", ".")
    session = Session(repo)
    session("import", "BACKLOG.old.md")
    session("assign", BILLING, "dave")
    slim(repo)
    repo.write(f"items/{ROUTER}.md", repo.read(f"items/{ROUTER}.md").replace("priority: P0", "priority: P3"))
    if dirty:
        half_finished(repo)
    if hooked:
        repo.write(".git/hooks/post-commit", "#!/bin/sh\n").chmod(0o755)
        repo.git("config", "core.hooksPath", ".git/hooks")
    return repo.root


@dataclass(frozen=True)
class State:
    """What stands in the work tree (new ids made alike), what is staged and edited, and how many commits there are.

    The item that the healing command changes is left out.
    """

    files: dict[str, str]
    status: str
    commits: int


def state(repo: Repo) -> State:
    files = {}
    for folder, inner, names in os.walk(repo.root):
        if ".git" in inner:
            inner.remove(".git")
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), repo.root)
            text = (repo.root / path).read_bytes().decode()
            files[_alike(path)] = _alike(text)
    for path in [path for path in files if path.endswith(f"/{SEARCH}.md")]:
        del files[path]
    status = repo.git("status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=all")
    others = (".", f":(exclude,glob)**/{SEARCH}.md")
    return State(files, _alike(status), int(repo.git("rev-list", "--count", "HEAD", "--", *others)))


def _alike(text: str) -> str:
    return re.sub(r"bl_[0-9a-f]{12}", lambda found: found[0] if found[0] in PREPARED else "bl_new", text)


def start(work: Callable[[], int], *, kill_at: int = 0) -> int:
    """Begins work in a process of its own, killed at that crash point; the process's number."""
    child = os.fork()
    if not child:
        fault._passed = 0
        os.environ["BACKLOGTOOL_FAULT"] = str(kill_at or "")
        os._exit(work())
    return child


def end(child: int) -> int:
    """The exit code of a process, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def do(repo: Repo, command: Sequence[str]) -> int:
    """Runs a command in this process; its exit code."""
    answer = run("-C", str(repo.root), "--now", NOW, *command)
    if answer.status:
        print(command, answer)
    return answer.status


def killed_runs(
    source: Path, place: Path, command: Sequence[str], *, rival: Sequence[str] = (), first: int = 1, step: int = 1
) -> Iterator[tuple[int, Repo]]:
    """For every crash point of a command, in order: a copy of the repository in which it was killed there.

    A ``rival`` is a command that another process begins meanwhile, and which must succeed. With a ``step``, only every
    so many-th point from the ``first`` on.
    """
    for point in range(first, 1000, step):
        repo = copy(source, place / str(point))
        victim = start(lambda repo=repo: do(repo, command), kill_at=point)  # type: ignore[misc]
        other = start(lambda repo=repo: do(repo, rival)) if rival else 0  # type: ignore[misc]
        status = end(victim)
        assert not other or end(other) == 0
        if status != -signal.SIGKILL:
            assert status == 0, f"{command} ended with {status}"
            shutil.rmtree(repo.root)
            return
        yield point, repo
        shutil.rmtree(repo.root)


def copy(source: Path, place: Path) -> Repo:
    shutil.copytree(source, place, symlinks=True)
    return Repo(place)


def check(repo: Repo, before: State, after: State) -> bool:
    """Holds a healed repository to being whole, before or after the command; tells which (True: after)."""
    found = state(repo)
    done = found.files == after.files
    wanted = after if done else before
    assert found.files == wanted.files
    assert found.status == wanted.status
    assert found.commits == wanted.commits
    assert repo.git("fsck", "--strict", "--no-dangling") == ""
    left = [path.name for path in (repo.root / ".git/backlogtool").iterdir()]
    assert set(left) <= {"lock", "cache", "views.json"}, left
    others = [path for path in repo.root.rglob("*") if path.parent.name != "cache"]
    assert [path for path in others if path.suffix == ".lock" or "backlogtool-" in path.name] == []
    return done
