"""What a crowd was told against what git holds: plain git and a small model, nothing of the tool.

The model knows items as lines of text. It walks the branch from its first commit to its last and applies to
each item what the acknowledged command said; every version must be exactly that.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.repositories import Repo

Item = dict[str, Any]

_RAW = re.compile(r":(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*\0([^\0]*)\0")
_COMMENT = re.compile(r"^### \S+ .+\n\n(.+)$", re.MULTILINE)
_STALE = re.compile(r"has changed since it was read|moved on while the commit was made")
#: The steps that the packaged policy allows.
_LEGAL = {
    "open": {"in_progress", "blocked", "canceled"},
    "in_progress": {"blocked", "done", "canceled"},
    "blocked": {"open", "in_progress", "canceled"},
}
_MAKING = ("create", "upsert")
#: Exit codes of DESIGN.md §10. Busy is also what git says when its own housekeeping gets in its way.
_REFUSED, _CONFLICT, _BUSY = 1, 5, 7


@dataclass(frozen=True, slots=True)
class Commit:
    """``changes`` are (kind of change, path, blob before, blob after)."""

    id: str
    parents: tuple[str, ...]
    subject: str
    changes: tuple[tuple[str, str, str, str], ...]

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _, _ in self.changes]


@dataclass(slots=True)
class Audit:
    """``figures`` count what happened, ``faults`` are sentences; there should be none."""

    figures: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def history(repo: Repo, span: str = "HEAD") -> list[Commit]:
    """The commits of the branch, the oldest first, as git tells them."""
    told = repo.git(
        "log",
        "--reverse",
        "--no-renames",
        "-m",
        "--raw",
        "--no-abbrev",
        "-z",
        "--format=%x02%H%x00%P%x00%s",
        span,
        "--",
    )
    return [_commit(one) for one in told.split("\x02")[1:]]


def _commit(told: str) -> Commit:
    name, parents, rest = told.split("\0", 2)
    subject, _, raw = rest.partition("\0")
    changes = tuple((kind, path, old, new) for _, _, old, new, kind, path in _RAW.findall(raw))
    return Commit(name, tuple(parents.split()), subject, changes)


def blobs(repo: Repo, names: Iterable[str]) -> dict[str, bytes]:
    """The contents of blobs, from one git."""
    wanted = sorted({one for one in names if one.strip("0")})
    told = repo.git("cat-file", "--batch", stdin="".join(f"{one}\n" for one in wanted).encode())
    data, found, at = told.encode("utf-8", "surrogateescape"), {}, 0
    for name in wanted:
        end = data.index(b"\n", at)
        size = int(data[at:end].split()[2])
        found[name], at = data[end + 1 : end + 1 + size], end + size + 2
    return found


def item(text: bytes) -> Item:
    """An item as its lines say it: the keys of the frontmatter, and the comments."""
    head, _, body = text.decode().removeprefix("---\n").partition("\n---\n")
    pairs = (line.partition(": ") for line in head.split("\n"))
    remarks = body.partition("## Comments\n")[2]
    return {**{key: held for key, _, held in pairs}, "comments": _COMMENT.findall(remarks)}


def applied(before: Item | None, entry: Mapping[str, Any], after: Item) -> Item | None:
    """What the item must be after an acknowledged command; None if the command cannot have done that.

    Of a new item only the parts that the command named are known.
    """
    kind, value = entry["kind"], entry["value"]
    if before is None:
        named = {"title": value, "status": "open", "comments": []} | (
            {"dedupe_key": entry["key"]} if kind == "upsert" else {}
        )
        return {**after, **named} if kind in _MAKING else None
    if kind in ("owner", "editor"):
        return {**before, "owner": value}
    if kind == "comment":
        return {**before, "comments": [*before["comments"], value]}
    if kind in ("move", "close"):
        return {**before, "status": value} if value in _LEGAL.get(before["status"], ()) else None
    return {**before, "title": value} if kind == "upsert" and before["dedupe_key"] == entry["key"] else None


def audit(repo: Repo, logs: Path) -> Audit:
    """Compares everything that was told with the repository."""
    told = [json.loads(line) for path in sorted(logs.glob("*.jsonl")) for line in path.read_text().splitlines()]
    found = Audit()
    commits = history(repo)
    texts = blobs(repo, (blob for one in commits for _, _, old, new in one.changes for blob in (old, new)))
    writes = [one for one in told if one["kind"] not in ("person", "gc")]
    persons = [one for one in told if one["kind"] == "person"]
    found.figures.update(f"{one['kind']} {_ending(one['status'])}" for one in told)
    acknowledged = {one["commit"]: one for one in writes if one["commit"]}
    found.figures["acknowledged"] = len(acknowledged)
    found.faults += _untold(writes)
    found.faults += _lost(commits, writes, persons)
    found.faults += _line(commits)
    for commit in commits[2:]:  # init, and the prepared backlog
        entry = acknowledged.get(commit.id)
        found.faults += _own(commit, entry, texts) if entry else _persons(commit, persons, texts)
    found.faults += _twice(repo) + _unclean(repo)
    return found


def _ending(status: int) -> str:
    return {0: "done", _REFUSED: "refused", _CONFLICT: "stale", _BUSY: "busy"}.get(status, f"status {status}")


def _untold(writes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Answers that no document knows: each conflict says that something has changed, and has its exit code."""
    faults = []
    for one in writes:
        stale = bool(_STALE.search(one["error"]))
        refused = one["status"] == _REFUSED and one["kind"] in ("move", "close")
        busy = one["status"] == _BUSY and bool(one["error"])
        if not (refused or busy or (one["status"] == 0 and not one["error"]) or (one["status"] == _CONFLICT and stale)):
            faults.append(f"{one['kind']} of {one['item']} was answered {one['status']}: {one['error']}")
    return faults


def _lost(
    commits: Sequence[Commit], writes: Sequence[Mapping[str, Any]], persons: Sequence[Mapping[str, Any]]
) -> list[str]:
    ids, subjects = {one.id for one in commits}, Counter(one.subject for one in commits)
    said = Counter(one["commit"] for one in writes if one["commit"])
    faults = [f"lost: {one} was acknowledged and is not on the branch" for one in said if one not in ids]
    faults += [f"{one} was acknowledged {times} times" for one, times in said.items() if times > 1]
    kept = [one["subject"] for one in persons if one["status"] == 0]
    return faults + [f"lost: the person's commit '{one}'" for one in kept if subjects[one] != 1]


def _line(commits: Sequence[Commit]) -> list[str]:
    """Every commit stands on the one before: no side line, no merge."""
    pairs = itertools.pairwise(commits)
    return [f"{after.id} does not follow {before.id}" for before, after in pairs if after.parents != (before.id,)]


def _own(commit: Commit, entry: Mapping[str, Any], texts: Mapping[str, bytes]) -> list[str]:
    """A commit of the tool: its item's file and nothing else, changed as the command said."""
    path = f"items/{entry['item']}.md"
    if commit.paths != [path]:
        return [f"foreign: {commit.id} of {entry['item']} holds {commit.paths}"]
    kind, _, old, new = commit.changes[0]
    before = item(texts[old]) if kind == "M" else None
    after = item(texts[new]) if new.strip("0") else {}
    if after.get("id") != entry["item"] or applied(before, entry, after) != after:
        return [f"wrong: {commit.id} was told as {entry} and made {before} into {after}"]
    return []


def _persons(commit: Commit, persons: Sequence[Mapping[str, Any]], texts: Mapping[str, bytes]) -> list[str]:
    """A commit that no command was told of is the person's, of their notes and as they wrote them."""
    entry = next((one for one in persons if one["subject"] == commit.subject), None)
    if entry is None:
        return [f"unknown: {commit.id} '{commit.subject}' was acknowledged to nobody"]
    foreign = [path for path in commit.paths if not path.startswith("notes/")]
    if foreign:
        return [f"foreign: the person's {commit.id} holds {foreign}"]
    held = {path: texts.get(new) for _, path, _, new in commit.changes}
    if entry["added"] and held.get(entry["path"], b"") != entry["text"].encode():
        return [f"wrong: the person's {commit.id} holds {held}"]
    return []


def _twice(repo: Repo) -> list[str]:
    """Ids and dedupe keys that two files have, at the end."""
    faults: list[str] = []
    listed = repo.git("ls-tree", "-r", "-z", "HEAD", "items/").split("\0")
    names = [one.split()[2] for one in listed if "\titems/bl_" in one]
    texts = blobs(repo, names)
    held = [item(texts[one]) for one in names]
    for key in ("id", "dedupe_key"):
        counted = Counter(one[key] for one in held)
        faults += [f"duplicate {key}: {value}" for value, times in counted.items() if times > 1]
    return faults


def _unclean(repo: Repo) -> list[str]:
    """What is left over: broken objects, an index or work tree that is not the branch's, somebody's lock."""
    locks = [path for path in (repo.root / ".git").rglob("*.lock") if path.parent.name != "cache"]
    checks = {
        "fsck": repo.git("fsck", "--strict", "--no-dangling", check=False),
        "status": repo.git("status", "--porcelain", "--", "items", "config"),
        "staged": repo.git("diff", "--cached", "--name-only", "--", "items", "config"),
        "locks": " ".join(map(str, locks)),
    }
    return [f"{name}: {told}" for name, told in checks.items() if told.strip()]
