"""Files that ``init`` writes beside the backlog and can take away again: CI, hooks, what an editor reads.

A file that somebody has changed since (``codec.marks``) is theirs: it is neither replaced nor removed.
"""

from __future__ import annotations

from collections.abc import Mapping

from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.codec.marks import is_ours, marked
from backlogtool.domain.outcome import UNCHANGED, UPDATED
from backlogtool.errors import RefusedError


def install(
    space: Workspace, options: Options, files: Mapping[str, str], summary: str, *, remove: bool = False
) -> tuple[Result, list[str]]:
    """Writes the files (path -> text without the last line), or removes them, in one commit; names what changed.

    Repeating it changes nothing. Raises ``RefusedError`` if a file stands there that is not as it was written.
    """
    with space.store.writing(dry=options.dry_run):
        changed, others = changes(space, files, remove=remove)
        if others:
            raise theirs(others[0], remove=remove)
        if not changed:
            return Result(UNCHANGED, ()), []
        return apply(space, [], summary, options, action=UPDATED, files=changed), list(changed)


def changes(
    space: Workspace, files: Mapping[str, str], *, remove: bool = False
) -> tuple[dict[str, bytes | None], list[str]]:
    """path -> what is to stand there, where that is not so yet; and the files that somebody else wrote or changed."""
    changed: dict[str, bytes | None] = {}
    others: list[str] = []
    for path, text in files.items():
        held, wanted = _standing(space, path), None if remove else marked(path, text).encode()
        if held is not None and held != wanted and not is_ours(held.decode("utf-8", "replace")):
            others.append(path)
        elif held != wanted:
            changed[path] = wanted
    return changed, others


def _standing(space: Workspace, path: str) -> bytes | None:
    """What stands there, with the line ends that are written: those of a checkout are the business of git."""
    data = space.store.file(path)
    return None if data is None else data.replace(b"\r\n", b"\n")


def theirs(path: str, *, remove: bool) -> RefusedError:
    """The error for a file that somebody else wrote, or changed."""
    hint = "remove it yourself" if remove else "move it away, run this again, and take over what is yours"
    return RefusedError(f"{path} is not as backlogtool wrote it", hint=hint)
