"""Two clones of one repository, in which people edit, commit, merge and rebase as they like: nothing is lost.

``python -m tests.campaigns.merging [--runs 300] [--steps 30] [--seed S]``. Hypothesis shortens a run that fails. Every
merge is compared with a naive model (``tests.codec.merges``) and told to the other side too, and in the end both clones
must hold the same bytes. Prints how many runs, merges and conflicts there were.

The campaign fetches and pushes. The suite's runs are ``near``: the clones read each other's objects, so that fetching
and pushing is writing the name of a commit into a file; merges, rebases and commits are git's in both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from backlogtool.app import items, merging
from backlogtool.app.result import Options
from backlogtool.app.validating_merge import check_merged
from backlogtool.app.workspace import Workspace
from backlogtool.codec import quick
from backlogtool.codec.merging import merge
from backlogtool.codec.merging_lines import sides
from backlogtool.domain import fields
from backlogtool.domain.event import same
from backlogtool.domain.item import Item
from tests.campaigns.ledger import ONCE, Ledger
from tests.codec.merges import EDITS, HOT, ID, Edit, bases, expected, expected_text, tagged
from tests.repositories import Repo, isolate, make

PULLS = ("merge", "plain", "rebase")
#: Who does it; to which of the items that he has; an edit, or a word for anything else.
Step = tuple[int, int, Edit | str]
_WORDS = st.sampled_from(["commit", "tag", "untag", "move", "comment", "create", *PULLS, *PULLS])
STEPS = st.tuples(
    st.integers(0, 1), st.integers(0, 1), st.integers(0, 4).flatmap(lambda kind: (_WORDS, EDITS, HOT)[kind % 3])
)
#: What was met, for the report; a campaign without conflicts would prove little.
met: Counter[str] = Counter()
_NOW = "2026-02-20T06:20:00Z"
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsync": "none",
    "core.commitGraph": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "advice.diverging": "false",
}


def prepared(place: Path) -> Path:
    """A folder with a bare repository and two clones of it, each with the driver, to be copied for each run."""
    first = make(place / "first")
    first.git("commit", "--quiet", "--allow-empty", "--message", "first")
    first.git("clone", "--quiet", "--bare", ".", str(place / "origin.git"))
    for name in ("ann", "bob"):
        Repo(place).git("clone", "--quiet", "origin.git", name)
        repo = Repo(place / name)
        for setting, value in {"user.name": name, "user.email": f"{name}@example.org", **_SETTINGS}.items():
            repo.git("config", setting, value)
        for setting, value in merging.driver().items():
            repo.git("config", setting, value)
        repo.git("config", "remote.origin.url", "../origin.git")
    for one in ("origin.git", "ann/.git", "bob/.git"):
        shutil.rmtree(place / one / "hooks", ignore_errors=True)
        (place / one / "info").mkdir(exist_ok=True)
    shutil.rmtree(place / "first")
    return place


class Clone:
    """What one person has. ``near`` clones share their objects."""

    def __init__(self, place: Path, name: str, *, near: bool) -> None:
        self.repo = Repo(place / name)
        self.origin = place / "origin.git/refs/heads/main"
        self._git = self.repo.root / ".git"
        self._near = near
        if near:
            others = "".join(f"../../../{one}/.git/objects\n" for one in ("ann", "bob") if one != name)
            (self._git / "objects/info").mkdir(exist_ok=True)
            (self._git / "objects/info/alternates").write_text(f"../../../origin.git/objects\n{others}")
        self.dirty = False
        self.driven(on=True)

    def driven(self, *, on: bool) -> None:
        """With the driver, or as a clone without it."""
        (self._git / "info/attributes").write_text(f"{merging.ATTRIBUTE}\n" if on else "")

    def head(self) -> str:
        return (self._git / "refs/heads/main").read_text().strip()

    def fetch(self) -> str:
        if self._near:
            (self._git / "refs/remotes/origin/main").write_bytes(self.origin.read_bytes())
        else:
            self.repo.git("fetch", "--quiet")
        return (self._git / "refs/remotes/origin/main").read_text().strip()

    def push(self) -> None:
        if self._near:
            self.origin.write_text(f"{self.head()}\n")
        else:
            self.repo.git("push", "--quiet", "origin", "main")

    def commit(self, message: str) -> None:
        if self.dirty:
            self.repo.git("add", "--all", "items")
            self.repo.git("commit", "--quiet", "--allow-empty", "--message", message)
            self.dirty = False

    def write(self, path: str, text: str) -> None:
        self.repo.write(path, text)
        self.dirty = True

    def busy(self) -> bool:
        names = os.listdir(self._git)
        return "MERGE_HEAD" in names or "rebase-merge" in names

    def texts(self, *commits: str) -> list[dict[str, str]]:
        """For each commit, the text of each item that this clone knows of there; one git for all."""
        names = [f"{commit}:items/{item}" for commit in commits for item in self.items()]
        told = self.repo.git("cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode()).encode()
        found: dict[str, dict[str, str]] = {commit: {} for commit in commits}
        for name in names:
            head, _, told = told.partition(b"\n")
            if not head.endswith(b" missing"):
                size = int(head.rpartition(b" ")[2])
                commit, _, path = name.partition(":items/")
                found[commit][path.removesuffix(".md")] = told[:size].decode()
                told = told[size + 1 :]
        return [found[commit] for commit in commits]

    def items(self) -> list[str]:
        return sorted(os.listdir(self.repo.root / "items"))

    def space(self) -> Workspace:
        return Workspace.open(str(self.repo.root), flags={"now": _NOW}, environment={"BACKLOG_INDEX": "off"})


class Life:
    """One life of two clones."""

    def __init__(self, place: Path, text: str, *, near: bool) -> None:
        self.clones = [Clone(place, name, near=near) for name in ("ann", "bob")]
        self.ledger = Ledger()
        self.made = 0
        self.choice = 0
        first = self.clones[0]
        self._write(first, ID, "", text)
        first.commit("first")
        first.push()
        self.pull(self.clones[1], "merge")

    def step(self, who: int, which: int, what: Edit | str) -> None:
        clone = self.clones[who]
        here = clone.items()
        item = here[which % len(here)].removesuffix(".md")
        before = clone.repo.read(_path(item))
        if what == "create":
            self.made += 1
            new = f"bl_{self.made:012x}"
            self._write(clone, new, "", before.replace(item, new).replace("dedupe_key: k", f"dedupe_key: {new}-k"))
        elif what == "commit":
            clone.commit("by hand")
        elif what in ("move", "comment"):
            self._command(clone, item, before, what)
        elif what in ("tag", "untag"):
            self._write(clone, item, before, _edited(before, item, self._tagging(what, _item(before, item))))
        elif isinstance(what, str):
            self.pull(clone, what)
        elif (after := _edited(before, item, what)) != before:
            self._write(clone, item, before, after)

    def _tagging(self, what: str, held: Item) -> Edit:
        """Adds a tag that was never there before, or takes one out."""
        self.choice += 1
        old = next((tag for tag in held.tags if tag.startswith(ONCE)), "none")
        return tagged(f"{ONCE}{self.choice}", add=True) if what == "tag" else tagged(old, add=False)

    def _write(self, clone: Clone, item: str, before: str, after: str) -> None:
        clone.write(_path(item), after)
        self.ledger.wrote(item, _item(before, item) if before else None, _item(after, item))

    def _command(self, clone: Clone, item: str, before: str, what: str) -> None:
        """A step that the workflow allows, or a comment, by the command, which makes the commit."""
        clone.commit("before a command")
        space = clone.space()
        ways = space.policy.workflow.allowed_transitions.get(_item(before, item).status, ())
        if what == "comment":
            items.comment(space, item, f"Said for the {self.choice}th time.", Options())
        elif ways:
            items.set_status(space, item, ways[self.choice % len(ways)], Options())
        met["commands"] += 1
        self.choice += 1
        self.ledger.wrote(item, _item(before, item), _item(clone.repo.read(_path(item)), item))

    # --- pulling

    def pull(self, clone: Clone, how: str) -> None:
        clone.commit("before a pull")
        other, mine = clone.fetch(), clone.head()
        if mine == other:
            return
        base = clone.repo.git("merge-base", mine, other).strip()
        if base == mine:
            clone.repo.git("merge", "--quiet", "--ff-only", "origin/main")
            return
        if base != other:
            self._meet(clone, base, mine, other, how)
        clone.push()

    def _meet(self, clone: Clone, base: str, mine: str, other: str, how: str) -> None:
        if how == "rebase":
            if self._rebase(clone, base, mine, other):
                return
            how = "merge"
        met[how] += 1
        clone.driven(on=how == "merge")
        clone.repo.git("merge", "--quiet", "--no-edit", "origin/main", check=False)
        clone.driven(on=True)
        if how == "plain":
            merging.merge_files(clone.space())
        three = clone.texts(base, mine, other)
        conflicts = [one for one in sorted({*three[1], *three[2]}) if self._judge(clone, one, three, how)]
        if clone.busy():
            self._settle(clone, conflicts, three)
        self._accepted(clone, how)

    def _rebase(self, clone: Clone, base: str, mine: str, other: str) -> bool:
        """Whether git has put our commits on theirs; the model does that one by one."""
        own = clone.repo.git("rev-list", "--reverse", f"{base}..{mine}").split()
        clone.repo.git("rebase", "--quiet", "--reapply-cherry-picks", "origin/main", check=False)
        stopped = clone.busy()
        if stopped:
            clone.repo.git("rebase", "--abort")
        met["rebase stopped" if stopped else "rebase"] += 1
        theirs, *ours = clone.texts(other, base, *own)
        expecting = False
        for item in sorted({*theirs, *ours[-1]}):
            found: str | None = theirs.get(item)
            for old, new in pairwise(ours):
                found = self._put_on(old.get(item), new.get(item), found, item)
                if found is None and item in new:
                    break
            expecting |= found is None
            assert stopped or found == clone.repo.read(_path(item)), (item, found)
        assert stopped == expecting
        return not stopped

    def _put_on(self, old: str | None, new: str | None, held: str | None, item: str) -> str | None:
        """What a commit gives that is put on another one; None for a conflict, or if the item is not there."""
        if new == old or new is None:
            return held
        if old is None or held is None:
            return new
        found = merge(old, held, new, item)
        self._compare(found.clean, _item(found.text, item) if found.clean else None, old, held, new, item)
        return found.text if found.clean else None

    def _judge(self, clone: Clone, item: str, three: list[dict[str, str]], how: str) -> bool:
        """Whether the item is in conflict; it is exactly if the naive model says so, else it is what that says."""
        base, ours, theirs = (one.get(item) for one in three)
        text = clone.repo.read(_path(item))
        if ours is None or theirs is None or base is None:
            assert text == (ours or theirs), item  # it is new on one side
            return False
        if ours == base or theirs in (base, ours):
            assert text == (theirs if ours == base else ours), item
            return False
        one, other = merge(base, ours, theirs, item), merge(base, theirs, ours, item)
        assert one.clean == other.clean
        found, _ = quick.item_of(text.encode(), item)
        met["conflict" if found is None else "both changed"] += 1
        if one.clean:
            assert found is not None, text
            assert one.text == other.text
            assert merge(base, one.text, theirs, item).text == merge(base, ours, one.text, item).text == one.text
        if how == "merge":
            assert one.text == text
        elif found is not None and one.text != text:  # plain git has merged it, or a part of it, as lines
            met["merged as lines"] += 1
            return False
        self._compare(one.clean, found, base, ours, theirs, item)
        return found is None

    def _compare(self, clean: bool, found: Item | None, base: str, ours: str, theirs: str, item: str) -> None:
        """A merge against the naive model."""
        three = [_item(one, item) for one in (base, ours, theirs)]
        values, conflicts = expected(*three)
        naive = expected_text(*(one.description for one in three))
        if naive is not None:
            assert clean == (not conflicts and not naive[1]), (conflicts, naive)
        else:
            assert not (clean and conflicts), conflicts
        if found is not None and clean:
            assert not {name for name in values if not same(fields.value(found, name), values[name])}
            assert set(found.comments) == {*three[1].comments, *three[2].comments}
            assert naive is None or found.description == naive[0]

    def _settle(self, clone: Clone, conflicts: list[str], three: list[dict[str, str]]) -> None:
        """Ends a merge as a person might: one side or the other of what stands between markers."""
        for item in conflicts:
            self.choice += 1
            held = sides(clone.repo.read(_path(item)))
            text = (held.ours if self.choice % 2 else held.theirs) if held else ""
            if not text or quick.item_of(text.encode(), item)[0] is None:
                met["taken whole"] += 1
                text = three[1 + self.choice % 2][item]
                self.ledger.gave_up(item)
            clone.write(_path(item), text)
        clone.dirty = True
        clone.commit("merged")

    def _accepted(self, clone: Clone, how: str) -> None:
        """``validate --merge`` finds nothing in it that nobody wrote, and nothing lost but what a person left out."""
        found = [one for one in check_merged(clone.space()) if one.code in ("BL308", "BL309")]
        met["merges judged"] += 1
        assert how == "plain" or not [one for one in found if not self.ledger.is_given_up(one.item)], found
        assert not [one for one in found if one.code == "BL308"], found

    def quiet(self) -> None:
        """Everybody pulls until nothing changes; then all hold the same, and nothing of it is nobody's."""
        for _ in range(2):
            for clone in self.clones:
                self.pull(clone, "merge")
        one, other = (
            {path.name: path.read_bytes() for path in (clone.repo.root / "items").iterdir()} for clone in self.clones
        )
        assert one == other
        assert self.clones[0].head() == self.clones[1].head()
        assert len(one) == self.made + 1
        for name, data in one.items():
            item = name.removesuffix(".md")
            self.ledger.check(item, _item(data.decode(), item))


def _path(item: str) -> str:
    return f"items/{item}.md"


def _item(text: str, item: str) -> Item:
    found, findings = quick.item_of(text.encode(), item)
    assert found is not None, (findings, text)
    return found


def _edited(text: str, item: str, edit: Edit) -> str:
    """Edits know one item only."""
    return edit(text.replace(item, ID)).replace(ID, item)


def live(steps: list[Step], base: str, template: Path, *, near: bool) -> None:
    """One life of two clones."""
    place = Path(tempfile.mkdtemp(prefix="merging-", dir=template.parent))
    try:
        shutil.copytree(template, place / "here", symlinks=True)
        life = Life(place / "here", base, near=near)
        for step in steps:
            life.step(*step)
        life.quiet()
        met["runs"] += 1
    finally:
        shutil.rmtree(place, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--near", action="store_true", help="neither fetch nor push, as in the suite")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="home-"))
    (home / "gitconfig").write_text("[init]\n\tdefaultBranch = main\n")
    os.environ.update(isolate(dict(os.environ), home))
    template = prepared(home / "template")

    def run(steps: list[Step], base: str) -> None:
        live(steps, base, template, near=options.near)

    lives = given(st.lists(STEPS, min_size=options.steps, max_size=options.steps), bases())(run)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    try:
        seed(options.seed)(settings(max_examples=options.runs, deadline=None, suppress_health_check=checks)(lives))()
    finally:
        print(dict(met), file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
