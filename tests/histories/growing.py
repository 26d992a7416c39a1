"""Random histories of a few items: legal ones, and ones with one fault planted among legal work (R11)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from tests.histories.naive import DEFAULT
from tests.histories.objects import Objects

POLICY = "config/backlog_policy.yml"
CLOSED = ("done", "canceled")
#: Sets of which an item has some.
TAGS, WAITS = ("api", "auto", "tls"), ("bl_0000000000a1", "bl_0000000000a2", "bl_0000000000a3")
LOOSE = (
    "version: 1\nworkflow:\n  allowed_transitions:\n"
    "    open: [in_progress, blocked, done, canceled]\n    in_progress: [open, blocked, done, canceled]\n"
    "    blocked: [open, in_progress, done, canceled]\n    done: [open]\n    canceled: [open]\n"
)
#: What is no value of a field that never changes.
SLIPS = ({"created_at": "in February"}, {"source": "me"})
#: Only Ann is anybody.
ROLES = "version: 1\nrbac:\n  commits: author\n  people:\n    ann: {role: cto, emails: [ann@example.org]}\n"
#: Who takes an item out of ``blocked`` says why; in these histories everybody does.
GUARDED = "version: 1\nworkflow:\n  guards: [{name: why, leaving: [blocked], to: [open], require: [comment]}]\n"
LIMITED = "version: 1\nworkflow:\n  wip_limits: {canceled: {total: 1}}\n"
MALLORY = "Mallory <mallory@example.org>"


class Item(NamedTuple):
    """One item as these histories know it. ``broken`` is a version that cannot be read.

    ``slip`` stands in the file in the place of the status; it is no status.
    """

    id: str
    status: str = "open"
    owner: str = "oncall"
    priority: str = "P2"
    title: str = "Work"
    created_at: str = "2026-02-16T06:20:00Z"
    source: str = "manual"
    dedupe_key: str = ""
    dependencies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    text: str = ""
    folder: str = "items"
    broken: bool = False
    slip: str = ""

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.id}.md"

    @property
    def data(self) -> bytes:
        if self.broken:
            return b"---\nid: [\n"
        lines = {
            "id": self.id,
            "title": self.title,
            "created_at": self.created_at,
            "status": self.slip or self.status,
            "env": "prod",
            "priority": self.priority,
            "service": "",
            "owner": self.owner,
            "category": "",
            "due_date": "",
            "source": self.source,
            "dedupe_key": self.dedupe_key or f"manual:{self.id}",
        }
        head = "".join(f"{key}: {held}".rstrip() + "\n" for key, held in lines.items())
        for key, several in (("dependencies", self.dependencies), ("tags", self.tags)):
            head += f"{key}:\n" + "".join(f"- {one}\n" for one in several) if several else ""
        body = f"\n{self.text}\n" if self.text else ""
        return f"---\n{head}---\n{body}".encode()


#: id -> item
Items = Mapping[str, Item]


class Tip(NamedTuple):
    """A commit that may grow on. ``policy`` is the text of the policy there, ``reverts`` whether its step is one
    that can be taken back: the state before it."""

    commit: str
    items: Items
    policy: str = ""
    before: Tip | None = None


class History(NamedTuple):
    """A range to judge. ``fault`` names what was planted, empty where all is legal."""

    base: str
    head: str
    fault: str


class Grower:
    """Grows one history. ``origins`` maps every commit to its parents and its items, for merges."""

    def __init__(self, objects: Objects, choose: random.Random, number: int) -> None:
        self.objects = objects
        self.choose = choose
        self.made = 0
        self.slips = 0
        self.number = number
        self.parents: dict[str, tuple[str, ...]] = {}
        self.trees: dict[str, Items] = {}
        self.planted = ""
        #: Where the range begins, if not at the first commit.
        self.since = ""
        #: Items as they were made at first, of those that were picked onto another branch; those that must stay.
        self.picked: dict[str, Item] = {}
        self.kept: set[str] = set()
        #: Commits hidden behind others by replace refs: (name, stands in for it).
        self.replaced: list[tuple[str, str]] = []

    def history(self, fault: str, steps: int) -> History:
        """A base, ``steps`` random steps on a few branches, all merged in the end.

        A branch that cannot be merged is left behind; if the fault was on it, it is all done again.
        """
        while True:
            found = self._history(fault, steps)
            if not fault or self.planted in self._ancestors(found.head):
                return found

    def _history(self, fault: str, steps: int) -> History:
        items = {one.id: one for one in (self._new(self.choose.choice(list(DEFAULT))) for _ in range(5))}
        self.since, self.kept = "", set()
        base = self._commit(Tip("", items, self._policy(fault)), items, "base")
        tips, planted = [base], not fault
        due = self.choose.randrange(steps) if fault else -1
        for step in range(steps):
            if step >= due and not planted:
                planted = self._plant(fault, tips)
            self._step(tips)
        while not planted:
            planted = self._plant(fault, tips)
            self._step(tips)
        head = self._joined(tips)
        return History(self.since or base.commit, head.commit, fault)

    def _policy(self, fault: str) -> str:
        wanted = {"mailmap": ROLES, "stale": GUARDED, "limit_undone": LIMITED}
        return wanted.get(fault) or self.choose.choices(("", ROLES, GUARDED), (5, 2, 1))[0]

    # --- legal work

    def _step(self, tips: list[Tip]) -> None:
        at = self.choose.randrange(len(tips))
        rare = (self._create, self._delete, self._rename, self._squash, self._undo, self._dispute)
        slips = (self._slip, self._slip_in_new, self._mend, self._mend)
        action = self.choose.choices(
            (self._move, self._edit, *rare, *slips, None), (6, 4, *(1 for _ in (*rare, *slips)), 4)
        )[0]
        if action is not None:
            tips[at] = action(tips[at])
        elif len(tips) < 3 and self.choose.random() < 0.6:
            tips.append(tips[at]._replace(before=None))
        elif len(tips) > 1:
            other = self.choose.choice([n for n in range(len(tips)) if n != at])
            if self.choose.random() < 0.2:
                self._pick(tips, at, other)
                return
            merged = self._merge(tips[at], tips[other])
            if merged is not None:
                tips[at] = merged
                del tips[other]

    def _pick(self, tips: list[Tip], at: int, other: int) -> None:
        """A new item, and the commit that makes it picked onto another branch."""
        one = self._new("open")
        self.picked[one.id] = one
        tips[at], tips[other] = self._put(tips[at], one), self._put(tips[other], one)

    def _joined(self, tips: list[Tip]) -> Tip:
        """All branches in one; what cannot be merged is left behind."""
        head = tips[0]
        for other in tips[1:]:
            head = self._merge(head, other) or head
        return head

    def _move(self, tip: Tip) -> Tip:
        movable = [one for one in tip.items.values() if DEFAULT[one.status]]
        if not movable:
            return self._edit(tip)
        one = self.choose.choice(movable)
        return self._put(tip, one._replace(status=self.choose.choice(DEFAULT[one.status]), slip=""))

    def _slip(self, tip: Tip) -> Tip:
        """Writes what is no status; other work may go on before it is mended, or moved on from."""
        if not tip.items:
            return self._create(tip)
        several = [one for one in tip.items.values() if one.id not in self.kept]
        return self._put(tip, self._slipped(self.choose.choice(several))) if several else self._edit(tip)

    def _slipped(self, one: Item) -> Item:
        self.slips += 1
        return one._replace(slip=f"{one.status}{self.slips}")

    def _slip_in_new(self, tip: Tip) -> Tip:
        """A new item with what never changes, and is no value yet."""
        slip: dict[str, Any] = self.choose.choice(SLIPS)
        return self._put(tip, self._new("open")._replace(**slip))

    def _mend(self, tip: Tip) -> Tip:
        """A slip put right by one more commit."""
        wrong = [one for one in tip.items.values() if one.slip or _is_slip(one)]
        if not wrong:
            return self._edit(tip)
        one = self.choose.choice(wrong)
        right: dict[str, Any] = {
            name: Item._field_defaults[name] for slip in SLIPS for name, held in slip.items() if held in one
        }
        return self._put(tip, one._replace(slip="", **right))

    def _edit(self, tip: Tip) -> Tip:
        if not tip.items:
            return self._create(tip)
        one = self.choose.choice(list(tip.items.values()))
        changes: dict[str, Any] = {
            "owner": "alice",
            "priority": "P0",
            "title": "Other work",
            "tags": self._some(TAGS),
            "dependencies": self._some(WAITS),
            "text": f"Line {self.choose.randrange(4)}.\n\nLine {self.choose.randrange(4)}.",
        }
        name = self.choose.choice(list(changes))
        return self._put(tip, one._replace(**{name: changes[name]}))

    def _some(self, several: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(self.choose.sample(several, self.choose.randrange(len(several) + 1))))

    def _create(self, tip: Tip) -> Tip:
        return self._put(tip, self._new("open"))

    def _delete(self, tip: Tip) -> Tip:
        closed = [one for one in tip.items.values() if one.status in CLOSED and one.id not in self.kept]
        if not closed:
            return self._edit(tip)
        gone = self.choose.choice(closed).id
        return self._commit(tip, {name: one for name, one in tip.items.items() if name != gone}, "cleanup")

    def _rename(self, tip: Tip) -> Tip:
        if not tip.items:
            return self._create(tip)
        one = self.choose.choice(list(tip.items.values()))
        return self._put(tip, _elsewhere(one))

    def _squash(self, tip: Tip) -> Tip:
        """Two or three legal moves in one commit, whose message tells them."""
        for one in self._shuffled(tip):
            path = self._path(one.status, 2)
            if path and tip.policy != GUARDED:
                return self._put(tip, one._replace(status=path[-1]), _folded(one.id, path))
        return self._edit(tip)

    def _dispute(self, tip: Tip) -> Tip:
        """Two people write the same text anew, and a third one ends the conflict."""
        if not tip.items:
            return self._create(tip)
        one = self.choose.choice(list(tip.items.values()))
        sides = [self._put(tip, one._replace(text=f"{one.text}\n\nIn {who}'s words.".strip())) for who in "AB"]
        return self._merge(*sides) or self._edit(tip)

    def _undo(self, tip: Tip) -> Tip:
        """Takes back the last commit, as ``git revert`` does."""
        if tip.before is None:
            return self._edit(tip)
        taken = f'Revert "work"\n\nThis reverts commit {tip.commit}.\n'
        return self._commit(tip, tip.before.items, taken)._replace(before=None)

    def _merge(
        self, ours: Tip, theirs: Tip, spoil: Callable[[Items, Items, Items], Items | None] | None = None
    ) -> Tip | None:
        """Field by field; None where the sides cannot be joined by legal steps, or have not one merge base."""
        bases = self._merge_bases(ours.commit, theirs.commit)
        if len(bases) != 1 or bases[0] in (ours.commit, theirs.commit):
            return None
        base = self.trees[bases[0]]
        items: Items | None = self._merged(base, ours.items, theirs.items)
        if items is None:
            return None
        if spoil is not None:
            items = spoil(items, ours.items, theirs.items)
            if items is None:
                return None
        policy = next((one for one in (ours.policy, theirs.policy) if one == LOOSE), ours.policy)
        return self._commit(ours._replace(policy=policy), items, "merge", theirs.commit)._replace(before=None)

    def _merged(self, base: Items, ours: Items, theirs: Items) -> dict[str, Item] | None:
        """Item by item, field by field; None where only a conflict or an illegal step could join them."""
        found = {}
        for name in dict.fromkeys([*ours, *theirs]):
            old, mine, other = base.get(name), ours.get(name), theirs.get(name)
            if mine is None or other is None:
                if old is None and name in self.picked:
                    return None  # one side may have deleted it
                if old is None:
                    found[name] = mine or other  # new on one side
                continue  # deleted on one side
            one = self._joined_item(old or self.picked.get(name, mine), mine, other)
            if one is None:
                return None
            found[name] = one
        return {name: one for name, one in found.items() if one is not None}

    def _joined_item(self, old: Item, mine: Item, other: Item) -> Item | None:
        values: dict[str, Any] = {}
        if (mine.slip or other.slip) and mine.status != other.status:
            return None  # what the slip hides has moved on
        for field, before, left, right in zip(Item._fields, old, mine, other, strict=True):
            if left == right or right == before:
                values[field] = left
            elif left == before or (field == "status" and _reaches(str(left), str(right))):
                values[field] = right
            elif field == "status" and _reaches(str(right), str(left)):
                values[field] = left
            elif field in ("tags", "dependencies"):
                values[field] = _united(before, left, right)  # type: ignore[arg-type]
            elif field == "text":
                values[field] = self._settled(str(left), str(right))
            else:
                return None
        return Item(**values)

    def _settled(self, left: str, right: str) -> str:
        """What a person makes of a conflict in prose: a side, lines of both, or words of their own."""
        return self.choose.choice((left, right, f"{left}\n\n{right}", f"{left}\n\nSettled by hand.", "Quite new."))

    # --- faults

    def _plant(self, fault: str, tips: list[Tip]) -> bool:
        """Tries to plant the fault on one of the branches; false where it finds no place for it yet."""
        at = self.choose.randrange(len(tips))
        planted = getattr(self, f"_plant_{fault}")(tips[at])
        if planted is not None:
            tips[at] = planted
            self.planted = planted.commit
        return planted is not None

    def _illegal(self, tip: Tip) -> tuple[Item, str] | None:
        """An item and a status that it may not go to, whatever slip stands in its place."""
        for one in self._shuffled(tip):
            targets = [new for new in DEFAULT if new != one.status and new not in DEFAULT[one.status]]
            return one, self.choose.choice(targets)
        return None

    def _plant_detour(self, tip: Tip) -> Tip | None:
        """Through a status that it may not have, and back to where it was."""
        found = self._illegal(tip)
        if found is None:
            return None
        there = self._put(tip, found[0]._replace(status=found[1]))
        return self._put(there, found[0])._replace(before=None)

    def _plant_slip(self, tip: Tip) -> Tip | None:
        """By way of what is no status to one that it may not go to."""
        found = self._illegal(tip)
        if found is None:
            return None
        there = self._put(tip, self._slipped(found[0]))
        return self._put(there, found[0]._replace(status=found[1]))._replace(before=None)

    def _plant_slip_fixed(self, tip: Tip) -> Tip | None:
        """By way of what is no value to another one than the first."""
        one = next((one for one in self._shuffled(tip) if not _is_slip(one)), None)
        if one is None:
            return None
        there = self._put(tip, one._replace(created_at="soon"))
        return self._put(there, one._replace(created_at="2020-01-01T00:00:00Z"))._replace(before=None)

    def _plant_detour_fixed(self, tip: Tip) -> Tip | None:
        """To another value, and back."""
        one = next((one for one in self._shuffled(tip) if not _is_slip(one)), None)
        if one is None:
            return None
        there = self._put(tip, one._replace(dedupe_key="another"))
        return self._put(there, one)._replace(before=None)

    def _plant_jump(self, tip: Tip) -> Tip | None:
        found = self._illegal(tip)
        return self._put(tip, found[0]._replace(status=found[1]))._replace(before=None) if found else None

    def _plant_evil(self, tip: Tip) -> Tip | None:
        """A merge that brings what neither side did."""
        other = self._put(tip._replace(before=None), self._touched(tip)) if tip.items else None
        mine = self._edit(tip)
        return self._merge(mine, other, self._spoiled) if other else None

    def _spoiled(self, items: Items, ours: Items, theirs: Items) -> Items | None:
        common = [one for one in items.values() if one.id in ours and one.id in theirs and not one.slip]
        self.choose.shuffle(common)
        for one in common:
            statuses = {ours[one.id].status, theirs[one.id].status}
            targets = [new for new in DEFAULT if new not in statuses and any(new not in DEFAULT[s] for s in statuses)]
            if len(statuses) == 1 and targets:
                return {**items, one.id: one._replace(status=self.choose.choice(targets))}
        return None

    def _plant_evil_legal(self, tip: Tip) -> Tip | None:
        """A merge that moves, by a legal step, what neither side moved."""

        def spoil(items: Items, ours: Items, theirs: Items) -> Items | None:
            same = [one for one in items.values() if one == ours.get(one.id) == theirs.get(one.id)]
            one = next((one for one in same if DEFAULT[one.status] and not one.slip), None)
            return {**items, one.id: one._replace(status=self.choose.choice(DEFAULT[one.status]))} if one else None

        other = self._put(tip._replace(before=None), self._touched(tip)) if tip.items else None
        return self._merge(self._edit(tip), other, spoil) if other else None

    def _plant_evil_tag(self, tip: Tip) -> Tip | None:
        return self._evil(tip, lambda one: one._replace(tags=(*one.tags, "zz_nobodys")))

    def _plant_evil_dependency(self, tip: Tip) -> Tip | None:
        return self._evil(tip, lambda one: one._replace(dependencies=(*one.dependencies, "bl_0000000000ff")))

    def _plant_evil_text(self, tip: Tip) -> Tip | None:
        return self._evil(tip, lambda one: one._replace(text=f"{one.text}\n\nNobody wrote this.".strip()))

    def _plant_evil_title(self, tip: Tip) -> Tip | None:
        return self._evil(tip, lambda one: one._replace(title="Nobody's work"))

    def _evil(self, tip: Tip, change: Callable[[Item], Item]) -> Tip | None:
        """A merge that changes an item of which both sides hold the same title and text."""

        def spoil(items: Items, ours: Items, theirs: Items) -> Items | None:
            both = [one for one in items.values() if one.id in ours and one.id in theirs]
            alike = [one for one in both if _said(ours[one.id]) == _said(theirs[one.id])]
            one = self.choose.choice(alike) if alike else None
            return {**items, one.id: change(one)} if one else None

        other = self._put(tip._replace(before=None), self._touched(tip)) if tip.items else None
        return self._merge(self._edit(tip), other, spoil) if other else None

    def _plant_evil_fixed(self, tip: Tip) -> Tip | None:
        def spoil(items: Items, ours: Items, theirs: Items) -> Items | None:
            common = [one for one in items.values() if one.id in ours and one.id in theirs]
            one = self.choose.choice(common) if common else None
            return {**items, one.id: one._replace(dedupe_key="another")} if one else None

        other = self._put(tip._replace(before=None), self._touched(tip)) if tip.items else None
        return self._merge(self._edit(tip), other, spoil) if other else None

    def _plant_policy(self, tip: Tip) -> Tip | None:
        """Rules that allow it come in the same range."""
        loose = self._commit(tip._replace(policy=LOOSE), tip.items, "better rules")
        moves = [(one, "done") for one in self._shuffled(tip) if one.status in ("open", "blocked")]
        if not moves:
            return None
        one, status = moves[0]
        return self._put(loose, one._replace(status=status))._replace(before=None)

    def _plant_replace(self, tip: Tip) -> Tip | None:
        """The commit that did it is hidden behind one that did nothing."""
        found = self._illegal(tip)
        if found is None:
            return None
        there = self._put(tip, found[0]._replace(status=found[1]))
        innocent = self._commit(tip, tip.items, "nothing to see")
        self.replaced.append((there.commit, innocent.commit))
        return self._put(there, found[0])._replace(before=None)

    def _plant_squash(self, tip: Tip) -> Tip | None:
        """A jump that no message explains, or one that a message explains wrongly."""
        for one in self._shuffled(tip):
            path = self._path(one.status, 2)
            if path and path[-1] not in DEFAULT[one.status]:
                lie = _folded(one.id, [path[0], "done", path[-1]]) if self.choose.random() < 0.5 else "squashed"
                return self._put(tip, one._replace(status=path[-1]), lie)._replace(before=None)
        return None

    def _plant_rename(self, tip: Tip) -> Tip | None:
        """The file moves in the commit that moves the item."""
        found = self._illegal(tip)
        if found is None:
            return None
        return self._put(tip, _elsewhere(found[0])._replace(status=found[1]))._replace(before=None)

    def _plant_fixed(self, tip: Tip) -> Tip | None:
        one = next((one for one in self._shuffled(tip) if not _is_slip(one)), None)
        return self._put(tip, one._replace(created_at="2020-01-01T00:00:00Z"))._replace(before=None) if one else None

    def _plant_unreadable(self, tip: Tip) -> Tip | None:
        """Broken, and mended to what it may not be."""
        found = self._illegal(tip)
        if found is None:
            return None
        broken = self._put(tip, found[0]._replace(broken=True))
        return self._put(broken, found[0]._replace(status=found[1]))._replace(before=None)

    def _plant_reborn(self, tip: Tip) -> Tip | None:
        """Deleted once closed, and made anew as if nothing had been."""
        closed = [one for one in self._shuffled(tip) if one.status in CLOSED]
        if not closed:
            return None
        one = closed[0]
        gone = self._commit(tip, {name: held for name, held in tip.items.items() if name != one.id}, "cleanup")
        return self._put(gone, one._replace(status="open"))._replace(before=None)

    def _plant_reborn_lines(self, tip: Tip) -> Tip | None:
        """Closed and deleted on one branch, never there for another one; then made anew where they have joined."""
        made = self._create(tip)
        one = next(iter(made.items.keys() - tip.items.keys()), "")
        if not one:
            return None
        item = made.items[one]
        taken = f'Revert "work"\n\nThis reverts commit {made.commit}.\n'
        side = self._commit(made, tip.items, taken)
        done = self._put(self._put(made, item._replace(status="in_progress")), item._replace(status="done"))
        both = [side, self._commit(done, tip.items, "cleanup")]
        self.choose.shuffle(both)
        joined = self._merge(*both)
        if joined is None:
            return None
        if self.choose.random() < 0.5:
            self.since = joined.commit
        return self._put(joined, item)._replace(before=None)

    def _plant_twice(self, tip: Tip) -> Tip | None:
        """An item is made a second time, as done, and that one taken in a merge."""
        if not tip.items:
            return None
        one = self._new("open")
        mine = self._put(tip, one._replace(title="The first"))
        other = self._put(self._put(tip, self._touched(tip)), one._replace(status="done"))
        return self._merge(mine, other, lambda items, ours, theirs: {**items, one.id: theirs[one.id]})

    def _plant_stale(self, tip: Tip) -> Tip | None:
        """A merge takes an item out of a status without a word, as a side still has it that is behind."""
        one = next((one for one in self._shuffled(tip) if one.status == "open" and not one.slip), None)
        if one is None:
            return None
        mine = self._put(tip, one._replace(status="blocked"))
        other = self._create(tip._replace(before=None))
        return self._merge(mine, other, lambda items, ours, theirs: {**items, one.id: theirs[one.id]})

    def _plant_limit_undone(self, tip: Tip) -> Tip | None:
        """Words are taken back, and the item that had them takes a place too many."""
        free = [one for one in self._shuffled(tip) if one.status not in CLOSED and not one.slip][:2]
        if len(free) < 2:
            return None
        for one in free:
            words = self._put(tip, one._replace(title="Taken back"))
            tip = self._commit(words, tip.items, f'Revert "work"\n\nThis reverts commit {words.commit}.\n')
            tip = self._put(tip, one._replace(status="canceled"))
        self.kept |= {one.id for one in free}
        return tip._replace(before=None)

    def _plant_capitals(self, tip: Tip) -> Tip | None:
        """There and back, by a commit that names its tree in other letters than git does."""
        found = self._illegal(tip)
        if found is None:
            return None
        there = self._put(tip, found[0]._replace(status=found[1]), capitals=True)
        return self._put(there, found[0], capitals=True)._replace(before=None)

    def _plant_false_undo(self, tip: Tip) -> Tip | None:
        """It says that it takes back a commit which did not do that."""
        found = self._illegal(tip)
        if found is None or tip.before is None:
            return None
        said = f'Revert "work"\n\nThis reverts commit {tip.commit}.\n'
        one = found[0]
        before = tip.before.items.get(one.id)
        if before is None or before.status == found[1]:
            return None
        return self._put(tip, one._replace(status=found[1]), said)._replace(before=None)

    def _plant_mailmap(self, tip: Tip) -> Tip | None:
        """A legal step by somebody whom a mailmap makes somebody else."""
        one = next((one for one in self._shuffled(tip) if one.title != "Mine"), None)
        if one is None:
            return None
        items = {**tip.items, one.id: one._replace(title="Mine")}
        return self._commit(tip, items, "work", author=MALLORY)._replace(before=None)

    # --- parts

    def _new(self, status: str) -> Item:
        self.made += 1
        return Item(f"bl_{self.number:06x}{self.made:06x}", status)

    def _shuffled(self, tip: Tip) -> list[Item]:
        found = [one._replace(slip="") for one in tip.items.values()]
        self.choose.shuffle(found)
        return found

    def _touched(self, tip: Tip) -> Item:
        one = self.choose.choice(list(tip.items.values()))
        return one._replace(title="Touched")

    def _path(self, start: str, steps: int) -> list[str]:
        """A random way along the table, of that many steps, that ends elsewhere; empty if there is none."""
        way = [start]
        for _ in range(steps):
            targets = DEFAULT[way[-1]]
            if not targets:
                return []
            way.append(self.choose.choice(targets))
        return way if way[-1] != start else []

    def _put(self, tip: Tip, one: Item, message: str = "work", *, capitals: bool = False) -> Tip:
        said = "\n\nAs Ann had asked." if message == "work" and tip.policy == GUARDED else ""
        return self._commit(tip, {**tip.items, one.id: one}, message + said, capitals=capitals)

    def _commit(
        self,
        tip: Tip,
        items: Items,
        message: str,
        *others: str,
        author: str = "Ann <ann@example.org>",
        capitals: bool = False,
    ) -> Tip:
        tree = {one.path: one.data for one in items.values()} | {"notes.txt": b"notes\n"}
        if tip.policy:
            tree[POLICY] = tip.policy.encode()
        parents = [*([tip.commit] if tip.commit else []), *others]
        made = self.objects.commit(tree, parents, message, author, capitals=capitals)
        self.parents[made], self.trees[made] = tuple(parents), items
        return Tip(made, items, tip.policy, tip if tip.commit else None)

    def _ancestors(self, commit: str) -> set[str]:
        return set(self._walk(commit))

    def _walk(self, commit: str) -> Iterator[str]:
        waiting, seen = [commit], set()
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                yield one
                waiting += self.parents[one]

    def _merge_bases(self, left: str, right: str) -> list[str]:
        common = self._ancestors(left) & self._ancestors(right)
        return [one for one in common if not any(one != other and one in self._ancestors(other) for other in common)]


FAULTS = tuple(name.removeprefix("_plant_") for name in vars(Grower) if name.startswith("_plant_"))


def _is_slip(one: Item) -> bool:
    """Whether something that never changes has no value yet."""
    return any(held in one for slip in SLIPS for held in slip.values())


def _said(one: Item) -> tuple[str, str]:
    return one.title, one.text


def _elsewhere(one: Item) -> Item:
    """The same item in another folder, as ``layout`` moves it."""
    return one._replace(folder=f"items/{one.id[-2:]}" if one.folder == "items" else "items")


def _folded(item: str, path: list[str]) -> str:
    """The message of a squashed commit that tells each move."""
    parts = ["squashed"]
    for n, (old, new) in enumerate(pairwise(path)):
        meta = f'{{"new_status": "{new}", "old_status": "{old}"}}'
        parts += [
            f"step {n}",
            f"Backlog-Item: {item}\nBacklog-Event: status_change\nBacklog-Meta: {meta}\nBacklog-Actor: eve",
        ]
    return "\n\n".join(parts) + "\n"


def _united(before: tuple[str, ...], left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    """What either added, without what either took out."""
    return tuple(sorted({*left, *right} - (set(before) - set(left)) - (set(before) - set(right))))


def _reaches(start: str, end: str) -> bool:
    seen, waiting = set(), [start]
    while waiting:
        one = waiting.pop()
        seen.add(one)
        waiting += [new for new in DEFAULT[one] if new not in seen]
    return end in seen
