"""Judging commits: what each made of each item, by the rules of the commit that they start from.

A branch cannot bring its own rules (ROBUSTNESS.md 2.5): steps are judged by the policy of the merge base, who may
take them by that of the revision that is named, and that the policy or the templates change on the way is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from backlogtool.app import guarding_commits, judging_slips
from backlogtool.app.judging_merges import held_by_no_side
from backlogtool.app.judging_renumbered import with_own_sides
from backlogtool.app.judging_rights import judge_rights
from backlogtool.app.workspace import Workspace
from backlogtool.codec import markdown, trailers
from backlogtool.codec.policy_layers import Loaded
from backlogtool.domain import workflow
from backlogtool.domain.event import STATUS_CHANGE, Claim, claimed_path
from backlogtool.domain.finding import Finding, errors
from backlogtool.domain.item import Item
from backlogtool.domain.merge import check_merge
from backlogtool.domain.policy import Policy
from backlogtool.domain.rights import RULES
from backlogtool.domain.workflow import Change
from backlogtool.stores.base import Stored
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.span import Span
from backlogtool.stores.git.versions import Made, Version

#: Those of some items that stand in the tree and can be read, by their ids.
Standing = Callable[[Collection[str]], Mapping[str, Stored]]


@dataclass(frozen=True, slots=True)
class _Rules:
    """The policy of the merge base, which judges steps, and that of the tree, which judges what stands in it."""

    base: Policy
    tree: Policy
    name: str

    def said(self, finding: Finding, commit: str) -> Finding:
        """The finding with the commit that it is about, and whose policy found it where there are two."""
        policy = "" if self.base == self.tree else f", by the policy of {self.name[:10]}"
        return finding._replace(message=f"{finding.message} (commit {commit[:10]}{policy})")


def judge(policy: Policy, repository: Repository, span: Span, standing: Standing) -> Iterator[Finding]:
    """What is wrong with the commits of a span. ``policy`` and ``standing`` are those of the tree as it stands."""
    # Who may do what is said by the rules as they are today, or whoever was taken off them could branch off before.
    ruling = _rules_of(repository, span.since) if span.since else Loaded(policy, [], {})
    name, loaded = _judging(repository, span, ruling)
    for path in span.changed(*RULES):
        yield Finding("BL306", f"{path} has changed since {name[:10]}, whose rules judge the commits", path=path)
    if loaded.policy is None or ruling.policy is None:
        broken, name = (ruling, span.since) if loaded.policy else (loaded, name)
        for finding in errors(broken.findings):
            yield finding._replace(message=f"{finding.message} (in {name[:10]}, whose rules judge the commits)")
        return
    rules = _Rules(loaded.policy, policy, name)
    asking = loaded.policy._replace(rbac=ruling.policy.rbac)
    found: list[Finding] = []
    given = guarding_commits.GivenBack(span)
    steps: list[tuple[Made, bool]] = []
    several = span.made()
    for made, lines in zip(with_own_sides(several), judging_slips.befores(several, rules.base), strict=True):
        change = _undo(made, span)
        mended = judging_slips.mended(made, lines)
        steps += [(one, change) for one in ((made,) if mended is made or made.sides else (made, mended))]
        given.add(made, undo=change)
        found += [one._replace(item=made.item_id, path=made.path) for one in _of_commit(made, mended, change, rules)]
        for one in guarding_commits.of_commit(mended, repository.git, asking, span.since or span.head, undo=change):
            fix = f"{workflow.TAKE_OUT}; before it is made anew: {one.fix}"
            found.append(rules.said(one, made.commit.id)._replace(item=made.item_id, path=made.path, fix=fix))
    for one in guarding_commits.of_range(span, repository.git, rules.base, given.items):
        found.append(one._replace(path=span.last[one.item].path))
    found += judge_rights(repository.git, ruling.policy, span, steps)
    told = {(one.item, one.code, one.field) for one in found}
    for item_id in sorted(span.first):
        firsts = [one for some in span.starts for one in some[item_id].known] + given.items.get(item_id, [])
        for finding in _end_to_end(firsts, span.last.get(item_id), rules):
            if (item_id, finding.code, finding.field) not in told:
                found.append(finding._replace(item=item_id, path=span.last[item_id].path))
    yield from _placed(found, standing)


def _judging(repository: Repository, span: Span, named: Loaded) -> tuple[str, Loaded]:
    """The commit whose rules judge steps, with these: where branches cross and they differ, those that are named."""
    several = [named if one == span.since else _rules_of(repository, one) for one in span.bases if one]
    if not several or any(one.policy != several[0].policy for one in several):
        return span.since, named
    return span.base, several[0]


def _rules_of(repository: Repository, commit: str) -> Loaded:
    return Workspace.open(repository.root or repository.git_dir, environment={}, revision=commit).loaded


def placed(stored: Stored, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings at the lines of their fields."""
    some = list(findings)
    if some:
        reading = markdown.read(stored.text, stored.item.id)
        yield from (reading.locate(finding, stored.path) for finding in some)


def _placed(findings: Collection[Finding], standing: Standing) -> Iterator[Finding]:
    """At their lines where the items still stand, else at the paths that they had; all are looked up at once."""
    items = sorted({one.item for one in findings if one.item})
    held = standing(items) if items else {}
    for one in sorted(findings, key=lambda one: one.item):  # so that each file is read once
        yield from placed(held[one.item], [one]) if one.item in held else [one]


def _undo(made: Made, span: Span) -> bool:
    undone, parent = trailers.taken_back(made.commit.message)
    return bool(undone) and len(made.befores) < 2 and span.takes_back(made, undone, parent)


def _of_commit(made: Made, mended: Made, undo: bool, rules: _Rules) -> Iterator[Finding]:
    """What one commit did wrong to one item; what is wrong with the item itself is told about the tree.

    ``mended`` is the same with the slips before it put right.
    """
    after = made.after
    if after.fault:
        if all(before.files != after.files for before in made.befores):
            message = f"commit {made.commit.id[:10]} leaves {made.item_id} so that it cannot be read: {after.fault}"
            yield Finding("BL307", message, fix="mend that commit, as git rebase -i does")
        return
    found = _steps(mended, undo, rules.base)
    standing = set(workflow.check_item(after.item, rules.base)) if after.item else set()
    for finding in dict.fromkeys(found):
        if finding not in standing:
            yield rules.said(finding, made.commit.id)
        elif _new_status(finding, made, rules):
            yield rules.said(finding._replace(fix=workflow.TAKE_OUT), made.commit.id)
    told = {finding.field for finding in found}
    yield from (rules.said(one, made.commit.id) for one in _held_by_no_side(made) if one.field not in told)
    yield from _false_claims(made)


def _steps(made: Made, undo: bool, policy: Policy) -> list[Finding]:
    after = made.after.item
    if len(made.befores) > 1:
        return check_merge(made.sides, after, policy)
    before = made.befores[0] if made.befores else Version()
    if after is None and not before.files:
        return []
    path = tuple(claimed_path(made.item_id, trailers.read(made.commit.message)[1]))
    changes = [Change(one, after, undo, squashed=True, path=path) for one in before.known or (None,)]
    return [finding for change in changes for finding in workflow.check(change, policy)]


def _held_by_no_side(made: Made) -> list[Finding]:
    own = len(made.befores) > 1 and all(one.files != made.after.files for one in made.befores)
    return held_by_no_side(made.sides, made.after.item) if own else []


def _new_status(finding: Finding, made: Made, rules: _Rules) -> bool:
    """A status that only the branch's own policy knows: the tree has nothing against it, the base has."""
    after = made.after.item
    if finding.field != "status" or after is None or after.status not in rules.tree.enums.status:
        return False
    return all(item.status != after.status for before in made.befores for item in before.known)


def _end_to_end(firsts: Sequence[Item], last: Version | None, rules: _Rules) -> Iterator[Finding]:
    """The item of the head against all from which it may have begun, whatever lies between (DESIGN.md §5)."""
    after = last.item if last else None
    if after is None or not firsts:
        return
    told, *others = [_between_ends(before, after, rules.base) for before in firsts]
    for (code, field), finding in told.items():
        if all((code, field) in other for other in others):
            fix = "take what leads there out of the branch, as git rebase -i does" if finding.fix else ""
            message = f"{finding.message} (all commits since {rules.name[:10]} together)"
            yield finding._replace(message=message, fix=fix)


def _between_ends(before: Item, after: Item, policy: Policy) -> dict[tuple[str, str], Finding]:
    """By code and field; what is wrong with the item itself is left out."""
    start = before._replace(status=after.status) if workflow.reaches(before.status, after.status, policy) else before
    standing = workflow.check_item(after, policy)
    found = workflow.check(Change(start, after), policy)
    return {(one.code, one.field): one for one in found if one not in standing}


def _false_claims(made: Made) -> Iterator[Finding]:
    """Trailers that tell of a move that the commit does not make (DESIGN.md §4)."""
    claims = trailers.read(made.commit.message)[1]
    before: Item | None = next((item for one in made.befores for item in one.known), None)
    after = made.after.item
    if before is None or after is None or not _moves(claims, made.item_id):
        return
    path = claimed_path(made.item_id, claims)
    if not path or (path[0], path[-1]) != (before.status, after.status):
        claimed = " -> ".join(path) or "moves that do not join up"
        shown = f"{before.status} -> {after.status}" if before.status != after.status else "no change of status"
        message = f"commit {made.commit.id[:10]} claims {claimed} of {made.item_id}, its changes show {shown}"
        yield Finding("BL305", message, item=made.item_id, field="status")


def _moves(claims: Iterable[Claim], item_id: str) -> bool:
    return any(claim.item_id == item_id and claim.type == STATUS_CHANGE for claim in claims)
