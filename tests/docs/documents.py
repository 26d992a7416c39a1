"""The documents of this repository, with the fenced blocks, sections and tables in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

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


def sections(path: Path, level: int = 2) -> dict[str, str]:
    """heading of the level -> everything below it up to the next one, blocks and all."""
    text = path.read_text(encoding="utf-8")
    mark = re.compile(rf"^#{{{level}}} (.*)$", re.MULTILINE)
    found = [*mark.finditer(text), None]
    return {
        one[1].strip("`"): text[one.end() : after.start() if after else len(text)]
        for one, after in pairwise(found)
        if one is not None
    }


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table in a text, without headings and the lines below them."""
    table = [line for line in text.split("\n") if line.startswith("|")]
    bodies = [line for line, before in zip(table, ["", *table], strict=False) if not _is_rule(line) and before]
    heads = {line for line, after in pairwise(table) if _is_rule(after)}
    kept = [line for line in bodies if line not in heads]
    return [[cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]] for line in kept]


def code(cell: str) -> str:
    """A cell without the backquotes around it."""
    return cell.removeprefix("`").removesuffix("`")


def _is_rule(line: str) -> bool:
    return set(line) <= set("|:- ")
