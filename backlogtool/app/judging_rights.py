"""Whether whoever made a commit may do what it does: roles, people and rules of the commit that all is judged by.

What a commit does is told from its changes, who made it from its raw author or from a verified signature; trailers
and names say nothing here (ROBUSTNESS.md 2.8). The rules, the people and their keys are those of the commit that a
span is asked for since: the branch that is to be joined, as it stands. So a branch cannot let itself in, nobody who
has been taken off them can branch off from before that, and changing them is an action of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from backlogtool.app.judging_merges import Step, own_steps
from backlogtool.codec import allowed_signers
from backlogtool.domain import rights
from backlogtool.domain.finding import Finding
from backlogtool.domain.policy import Policy
from backlogtool.domain.rbac import OFF, SIGNATURE
from backlogtool.domain.rights import CHANGE_RULES, RULES, Holder
from backlogtool.domain.spelling import nearest
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.rule_changes import rule_changes
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.signatures import Origin, Verifier, origins, verifying
from backlogtool.stores.git.span import Span
from backlogtool.stores.git.versions import Made, Version

_FIXES = {
    "BL320": "make it anew with an address of one of rbac.people, as git commit --amend --author does",
    "BL321": "let somebody who may do it make that commit, or give the role the entitlement in an earlier change",
    "BL322": "let somebody for whom the rule is make that commit",
    "BL323": (
        "sign it by a key of one of rbac.people, as git rebase --force-rebase -S BASE does (without --force-rebase git "
        "leaves the commits as they are); add a new key in an earlier change"
    ),
}


class _Deed(NamedTuple):
    """What somebody has to answer for: an action on an item or, for rules, a file."""

    action: str
    item: str
    path: str
    steps: tuple[Step, ...] = ()
    generates: bool = False


def judge_rights(git: Git, policy: Policy, span: Span, made: Iterable[tuple[Made, bool]]) -> Iterator[Finding]:
    """What the commits of a span do that their authors may not, by the policy of ``span.since``.

    ``made`` has what each commit made of each item, and whether that takes back an earlier step. Nothing is asked
    where the policy's ``rbac.commits`` is off. Raises ``UnavailableError`` where something cannot be seen or checked.
    """
    if policy.rbac.commits == OFF:
        return
    deeds: dict[str, list[_Deed]] = {}
    for one, undo in made:
        for deed in _deeds(one, undo, policy):
            deeds.setdefault(one.commit.id, []).append(deed)
    for commit, paths in rule_changes(git, span.parents, RULES).items():
        deeds.setdefault(commit, []).append(_Deed(CHANGE_RULES, "", paths[0]))
    if deeds:
        yield from _of_commits(git, policy, span.since or span.head, deeds)


def _deeds(made: Made, undo: bool, policy: Policy) -> Iterator[_Deed]:
    """What a commit did to an item; taking a step back is held to what that step took."""
    steps = tuple(_steps(made))
    told = dict.fromkeys(
        (action, rights.generates(*step, policy))
        for step in ([(new, old) for old, new in steps] if undo else steps)
        for action in rights.actions(*step, policy)
    )
    both = (*steps, *((after, before) for before, after in steps)) if undo else steps
    for number, (action, generates) in enumerate(told):
        yield _Deed(action, made.item_id, made.path, both if number == 0 else (), generates)


def _steps(made: Made) -> Iterator[Step]:
    """The steps from what was there. What leaves an item unreadable is told as that."""
    if made.after.fault:
        return
    after = made.after.item
    if len(made.befores) > 1:
        yield from own_steps(made.sides, after)
        return
    before = made.befores[0] if made.befores else Version()
    known = before.known if before.files else ()
    yield from ((one, after) for one in known or (None,))


def _of_commits(git: Git, policy: Policy, ruling: str, deeds: Mapping[str, Sequence[_Deed]]) -> Iterator[Finding]:
    made = origins(git, deeds)
    if policy.rbac.commits != SIGNATURE:
        for commit, some in deeds.items():
            yield from _of_author(policy, commit, made[commit].email, some)
        return
    path = policy.rbac.allowed_signers
    allowed = read_objects(git, [f"{ruling}:{path}"], (b"blob",)).get(f"{ruling}:{path}")
    signers = allowed_signers.read(allowed, path)
    yield from (one._replace(message=f"{one.message} (in {ruling[:10]})") for one in signers.findings)
    if allowed is None or signers.findings:
        return
    with verifying(allowed) as verifier:
        for commit, some in deeds.items():
            yield from _of_signer(policy, commit, made[commit], signers.keys, verifier, some)


def _of_author(policy: Policy, commit: str, email: str, deeds: Sequence[_Deed]) -> Iterator[Finding]:
    holder = rights.by_email(policy.rbac, email)
    if holder is None:
        whose = f"its author's address <{email}> belongs to none of rbac.people" if email else "it has no plain author"
        finding = _about(deeds, "BL320", f"commit {commit[:10]} {_told(deeds)}, and {whose}")
        close = nearest(email, [one for person in policy.rbac.people.values() for one in person.emails])
        yield finding._replace(fix=f"was it {close}? {finding.fix}") if close else finding
    else:
        yield from _of_holder(policy, commit, f"{holder.name} <{email}>", holder, deeds)


def _of_signer(
    policy: Policy,
    commit: str,
    made: Origin,
    keys: Mapping[str, tuple[str, ...]],
    verifier: Verifier,
    deeds: Sequence[_Deed],
) -> Iterator[Finding]:
    """The signer counts, whatever the author says."""
    emails = keys.get(allowed_signers.signed_by(made.signature), ()) if made.signature else ()
    known = [(one, holder) for one in emails if (holder := rights.by_email(policy.rbac, one))]
    people = {holder.name for _, holder in known}
    if not made.signature:
        problem = "is not signed"
    elif not allowed_signers.signed_by(made.signature):
        problem = "is signed in another way than by an SSH key"
    elif not emails:
        problem = f"is signed by a key that {policy.rbac.allowed_signers} does not have"
    elif len(people) != 1:
        problem = f"is signed for {', '.join(emails)}: that is {'several' if people else 'none'} of rbac.people"
    else:
        said = verifier.accepts(made, known[0][0])
        problem = f"has a signature for {known[0][0]} that is not right: {said}" if said else ""
    if problem:
        yield _about(deeds, "BL323", f"commit {commit[:10]} {_told(deeds)}, and {problem}")
    else:
        yield from _of_holder(policy, commit, f"{known[0][1].name}, who signed it,", known[0][1], deeds)


def _of_holder(policy: Policy, commit: str, who: str, holder: Holder, deeds: Sequence[_Deed]) -> Iterator[Finding]:
    """What somebody who is known may not."""
    for action in dict.fromkeys(deed.action for deed in deeds):
        refused: dict[str, list[_Deed]] = {}
        for deed in (one for one in deeds if one.action == action):
            lacking = rights.lacks(policy.rbac, holder.role, action, generates=deed.generates)
            if lacking:
                refused.setdefault(lacking, []).append(deed)
        for lacking, some in refused.items():
            message = f"commit {commit[:10]} {_told(some)}, but {who} is {holder.told} and lacks {lacking}"
            yield _about(some, "BL321", message)
    for deed in deeds:
        rules = dict.fromkeys(rule for step in deed.steps for rule in rights.forbidding(policy, holder, *step))
        for rule in rules:
            message = f"commit {commit[:10]}: {rights.told(rule)}; {who} is {holder.told}"
            yield _about([deed], "BL322", message)._replace(field=rule.field)


_WORDS = {
    "create": "creates",
    "upsert": "edits",
    "set_status": "moves",
    "close": "closes",
    "add_comment": "comments on",
    "auto_generate_weekly": "generates",
    "cleanup": "deletes",
    CHANGE_RULES: "changes the rules in",
}


def _told(deeds: Sequence[_Deed]) -> str:
    """What a commit does, in words: its first deed, and how many more there are."""
    first = deeds[0]
    others = len({(one.item, one.path) for one in deeds}) - 1
    more = f" and {others} more" if others else ""
    return f"{_WORDS[first.action]} {first.item or first.path}{more}"


def _about(deeds: Sequence[_Deed], code: str, message: str) -> Finding:
    """A finding at the first of the deeds."""
    field = "status" if deeds[0].action in rights.MOVES else ""
    return Finding(code, message, deeds[0].path, item=deeds[0].item, field=field, fix=_FIXES[code])
