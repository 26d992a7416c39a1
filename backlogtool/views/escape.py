"""Escapers: one for each place where text from items lands in a view.

Item text is data. Escaped, it shows as the text a person wrote and cannot leave its cell, attribute or
label, nor start markup, HTML, an image, a link or a template tag (ROBUSTNESS.md 2.2). Every escaper gives
one line: line breaks and tabs become blanks, and characters that nobody sees become ``\\u{…}``.
"""

from __future__ import annotations

import html
import re
from urllib.parse import quote

from backlogtool.codec.scalars import visible

_BREAK = re.compile(r"\r\n|[\r\n\t]")

_MARKUP = re.compile(
    r"[\\`*\[\]|~$<]"  # has a meaning wherever it stands
    r"|&(?=[#\w])"  # starts an entity
    r"|(?<![^\W_])_|_(?![^\W_])"  # emphasis; between two letters it is text
    r"|:(?=//)|(?<=www)\."  # would make a bare address a link
    r"|\{(?=[{%])"  # a tag of the template languages that site builders run over Markdown
)
_ENTITIES = {"<": "&lt;", "&": "&amp;", "{": "&#123;"}
# A list, a quote, a heading, an underline that makes the line above a heading or a table.
_LINE_START = re.compile(r"\d{1,9}(?=[.)])|(?=[-+=#>]|:-)")

_MERMAID = str.maketrans(
    {
        '"': "#quot;",
        "&": "#amp;",
        "<": "#lt;",
        ">": "#gt;",
        **{char: f"#{ord(char)};" for char in "#;`%\\{}"},
    }
)


def plain(text: str) -> str:
    """The text on one line, without blanks around it, with everything in it visible."""
    return visible(_BREAK.sub(" ", text)).strip()


def md(text: str) -> str:
    """As Markdown that may start a line, and that shows exactly the text."""
    escaped = cell(text)
    start = _LINE_START.match(escaped)
    return f"{escaped[: start.end()]}\\{escaped[start.end() :]}" if start else escaped


def cell(text: str) -> str:
    """As the content of a cell of a Markdown table, or in the middle of a line."""
    return _MARKUP.sub(_marked, plain(text))


def link(text: str) -> str:
    """As the text of a Markdown link or image, between its brackets."""
    return cell(text)


def href(path: str) -> str:
    """A path in the repository as the target of a link: only characters that need no escape anywhere."""
    return quote(path, safe="/", errors="surrogateescape")


def xml(text: str) -> str:
    """As text or as a quoted attribute of HTML, XML or SVG."""
    return html.escape(plain(text), quote=True)


def mermaid(text: str) -> str:
    """As a label between double quotes in a Mermaid diagram."""
    return plain(text).translate(_MERMAID)


def _marked(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0], "\\" + found[0])
