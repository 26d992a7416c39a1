"""What the quick way has to keep: where it answers, the strict way says the same."""

from __future__ import annotations

from typing import Any

from backlogtool.codec import markdown, quick
from backlogtool.domain.event import plain
from backlogtool.domain.item import Item
from backlogtool.errors import InvalidError


def typed(item: Item | None) -> Any:
    """The item so that 1, 1.0 and True differ, and so does another order of keys."""
    return repr([plain(held) for held in item]) if item is not None else None


def read_alike(text: str, item_id: str) -> Item | None:
    """The item that the quick reader gives; the strict one must give the same and find nothing."""
    item = quick.read(text, item_id)
    if item is not None:
        strict = markdown.read.__wrapped__(text, item_id)
        assert strict.findings == [], [str(one) for one in strict.findings]
        assert typed(strict.item) == typed(item)
    return item


def edited_alike(text: str, before: Item, after: Item) -> str | None:
    """The text that the quick editor gives; the strict one must give the same bytes."""
    new = quick.edit(text, before, after)
    if new is not None:
        assert markdown.edit(markdown.read.__wrapped__(text, before.id), after) == new
    return new


def rewritten_alike(text: str, before: Item, after: Item) -> None:
    """Whichever way it goes, the outcome is the strict editor's: its text, or its refusal."""
    assert _outcome(quick.rewritten, text, before, after) == _outcome(_strictly, text, before, after)


def _strictly(text: str, before: Item, after: Item) -> str:
    return markdown.edit(markdown.read(text, before.id), after)


def _outcome(rewrite: Any, text: str, before: Item, after: Item) -> str:
    try:
        return str(rewrite(text, before, after))
    except InvalidError as error:
        return f"refused: {error}"
