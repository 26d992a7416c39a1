"""The documents of this repository, with the fenced blocks, sections and tables in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from backlogtool.domain import body
from tests.conftest import ROOT

README = ROOT / "README.md"
MANUAL = ROOT / "docs" / "manual"
#: What people read about the tool, and the views and items of its own backlog.
DOCUMENTS = sorted(path for pattern in ("*.md", "docs/**/*.md", "items/**/*.md") for path in ROOT.glob(pattern))

_FENCE = re.compile(r"(`{3,})(\w*)")
_COMMENT = re.compile(r"<!-- (.*) -->")
_HEADING = re.compile(r"#{1,6} (.*)")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass
class Block:
    """A fenced block. ``note`` is the HTML comment on the line before it, ``line`` the number of its first line."""

    language: str
    note: str
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def short(path: Path) -> str:
    """The path as the repository has it."""
    return path.relative_to(ROOT).as_posix()


def split(path: Path) -> tuple[list[str], list[Block]]:
    """A document's lines outside fenced blocks, and the blocks."""
    lines, blocks, fence = [""], [], ""
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        found = _FENCE.fullmatch(line)
        if fence and line == fence:
            fence = ""
        elif fence:
            blocks[-1].lines.append(line)
        elif found:
            fence = found[1]
            note = _COMMENT.fullmatch(lines[-1])
            blocks.append(Block(found[2], note[1] if note else "", number + 1))
        else:
            lines.append(line)
    assert not fence, f"{short(path)}: a fence is not closed"
    return lines[1:], blocks


def blocks(path: Path) -> list[Block]:
    """Every fenced block of a document."""
    return split(path)[1]


def headings(path: Path) -> list[str]:
    """The headings of a document, without their hashes."""
    return [found[1] for line in split(path)[0] if (found := _HEADING.fullmatch(line))]


def sections(path: Path) -> dict[str, str]:
    """heading of the second level, without backquotes -> everything below it up to the next one."""
    found = body.split(path.read_text(encoding="utf-8"))[1]
    return {one.heading.strip("`"): one.text for one in found}


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table in a text, without the heads and the rules below them."""
    table = [line for line in text.split("\n") if line.startswith("|")]
    body = [line for line, below in zip(table, [*table[1:], "|x"], strict=True) if not (_is_rule(line) or _is_rule(below))]
    return [[cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]] for line in body]


def code(cell: str) -> str:
    """A cell without the backquotes around it."""
    return cell.removeprefix("`").removesuffix("`")


def _is_rule(line: str) -> bool:
    return set(line) <= set("|:- ")
