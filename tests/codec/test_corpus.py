"""Real frontmatter, written by people and other tools: edits touch only their lines.

The oracle is independent of the editor: lines are compared as text, and python-frontmatter reads the values.
"""

from __future__ import annotations

from pathlib import Path

import frontmatter as python_frontmatter
import pytest
import yaml

from backlogtool.codec import frontmatter
from tests.conftest import SHARED

FILES = sorted((SHARED / "corpus").rglob("*.md")) if SHARED.is_dir() else []
VARIANTS = {
    "lf": lambda text: text,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "bom": lambda text: "\ufeff" + text,
    "bom crlf": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
}
EDITS = {
    "status": "in_progress",
    "title": "fix: #12 and 'quotes' — done",
    "priority": "P0",
    "tags": ["added", "parsing"],
    "owner": "alice",
}


def test_the_corpus_is_there(shared: Path) -> None:
    assert len(FILES) > 200


def _parse(text: str) -> frontmatter.Document:
    document, findings = frontmatter.parse(text)
    assert document is not None, [str(one) for one in findings]
    return document


@pytest.mark.sampled(4)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_one_field_edit_of_every_file_changes_only_its_lines(shared: Path, variant: str) -> None:
    for path in FILES:
        text = VARIANTS[variant](path.read_bytes().decode())
        for key, value in EDITS.items():
            document = _parse(text)
            wanted = {**document.values, key: value}
            edited = frontmatter.update(document, wanted)
            assert _parse(edited).values == wanted
            assert _without(edited, key) == _without(text, key), f"{path} {key}"
            assert _parse(edited).body == document.body


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_edit_and_its_inverse_give_the_file_back(shared: Path, variant: str) -> None:
    for path in FILES:
        text = VARIANTS[variant](path.read_bytes().decode())
        document = _parse(text)
        edited = frontmatter.update(document, {**document.values, "owner": "alice"})
        back = _parse(edited)
        assert frontmatter.update(back, document.values) == text


def test_values_are_what_python_frontmatter_reads(shared: Path) -> None:
    for path in FILES:
        ours = _parse(path.read_bytes().decode()).values
        theirs = python_frontmatter.loads(path.read_text())
        loaded = yaml.load(_frontmatter(path), Loader=yaml.BaseLoader)
        assert {key: str(one) if not isinstance(one, list) else one for key, one in ours.items()} == loaded
        assert list(theirs.metadata) == list(ours)


def _frontmatter(path: Path) -> str:
    return path.read_text().split("---\n", 2)[1]


def _without(text: str, key: str) -> list[str]:
    """The lines of the file that do not belong to the key."""
    kept: list[str] = []
    inside = False
    fences = 0
    for line in text.split("\n"):
        bare = line.removeprefix("\ufeff").rstrip("\r")
        fences += bare == "---" and fences < 2
        if (fences == 1 and bare[:1] not in (" ", "-", "")) or bare == "---":
            inside = bare.startswith(f"{key}:")
        if not inside or fences != 1:
            kept.append(line)
    return kept
