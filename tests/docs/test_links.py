"""Documents lead where they say: files, headings, and no place on one machine only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backlogtool.app import packaged
from backlogtool.domain import body
from backlogtool.views.engine import Engine
from tests.conftest import ROOT
from tests.docs.documents import DOCUMENTS, PAGES, README, blocks, headings, prose, read, short

_LINK = re.compile(r"\]\(([^()\s]+)\)")
_CODE = re.compile(r"`[^`]*`")
_MACHINE = re.compile(r"(?<![\w.])/(?:home|Users|root|tmp|work|private|var/folders)/|[A-Z]:\\\\?Users")
#: Files that are rendered from items; ``render --check`` sees to it that they are there.
VIEWS = {ROOT / name for name in Engine(packaged.templates()).outputs()}


def _anchor(heading: str) -> str:
    """What a forge calls a heading in a link."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.replace(" ", "-")


def _links(path: Path) -> list[str]:
    return [found for line in prose(path) for found in _LINK.findall(_CODE.sub("", line))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=short)
def test_every_link_leads_to_something_that_is_there(path: Path) -> None:
    broken = []
    for link in _links(path):
        target, _, anchor = link.partition("#")
        if target.startswith(("https://", "mailto:")):
            continue
        file = (path.parent / target).resolve() if target else path
        there = file.exists() or file in VIEWS
        if not there or (anchor and anchor not in map(_anchor, headings(file))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=short)
def test_no_document_names_a_place_on_somebodys_machine(path: Path) -> None:
    assert _MACHINE.findall(read(path)) == []


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_every_fence_is_closed_and_names_its_language(path: Path) -> None:
    assert body.open_fence(read(path)) == ""
    assert [block.line for block in blocks(path) if not block.language] == []


def test_a_reader_who_starts_at_readme_finds_every_page() -> None:
    found, left = set(), [README]
    while left:
        path = left.pop()
        found.add(path)
        targets = {(path.parent / link.partition("#")[0]).resolve() for link in _links(path)}
        left += [one for one in targets if one in PAGES and one not in found]
    assert sorted(map(short, set(PAGES) - found)) == []


def test_a_machines_place_is_seen() -> None:
    assert _MACHINE.search("cd /home/ann/backlog")
    assert _MACHINE.search("in /tmp/x")
    assert not _MACHINE.search("docs/work/home.md, a/tmp/b, https://example.org/home/")
    assert _anchor("`rbac`") == "rbac"
    assert _anchor("One long file: BACKLOG.md and TODO.md") == "one-long-file-backlogmd-and-todomd"
