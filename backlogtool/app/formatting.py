"""The verb ``fmt``: files of the work tree in their usual form. A formatter: it commits nothing.

Item files, and the two grouped files where they are named. What cannot be read is told and left alone; links are
not followed; each file is replaced whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from backlogtool.app.work_tree import Changing, work_tree
from backlogtool.app.workspace import Workspace
from backlogtool.codec import formatting, frontmatter
from backlogtool.codec.canonical import MAX_FILE
from backlogtool.domain.finding import Finding
from backlogtool.domain.layout import stem_of
from backlogtool.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from backlogtool.stores.git.files import ITEMS, Files, Listing, Tree, WorkTree, judged, listing

MAX_GROUPED = 1 << 26  # bytes
#: How often a file is formatted that somebody else changes at the same moment.
_TRIES = 5


class Formatted(NamedTuple):
    """One file: its text, its text in the usual form, and without that one why it has none."""

    path: str
    before: str
    after: str | None
    findings: list[Finding]

    @property
    def is_changed(self) -> bool:
        return self.after is not None and self.after != self.before


def format_files(space: Workspace, names: Sequence[str] = (), *, dry: bool = False) -> list[Formatted]:
    """Formats the files that are named: items by id, files and folders by path; without a name every item.

    A path starts where the process is. A ``dry`` run writes nothing. Raises ``NotFoundError`` for a name that is
    neither an item nor such a file, ``UnavailableError`` where there is no work tree.
    """
    store, files = None if dry else work_tree(space), _files(space)
    space.require("list" if dry else "upsert")
    space.require_backlog()
    with space.store.writing(dry=dry):
        listed = listing(files)
        paths = list(dict.fromkeys(_paths(space, listed, names)))
        found = list(_formatted(space, files, paths, {one.path: one for one in listed.findings}))
        if store is not None:
            changing = Changing(store)
            found = [_written(space, files, changing, one) for one in found]
    return sorted(found, key=lambda one: one.path)


def _written(space: Workspace, files: Files, changing: Changing, one: Formatted) -> Formatted:
    """The file as it is formatted in its place; if somebody has changed it meanwhile, what they wrote is."""
    for _ in range(_TRIES):
        if one.after is None or not one.is_changed or changing.change(one.path, one.before, one.after):
            return one
        one = next(_formatted(space, files, [one.path], {}), Formatted(one.path, "", "", []))
    raise ConflictError(f"{one.path} changes all the time", hint="format it when nobody else writes to it")


def format_text(data: bytes, name: str) -> Formatted:
    """An item's text that comes from elsewhere; its id is the one that it says."""
    text, findings = frontmatter.decode(data)
    document, _ = frontmatter.parse(text)
    held = document.root.get("id") if document else None
    after, findings = (None, findings) if findings else formatting.formatted(text, held.text if held else "")
    return Formatted(name, text, after, [one._replace(path=name) for one in findings])


def format_grouped(space: Workspace, data: bytes, path: str) -> Formatted:
    """The text of a grouped file."""
    text, findings = frontmatter.decode(data, MAX_GROUPED)
    after: str | None = None
    if not findings:
        from backlogtool.app import formatting_grouped  # the templates' engine is slow to load, and items need none

        after, findings = formatting_grouped.formatted(text, path, space.policy, space.now)
    return Formatted(path, text, after, [one._replace(path=path) for one in findings])


def _files(space: Workspace) -> Files:
    """Where the files are: in the work tree, or in a commit, where they can only be looked at."""
    repository = space.repository
    if repository is None:
        raise UnavailableError("this store keeps no files", hint="use the git store")
    revision = space.revision or ("" if repository.root else repository.head())
    return Tree(repository.git, revision) if revision else WorkTree(repository.root)


def _formatted(space: Workspace, files: Files, paths: Sequence[str], odd: Mapping[str, Finding]) -> Iterator[Formatted]:
    yield from (Formatted(path, "", None, [odd[path]]) for path in paths if path in odd)
    items, grouped = (
        [one for one in paths if one not in odd and _is_inside(one) == inside] for inside in (True, False)
    )
    for path, data in files.read(items):
        if isinstance(data, bytes):
            yield _item(data, path)
        elif data is not None:  # a file that is gone by now needs no form
            yield Formatted(path, "", None, [data])
    for path, data in files.read(grouped, MAX_GROUPED):
        if isinstance(data, bytes):
            yield format_grouped(space, data, path)
        else:
            yield Formatted(path, "", None, [data or Finding("BL113", "is not there", path=path)])


def _item(data: bytes, path: str) -> Formatted:
    text, findings = frontmatter.decode(data, MAX_FILE)
    if findings:
        return Formatted(path, "", None, [one._replace(path=path) for one in findings])
    after, findings = formatting.formatted(text, stem_of(path))
    return Formatted(path, text, after, [one._replace(path=path) for one in findings])


def _paths(space: Workspace, listed: Listing, names: Sequence[str]) -> Iterator[str]:
    """The paths that the names mean. What stands among items and is none of our business, such as a README, is none."""
    standing = {path for several in listed.paths.values() for path in several} | {one.path for one in listed.findings}
    if not names:
        yield from sorted(standing)
    for name in names:
        if os.sep not in name and not name.endswith(".md") and not os.path.lexists(name):
            item_id = space.find_id(name)
            yield from listed.paths.get(item_id) or [space.get(item_id).path]
            continue
        path = _place(space, name)
        below = [path] if path in standing else _below(path, standing)
        if below or path in (space.policy.backlog_md.file, space.policy.todo.file):
            yield from below or [path]
        elif not _is_inside(path) or judged(path, True) or not os.path.exists(name):
            raise NotFoundError(f"{name} is no item's file", hint=_hint(space))


def _is_inside(path: str) -> bool:
    return path.startswith(f"{ITEMS}/")


def _below(folder: str, standing: Iterable[str]) -> list[str]:
    return sorted(one for one in standing if folder == "." or one.startswith(f"{folder}/"))


def _hint(space: Workspace) -> str:
    rules = space.policy
    return f"name items by id, files and folders below {ITEMS}/, {rules.backlog_md.file} or {rules.todo.file}"


def _place(space: Workspace, name: str) -> str:
    """The path of a name from the top of the work tree. A link at its end is not followed."""
    root = space.repository.root if space.repository else ""
    if not root:
        return os.path.normpath(name)
    folder, last = os.path.split(os.path.abspath(name))
    path = os.path.relpath(os.path.join(os.path.realpath(folder), last), os.path.realpath(root))
    if path.startswith(".."):
        raise InvalidError(f"{name} is not in this repository", hint="run it where the file is: backlogtool -C DIR fmt")
    return path
