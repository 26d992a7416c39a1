"""Files that ``init`` writes beside the backlog and can take away again: CI, hooks, what an editor reads.

Their last line is a comment with a hash of all before it, so a file that somebody has changed since is theirs: it is
neither replaced nor removed. A JSON Schema knows no comments but its own key for them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.domain.outcome import UNCHANGED, UPDATED
from backlogtool.errors import RefusedError

_LAST = re.compile(r"(?s)(?P<text>.*\n)(?:#|//) written by backlogtool init: (?P<hash>[0-9a-f]{16})\n?")
_INSIDE = re.compile(r'(?s)(?P<text>.*),\n  "\$comment": "written by backlogtool init: (?P<hash>[0-9a-f]{16})"\n}\n?')
_CLOSE = "\n}\n"


def marked(path: str, text: str) -> str:
    """The text of a file with the line that tells whether it is still as it was written."""
    if path.endswith(".schema.json"):
        return f'{text.removesuffix(_CLOSE)},\n  "$comment": "written by backlogtool init: {_hash(text)}"{_CLOSE}'
    comment = "//" if path.endswith((".json", ".code-snippets")) else "#"
    return f"{text}{comment} written by backlogtool init: {_hash(text)}\n"


def is_ours(text: str) -> bool:
    """Whether it stands as some version of the tool wrote it."""
    text = text.replace("\r\n", "\n")
    if found := _INSIDE.fullmatch(text):
        return found["hash"] == _hash(found["text"] + _CLOSE)
    found = _LAST.fullmatch(text)
    return found is not None and found["hash"] == _hash(found["text"])


def install(
    space: Workspace, options: Options, files: Mapping[str, str], summary: str, *, remove: bool = False
) -> tuple[Result, list[str]]:
    """Writes the files (path -> text without the last line), or removes them, in one commit; names what changed.

    Repeating it changes nothing. Raises ``RefusedError`` if a file stands there that is not as it was written.
    """
    with space.store.writing(dry=options.dry_run):
        held = {path: space.store.file(path) for path in files}
        changed: dict[str, bytes | None] = {}
        for path, text in files.items():
            data, wanted = held[path], None if remove else marked(path, text).encode()
            if data is not None and data != wanted and not is_ours(data.decode("utf-8", "replace")):
                raise theirs(path, remove=remove)
            if data != wanted:
                changed[path] = wanted
        if not changed:
            return Result(UNCHANGED, ()), []
        return apply(space, [], summary, options, action=UPDATED, files=changed), list(changed)


def theirs(path: str, *, remove: bool) -> RefusedError:
    """The error for a file that somebody else wrote, or changed."""
    hint = "remove it yourself" if remove else "move it away, run this again, and take over what is yours"
    return RefusedError(f"{path} is not as backlogtool wrote it", hint=hint)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
