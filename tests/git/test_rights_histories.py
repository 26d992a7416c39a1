"""Whoever lacks an entitlement gets no change of an item or a rule into a branch, however he weaves his commits.

Random histories are judged a second time by an oracle that knows nothing of merge bases: it writes down which commit
gave each value, and asks of a merge only whether the other side had seen that value and moved on from it.
"""

from __future__ import annotations

import os
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backlogtool.app.validation import validate_between
from backlogtool.app.workspace import Workspace
from tests.cli.session import item_text
from tests.repositories import Repo, make
from tests.tiers import amounts

RULES = """\
commits: author
people:
  lee: {role: cto, emails: [lee@example.org]}
  dev: {role: oncall, emails: [dev@example.org]}
"""
#: Who makes commits -> what he may; eve is nobody.
MAY = {"lee": {"create", "upsert", "cleanup", "change_rules"}, "dev": {"create", "upsert"}, "eve": set[str]()}
ITEMS = ("bl_000000000001", "bl_000000000002")
RULE = "config/notes.txt"
FIELDS = ("title", "owner")

#: (item, field) or (rule,) -> value; what is not there has no key. An item that is there has all its fields.
State = dict[tuple[str, ...], str]


@dataclass
class Commit:
    """A commit of a history; ``wrote`` says which commits gave each value, or took it away."""

    number: int
    who: str
    parents: tuple[int, ...]
    state: State
    above: frozenset[int]
    wrote: dict[tuple[str, ...], frozenset[int]] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    #: What a merge has brought back somewhere above: its values are no longer told apart by who gave them.
    again: frozenset[str] = frozenset()

    @property
    def guilty(self) -> bool:
        return not self.needs <= MAY[self.who]


def keys_of(item: str) -> list[tuple[str, ...]]:
    return [(item, name) for name in FIELDS]


RULE_KEYS: list[tuple[str, ...]] = [(RULE,)]
KEYS = [*keys_of(ITEMS[0]), *keys_of(ITEMS[1]), *RULE_KEYS]


class History:
    """A random history, told by its seed."""

    def __init__(self, seed: int, size: int = 14) -> None:
        self.random = random.Random(seed)
        self.values = 0
        start = {key: self.value() for key in [*keys_of(ITEMS[0]), (RULE,)]}
        self.commits = [Commit(0, "lee", (), start, frozenset({0}), dict.fromkeys(start, frozenset({0})))]
        while len(self.commits) < size:
            self.grow()

    def value(self) -> str:
        self.values += 1
        return f"v{self.values}"

    def grow(self) -> None:
        """One more commit: an edit, or a merge of any two, even of one with its own ancestor."""
        number, who = len(self.commits), self.random.choice(["lee", "lee", "dev", "eve", "eve"])
        several = self.random.sample(self.commits[-6:], min(2, len(self.commits))) if number > 2 else []
        merges = len(several) == 2 and self.random.random() < 0.5
        parents = several if merges else [self.random.choice(self.commits[-4:])]
        above = frozenset({number}).union(*(one.above for one in parents))
        state = self.merged(parents[0], parents[1]) if merges else dict(parents[0].state)
        if self.random.random() < (0.15 if merges else 0.85 if who != "eve" else 0.3):
            self.edit(state)
        made = Commit(number, who, tuple(one.number for one in parents), state, above)
        of_merge(made, parents[0], parents[1]) if merges else of_edit(made, parents[0])
        self.commits.append(made)

    def edit(self, state: State) -> None:
        item = self.random.choice(ITEMS)
        deed = self.random.choice(["field", "field", "field", "existence", "rule"])
        there = (item, FIELDS[0]) in state
        if deed == "rule":
            if (RULE,) in state and self.random.random() < 0.3:
                del state[RULE,]
            else:
                state[RULE,] = self.value()
        elif deed == "existence" and there:
            for key in keys_of(item):
                del state[key]
        elif there:
            state[item, self.random.choice(FIELDS)] = self.value()
        else:
            state.update({key: self.value() for key in keys_of(item)})

    def merged(self, left: Commit, right: Commit) -> State:
        """A merge as people and others make it: what is newer, one side's for all, or as it comes."""
        way = self.random.choice(["newer", "newer", "one side", "any"])
        first = self.random.choice([left, right])
        state: State = {}
        for keys in [keys_of(ITEMS[0]), keys_of(ITEMS[1]), RULE_KEYS]:
            one, other = (first, right if first is left else left)
            if way == "any" and self.random.random() < 0.5:
                one, other = other, one
            if way == "newer" and outdated(one, other, keys[0]):
                one, other = other, one
            whole = all(key in one.state and key in other.state for key in keys)
            for key in keys:
                pick = other if whole and way == "newer" and outdated(one, other, key) else one
                if key in pick.state:
                    state[key] = pick.state[key]
        return state


def outdated(mine: Commit, other: Commit, key: tuple[str, ...]) -> bool:
    """Whether the other side had seen my value and moved on from it, and I have not seen what it moved to."""
    nobody: frozenset[int] = frozenset()
    ours, theirs = mine.wrote.get(key, nobody), other.wrote.get(key, nobody)
    if mine.state.get(key) == other.state.get(key):
        return False
    return ours <= other.above and not theirs <= mine.above


def of_edit(made: Commit, before: Commit) -> None:
    changed = {key for key in KEYS if made.state.get(key) != before.state.get(key)}
    made.wrote = {**before.wrote, **dict.fromkeys(changed, frozenset({made.number}))}
    made.needs = {deed(key, before.state, made.state) for key in changed}
    made.again = before.again


def deed(key: tuple[str, ...], before: State, after: State) -> str:
    if key == (RULE,):
        return "change_rules"
    return "create" if key not in before else "cleanup" if key not in after else "upsert"


def of_merge(made: Commit, left: Commit, right: Commit) -> None:
    """What a merge needs, key by key; a value that it gives itself, or brings back, is written by it."""
    needs: dict[tuple[str, ...], str] = {(RULE,): needs_of_rule(made, left, right)}
    for item in ITEMS:
        needs |= {key: needs_of_item(keys_of(item), key, made, left, right) for key in keys_of(item)}
    above = left.again | right.again
    for key, needed in needs.items():
        givers = [one for one in (left, right) if one.state.get(key) == made.state.get(key)]
        told = [one.wrote.get(key, frozenset[int]()) for one in givers]
        made.wrote[key] = frozenset({made.number}) if needed else frozenset[int]().union(*told)
        made.again |= {key[0]} if needed and givers else set()
    made.needs = {needed for key, needed in needs.items() if needed and key[0] not in above}
    made.again |= above


def needs_of_rule(made: Commit, left: Commit, right: Commit) -> str:
    """Nobody chooses between two rules unjudged."""
    sides = (left, right)
    rules = {one.state.get((RULE,)) for one in sides}
    if len(rules) > 1:
        newer = [one for one in sides if not outdated(one, sides[one is left], (RULE,))]
        rules = {newer[0].state.get((RULE,))} if len(newer) == 1 else set()
    return "" if rules == {made.state.get((RULE,))} else "change_rules"


def needs_of_item(keys: list[tuple[str, ...]], key: tuple[str, ...], made: Commit, left: Commit, right: Commit) -> str:
    there = [one for one in (left, right) if keys[0] in one.state]
    gone = [one for one in (left, right) if keys[0] not in one.state]
    if keys[0] not in made.state:
        return "cleanup" if there and not (gone and unseen_end(gone[0], there, keys)) else ""
    if not there or (gone and unseen_end(gone[0], there, keys)):
        return "create"
    if gone:
        return "upsert" if made.state[key] != there[0].state[key] else ""
    return "" if accounted(key, made, left, right) else "upsert"


def unseen_end(gone: Commit, there: list[Commit], keys: list[tuple[str, ...]]) -> bool:
    """Whether one side took the item away, while the other did not touch it and has not seen that."""
    ended = keys[0] in gone.wrote and not gone.wrote[keys[0]] <= there[0].above
    return ended and all(there[0].wrote[key] <= gone.above for key in keys)


def accounted(key: tuple[str, ...], made: Commit, left: Commit, right: Commit) -> bool:
    sides = [(left, right), (right, left)]
    return any(one.state[key] == made.state[key] and not outdated(one, other, key) for one, other in sides)


def built(repo: Repo, history: History) -> list[str]:
    """The commits in a repository; their ids."""
    told = []
    for one in history.commits:
        who = f"{one.who} <{one.who}@example.org> {1_771_222_800 + one.number} +0000"
        head = f"commit refs/heads/c{one.number}\nmark :{one.number + 1}\nauthor {who}\ncommitter {who}\ndata 1\nm\n"
        for word, above in zip(("from", "merge"), one.parents, strict=False):
            head += f"{word} :{above + 1}\n"
        files = {"config/rbac.yml": RULES, "README.md": str(one.number)}
        for item in ITEMS:
            if (item, FIELDS[0]) in one.state:
                files[f"items/{item}.md"] = item_text(item, **{name: one.state[item, name] for name in FIELDS})
        if (RULE,) in one.state:
            files[RULE] = one.state[RULE,]
        told.append(head + "deleteall\n")
        told += [f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items()]
    repo.git("fast-import", "--quiet", "--force", stdin="".join(told).encode())
    return [repo.git("rev-parse", f"c{one.number}").strip() for one in history.commits]


@pytest.mark.parametrize("runs", amounts(5, exhaustive=15))
def test_nobody_gets_a_change_into_a_branch_that_is_not_his_to_make(tmp_path: Path, runs: int) -> None:
    """Every guilty commit is named, and where branches do not cross no other one is."""
    repo = make(tmp_path / "repo")
    runs, first = int(os.environ.get("RIGHTS_RUNS", runs)), int(os.environ.get("RIGHTS_SEED", "1"))
    for seed in range(first, first + runs):
        history = History(seed)
        ids = built(repo, history)
        found = validate_between(Workspace.open(repo.root, environment={}), ids[0], ids[-1])
        told = " ".join(one.message for one in found if re.fullmatch("BL32[0-2]", one.code))
        judged = [one for one in history.commits[1:] if one.number in history.commits[-1].above]
        guilty = [one for one in judged if one.guilty]
        missed = [one.number for one in guilty if f"commit {ids[one.number][:10]}" not in told]
        false = [one for one in judged if not one.guilty and f"commit {ids[one.number][:10]}" in told]
        alarms = [one.number for one in false if not one.again and not crosses(repo, [ids[at] for at in one.parents])]
        assert (seed, missed, alarms) == (seed, [], [])


def crosses(repo: Repo, parents: list[str]) -> bool:
    return len(parents) > 1 and len(repo.git("merge-base", "--all", *parents).split()) > 1
