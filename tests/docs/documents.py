"""The documents of this repository, with the fenced blocks, sections and tables in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from backlogtool.domain import body
from tests.conftest import ROOT

README = ROOT / "README.md"
MANUAL = ROOT / "docs" / "manual"
#: What we write about the tool.
PAGES = sorted([README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")])
#: The pages, and the views and items of the tool's own backlog.
DOCUMENTS = sorted({*PAGES, *ROOT.glob("*.md"), *ROOT.glob("items/**/*.md")})

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


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(path: Path) -> list[Block]:
    """Every fenced block of a document."""
    found: list[Block] = []
    fence, before = "", ""
    for index, line, outside in body.lines_outside_code(read(path)):
        if outside:
            before = line
        elif not fence:
            language = line.lstrip("`")
            fence, note = line.removesuffix(language), _COMMENT.fullmatch(before)
            found.append(Block(language, note[1] if note else "", index + 2))
        elif line == fence:
            fence, before = "", ""
        else:
            found[-1].lines.append(line)
    return found


def prose(path: Path) -> list[str]:
    """The lines of a document outside fenced blocks."""
    return [line for _, line, outside in body.lines_outside_code(read(path)) if outside]


def headings(path: Path) -> list[str]:
    """The headings of a document, without their hashes."""
    return [found[1] for line in prose(path) if (found := _HEADING.fullmatch(line))]


def sections(path: Path) -> dict[str, str]:
    """heading of the second level, without backquotes -> everything below it up to the next one."""
    return {one.heading.strip("`"): one.text for one in body.split(read(path))[1]}


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table in a text, without the heads and the rules below them."""
    table = [line for line in text.split("\n") if line.startswith("|")]
    heads = {index - 1 for index, line in enumerate(table) if _is_rule(line)}
    kept = [line for index, line in enumerate(table) if index not in heads and not _is_rule(line)]
    return [[cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]] for line in kept]


def code(cell: str) -> str:
    """A cell without the backquotes around it."""
    return cell.removeprefix("`").removesuffix("`")


def _is_rule(line: str) -> bool:
    return set(line) <= set("|:- ")
