"""``validate --fix``: the findings that only a slip can have caused, mended in the work tree.

What is mended how stands in the one table of ``interchange.reports_fixes``. Each fix replaces characters of one line
of an item's file, and is kept only if reading the file again shows that the finding is gone and no other has come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from backlogtool.app import reporting
from backlogtool.app.judging import placed
from backlogtool.app.validation import validate
from backlogtool.app.work_tree import Changing, work_tree
from backlogtool.app.workspace import Workspace
from backlogtool.codec import frontmatter, quick
from backlogtool.domain import workflow
from backlogtool.domain.finding import Finding, by_place
from backlogtool.domain.policy import Policy
from backlogtool.interchange.reports_fixes import replacement
from backlogtool.stores.base import Stored
from backlogtool.stores.git.store import GitStore

#: How often is looked again: what is mended may show what stood behind it, such as a second value without quotes.
_ROUNDS = 20
#: What keeps a file from being read at all, so that nothing else about it is known.
_BARS = ("BL104", "BL108")
#: A file with so many findings was not written by somebody who slipped, and every fix takes two looks at all of them.
_MANY = 200


class Fixed(NamedTuple):
    """A finding that is gone, and the line that it was about before and after."""

    finding: Finding
    before: str
    after: str


def fix(space: Workspace) -> list[Fixed]:
    """Mends what is safe to mend in item files, commits nothing, and tells what it did.

    A file that somebody changes meanwhile is looked at again. Raises ``UnavailableError`` where there is no
    work tree.
    """
    store = work_tree(space)
    if space.loaded.policy is None:  # what is wrong cannot be told before that is mended
        return []
    space.require("upsert")
    changing = Changing(store)
    done: list[Fixed] = []
    for _ in range(_ROUNDS):
        with store.writing():
            made = list(_round(space, store))
            written = [one for one in made if changing.change(one.path, one.before, one.after)]
        done += [fixed for one in written for fixed in one.fixed]
        if not made:
            break
    return sorted(done, key=lambda one: (one.finding.path, one.finding.line))


class _Mended(NamedTuple):
    """A file, its text before and after, and what is mended in it."""

    path: str
    before: str
    after: str
    fixed: list[Fixed]


def _round(space: Workspace, store: GitStore) -> Iterator[_Mended]:
    """Every file in which something can be mended."""
    ids = {path: item_id for item_id, paths in store.listed().paths.items() for path in paths}
    found: dict[str, list[Finding]] = {}
    for one in validate(space):
        if one.path in ids:
            found.setdefault(one.path, []).append(one)
    few = {path: some for path, some in found.items() if len(some) <= _MANY}
    for path, text in reporting.texts(space, (one for some in few.values() for one in some)).items():
        mended = list(_mended(text, ids[path], few[path], space.policy))
        if mended:
            yield _Mended(path, text, mended[-1][0], [one for _, one in mended])


def _mended(text: str, item_id: str, findings: Iterable[Finding], policy: Policy) -> Iterator[tuple[str, Fixed]]:
    """The text after each fix that can be kept; the last ones first, so that the others keep their places."""
    for finding in reversed(by_place(findings)):
        bom = frontmatter.BOM if text.startswith(frontmatter.BOM) else ""
        lines = text.removeprefix(bom).split("\n")
        change = replacement(finding, lines)
        if change is None or not change.is_safe:
            continue
        line = lines[finding.line - 1]
        lines[finding.line - 1] = changed = line[: change.start] + change.text + line[change.end :]
        new = bom + "\n".join(lines)
        if _is_better(finding, _problems(text, item_id, policy), _problems(new, item_id, policy)):
            text = new
            yield text, Fixed(finding, line, changed)


def _problems(text: str, item_id: str, policy: Policy) -> list[Finding]:
    """What is wrong with the file as it stands, each with its line."""
    item, findings = quick.item_of(text.encode(), item_id)
    return [*findings, *(placed(Stored(item, text, ""), workflow.check_item(item, policy)) if item else ())]


def _is_better(finding: Finding, before: list[Finding], after: list[Finding]) -> bool:
    """Whether the finding is gone and no other has come."""
    old, new = (Counter(map(_name, some)) for some in (before, after))
    if new[_name(finding)] >= max(old[_name(finding)], 1):
        return False
    if finding.code in _BARS:
        # What stood behind it may show now, and be mended in its turn; the line itself has to be readable.
        return not any(one.line == finding.line and one.code in _BARS and _name(one) not in old for one in after)
    return not new - old


def _name(finding: Finding) -> tuple[str, int, str]:
    return finding.code, finding.line, finding.message
