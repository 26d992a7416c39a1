"""Markdown with frontmatter as a document that can be edited without touching what did not change.

A document is the text of a file, cut into frontmatter and body. It knows nothing of items: the same code
reads other tools' files. Line ends and the byte order mark are kept; values and body are handed out with
plain line feeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from backlogtool.codec import splice
from backlogtool.codec.canonical import MAX_FILE as MAX_FILE
from backlogtool.codec.canonical import MAX_FRONTMATTER as MAX_FRONTMATTER
from backlogtool.codec.scalars import NO_TEXT
from backlogtool.codec.strictyaml import Node, read
from backlogtool.domain.body import lines_outside_code
from backlogtool.domain.finding import Finding

BOM = "\ufeff"


class Document(NamedTuple):
    """``text`` without the mark; the YAML stands at ``[yaml_start:yaml_end]``, the body from ``body_start``."""

    text: str
    bom: bool
    newline: str
    yaml_start: int
    yaml_end: int
    body_start: int
    root: Node

    @property
    def values(self) -> dict[str, Any]:
        """The frontmatter as plain values, in the file's order."""
        found: dict[str, Any] = self.root.value
        return found

    @property
    def body(self) -> str:
        """What stands behind the frontmatter, with plain line feeds."""
        return self.text[self.body_start :].replace("\r\n", "\n")

    @property
    def whole(self) -> str:
        """The text as it stands in the file."""
        return BOM + self.text if self.bom else self.text

    def locate(self, key: str) -> tuple[int, int]:
        """(line, column) of a key in the file; of the first fence if there is no such key."""
        found = self.root.entries.get(key)
        return (found[0].line, found[0].column) if found else (1, 1)


def decode(data: bytes, limit: int = MAX_FILE) -> tuple[str, list[Finding]]:
    """UTF-8 bytes as text, or why they are none."""
    if len(data) > limit:
        return "", [Finding("BL107", f"{len(data)} bytes; it may have {limit}")]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        found = Finding("BL101", f"byte 0x{data[error.start]:02x} is not UTF-8", fix="save it as UTF-8")
        return "", [found.at("", *place(before, len(before)))]


def place(text: str, offset: int) -> tuple[int, int]:
    """(line, column) of a character, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def parse(text: str) -> tuple[Document | None, list[Finding]]:
    """The document, or everything that keeps the text from being one."""
    bare = text.removeprefix(BOM)
    if bad := NO_TEXT.search(bare):
        told = Finding("BL108", f"U+{ord(bad[0]):04X}, which no text may hold")
        return None, [told.at("", *place(bare, bad.start()))]
    first, _, _ = bare.partition("\n")
    if first.rstrip(" \t\r") != "---":
        missing = Finding("BL102", "the first line is not ---", line=1, column=1, fix="start with a line ---")
        return None, [_conflict(bare) or missing]
    start = len(first) + 1
    closing = _closing(bare, start)
    if closing is None:
        unclosed = Finding("BL103", "no second line ---", line=1, column=1, fix="close the frontmatter with a line ---")
        return None, [_conflict(bare) or unclosed]
    end, body_start = closing
    if end - start > MAX_FRONTMATTER:
        return None, [Finding("BL107", f"the frontmatter has more than {MAX_FRONTMATTER} characters", line=1, column=1)]
    if conflict := _conflict(bare):
        return None, [conflict]
    root, findings = read(bare[start:end], first_line=2)
    if root is None:
        return None, findings
    newline = "\r\n" if first.endswith("\r") else "\n"
    return Document(bare, text.startswith(BOM), newline, start, end, body_start, root), []


def update(document: Document, values: Mapping[str, Any], body: str | None = None, *, order: Sequence[str] = ()) -> str:
    """The file's text with these frontmatter values and, if given, this body (plain line feeds).

    Touches only what differs. ``order`` says where new keys go. Raises ``InvalidError`` if the
    frontmatter cannot be changed safely.
    """
    text = document.text
    old = text[document.yaml_start : document.yaml_end]
    head = old
    if document.values != values:
        head = splice.update(old, document.root, values, order=order, newline=document.newline)
    tail = text[document.body_start :]
    if body is not None and body != document.body:
        tail = _splice_lines(tail, body, document.newline)
        if not text[: document.body_start].endswith("\n"):
            tail = document.newline + tail
    whole = text[: document.yaml_start] + head + text[document.yaml_end : document.body_start] + tail
    return BOM + whole if document.bom else whole


def compose(values: Mapping[str, Any], body: str) -> str:
    """A new file: the values in their order, a blank line, the body, one line feed at the end."""
    head = f"---\n{splice.dump(values)}---\n"
    return f"{head}\n{body.strip(chr(10))}\n" if body.strip() else head


def _closing(text: str, start: int) -> tuple[int, int] | None:
    """(start of the closing fence, start of the body)."""
    position = start
    while 0 <= position < len(text):
        end = text.find("\n", position)
        stop = len(text) if end < 0 else end
        if text.startswith("---", position) and text[position:stop].rstrip(" \t\r") == "---":
            return position, min(stop + 1, len(text))
        if end < 0:
            return None
        position = end + 1
    return None


def _conflict(text: str) -> Finding | None:
    """Conflict markers that git left: a whole pair outside code, so that an item may show some."""
    if "<<<<<<< " not in text or ">>>>>>> " not in text:
        return None
    marks = [(index, line[:8]) for index, line, outside in lines_outside_code(text) if outside and len(line) > 7]
    begins = [index for index, mark in marks if mark == "<<<<<<< "]
    ends = [index for index, mark in marks if mark == ">>>>>>> "]
    if not begins or not ends or ends[-1] < begins[0]:
        return None
    fix = "resolve it and remove the markers"
    return Finding("BL118", "a merge conflict is not resolved", line=begins[0] + 1, column=1, fix=fix)


def _splice_lines(old: str, new: str, newline: str) -> str:
    """``old`` changed into ``new`` (plain line feeds), keeping the bytes of common lines at both ends."""
    before, after = _lines(old), _lines(new)
    plain = [line.replace("\r\n", "\n") for line in before]
    head = 0
    while head < min(len(plain), len(after)) and plain[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(plain), len(after)) - head and plain[-1 - tail] == after[-1 - tail]:
        tail += 1
    middle = [line.replace("\n", newline) for line in after[head : len(after) - tail]]
    return "".join([*before[:head], *middle, *before[len(before) - tail :]])


def _lines(text: str) -> list[str]:
    """Lines with their ends, cut at line feeds only."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
