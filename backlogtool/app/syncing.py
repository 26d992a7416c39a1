"""The verb ``sync``: take what the remote has, merge it field by field, give what is ours; again if a race is lost.

A merge is judged before it is committed: what it alone makes wrong (two items with one key, a step that the workflow
does not know) takes it back whole. A conflict is left open as ``git merge`` leaves it, for a person to settle.
"""

from __future__ import annotations

import random
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from backlogtool.app import freshness, merging, publishing, rendering
from backlogtool.app.following import followed, gone
from backlogtool.app.made_twice import again, made_twice
from backlogtool.app.result import Options
from backlogtool.app.validation import validate_between
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding, errors
from backlogtool.errors import BacklogError, ConflictError, RefusedError, UnavailableError
from backlogtool.stores.git import branches, remotes
from backlogtool.stores.git.exchange import Exchange, Pushed
from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.joining import Joining, attributes_place
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.unmerged import require_module

#: How often a branch is taken and given before others are let go first, and how long to wait in between, in seconds.
TRIES = 12
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 4.0
_UNREADABLE_SINCE = "BL307"


class Left(NamedTuple):
    """A file in conflict, what a person has to settle in it, and whether that stands between its markers."""

    path: str
    told: tuple[str, ...]
    marked: bool = True


class Synced(NamedTuple):
    """What a sync did. ``upstream`` is the remote's branch as people call it.

    ``taken`` and ``given`` are numbers of commits, ``merged`` the merge commit or empty. ``new`` tells that the remote
    had no such branch. ``left`` are the files in conflict: then nothing was given, and git's merge is open. ``notes``
    are what a person may want to know.
    """

    branch: str
    upstream: str
    taken: int = 0
    merged: str = ""
    given: int = 0
    new: bool = False
    left: tuple[Left, ...] = ()
    notes: tuple[str, ...] = ()
    dry_run: bool = False


def sync(
    space: Workspace, remote: str, *, dry_run: bool, transport: Mapping[str, str], environment: Mapping[str, str]
) -> Synced:
    """Brings the current branch and the one it follows together, on both sides.

    ``remote`` is for a branch that follows none: it goes to the one of its own name there. ``transport`` is what git's
    environment has to have to reach the remote, ``environment`` tells where the person's own git attributes are.

    Raises ``NotFoundError`` if there is no such remote or nothing to follow, ``RefusedError`` for a merge that would
    break a rule and for what the server does not take, ``ConflictError`` after as many races as are worth it,
    ``UnavailableError`` if git cannot reach the remote or is in the middle of something.
    """
    space.require("upsert")
    repository = space.repository
    if repository is None:
        raise UnavailableError("this store has no remotes", hint="use the git store")
    repository.refuse_if_busy()
    exchange = followed(repository, remote, transport)
    if dry_run:
        return _expected(exchange)
    repository.identity()
    joining = Joining(repository, merging.driver(), merging.ATTRIBUTE, attributes_place(environment))
    done = Synced(exchange.branch, exchange.there)
    before, answer = None, Pushed()
    for attempt in range(TRIES):
        theirs = exchange.fetch()
        if not theirs and attempt == 0 and not (remote and repository.head()):
            raise gone(exchange)
        if answer.refusal and not answer.raced and theirs == before:
            raise _refused(repository, exchange, answer, theirs)
        if attempt == 0:
            _judge_merged(space, exchange, theirs)
        done = _taken(space, exchange, joining, theirs, done)
        ahead = exchange.apart(theirs)[0]
        if done.left or (theirs and not ahead):
            return done
        before, answer = theirs, exchange.push()
        if not answer.refusal:
            return done._replace(given=ahead, new=not theirs)
        time.sleep(_wait(attempt))
    hint = "others push all the time; what is yours is committed here: sync again"
    raise ConflictError(f"{exchange.there} moved on {TRIES} times before ours could be pushed", hint=hint)


def _expected(exchange: Exchange) -> Synced:
    """What there is to take and to give by what was fetched last."""
    known = exchange.known()
    ahead, behind = exchange.apart(known)
    notes = () if known else (f"{exchange.there} was never fetched, so what it has is not known",)
    return Synced(exchange.branch, exchange.there, behind, given=ahead, notes=notes, dry_run=True)


# --- taking


def _taken(space: Workspace, exchange: Exchange, joining: Joining, theirs: str, done: Synced) -> Synced:
    """Brings in what the remote has that we have not, and tells it with what was done before."""
    _, behind = exchange.apart(theirs)
    if not behind:
        return done
    with space.store.writing():
        exchange.repository.refuse_if_busy()
        ahead, behind = exchange.apart(theirs)
        if not behind:  # another sync of this clone has taken it by now
            return done
        if not ahead:
            joining.forward(theirs)
            return done._replace(taken=done.taken + behind)
        require_module(merging.PYTHON, merging.MODULE)
        merged, left = _merged(space, exchange, joining, theirs)
    if left:
        return done._replace(left=left)
    notes = _views(space)
    return done._replace(taken=done.taken + behind, merged=merged, notes=(*done.notes, *notes))


def _merged(space: Workspace, exchange: Exchange, joining: Joining, theirs: str) -> tuple[str, tuple[Left, ...]]:
    """The merge commit, or what a person has to settle first. Whatever else goes wrong takes the merge back."""
    repository = exchange.repository
    upstream = exchange.upstream
    with Interruptions() as interruptions:
        try:
            conflicts = joining.begin(theirs, f"Merge branch '{upstream.name}' of {upstream.remote}")
            views = _rendered(space, repository, theirs, conflicts) if conflicts else []
            if views:
                joining.keep_ours(views)
            left = [path for path in conflicts if path not in views]
            interruptions.obey()
            if left:
                return "", _left(space, left)
            findings = _broken(space, theirs, joining.proposal(theirs), [repository.head()])
            if findings:
                raise _breaking(exchange, findings)
            interruptions.obey()
            return joining.conclude(interruptions), ()
        except BaseException:
            joining.abort()
            interruptions.obey()  # a git that was told to stop as well may have failed first
            raise


def _left(space: Workspace, paths: Sequence[str]) -> tuple[Left, ...]:
    """What there is to settle, by file."""
    told = {one.path: one for one in merging.merge_files(space, dry=True) if one.left}
    return tuple(
        Left(path, told[path].left, told[path].marked) if path in told else Left(path, ("both sides changed it",))
        for path in paths
    )


def _judge_merged(space: Workspace, exchange: Exchange, theirs: str) -> None:
    """Raises ``RefusedError`` if a merge that is to be pushed breaks a rule: a person made it, or ended it.

    What is mended since is not told, nor what one of its sides had broken.
    """
    merges, head = exchange.merges(theirs), exchange.repository.head()
    standing = {_about(one) for one in errors(validate_between(space, theirs, head))} if merges else set()
    for made, *sides in merges if standing else ():
        findings = [one for one in _broken(space, theirs, made, sides) if _about(one) in standing]
        if not findings:
            continue
        message = f"the merge {made[:10]} breaks {_rules(findings)}; nothing was pushed"
        twice = made_twice(exchange.repository, sides, {one.item for one in findings if one.item})
        if twice:
            plain = [one._replace(fix="") if one.item in twice else one for one in findings]
            raise RefusedError(message, plain, hint=again(exchange, made, sides, twice))
        anew = f"git rebase -i --rebase-merges {made[:10]}^"
        how = "with git commit --amend" if made == head else f"in a commit, or in the merge itself: {anew}"
        raise RefusedError(message, findings, hint=f"mend it {how}; then sync again")


def _broken(space: Workspace, theirs: str, made: str, sides: Sequence[str]) -> list[Finding]:
    """What a merge breaks that none of its sides had broken: judged by the rules of the remote's branch."""
    found = errors(validate_between(space, theirs, made))
    if not found:
        return []
    known = {_about(one) for side in sides for one in errors(validate_between(space, theirs, side))}
    # A file that cannot be read is told itself, and a commit that left one so is mended by the next.
    return [one for one in found if _about(one) not in known and one.code != _UNREADABLE_SINCE]


def _about(finding: Finding) -> tuple[str, str, str]:
    """What a finding speaks of; its words name commits."""
    return finding.code, finding.item or finding.path, finding.field


def _breaking(exchange: Exchange, findings: Sequence[Finding]) -> RefusedError:
    message = f"merged with {exchange.there}, the backlog would break {_rules(findings)}; the merge was taken back"
    hint = f"mend it here first, then sync again; git diff HEAD...{exchange.there} shows what the others did"
    return RefusedError(message, findings, hint=hint)


def _rules(findings: Sequence[Finding]) -> str:
    return "a rule" if len(findings) == 1 else f"{len(findings)} rules"


# --- views


def _rendered(space: Workspace, repository: Repository, theirs: str, conflicts: Sequence[str]) -> list[str]:
    """The files in conflict that are views, where both sides have what their items render to.

    Only then nothing of anybody's is lost if they are rendered anew instead of merged.
    """
    found = set(conflicts)
    try:
        for commit in (repository.head(), theirs):
            at = Workspace.open(repository.root, environment={}, flags={"now": space.now}, revision=commit)
            found = set(_fresh(at, found)) if at.policy.views.auto else set()
    except BacklogError:  # what cannot be rendered is no view for now
        return []
    return sorted(found)


def _fresh(at: Workspace, paths: set[str]) -> Iterator[str]:
    outputs = rendering.of_backlog(at, at.today).outputs
    views = sorted(paths & outputs.keys())
    stale = {one.path for one in freshness.stale(at, views)} if views else set()
    yield from (path for path in views if path not in stale)


def _views(space: Workspace) -> list[str]:
    """Renders what the merge has made stale, in a commit of its own; what there is to say if that cannot be."""
    space.reload()
    try:
        if space.policy.views.auto:
            publishing.render(space, (), Options(), day=space.today, commit=True, force=False)
    except BacklogError as error:
        return [f"the views were not rendered: {error}"]
    return []


# --- giving


def _refused(repository: Repository, exchange: Exchange, answer: Pushed, theirs: str) -> RefusedError:
    """The server does not take the push: its words, and the way by a pull request."""
    branch, upstream = exchange.branch, exchange.upstream
    name = branches.unused(repository, f"backlog/from-{branch.replace('/', '-')}")
    link = remotes.link(repository, upstream.remote, upstream.name, name)
    back = exchange.there if exchange.known() == theirs else theirs[:10]
    steps = [
        f"git switch -c {shlex.quote(name)}",
        f"git push -u {shlex.quote(upstream.remote)} {shlex.quote(name)}",
        link,
    ]
    steps += [f"git branch -f {shlex.quote(branch)} {shlex.quote(back)}"] if theirs else []
    hint = "if it takes changes by pull requests only, put the commits on a branch and open one:"
    return RefusedError(
        f"{upstream.remote} does not take a push to {upstream.name}: {answer.refusal}",
        hint="\n  ".join([hint, *(step for step in steps if step)]),
    )


def _wait(attempt: int) -> float:
    """Seconds: longer each time, and never the same for two who lost the same race."""
    longest = min(_FIRST_WAIT * float(2**attempt), _LONGEST_WAIT)
    return longest * random.uniform(0.5, 1.5)  # noqa: S311 - nobody has to be kept from guessing it
