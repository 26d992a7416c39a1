"""Judging a commit that is being made: what is staged, and nothing that only stands in the work tree.

Each item's step from the commit before; in a merge, what the merge makes of it, seen from each parent
(``domain.merge``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from backlogtool.app import guarding, packaged
from backlogtool.app.committing_together import Together
from backlogtool.app.judging import placed
from backlogtool.app.judging_merges import held_by_no_side
from backlogtool.app.judging_renumbered import Joined, apart
from backlogtool.app.validation import validate
from backlogtool.app.workspace import Workspace
from backlogtool.codec import active_html, policy, quick, trailers
from backlogtool.codec.policy_layers import MAX_FILE, Layer, Loaded, too_large
from backlogtool.domain import workflow
from backlogtool.domain.event import claimed_path
from backlogtool.domain.finding import Finding, by_place, errors
from backlogtool.domain.item import Item
from backlogtool.domain.layout import stem_of
from backlogtool.domain.merge import Side, check_merge
from backlogtool.domain.policy import Policy
from backlogtool.domain.workflow import Change
from backlogtool.errors import UnavailableError
from backlogtool.stores.base import Stored
from backlogtool.stores.git.bases import parted_at
from backlogtool.stores.git.differences import ODD, ByItem, Difference, by_item
from backlogtool.stores.git.files import judged, repeated
from backlogtool.stores.git.items import parsed
from backlogtool.stores.git.repository import Repository, discover
from backlogtool.stores.git.single import finder
from backlogtool.stores.git.staged import Staged
from backlogtool.stores.git.untouched import untouched


class _Parent(NamedTuple):
    """A commit that the new one stands on, how the items differ from it, and where it parted from the others."""

    differing: ByItem
    origins: tuple[ByItem, ...] = ()
    older: tuple[ByItem, ...] = ()


def validate_staged(directory: str, index: str = "", *, or_tree: bool = False) -> list[Finding]:
    """All findings about the items that are staged, in the order in which a person reads files.

    ``directory`` lies in the work tree; ``index`` is where git keeps what will be committed (``GIT_INDEX_FILE``), if
    not as usual. Where no item is staged, ``or_tree`` has everything checked as ``validate`` does. Raises
    ``NotFoundError`` outside a repository, ``UnavailableError`` where something that is needed cannot be read.
    """
    repository = discover(directory)
    if not repository.root:
        raise UnavailableError("there is no work tree to commit from", hint="use a clone")
    staged = Staged(repository, index)
    if staged.is_of_writer():
        return []
    commits = [staged.head, *staged.merged]
    steps = [staged.differing(commit) for commit in commits]
    if not any(steps) and not or_tree:
        return []
    space = Workspace.open(repository.root, environment={})
    if not any(steps):
        return validate(space)
    loaded = _loaded(space, staged)
    if loaded.policy is None:
        return by_place(errors(loaded.findings))
    parents = _parents(repository, staged, commits, steps)
    found = _Commit(staged, parents, loaded.policy).findings()
    return by_place(dict.fromkeys([*_names(staged, steps), *found]))


def _parents(
    repository: Repository, staged: Staged, commits: Sequence[str], steps: Sequence[Sequence[Difference]]
) -> list[_Parent]:
    found = [_Parent(by_item(some)) for some in steps]
    if len(commits) < 2:
        return found
    return [_parted(repository, staged, commit, commits, one) for commit, one in zip(commits, found, strict=True)]


def _loaded(space: Workspace, staged: Staged) -> Loaded:
    """The policy that is staged; it is read anew only if it is not the one that stands."""
    data = staged.file(packaged.POLICY_PATH)
    if data == space.store.file(packaged.POLICY_PATH):
        return space.loaded
    layers = [Layer(packaged.policy_text(), "packaged default")]
    if data is not None and len(data) > MAX_FILE:
        return Loaded(None, [too_large(packaged.POLICY_PATH, len(data))], {})
    if data is not None:
        layers.append(Layer(data.decode("utf-8", "replace"), packaged.POLICY_PATH))
    return policy.load(layers)


def _parted(repository: Repository, staged: Staged, commit: str, parents: Sequence[str], one: _Parent) -> _Parent:
    """The same with the commits at which this parent and the others parted; if these are several, where they did."""
    bases, older = parted_at(repository.git, commit, parents)
    origins = tuple(by_item(staged.differing(base)) for base in bases)
    return one._replace(origins=origins, older=tuple(by_item(staged.differing(base)) for base in older))


def _names(staged: Staged, steps: Sequence[Sequence[Difference]]) -> Iterator[Finding]:
    """What is odd about the names of staged files, and two files of one id."""
    new = {one.path: one for one in steps[0] if one.after is not None}
    told = (judged(path, one.after != ODD) for path, one in new.items() if all(one in some for some in steps))
    yield from (one for one in told if isinstance(one, Finding))
    added = {stem_of(path) for path, one in new.items() if one.before is None and path.endswith(".md")}
    if added:
        standing: dict[str, list[str]] = {}
        for path in staged.paths():
            if stem_of(path) in added and path.endswith(".md"):
                standing.setdefault(stem_of(path), []).append(path)
        yield from repeated(standing)


class _Held(NamedTuple):
    """An item as it is staged, or why it cannot be read; where it is not there, ``path`` is empty."""

    path: str = ""
    stored: Stored | None = None
    unreadable: Sequence[Finding] = ()


class _Commit:
    """The items of a commit that is being made, and of the commits before it."""

    def __init__(self, staged: Staged, parents: Sequence[_Parent], rules: Policy) -> None:
        self._made, self._head = staged, staged.head
        self._others = finder(staged.repository.git, self._head, ())
        self._parents = parents
        self._rules = rules
        self._claims = trailers.read(staged.message)[1]
        reverted = staged.reverted
        self._reverted = by_item(staged.differing(reverted)) if reverted else None
        self._touched = sorted({item_id for one in parents for item_id in one.differing})
        self._texts = staged.texts(sorted(self._blobs()))

    def findings(self) -> Iterator[Finding]:
        staged = {item_id: self._staged(item_id) for item_id in self._touched}
        joined = {item_id: self._joined(item_id, held.stored) for item_id, held in staged.items()}
        seen = list(joined.values())
        for item_id, one in zip(staged, apart(seen) if len(self._parents) > 1 else seen, strict=True):
            yield from self._of_item(item_id, staged[item_id], one)
        undone = {item_id for item_id in joined if self._is_undo(item_id)}
        for finding in Together(joined, self._rules, undone, self._find, self._search).findings():
            stored = staged[finding.item].stored
            yield from placed(stored, [finding]) if stored else ()

    def _search(self, words: Collection[str]) -> list[Item]:
        return untouched(self._made, words, self._touched)

    def _is_undo(self, item_id: str) -> bool:
        return self._reverted is not None and item_id not in self._reverted

    def _blobs(self) -> set[str]:
        several = [by for one in self._parents for by in (one.differing, *one.origins, *one.older)]
        steps = (step for by in several for item_id in self._touched for step in by.get(item_id, ()))
        return {blob for step in steps for blob in (step.before, step.after) if blob}

    def _staged(self, item_id: str) -> _Held:
        new = [self._after(one.differing.get(item_id, ())) for one in self._parents]
        path, blob = next((held for held in new if held[1]), ("", ""))
        return _Held(path, *parsed(path, self._texts[blob])) if blob else _Held()

    def _joined(self, item_id: str, stored: Stored | None) -> Joined:
        after = stored.item if stored else None
        return Joined(tuple(self._side(one, item_id, after) for one in self._parents), after)

    def _of_item(self, item_id: str, held: _Held, joined: Joined) -> Iterator[Finding]:
        stored = held.stored
        everywhere = all(item_id in one.differing for one in self._parents)
        if held.path and stored is None:
            yield from held.unreadable if everywhere else ()
            return
        if stored and everywhere:
            yield from stored.findings
            yield from (one._replace(path=held.path, item=item_id) for one in active_html.findings(stored.text))
        found = _of_merge(joined, self._rules) if len(self._parents) > 1 else self._of_step(item_id, joined)
        standing = set() if everywhere or not stored else set(workflow.check_item(stored.item, self._rules))
        found = [one for one in found if one not in standing]
        yield from placed(stored, found) if stored else (one._replace(path=self._left(item_id)) for one in found)

    def _of_step(self, item_id: str, step: Joined) -> list[Finding]:
        before, after = step.sides[0].item, step.after
        if before is None and after is None:
            return []
        change = Change(before, after, self._is_undo(item_id))
        path = tuple(claimed_path(item_id, self._claims))
        # What a squashed commit may do is judged so; the words are those for a commit that does not stand yet.
        folded = change._replace(squashed=True, path=path)
        kept = {one.code for one in workflow.check(folded, self._rules)}
        found = [one for one in workflow.check(change, self._rules) if one.code in kept]
        # Whether somebody says why, and who it is, is not known before there is a message.
        return found + guarding.of_step(folded, self._rules, self._find, said=None, role=lambda: None)

    def _find(self, item_id: str) -> Item | None:
        """Another item as it is staged."""
        steps = self._parents[0].differing.get(item_id)
        if steps is None:
            return self._others(item_id) if self._head else None
        path, blob = self._after(steps)
        stored = parsed(path, self._texts[blob])[0] if blob else None
        return stored.item if stored else None

    def _side(self, parent: _Parent, item_id: str, after: Item | None) -> Side:
        item = self._before(parent.differing, item_id, after)
        origins = tuple(self._before(one, item_id, after) for one in parent.origins)
        older = tuple(self._before(one, item_id, after) for one in parent.older)
        return Side(item, item is None, origins, older)

    def _before(self, differing: ByItem, item_id: str, after: Item | None) -> Item | None:
        """The item at a commit from which the staged files differ so; None if it was not there, or not readable."""
        if item_id not in differing:
            return after
        blobs = [step.before for step in differing[item_id] if step.before]
        return quick.item_of(self._texts[blobs[0]], item_id)[0] if len(blobs) == 1 else None

    def _after(self, steps: Sequence[Difference]) -> tuple[str, str]:
        """Path and blob of the item's staged file, as far as it differs."""
        return next(((step.path, step.after) for step in steps if step.after), ("", ""))

    def _left(self, item_id: str) -> str:
        steps = (step for one in self._parents for step in one.differing.get(item_id, ()))
        return next((step.path for step in steps), "")


def _of_merge(joined: Joined, rules: Policy) -> list[Finding]:
    found = check_merge(joined.sides, joined.after, rules)
    told = {one.field for one in found}
    return found + [one for one in held_by_no_side(*joined) if one.field not in told]
