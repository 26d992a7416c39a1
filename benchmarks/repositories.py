"""The repositories that are measured: kept in the work folder, and put back to their beginning before each use."""

from __future__ import annotations

import json
import marshal
import re
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.content import item_id
from benchmarks.generate import generate, git
from benchmarks.history import FLAT, SHARDED, Plan, path_of

#: A change to the generator makes every kept repository anew.
GENERATION = 2
#: Where the tool keeps what it can make again, below the git directory.
_CACHE = ".git/backlogtool/cache"
_ACTIVE = re.compile(r"^status: (open|in_progress|blocked)$", re.MULTILINE)
_ENTRY = re.compile(r"^(id|title|type|priority|component): (.*)$", re.MULTILINE)


class Stage(NamedTuple):
    """A repository with its plan, and a folder for what a floor needs beside it."""

    root: Path
    plan: Plan
    beside: Path

    def path(self, item: str) -> Path:
        """The item's file."""
        return self.root / path_of(item, self.plan.layout)

    def ids(self) -> Iterator[str]:
        """The ids of all items, in the order of their numbers."""
        return map(item_id, range(self.plan.items))

    @property
    def middle(self) -> int:
        """The number of an item of middling age. The first ones have far more history than most."""
        return min(self.plan.items, self.plan.commits // 10 or self.plan.items) // 2

    def active(self, count: int) -> list[str]:
        """The first so many items that are not closed."""
        found = (one for one in self.ids() if _ACTIVE.search(self.path(one).read_text(encoding="utf-8")))
        return list(islice(found, count))


def usual_plan(items: int) -> Plan:
    """A backlog of this size as it is found: ten commits an item up to 100,000, folders where they pay."""
    return Plan(items, min(10 * items, 100_000), FLAT if items < 2_000 else SHARDED)


def stage(work: Path, plan: Plan) -> Stage:
    """The repository of this plan, made if it is not there yet, without what earlier runs have left in it."""
    folder = work / f"items-{plan.items}-{plan.layout}-{plan.commits}"
    known, wanted = folder / "made.json", [GENERATION, *plan]
    made = Stage(folder / "repository", plan, folder)
    if not known.is_file() or json.loads(known.read_text())["plan"] != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        generate(made.root, plan)
        (folder / "dictionaries").write_bytes(marshal.dumps(_dictionaries(made)))
        known.write_text(json.dumps({"plan": wanted, "head": git(made.root, "rev-parse", "HEAD").strip()}))
    restore(made)
    forget(made)
    for loose in (made.root / ".git/objects").glob("[0-9a-f][0-9a-f]"):  # of earlier runs: generated ones are packed
        shutil.rmtree(loose)
    return made


def restore(made: Stage) -> None:
    """Back to the last generated commit and its files."""
    head = json.loads((made.beside / "made.json").read_text())["head"]
    git(made.root, "reset", "--quiet", "--hard", head)
    git(made.root, "clean", "--quiet", "-ffdx")


def forget(made: Stage) -> None:
    """Takes away all that the tool has derived, so that the next command starts from the files."""
    shutil.rmtree(made.root / _CACHE, ignore_errors=True)


def _dictionaries(made: Stage) -> list[dict[str, str]]:
    """What a template needs of each item, ready; the generator's own files need no real parser."""
    found = []
    for one in made.ids():
        _, frontmatter, body = made.path(one).read_text(encoding="utf-8").split("---\n", 2)
        found.append(dict(_ENTRY.findall(frontmatter)) | {"description": body.partition("\n## Comments\n")[0].strip()})
    return found
