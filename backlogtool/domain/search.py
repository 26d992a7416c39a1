"""What a person types to search: words, phrases, beginnings, fields and what must not stand there.

``certificate "signing key" rota* title:gateway -renewed`` — all must hold. The filters of ``domain.query`` stand
beside the words and are only told apart from them here. Nothing that is typed is a syntax error: an argument
is cut into words as texts are (``domain.words``), and what is neither letter nor digit means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from backlogtool.domain.item import Item
from backlogtool.domain.query import FIELDS
from backlogtool.domain.spelling import did_you_mean
from backlogtool.domain.words import words
from backlogtool.errors import UsageError

#: The columns that are searched, with what one match in each weighs.
COLUMNS: dict[str, int] = {"id": 16, "title": 16, "tags": 8, "names": 4, "description": 2, "comments": 1}
#: Those that a word may be limited to; for the others there are filters.
TEXTS = ("title", "description", "comments")
#: How many words one search may have.
MOST = 64

#: A sign, a field and a phrase in quotes, or anything up to a blank or a quote. An address is no field.
_PART = re.compile(r'([-~]?)(?:([a-z_]+):)?"([^"]*)"?|[^\s"]+')
_FIELD = re.compile(r"([a-z_]+):(?!//)(?=\S)")


class Word(NamedTuple):
    """What must stand in a text: words next to each other, the last one perhaps only as its beginning.

    ``words`` are as ``domain.words`` gives them, never none. ``column`` is one of ``TEXTS``, or empty for anywhere.
    """

    words: tuple[str, ...]
    prefix: bool = False
    column: str = ""
    negated: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is one whole word that must be there, so that a slip in it can be mended."""
        return len(self.words) == 1 and not self.prefix and not self.negated


class Filter(NamedTuple):
    """A condition for ``domain.query`` to read; ``word`` says that it may be a short form or a word of the texts."""

    text: str
    negated: bool
    word: bool = False


def parts(argument: str) -> Iterator[Word | Filter]:
    """What one argument of the command line asks for.

    One that holds no quotes is taken whole: the shell has taken its quotes off, so blanks in it make a phrase.
    A ``Filter`` with ``word`` is a single word without a field; ``worded`` gives the word it is if it is no
    short form. Raises ``UsageError`` for an unknown field.
    """
    if '"' not in argument:
        yield from _whole(argument)
        return
    for found in _PART.finditer(argument):
        sign, field, phrase = found.groups()
        if phrase is None:
            yield from _whole(found[0])
        elif field and field not in TEXTS:
            yield Filter(f"{_known(field)}:{phrase}", bool(sign))
        else:
            yield from worded(phrase, bool(sign), column=field or "", literal=True)


def worded(text: str, negated: bool, *, column: str = "", literal: bool = False) -> Iterator[Word]:
    """The text as a word or phrase; nothing if it holds neither letter nor digit. Raises ``UsageError`` if it is long.

    A star at its end makes it a beginning, unless it is ``literal``.
    """
    found = tuple(words(text))
    refuse_many(len(found))
    if found:
        yield Word(found, not literal and text.endswith("*"), column, negated)


def refuse_many(count: int) -> None:
    """Raises ``UsageError`` if a search has more words than it may."""
    if count > MOST:
        raise UsageError(f"{count} words to search for", hint=f"{MOST} at most")


def texts(item: Item) -> tuple[str, ...]:
    """The item's text in each of ``COLUMNS``."""
    names = (item.service, item.owner, item.category, item.type, item.component, item.group)
    return (
        item.id,
        item.title,
        "\n".join(item.tags),
        "\n".join(name for name in names if name),
        item.description,
        "\n".join(f"{comment.actor}\n{comment.text}" for comment in item.comments),
    )


def _whole(argument: str) -> Iterator[Word | Filter]:
    negated = argument[:1] in ("-", "~")
    bare = argument[1:] if negated else argument
    found = _FIELD.match(bare)
    if found and found[1] in TEXTS:
        yield from worded(bare[found.end() :], negated, column=found[1])
    elif found:
        yield Filter(f"{_known(found[1])}:{bare[found.end() :]}", negated)
    elif bare:
        yield Filter(bare, negated, word=True)


def _known(field: str) -> str:
    if field not in FIELDS:
        hint = f"{did_you_mean(field, [*TEXTS, *FIELDS])} (text with a colon in it goes into double quotes)"
        raise UsageError(f"unknown filter '{field}:'", hint=hint)
    return field
