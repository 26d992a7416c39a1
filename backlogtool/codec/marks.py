"""The last line of a file that the tool writes for others to read: a comment with a hash of all before it.

So a file that somebody has changed since is told from one that stands as it was written. A JSON Schema knows no
comments but its own key for them.
"""

from __future__ import annotations

import hashlib
import re

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


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
