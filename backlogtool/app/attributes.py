"""Attributes of git by which a clone holds other bytes in the files of items than the commits that are judged.

With ``working-tree-encoding`` an item that is well in the commit can be read in no work tree; a filter makes of it
whatever each clone has set up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from backlogtool.domain.finding import Finding
from backlogtool.stores.git.differences import ATTRIBUTES, listed
from backlogtool.stores.git.objects import read_within
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.span import Span

_TELLING = frozenset(("working-tree-encoding", "filter", "ident"))
_MACRO = "[attr]"
_LARGEST = 1 << 20  # bytes of a file of attributes
#: A pattern with more stars, or a longer one, may take long to compare: it is taken for one that names items.
_STARS, _LONGEST = 4, 200
_PART = re.compile(r"\*\*/|/\*\*$|\*+|\?|\[[^\]/]+\]|.", re.DOTALL)
_MEANT = {"**/": "(?:.*/)?", "/**": "/.*", "?": "[^/]"}


def of_range(git: Git, span: Span, paths: Sequence[str]) -> Iterator[Finding]:
    """A warning for each of these files of attributes that a range changes so that items get one of these."""
    held, _ = read_within(git, [f"{one}:{path}" for path in paths for one in (span.base, span.head)], _LARGEST)
    items = [step.path for some in listed(span.entries()).values() for step in some]
    for path in paths:
        before, after = (_lines(held.get(f"{one}:{path}", b"")) for one in (span.base, span.head))
        names = _TELLING | _macros(after)
        for number, line in enumerate(after, start=1):
            told = "" if line in before else _attribute(line, names)
            if told and any(_matches(_pattern(line), path.removesuffix(ATTRIBUTES), one) for one in items):
                message = f"'{told}' for items: work trees may hold other bytes than the commits that are judged"
                yield Finding("BL121", message, path=path, line=number, fix="leave items/ out of that pattern")
                break


def _lines(data: bytes) -> list[str]:
    return [line.strip() for line in data.decode("utf-8", "replace").split("\n")]


def _macros(lines: Iterable[str]) -> set[str]:
    """The names that stand for one of the telling attributes."""
    found = (line.removeprefix(_MACRO).split() for line in lines if line.startswith(_MACRO))
    return {words[0] for words in found if words and any(_name(word) in _TELLING for word in words[1:])}


def _attribute(line: str, names: Iterable[str]) -> str:
    """The first of these attributes that a line sets; empty if it sets none."""
    if line.startswith(("#", _MACRO)):
        return ""
    rest = line.partition('" ')[2] if line.startswith('"') else line.partition(" ")[2] or line.partition("\t")[2]
    return next((word for word in rest.split() if _name(word) in names), "")


def _name(word: str) -> str:
    return "" if word.startswith(("-", "!")) else word.partition("=")[0]


def _pattern(line: str) -> str:
    return line[1:].partition('" ')[0] if line.startswith('"') else line.split()[0]


def _matches(pattern: str, folder: str, path: str) -> bool:
    """Whether a pattern in the file of a folder (``items/``, or nothing at the top) names a path."""
    if not path.startswith(folder):
        return False
    if len(pattern) > _LONGEST or pattern.count("*") > _STARS:
        return True
    inside = path.removeprefix(folder) if "/" in pattern else path.rpartition("/")[2]
    wanted = "".join(map(_meant, _PART.findall(pattern.removeprefix("/"))))
    try:
        return re.fullmatch(wanted, inside, re.DOTALL) is not None
    except re.error:  # a range of characters that goes backwards, for instance
        return True


def _meant(part: str) -> str:
    if part.startswith("[") and len(part) > 1:
        inside = part[1:-1]
        start = "^" if inside[0] in "!^" else ""
        return f"[{start}{inside[len(start) :]}]" if inside != start else re.escape(part)
    return _MEANT.get(part) or ("[^/]*" if part.startswith("*") else re.escape(part))
