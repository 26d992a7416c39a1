"""HTML in the text of an item that would act where a viewer shows it as it is: a hint for whoever reviews it.

Descriptions and comments are Markdown, HTML included, and stand in views as they are written. Forges leave out what
acts, other viewers may not (docs/decisions/0017-html-in-views.md). Who wants to hide such a thing finds a spelling
that is not seen here: what protects a viewer is the viewer.
"""

from __future__ import annotations

import re

from backlogtool.codec import frontmatter
from backlogtool.domain.body import lines_outside_code
from backlogtool.domain.finding import Finding

_CODE = re.compile(r"`[^`]*`")
_ACTS = re.compile(
    r"<(?:script|iframe|object|embed|style|link|meta|base|form|frame|applet)(?![\w-])"
    r"|<[a-z][^<>]{0,1000}?[\s/\"']on[a-z]{3,24}\s*="
    r"|(?<![\w-])(?:javascript|vbscript):(?=\S)",
    re.IGNORECASE,
)


def findings(text: str) -> list[Finding]:
    """A BL119 finding for each line of an item file's body, outside code, that holds such HTML."""
    if not _ACTS.search(text):
        return []
    document, _ = frontmatter.parse(text)
    if document is None:
        return []
    above = document.text.count("\n", 0, document.body_start)
    found = []
    for index, line, outside in lines_outside_code(document.body):
        match = _ACTS.search(_CODE.sub(lambda code: " " * len(code[0]), line)) if outside else None
        if match:
            message = f"'{match[0][:40]}' acts where a viewer shows HTML as it is"
            fix = "put it into code, between backticks, or leave it out"
            found.append(Finding("BL119", message, line=above + index + 1, column=match.start() + 1, fix=fix))
    return found
