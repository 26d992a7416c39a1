"""A second judge of histories, naive and slow: GitPython reads the objects, python-frontmatter the items.

It shares no line with the tool. It knows what is checked here and no more: moves by the table of the base's policy,
fields that never change, merges that make what no side made, versions that cannot be read, rules that change, authors
whom nobody knows. Histories with criss-cross merges or merges of more than two parents are not for it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import frontmatter
import git
import yaml

DEFAULT = {
    "open": ["in_progress", "blocked", "canceled"],
    "in_progress": ["blocked", "done", "canceled"],
    "blocked": ["open", "in_progress", "canceled"],
    "done": [],
    "canceled": [],
}
FIXED = ("created_at", "source", "dedupe_key")
#: Fields of which a merge may make nothing that no side has.
WORDS = ("status", "owner", "priority")
#: (code, item); the item is empty where a finding is about the rules.
Verdict = frozenset[tuple[str, str]]
Fields = dict[str, Any]

_CLAIM = re.compile(r"Backlog-Item: (\S+)\nBacklog-Event: status_change\nBacklog-Meta: (.*)\n")
_REVERTS = re.compile(r"This reverts commit ([0-9a-f]{40})\.")


class Judge:
    """Judges ranges of one repository, of the commits themselves and not of what replace refs put in their place."""

    def __init__(self, place: Path) -> None:
        self.repo = git.Repo(place)
        self.repo.git.update_environment(GIT_NO_REPLACE_OBJECTS="1")
        self._items: dict[str, dict[str, Fields | None]] = {}

    def verdict(self, base: str, head: str) -> Verdict:
        """What is wrong with the commits of ``base..head``."""
        self.table, self.known = self._table(base), self._people(base)
        outside = self._ancestors(base)
        found: set[tuple[str, str]] = set()
        if self._rules(base) != self._rules(head):
            found.add(("BL306", ""))
        for commit in self._ancestors(head) - outside:
            found |= self._judge(commit)
            if self.known and self._commit(commit).author.email not in self.known and self._works(commit):
                found.add(("BL320", ""))
        return frozenset(found)

    # --- reading

    def _commit(self, name: str) -> git.Commit:
        return self.repo.commit(name)

    def _parents(self, name: str) -> list[str]:
        return [parent.hexsha for parent in self._commit(name).parents]

    def _ancestors(self, name: str) -> set[str]:
        seen, waiting = set(), [name]
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += self._parents(one)
        return seen

    def _rules(self, name: str) -> dict[str, str]:
        blobs = (blob for blob in self._commit(name).tree.traverse() if blob.type == "blob")
        return {blob.path: blob.hexsha for blob in blobs if blob.path.startswith(("config/", "templates/"))}

    def _policy(self, name: str) -> dict[str, Any]:
        try:
            return yaml.safe_load((self._commit(name).tree / "config/backlog_policy.yml").data_stream.read())
        except KeyError:
            return {}

    def _table(self, name: str) -> dict[str, list[str]]:
        return self._policy(name).get("workflow", {}).get("allowed_transitions", DEFAULT)

    def _people(self, name: str) -> set[str]:
        """The addresses of those who may commit; empty if everybody may."""
        people = self._policy(name).get("rbac", {}).get("people", {})
        return {address for person in people.values() for address in person["emails"]}

    def _works(self, name: str) -> bool:
        """Whether a commit with one parent changes an item."""
        parents = self._parents(name)
        return len(parents) == 1 and any(
            self._blob(name, item) != self._blob(parents[0], item)
            for item in {*self._tree(name), *self._tree(parents[0])}
        )

    def _tree(self, name: str) -> dict[str, Fields | None]:
        """id -> fields, None where they cannot be read."""
        if name not in self._items:
            blobs = (blob for blob in self._commit(name).tree.traverse() if blob.type == "blob")
            files = (blob for blob in blobs if blob.path.startswith("items/") and blob.path.endswith(".md"))
            self._items[name] = {Path(blob.path).stem: _fields(blob.data_stream.read()) for blob in files}
        return self._items[name]

    def _known(self, name: str, item: str) -> list[Fields]:
        """What the item was, as far as one can read, on every line that leads here."""
        here = self._tree(name).get(item)
        if here is not None:
            return [here]
        found: list[Fields] = []
        for parent in self._parents(name):
            found += [one for one in self._known(parent, item) if one not in found]
        return found

    # --- judging

    def _judge(self, name: str) -> set[tuple[str, str]]:
        parents, after = self._parents(name), self._tree(name)
        found = set()
        for item in {*after, *(one for parent in parents for one in self._tree(parent))}:
            if all(self._blob(name, item) != self._blob(parent, item) for parent in parents):
                found |= {(code, item) for code in self._of_item(name, parents, item)}
            elif len(parents) > 1 and after.get(item):
                found |= {(code, item) for code in self._of_merge(parents, item, after[item] or {})}
        return found

    def _blob(self, name: str, item: str) -> str:
        blobs = (blob for blob in self._commit(name).tree.traverse() if blob.type == "blob")
        return next((blob.hexsha for blob in blobs if Path(blob.path).stem == item), "")

    def _of_item(self, name: str, parents: list[str], item: str) -> set[str]:
        if item not in self._tree(name):
            return set()
        after = self._tree(name)[item]
        if after is None:
            return {"BL307"}
        if len(parents) > 1:
            return self._of_merge(parents, item, after)
        if self._is_undo(name, parents, item):
            return set()
        found = set()
        for before in self._known(parents[0], item) if parents else []:
            found |= _fixed(before, after)
            old, new = before["status"], after["status"]
            if old != new and not self._may(old, new) and not self._claimed(name, item, old, new):
                found.add("BL301")
        return found

    def _of_merge(self, parents: list[str], item: str, after: Fields) -> set[str]:
        """Each side may take over what the other made of it; everything else is a step of the merge's own."""
        (base,) = self._merge_bases(*parents)
        origin, found = self._tree(base).get(item), set()
        sides = [self._known(parent, item) for parent in parents]
        for mine, theirs in (sides, sides[::-1]):
            for side in mine:
                others = {other["status"] for other in theirs if not origin or other["status"] != origin["status"]}
                found |= {"BL301"} if not self._may_take(side, origin, others, after["status"]) else set()
                values = [{other.get(name) for other in theirs} for name in FIXED]
                fresh = origin and any(
                    side.get(name) != after.get(name)
                    and (side.get(name) != origin.get(name) or after.get(name) not in some)
                    for name, some in zip(FIXED, values, strict=True)
                )
                found |= {"BL302"} if fresh else set()
        if all(len(side) == 1 for side in sides):
            invented = {name for name in WORDS if self._invented(name, origin or {}, [one for (one,) in sides], after)}
            found |= {"BL308"} if invented - ({"status"} if "BL301" in found else set()) else set()
        return found

    def _invented(self, name: str, origin: Fields, sides: list[Fields], after: Fields) -> bool:
        """No side has the value, and not more than one has changed it."""
        changed = {side.get(name) for side in sides if side.get(name) != origin.get(name)}
        return len(changed) < 2 and all(side.get(name) != after.get(name) for side in sides)

    def _may_take(self, side: Fields, origin: Fields | None, others: set[str], new: str) -> bool:
        old = side["status"]
        if old == new:
            # What the other side alone has done may not be dropped without a step; that is its own side's matter.
            return True
        if self._may(old, new):
            return True
        if origin is not None and old == origin["status"]:
            return new in others or any(self._may(other, new) for other in others)
        return new in others and self._reaches(old, new)

    def _merge_bases(self, left: str, right: str) -> list[str]:
        common = self._ancestors(left) & self._ancestors(right)
        return [one for one in common if not any(one != other and one in self._ancestors(other) for other in common)]

    def _is_undo(self, name: str, parents: list[str], item: str) -> bool:
        told = _REVERTS.search(str(self._commit(name).message))
        if not told or not parents or told[1] not in self._ancestors(name):
            return False
        before = self._parents(told[1])
        return (
            len(before) == 1
            and self._blob(told[1], item) == self._blob(parents[0], item)
            and self._blob(before[0], item) == self._blob(name, item)
        )

    def _may(self, old: str, new: str) -> bool:
        return new in self.table.get(old, [])

    def _reaches(self, old: str, new: str) -> bool:
        seen, waiting = set(), [old]
        while waiting:
            one = waiting.pop()
            seen.add(one)
            waiting += [other for other in self.table.get(one, []) if other not in seen]
        return new in seen

    def _claimed(self, name: str, item: str, old: str, new: str) -> bool:
        claims = [json.loads(meta) for one, meta in _CLAIM.findall(str(self._commit(name).message)) if one == item]
        path = [old, *(claim["new_status"] for claim in claims)]
        joined = [claim["old_status"] for claim in claims] == path[:-1]
        return len(path) > 2 and joined and path[-1] == new and all(map(self._may, path, path[1:]))


def _fields(data: bytes) -> Fields | None:
    try:
        post = frontmatter.loads(data.decode())
    except yaml.YAMLError:
        return None
    return {name: str(held) for name, held in post.metadata.items()} if post.metadata.get("id") else None


def _fixed(before: Fields, after: Fields) -> set[str]:
    return {"BL302"} if any(before.get(name) != after.get(name) for name in FIXED) else set()
