"""The one way in: every change is checked by ``workflow.check`` and then committed, or previewed.

A verb makes the new values; ``apply`` refuses with every finding at once, or writes one commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from backlogtool.app.result import OnBranch, Options, Preview, Result
from backlogtool.app.workspace import Workspace
from backlogtool.codec import trailers
from backlogtool.domain import workflow
from backlogtool.domain.event import diff
from backlogtool.domain.finding import Finding, errors
from backlogtool.domain.item import Item
from backlogtool.domain.layout import path_of
from backlogtool.domain.outcome import UNCHANGED, UPDATED
from backlogtool.domain.workflow import Change
from backlogtool.errors import BacklogError, RefusedError
from backlogtool.stores.base import Commit, Write, new_text, read_item, stale
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.store import GitStore


def apply(
    space: Workspace,
    writes: Sequence[Write],
    summary: str,
    options: Options,
    *,
    action: str = UPDATED,
    files: Mapping[str, bytes | None] | None = None,
    views: Mapping[str, bytes] | None = None,
    undoes: str = "",
    warnings: Sequence[Finding] = (),
) -> Result:
    """Checks and commits the writes; call it inside ``space.store.writing()``.

    ``files`` and ``views`` go into the same commit; without ``views`` the policy's ``views.auto`` decides.
    ``summary`` is what happened, for the commit's subject; ``undoes`` the commit that is taken back.
    What the last commit has already is no commit: then only the work tree is made to agree with it.
    Raises ``RefusedError`` with every finding, or what ``Store.commit`` raises.
    """
    found = check(space, writes, with_edits=options.with_edits, undo=bool(undoes), message=options.message)
    findings = [*warnings, *found]
    if errors(findings):
        raise RefusedError(refusal(errors(findings)), findings, hint=_hint(errors(findings)))
    if space.policy.rbac.enforce:
        _require(space, writes, files or {}, with_edits=options.with_edits, undo=bool(undoes))
    after = tuple(write.after for write in writes if write.after is not None)
    if views is None:
        views = _auto_views(space, writes) if space.policy.views.auto and writes else {}
    subject = space.policy.commit.subject.replace("{summary}", summary)
    commit = Commit(space.actor, space.now, subject, options.message, undoes)
    branch = _branch(space, writes, summary)
    if options.dry_run:
        preview = _preview(space, writes, commit, {**(files or {}), **views})
        return Result(action, after, warnings=tuple(findings), preview=preview, branch=branch)
    if options.with_edits or not (writes or files):
        held = _committed_as_is(space, writes, {**(files or {}), **views})
        if held is not None:
            notes = _put_back(space, writes, held)
            _remember(space, views)
            return Result(UNCHANGED, after, warnings=tuple(findings), notes=notes)
    done = space.store.commit(writes, commit, files=files, views=views, with_edits=options.with_edits)
    _remember(space, views)
    stored = after
    with suppress(BacklogError):  # the commit stands, whether it can be read now or not
        stored = tuple(space.store.get(item.id).item for item in after) if len(after) < 50 else after
    return Result(action, stored, done.id, done.events, tuple(findings), output=done.output, branch=branch)


def _branch(space: Workspace, writes: Sequence[Write], summary: str) -> OnBranch | None:
    """The branch that the commit is on; None for the one that is checked out, as nearly always."""
    if not space.revision:
        return None
    from backlogtool.app import branching  # nothing else writes where no work tree is

    return branching.told(space, writes, summary)


def _committed_as_is(
    space: Workspace, writes: Sequence[Write], files: Mapping[str, bytes | None]
) -> dict[str, bytes] | None:
    """path -> content of everything that is to be written, if the last commit has all of it; else None.

    Then there is nothing to commit: the write only takes back edits that are not committed.
    """
    if not isinstance(space.store, GitStore):
        return None
    texts = {_path(space, write): new_text(write) for write in writes}
    wanted = {path: None if text is None else text.encode() for path, text in texts.items()} | dict(files)
    repository = space.store.repository
    head = repository.head()
    held = read_objects(repository.git, (f"{head}:{path}" for path in wanted)) if head else {}
    same = {path: data for path, data in wanted.items() if data is not None and held.get(f"{head}:{path}") == data}
    return same if len(same) == len(wanted) else None


def _put_back(space: Workspace, writes: Sequence[Write], held: Mapping[str, bytes]) -> tuple[str, ...]:
    """Makes the work tree what the last commit is; what there is to say about it. Raises ``ConflictError``."""
    assert isinstance(space.store, GitStore)  # noqa: S101 - only there something is committed
    repository = space.store.repository
    repository.refuse_if_busy()
    for write in writes:
        if write.before and space.store.file(write.before.path) != write.before.text.encode():
            raise stale(write.item_id)
    differing = {path: data for path, data in held.items() if space.store.file(path) != data}
    space.store.put(differing)
    staged = sorted(repository.uncommitted(*held))
    notes = [f"{path} is again as it is committed" for path in differing]
    return (*notes, *(f"git still has an edit of {path} staged: git restore --staged {path}" for path in staged))


def _path(space: Workspace, write: Write) -> str:
    return write.before.path if write.before else path_of(write.item_id, space.policy.layout)


def _auto_views(space: Workspace, writes: Sequence[Write]) -> dict[str, bytes]:
    """Every view that the writes make stale. The templates' engine is loaded only where a policy wants it."""
    from backlogtool.app import freshness

    return freshness.after(space, writes)


def _remember(space: Workspace, views: Mapping[str, bytes]) -> None:
    if views and not space.revision:  # what is known for ours is what stands in the work tree
        from backlogtool.app import freshness

        freshness.remember(space, views.items())


def check(
    space: Workspace, writes: Sequence[Write], *, with_edits: bool = False, undo: bool = False, message: str = ""
) -> list[Finding]:
    """What the rules say about the writes together; ``message`` is what the person says about them."""
    taken = _taken(space, writes)
    committed = _committed(space, [write.item_id for write in writes if write.before]) if with_edits else {}
    findings = []
    changes = []
    for write in writes:
        before = committed.get(write.item_id, write.before.item) if write.before else None
        changes.append(Change(before, write.after, undo, asked=not with_edits))
        findings += workflow.check(changes[-1], space.policy, taken)
        if write.after is not None:
            taken.setdefault(write.after.dedupe_key, write.item_id)
    return findings + _guarded(space, changes, message)


def _guarded(space: Workspace, changes: Sequence[Change], message: str) -> list[Finding]:
    """What guards, limits and dependencies say about the changes together."""
    rules = space.policy.workflow
    if not (rules.guards or rules.wip_limits or any(after and after.dependencies for _, after, *_ in changes)):
        return []
    from backlogtool.app import guarding  # most backlogs have none of these

    return guarding.of_command(space, changes, message)


def _require(
    space: Workspace, writes: Sequence[Write], files: Mapping[str, bytes | None], *, with_edits: bool, undo: bool
) -> None:
    """Raises ``ForbiddenError`` if rules of roles keep the writes for others than the actor."""
    from backlogtool.app.acting import require_writes  # few backlogs enforce roles

    committed = _committed(space, [write.item_id for write in writes if write.before]) if with_edits else {}
    require_writes(space.policy, space.actor, writes, files, committed, undo=undo)


def _committed(space: Workspace, item_ids: Sequence[str]) -> dict[str, Item | None]:
    """id -> the item as it was committed; git is asked once for all."""
    if isinstance(space.store, GitStore):
        return space.store.committed_items(item_ids)
    return {item_id: space.store.committed(item_id) for item_id in item_ids}


def refusal(findings: Sequence[Finding]) -> str:
    """One sentence for all the findings."""
    return findings[0].message if len(findings) == 1 else f"{len(findings)} things speak against it"


def _hint(findings: Sequence[Finding]) -> str:
    return findings[0].fix if len(findings) == 1 else ""


def _taken(space: Workspace, writes: Sequence[Write]) -> dict[str, str]:
    """dedupe key -> id of who has it in the backlog; looked up only if a write brings a new key.

    Raises ``InvalidError`` if an item cannot be read: it may have that key.
    """
    fresh = [write for write in writes if write.after is not None and _old_key(write) != write.after.dedupe_key]
    if not fresh or all(write.item_id in (write.after.dedupe_key if write.after else "") for write in fresh):
        return {}
    keys = [write.after.dedupe_key for write in (*fresh, *writes) if write.after is not None]
    return space.store.holders([key for key in dict.fromkeys(keys) if key])


def _old_key(write: Write) -> str:
    return write.before.item.dedupe_key if write.before else ""


def _preview(space: Workspace, writes: Sequence[Write], commit: Commit, files: Mapping[str, bytes | None]) -> Preview:
    texts = [
        (
            _path(space, write),
            write.before.text if write.before else None,
            new_text(write),
        )
        for write in writes
    ]
    for path, data in files.items():
        old = space.store.file(path)
        texts.append((path, _text(old), _text(data)))
    events = [
        event
        for write, (_, _, text) in zip(writes, texts, strict=False)
        for event in diff(write.before.item if write.before else None, read_item(text, write.item_id) if text else None)
    ]
    message = trailers.compose(commit.subject, commit.note, commit.actor, events, commit.undoes)
    return Preview("".join(unified(*one) for one in texts), message)


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace")


def unified(path: str, old: str | None, new: str | None) -> str:
    """A unified diff of one file, with the names git uses."""
    import difflib  # only a preview needs it

    before, after = f"a/{path}" if old is not None else "/dev/null", f"b/{path}" if new is not None else "/dev/null"
    lines = difflib.unified_diff(
        (old or "").splitlines(keepends=True), (new or "").splitlines(keepends=True), before, after
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
