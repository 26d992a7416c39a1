"""Two clones of one repository, in which people edit, commit, merge and rebase as they like: nothing is lost.

``python -m tests.campaigns.merging [--runs 300] [--steps 30] [--seed S]``. Hypothesis shortens a run that fails. What
the driver makes is compared with a naive model of fields (``tests.codec.merges``), and in the end both clones must
hold the same bytes. Prints how many runs, merges and conflicts there were.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from backlogtool.app import merging
from backlogtool.app.workspace import Workspace
from backlogtool.codec import markdown, quick
from backlogtool.codec.merging_lines import sides
from backlogtool.domain import fields
from backlogtool.domain.event import same
from backlogtool.domain.item import Item
from tests.codec.merges import EDITS, ID, Edit, bases, expected
from tests.repositories import Repo, isolate, make

PATH = f"items/{ID}.md"
PULLS = ("merge", "plain", "rebase")
#: Who does it, and an edit, a way to pull, or ``create``.
Step = tuple[int, Edit | str]
_WAYS = st.sampled_from([*PULLS, "create"])
STEPS = st.tuples(st.integers(0, 1), st.integers(0, 3).flatmap(lambda kind: EDITS if kind else _WAYS))
#: What was met, for the report; a campaign without conflicts would prove little.
met: Counter[str] = Counter()


class Clones:
    """A bare repository and two clones, each with the driver."""

    def __init__(self, place: Path, text: str) -> None:
        first = make(place / "first")
        first.git("config", "core.hooksPath", os.devnull)
        first.write(PATH, text)
        first.commit("first")
        first.git("clone", "--quiet", "--bare", ".", str(place / "origin.git"))
        self.people = [self._clone(place, name) for name in ("ann", "bob")]
        self.made = 0

    def _clone(self, place: Path, name: str) -> Repo:
        Repo(place).git("clone", "--quiet", "origin.git", name)
        repo = Repo(place / name)
        for setting, value in {"user.name": name, "user.email": f"{name}@example.org", **merging.driver()}.items():
            repo.git("config", setting, value)
        self._attributes(repo).write_text(f"{merging.ATTRIBUTE}\n")
        return repo

    def _attributes(self, repo: Repo) -> Path:
        return repo.root / ".git/info/attributes"

    def step(self, who: int, what: Edit | str) -> None:
        repo = self.people[who]
        if what == "create":
            self.made += 1
            repo.write(f"items/bl_{self.made:012x}.md", repo.read(PATH).replace(ID, f"bl_{self.made:012x}"))
            repo.commit("create")
        elif isinstance(what, str):
            self.pull(repo, what)
        elif (after := what(repo.read(PATH))) != repo.read(PATH):
            repo.write(PATH, after)
            repo.commit("edit")

    def pull(self, repo: Repo, how: str) -> None:
        repo.git("fetch", "--quiet")
        base, ours, theirs = self._versions(repo)
        if how == "rebase":
            repo.git("rebase", "origin/main", check=False)
            if repo.git("status", "--short"):
                repo.git("rebase", "--abort")
                how = "merge"
        if how == "plain":
            self._attributes(repo).rename(repo.root / "attributes")
        if how != "rebase":
            repo.git("merge", "--quiet", "--no-edit", "origin/main", check=False)
        if how == "plain":
            (repo.root / "attributes").rename(self._attributes(repo))
            merging.merge_files(Workspace.open(str(repo.root)))
        met[how] += 1
        if ours not in (base, theirs) and theirs != base:
            self._judge(repo.read(PATH), base, ours, theirs, how)
        self._end(repo, ours, theirs)
        repo.git("push", "--quiet", "origin", "main")

    def _versions(self, repo: Repo) -> tuple[str, str, str]:
        base = repo.git("merge-base", "HEAD", "origin/main").strip()
        base, ours, theirs = (repo.git("cat-file", "blob", f"{at}:{PATH}") for at in (base, "HEAD", "origin/main"))
        return base, ours, theirs

    def _judge(self, text: str, base: str, ours: str, theirs: str, how: str) -> None:
        """What stands there now against what the naive model says. A rebase may meet what a merge does not see."""
        values, conflicts = expected(*(item(one) for one in (base, ours, theirs)))
        merged = markdown.read(text, ID).item
        met["conflict" if merged is None else "both changed"] += 1
        if merged is None:
            assert sides(text), text
            return
        if how == "plain" and any("\r" in one for one in (base, ours, theirs)):
            return  # lines that end otherwise are other lines for plain git
        assert not conflicts, (conflicts, text)
        wrong = {name for name, value in values.items() if not same(fields.value(merged, name), value)}
        assert not wrong or how == "plain", (wrong, values, text)
        lost = (set(item(ours).comments) | set(item(theirs).comments)) - set(item(base).comments) - set(merged.comments)
        assert not lost, (lost, text)

    def _end(self, repo: Repo, ours: str, theirs: str) -> None:
        """Settles what is left: our version, as a person might."""
        if not repo.git("ls-files", "--unmerged") and "MERGE_HEAD" not in os.listdir(repo.root / ".git"):
            return
        held = sides(repo.read(PATH))
        text = held.ours if held else repo.read(PATH)
        if markdown.read(text, ID).item is None:
            text = ours
        repo.write(PATH, text)
        repo.commit("merged")

    def quiet(self) -> None:
        """Everybody pulls until nothing changes; then all hold the same."""
        for _ in range(2):
            for repo in self.people:
                self.pull(repo, "merge")
        one, other = (
            {path.name: path.read_bytes() for path in (repo.root / "items").iterdir()} for repo in self.people
        )
        assert one == other
        assert len(one) == self.made + 1


def item(text: str) -> Item:
    found, findings = quick.item_of(text.encode(), ID)
    assert found is not None, (findings, text)
    return found


def live(steps: list[Step], base: str) -> None:
    """One life of two clones."""
    place = Path(tempfile.mkdtemp(prefix="merging-"))
    try:
        clones = Clones(place, base)
        for who, what in steps:
            clones.step(who, what)
        clones.quiet()
        met["runs"] += 1
    finally:
        shutil.rmtree(place, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="home-"))
    (home / "gitconfig").write_text("[init]\n\tdefaultBranch = main\n")
    os.environ.update(isolate(dict(os.environ), home))

    lives = given(st.lists(STEPS, min_size=options.steps, max_size=options.steps), bases())(live)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    run = seed(options.seed)(settings(max_examples=options.runs, deadline=None, suppress_health_check=checks)(lives))
    try:
        run()
    finally:
        print(dict(met), file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
