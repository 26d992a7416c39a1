"""A second judge of histories, naive and slow: GitPython reads the objects, python-frontmatter the items.

It shares no line with the tool. It knows what is checked here and no more: moves by the table of the base's policy,
fields that never change, merges that make what no side made, versions that cannot be read, rules that change, authors
whom nobody knows. Histories with criss-cross merges or merges of more than two parents are not for it.

What is no status is none: a move goes from the last status that is one. What never changes is the first value that can
be one: a commit that takes it away is wrong, one that puts it there is not.
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
#: What can be a value of those that cannot be just anything.
POSSIBLE = {
    "created_at": re.compile(r"\d{4}-\d\d-\d\d.*"),
    "source": re.compile("manual|digest"),
}
#: Fields of which a merge may make nothing that no side has.
WORDS = ("status", "owner", "priority", "title")
#: Fields that hold several things, each of which some side must have.
SETS = ("tags", "dependencies")
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
        self.guards = self._policy(base).get("workflow", {}).get("guards", [])
        outside = self._ancestors(base)
        found: set[tuple[str, str]] = set()
        if self._rules(base) != self._rules(head):
            found.add(("BL306", ""))
        for commit in self._ancestors(head) - outside:
            found |= self._judge(commit)
            if self.known and self._commit(commit).author.email not in self.known and self._works(commit):
                found.add(("BL320", ""))
        return frozenset(found | {("BL315", item) for item in self._too_many(base, head)})

    def _too_many(self, base: str, head: str) -> set[str]:
        """Items that are new in a status which too many have; nothing here takes back what lies before the base."""
        limits = self._policy(base).get("workflow", {}).get("wip_limits", {})
        found = set()
        for status, limit in limits.items():
            here = {item for item, held in self._tree(head).items() if held and held["status"] == status}
            before = {item for item, held in self._tree(base).items() if held and held["status"] == status}
            found |= here - before if len(here) > limit["total"] else set()
        return found

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

    def _last(self, name: str, item: str) -> set[str]:
        """The last status that is one, on every line that leads here."""
        here = self._tree(name).get(item)
        if here is not None and here["status"] in self.table:
            return {here["status"]}
        return {status for parent in self._parents(name) for status in self._last(parent, item)}

    def _first(self, name: str, item: str, field: str) -> set[Any]:
        """The first value that can be one, on every line that leads here."""
        found = {held for parent in self._parents(name) for held in self._first(parent, item, field)}
        here = self._tree(name).get(item)
        mine = here.get(field) if here else None
        possible = mine is not None and (field not in POSSIBLE or POSSIBLE[field].fullmatch(mine))
        return found or ({mine} if possible else set())

    def _takes_away(self, parent: str, item: str, after: Fields, field: str) -> bool:
        first = self._first(parent, item, field)
        return bool(first) and after.get(field) not in first

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
        silent = len(str(self._commit(name).message).strip().split("\n")) < 2
        if silent and parents and any(self._asked(one, after) for one in self._known(parents[0], item)):
            found.add("BL313")
        for before in self._known(parents[0], item) if parents else []:
            changed = {field for field in FIXED if before.get(field) != after.get(field)}
            found |= {"BL302"} if any(self._takes_away(parents[0], item, after, field) for field in changed) else set()
        new = after["status"]
        for old in self._last(parents[0], item) if parents and new in self.table else ():
            if old != new and not self._may(old, new) and not self._claimed(name, item, old, new):
                found.add("BL301")
        return found

    def _of_merge(self, parents: list[str], item: str, after: Fields) -> set[str]:
        """Each side may take over what the other made of it; everything else is a step of the merge's own."""
        (base,) = self._merge_bases(*parents)
        begun = {} if self._known(base, item) else self._begun(parents, item)
        origin, found = self._tree(base).get(item) or begun or None, set()
        sides = [self._known(parent, item) for parent in parents]
        moved = [self._moved(parent, item) for parent in parents]
        was = {begun["status"]} if begun else self._last(base, item)
        held = [one for side in sides for one in side]
        brought = any(one["status"] == after["status"] not in was for one in held) and was
        if not brought and any(self._asked(one, after) for one in held):
            found.add("BL313")
        for mine, theirs in (moved, moved[::-1]):
            others = {status for status in theirs if status not in was}
            for old in mine if after["status"] in self.table else ():
                found |= {"BL301"} if not self._may_take(old, was, others, after["status"]) else set()
        for parent, these, those in zip(parents, sides, sides[::-1], strict=True):
            for side in these:
                values = [{other.get(name) for other in those} for name in FIXED]
                fresh = origin and any(
                    side.get(name) != after.get(name)
                    and (side.get(name) != origin.get(name) or after.get(name) not in some)
                    and self._takes_away(parent, item, after, name)
                    for name, some in zip(FIXED, values, strict=True)
                )
                found |= {"BL302"} if fresh else set()
        if all(len(side) == 1 for side in sides):
            known = [one for (one,) in sides]
            invented = {name for name in WORDS if self._invented(name, origin or {}, known, after)}
            invented |= {name for name in SETS if self._is_more(name, known, after)}
            invented |= {"text"} if self._unwritten(origin or {}, known, after) else set()
            found |= {"BL308"} if invented - ({"status"} if "BL301" in found else set()) else set()
        return found

    def _invented(self, name: str, origin: Fields, sides: list[Fields], after: Fields) -> bool:
        """No side has the value, and not more than one has changed it."""
        changed = {side.get(name) for side in sides if side.get(name) != origin.get(name)}
        return len(changed) < 2 and all(side.get(name) != after.get(name) for side in sides)

    def _is_more(self, name: str, sides: list[Fields], after: Fields) -> bool:
        return not {one for side in sides for one in side.get(name, ())}.issuperset(after.get(name, ()))

    def _unwritten(self, origin: Fields, sides: list[Fields], after: Fields) -> bool:
        """A line that no side has, where the sides do not differ in what they made of the text."""
        changed = {side["text"] for side in sides if side["text"] != origin.get("text")}
        lines = {line for side in sides for line in side["text"].split("\n")}
        return len(changed) < 2 and not lines.issuperset(after["text"].split("\n"))

    def _moved(self, parent: str, item: str) -> set[str]:
        """Where the item stands on a side of a merge; nowhere if it never was there."""
        return self._last(parent, item) if self._known(parent, item) else set()

    def _may_take(self, old: str, was: set[str], others: set[str], new: str) -> bool:
        if old == new:
            # What the other side alone has done may not be dropped without a step; that is its own side's matter.
            return True
        if self._may(old, new):
            return True
        if old in was:
            return new in others or any(self._may(other, new) for other in others)
        return bool(was) and new in others and self._reaches(old, new)

    def _asked(self, before: Fields, after: Fields) -> bool:
        """Whether the policy wants words for the step."""
        guards = self.guards
        return any(before["status"] in one["leaving"] and after["status"] in one["to"] for one in guards)

    def _begun(self, parents: list[str], item: str) -> Fields:
        """What all sides that have the item made of it at first, if that is the same: a commit was picked."""
        made = []
        for parent in (one for one in parents if self._tree(one).get(item)):
            new = [one for one in self._ancestors(parent) if self._tree(one).get(item)]
            new = [one for one in new if not all(self._tree(other).get(item) for other in self._parents(one))]
            made.append([self._tree(one)[item] or {} for one in new])
        alike = [one for one in made[0] if all(one in others for others in made)] if len(made) > 1 else []
        return alike[0] if alike else {}

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
    fields = {name: held if isinstance(held, list) else str(held) for name, held in post.metadata.items()}
    return {**fields, "text": post.content} if post.metadata.get("id") else None
