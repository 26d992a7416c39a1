"""Judging a push: what each ref of it would do to the backlog, before any of them moves.

Rules come from what the server has already, never from what is pushed (ROBUSTNESS.md 2.8). A protected branch is
judged from where it stands; any other as it would be merged, from the default branch. What cannot be judged is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from backlogtool.app.validation import validate_between
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding, errors
from backlogtool.domain.spelling import did_you_mean
from backlogtool.errors import BacklogError, InvalidError, UnavailableError, UsageError
from backlogtool.stores.git import pushed, remotes
from backlogtool.stores.git.pushed import BRANCHES
from backlogtool.stores.git.repository import Repository

SECTION = "backlogtool"
PATIENCE = 60.0  # seconds for one push, unless the server's configuration says otherwise
_KEYS = ("protected", "judge", "timeout")
_JUDGE = ("all", "protected")
_LINE = re.compile(r"(?P<old>[0-9a-f]{40}|[0-9a-f]{64}) (?P<new>[0-9a-f]{40}|[0-9a-f]{64}) (?P<ref>refs/[^\0\n]+)")


class Update(NamedTuple):
    """One ref of a push: the ids before and after, empty where it is not there."""

    ref: str
    old: str
    new: str


class Verdict(NamedTuple):
    """What there is to say about one ref. It is refused if a finding is an error."""

    ref: str
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        return bool(errors(self.findings))


class Server(NamedTuple):
    """What the server's own configuration says. ``protected`` are globs over names of branches, whole names.

    ``everything`` tells that branches are judged which are not protected; ``patience`` is in seconds.
    """

    protected: tuple[str, ...]
    everything: bool = True
    patience: float = PATIENCE

    def protects(self, ref: str) -> bool:
        return any(fnmatchcase(ref, pattern) for pattern in self.protected)


def update(ref: str, old: str, new: str) -> Update:
    """One ref as git names it to a hook. Raises ``UsageError`` for anything else."""
    return _update(f"{old} {new} {ref}")


def updates(told: bytes) -> list[Update]:
    """What git tells ``pre-receive`` on its standard input. Raises ``UsageError`` for anything else, and for nothing.

    Git never starts the hook without a ref: where nothing arrives, another hook has taken it.
    """
    lines = told.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    if not told:
        hint = "a hook that calls this one has to hand on its standard input"
        raise UsageError("git's list of what is pushed did not arrive", hint=hint)
    return [_update(line) for line in lines]


def _update(line: str) -> Update:
    found = _LINE.fullmatch(line)
    if found is None or "/../" in f"{found['ref']}/":
        raise UsageError(f"git tells hooks '<old id> <new id> refs/…', and not '{line}'")
    old, new = (name if name.strip("0") else "" for name in (found["old"], found["new"]))
    return Update(found["ref"], old, new)


def server(repository: Repository) -> Server:
    """What the configuration says. Raises ``UsageError`` for a setting that is not known, or has another form."""
    held: dict[str, list[str]] = {}
    for name, value in pushed.settings(repository, SECTION):
        if name not in _KEYS:
            raise UsageError(f"git's configuration has an unknown {SECTION}.{name}", hint=did_you_mean(name, _KEYS))
        held.setdefault(name, []).append(value)
    judge, timeout = held.get("judge", ["all"])[-1], held.get("timeout", [f"{PATIENCE:.0f}"])[-1]
    if judge not in _JUDGE:
        raise UsageError(f"{SECTION}.judge '{judge}' is unknown", hint=f"one of {', '.join(_JUDGE)}")
    if not (timeout.isascii() and timeout.isdigit() and int(timeout[:9]) > 0 and len(timeout) < 9):
        message = f"{SECTION}.timeout '{timeout}' is not a number of seconds"
        raise UsageError(message, hint="a number from 1 to 99999999")
    patterns = held.get("protected", [pushed.default_branch(repository)])
    whole = [one if one.startswith("refs/") else BRANCHES + one for one in patterns if one]
    stood_for = (pushed.target(repository, one) for one in whole)  # a name that is kept for another branch
    return Server(tuple(dict.fromkeys([*whole, *stood_for])), judge == "all", float(timeout))


def judge_push(space: Workspace, told: Sequence[Update], rules: Server) -> list[Verdict]:
    """A verdict on each ref, in their order. The push may go on if none is refused.

    ``space`` is open in the repository that receives the push. What is the same for several refs is judged once.
    """
    repository = space.repository
    if repository is None:
        raise UnavailableError("this store receives no pushes", hint="use the git store")
    receiver = _Receiver(space, repository, rules, pushed.kinds(repository, (one.new for one in told if one.new)))
    return [Verdict(one.ref, tuple(receiver.findings(one))) for one in told]


class _Receiver:
    """The repository that receives a push, as it stands before."""

    def __init__(self, space: Workspace, repository: Repository, rules: Server, kinds: Mapping[str, str]) -> None:
        self._space = space
        self._repository = repository
        self._rules = rules
        self._kinds = kinds
        self._judged: dict[tuple[str, str], list[Finding]] = {}
        self._trunk: str | None = None

    def findings(self, one: Update) -> list[Finding]:
        """What speaks against one ref. Whatever keeps it from being judged speaks against it too."""
        try:
            ref = pushed.target(self._repository, one.ref)
            if not ref.startswith(BRANCHES):
                return []
            return self._of_branch(ref, one)
        except BacklogError as error:
            return unjudged(one.ref, error)

    def _of_branch(self, ref: str, one: Update) -> list[Finding]:
        protected = self._rules.protects(ref) or self._rules.protects(one.ref)
        if not one.new:
            return [_deleted(ref)] if protected else []
        if self._kinds[one.new] != "commit":
            return [_no_commit(ref, one.new, self._kinds[one.new])]
        if not (protected or self._rules.everything):
            return []
        if protected and one.old:
            straight = pushed.lies_behind(self._repository, one.old, one.new)
            return self._between(one.old, one.new) if straight else [_rewritten(ref)]
        trunk = self._trunk_tip()
        if trunk and (trunk, one.new) in self._judged:  # related, then
            return self._judged[trunk, one.new]
        return self._between(_start(self._repository, trunk, one), one.new)

    def _trunk_tip(self) -> str:
        if self._trunk is None:
            ref = pushed.default_branch(self._repository)
            self._trunk = pushed.tip(self._repository, ref) if ref else ""
        return self._trunk

    def _between(self, base: str, head: str) -> list[Finding]:
        if base == head:
            return []
        if (base, head) not in self._judged:
            self._judged[base, head] = validate_between(self._space, base, head)
        return self._judged[base, head]


def unjudged(ref: str, error: BacklogError) -> list[Finding]:
    """The findings about a ref that something keeps from being judged."""
    found = [one for one in error.findings if one.is_error] if isinstance(error, InvalidError) else []
    return [Finding("BL333", f"{ref} cannot be judged: {error.message}", fix=error.hint), *found]


def outgoing(told: bytes) -> list[Update]:
    """What git tells ``pre-push`` on its standard input. Raises ``UsageError`` for anything else."""
    lines = told.decode("utf-8", "surrogateescape").split("\n")
    parts = [line.rsplit(" ", 3) for line in lines if line]
    if any(len(one) != 4 for one in parts):
        raise UsageError("git tells pre-push '<local ref> <local id> <remote ref> <remote id>'")
    return [update(ref, old, new) for _, new, ref, old in parts]


def judge_outgoing(space: Workspace, told: Iterable[Update], remote: str) -> list[Verdict]:
    """A verdict on each branch that a clone is about to push to a remote: what its server would say, if it judged.

    Of a remote that was never fetched, such as a new fork, nothing is known: it is taken to stand where another does.
    """
    repository = space.repository
    if repository is None:
        raise UnavailableError("this store makes no pushes", hint="use the git store")
    known = (pushed.tracked(repository, one) for one in (remote, "origin", *remotes.names(repository)))
    trunk = next(filter(None, known), "")
    branches = [one for one in told if one.new and one.ref.startswith(BRANCHES)]
    return [Verdict(one.ref, tuple(_leaving(space, repository, trunk, one))) for one in branches]


def _leaving(space: Workspace, repository: Repository, trunk: str, one: Update) -> list[Finding]:
    try:
        kinds = pushed.kinds(repository, filter(None, [one.old, one.new]))
        if kinds[one.new] != "commit":
            return [_no_commit(one.ref, one.new, kinds[one.new])]
        known = one if kinds.get(one.old) == "commit" else one._replace(old="")
        start = _start(repository, trunk, known)
        return validate_between(space, start, one.new) if start != one.new else []
    except BacklogError as error:
        return unjudged(one.ref, error)


def _start(repository: Repository, trunk: str, one: Update) -> str:
    """What a branch is judged from: the default branch, as a pull request is; else where it stood; else nothing.

    Not from where it stood in the first place: a branch that has merged the default branch since would be held to
    rules that are older than those commits, and one that brought rules of its own to those.
    """
    if trunk and pushed.are_related(repository, trunk, one.new):
        return trunk
    return one.old if one.old and pushed.lies_behind(repository, one.old, one.new) else ""


def _deleted(ref: str) -> Finding:
    fix = f"its owner can allow it: git config {SECTION}.protected, in the repository that you push to"
    return Finding("BL330", f"{ref} is protected: it cannot be deleted", fix=fix)


def _rewritten(ref: str) -> Finding:
    fix = "fetch, merge or rebase onto it, and push without --force"
    return Finding("BL331", f"{ref} is protected: what it holds must stay part of its history", fix=fix)


def _no_commit(ref: str, name: str, kind: str) -> Finding:
    if kind == "missing":
        fix = "look with git fsck in the repository that you push from, and push again from a whole clone"
        return Finding("BL332", f"{ref} would stand at {name[:10]}, which is missing", fix=fix)
    fix = "push the commit that the tag stands at: <tag>^{commit}" if kind == "tag" else "push a commit as the branch"
    return Finding("BL332", f"{ref} would stand at {name[:10]}, which is a {kind} and no commit", fix=fix)
