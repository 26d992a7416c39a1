"""Item files in their usual form: what ``fmt`` does to the text of one, and nothing else (R-256).

Frontmatter: keys in the order of the table (D-14) and unknown ones behind them, sets sorted with one entry a line,
the keys that every file has, no blank lines, no blanks at the ends of lines. Around the body one blank line and one
line end; line ends that are mixed become those of most lines. What people wrote stays as they wrote it: values with
their quotes, comments with their keys, every line of the body. A text that says something else afterwards, or that
cannot be sure to say the same, is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from backlogtool.codec import canonical, comments, frontmatter, markdown, splice, strictyaml
from backlogtool.codec.frontmatter import BOM, Document
from backlogtool.codec.markdown import Reading
from backlogtool.codec.strictyaml import LIST, MAP, SCALAR, Node
from backlogtool.domain.fields import BY_NAME, FIELDS, REFS, SET
from backlogtool.domain.finding import Finding

_ORDER = {field.name: place for place, field in enumerate(FIELDS)}
_ENTRY = r" *- +"
#: A block scalar that keeps the blank lines behind it.
_KEEPS_BLANKS = r"[|>][0-9]?\+"


def formatted(text: str, item_id: str) -> tuple[str | None, list[Finding]]:
    """The text of an item's file in its usual form, or None and why it cannot be read.

    Reads as the same item, and is as it was where it is in that form already.
    """
    item = canonical.read(text, item_id)
    if item is not None and markdown.write(item) == text.replace("\r\n", "\n"):  # most are as the tool writes them
        return text, []
    before = markdown.read(text, item_id)
    if before.document is None or before.item is None:
        return None, before.findings
    new = _whole(before.document)
    return (new if _says_the_same(before, markdown.read(new, item_id)) else text), []


def prose(document: Document) -> list[str]:
    """The lines of a file's body without the blank ones around them; line ends do not count.

    What no formatting may change.
    """
    return comments.outer(document.body.split("\n")).split("\n")


def _says_the_same(before: Reading, after: Reading) -> bool:
    if before.document is None or after.document is None or after.item != before.item:
        return False
    return prose(before.document) == prose(after.document) and _told(before.findings) == _told(after.findings)


def _told(findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    return sorted((one.code, one.field, one.message) for one in findings)


def _whole(document: Document) -> str:
    newline = _line_end(document.text)
    plain = frontmatter.parse(document.text.replace("\r\n", "\n"))[0] if "\r" in document.text else document
    head = _head(plain) if plain else ""
    body = document.text[document.body_start :]
    whole = f"---\n{head}---\n".replace("\n", newline) + _body(body, newline)
    return BOM + whole if document.bom else whole


def _line_end(text: str) -> str:
    """What ends most of the lines."""
    return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"


def _body(body: str, newline: str) -> str:
    """The body with one blank line before it and one line end behind it, if it says anything."""
    plain = body.replace("\r\n", "\n")
    if "\r" in plain:  # a return that ends no line is part of the text, so no line end here is certain
        return body
    bare = comments.outer(plain.split("\n"))
    return f"\n{bare}\n".replace("\n", newline) if bare else ""


# --- frontmatter


class _Part(NamedTuple):
    """A key with what stands above it and its own lines, each with its end."""

    key: str
    above: str
    own: str


def _head(document: Document) -> str:
    yaml, root = document.text[document.yaml_start : document.yaml_end], document.root
    top, parts, foot = _parts(yaml, root)
    parts += [
        _Part(one.name, "", splice.dump({one.name: ""}))
        for one in FIELDS
        if one.always and one.name not in root.entries
    ]
    parts.sort(key=lambda part: _ORDER.get(part.key, len(_ORDER)))
    return top + "".join(part.above + part.own for part in parts) + foot


def _parts(yaml: str, root: Node) -> tuple[str, list[_Part], str]:
    """The comments above everything, the keys in their order, and the comments behind everything.

    A comment belongs to the key below it; an indented one to the key above.
    """
    parts: list[_Part] = []
    top, at = "", 0
    for key, (head, node) in root.entries.items():
        start = yaml.rfind("\n", 0, head.start) + 1
        more, above = _gap(yaml[at:start], parts[-1] if parts else None)
        if parts:
            parts[-1] = parts[-1]._replace(own=parts[-1].own + more)
        else:
            top, above = _top(yaml[:start])
        at = yaml.index("\n", max(node.end, head.end)) + 1
        parts.append(_Part(key, above, _own(yaml[start:at], key)))
    more, foot = _gap(yaml[at:], parts[-1] if parts else None)
    if parts:
        parts[-1] = parts[-1]._replace(own=parts[-1].own + more)
    return top, parts, foot


def _top(gap: str) -> tuple[str, str]:
    """What stands above the first key: comments about the whole file, which a blank line ends, and its own."""
    lines = gap.splitlines(keepends=True)
    blank = max((index for index, line in enumerate(lines) if not line.strip()), default=-1)
    return _without_blank(lines[: blank + 1]), _without_blank(lines[blank + 1 :])


def _gap(gap: str, before: _Part | None) -> tuple[str, str]:
    """Of the lines between two keys: what belongs to the first one, and what to the second."""
    lines = gap.splitlines(keepends=True)
    count = 0
    if before is not None and re.search(_KEEPS_BLANKS, before.own):
        count = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    kept = count
    while count < len(lines) and (not lines[count].strip() or lines[count][0] in " \t"):
        count += 1
    return "".join(lines[:kept]) + _without_blank(lines[kept:count]), _without_blank(lines[count:])


def _without_blank(lines: Iterable[str]) -> str:
    return "".join(line for line in lines if line.strip())


def _own(text: str, key: str) -> str:
    """The lines of one key, as they are but for blanks at their ends and the form of sets."""
    kind = BY_NAME[key].kind if key in BY_NAME else ""
    text = _trimmed(text)
    root, _ = strictyaml.read(text) if kind in (SET, REFS) else (None, [])
    node = root.get(key) if root else None
    if root is None or node is None:
        return text
    head = root.entries[key][0]
    if kind == SET:
        return _set(text, head, node, "")
    return _references(text, head, node)


def _trimmed(text: str) -> str:
    """Without blanks at the ends of lines, where they say nothing. A comment stays as it is."""
    lines = text.split("\n")
    bare = "\n".join(line if "#" in line else line.rstrip(" \t") for line in lines)
    return bare if bare == text or _value(bare) == _value(text) else text


def _value(text: str) -> object:
    root, _ = strictyaml.read(text)
    return root.value if root else None


def _references(text: str, head: Node, node: Node) -> str:
    """A map of sets: each of them in its form; a map on one line becomes one of several."""
    if node.kind != MAP or not node.entries:
        return text
    if node.flow:
        inner = "".join(
            f"  {text[kind.start : kind.end]}: {text[one.start : one.end]}\n" for kind, one in node.entries.values()
        )
        opened = _opened(text, head, node, inner)
        root, _ = strictyaml.read(opened)
        again = root.get(head.text) if root else None
        return _references(opened, head, again) if again and not again.flow else text
    for kind, held in reversed(node.entries.values()):
        start, end = _line(text, kind.start, max(kind.end, held.end))
        indent = text[start : kind.start]
        if not indent.strip(" "):
            text = text[:start] + _set(text[:end], kind, held, indent)[start:] + text[end:]
    return text


def _set(text: str, head: Node, node: Node, indent: str) -> str:
    """The lines up to the end of a set, with its entries sorted and one a line."""
    if (
        node.kind != LIST
        or not node.items
        or any(one.kind != SCALAR or "\n" in text[one.start : one.end] for one in node.items)
    ):
        return text
    if node.flow:
        lines = (f"{indent}- {text[one.start : one.end]}\n" for one in _unique(node.items))
        return _opened(text, head, node, "".join(lines))
    first, _ = _line(text, node.items[0].start, node.items[0].end)
    entries = _entries(text, node.items)
    return text if entries is None else text[:first] + entries


def _opened(text: str, head: Node, node: Node, lines: str) -> str:
    """A value in brackets as lines below its key; a comment behind it stays behind the key."""
    colon = text.index(":", head.end) + 1
    start, end = _line(text, node.start, node.end)
    whole = text[colon : node.end]
    if "\n" in whole or "#" in whole or start > colon:
        return text
    return text[:colon] + text[node.end : end] + lines


def _unique(items: Sequence[Node]) -> list[Node]:
    """The entries in their order, each once."""
    return sorted({one.text: one for one in reversed(items)}.values(), key=lambda one: one.text)


def _entries(text: str, items: Sequence[Node]) -> str | None:
    """The entries of a list in their order, each with the comments above it; None if they have not a line each.

    The comment above the first entry is about the list, so it stays in front. A repeated entry goes.
    """
    found: list[tuple[str, str]] = []
    at, _ = _line(text, items[0].start, items[0].end)
    for one in items:
        start, end = _line(text, one.start, one.end)
        if start < at or not re.fullmatch(_ENTRY, text[start : one.start]):
            return None
        found.append((one.text, _without_blank(text[at:start].splitlines(keepends=True)) + text[start:end]))
        at = end
    found.sort(key=lambda entry: entry[0])
    kept: list[tuple[str, str]] = []
    for name, lines in found:
        if not kept or kept[-1][0] != name or "#" in lines:
            kept.append((name, lines))
    return "".join(lines for _, lines in kept)


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the line of one offset begins, and behind the end of the line of another."""
    found = text.find("\n", end)
    return text.rfind("\n", 0, start) + 1, len(text) if found < 0 else found + 1
