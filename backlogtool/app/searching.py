"""Search: words in the texts of items, ranked, beside the filters of a list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from backlogtool.app import reading
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.query import Query, Term, sort_key
from backlogtool.domain.ranking import Best, Texts
from backlogtool.domain.search import Filter, Word, parts, refuse_many, worded
from backlogtool.errors import UnavailableError, UsageError
from backlogtool.stores.git.index.search import SearchIndex
from backlogtool.stores.git.store import GitStore

_FEW = 500  # items that are sooner asked for by their ids than all together


class Results(NamedTuple):
    """The best items in order, how many match in all, and what could not be read.

    ``words`` are what was searched for in the end; ``mended`` are (word as folded, word searched for instead),
    ``ignored`` the arguments that hold nothing to search for.
    """

    items: tuple[Item, ...]
    total: int
    unreadable: tuple[Finding, ...]
    words: tuple[Word, ...] = ()
    mended: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()


class _Asked(NamedTuple):
    words: tuple[Word, ...]
    query: Query
    ignored: tuple[str, ...]


class _Engine(Protocol):
    """What ``domain.ranking.Texts`` and the index of words can do."""

    def best(self, words: Sequence[Word], *, limit: int | None, within: Collection[str] | None) -> Best[str]: ...

    def alike(self, word: str) -> str | None: ...


def search(space: Workspace, arguments: Sequence[str], *, limit: int | None) -> Results:
    """The items in which all words stand and that pass all filters: best first, equally good ones as in a list.

    ``arguments`` are written as ``domain.search`` says; without any word it is a list. ``limit`` None is no limit.
    A word that stands in no item is searched for as the word that is probably meant, if that finds anything.
    Raises ``UsageError`` if there is nothing to search for, and for an unknown filter.
    """
    space.require("list")
    asked = _asked(space, arguments)
    if not asked.words:
        page = reading.list_items(space, asked.query, limit=limit)
        return Results(tuple(reading.whole(space, page.briefs)), page.total, page.unreadable, ignored=asked.ignored)
    if isinstance(space.store, GitStore):
        with space.store.searching() as index, suppress(UnavailableError):
            if index is not None:
                return _indexed(space, index, asked, limit)
    return _read(space, asked, limit)


def _indexed(space: Workspace, index: SearchIndex, asked: _Asked, limit: int | None) -> Results:
    """Searches by the index of words, and reads only what is shown. Raises ``UnavailableError`` if it is lost."""
    within = index.matching(asked.query) if asked.query.terms else None
    best, words, mended = _best(index, asked.words, limit, within)
    order = space.policy.enums.priority
    scores = {item_id: score for score, item_id in best.scored}
    ids = list(scores) if limit is None or len(scores) <= limit else index.first(best, limit, order)
    query = Query((Term("id", tuple(ids)),)) if len(ids) <= _FEW else Query()
    listed = space.store.briefs(query, order=order)
    wanted = set(ids)
    ordered = sorted((one for one in listed.briefs if one.id in wanted), key=lambda one: scores[one.id])
    items = tuple(reading.whole(space, ordered))
    return Results(items, best.total, listed.unreadable, words, mended, asked.ignored)


def _read(space: Workspace, asked: _Asked, limit: int | None) -> Results:
    """Searches by reading every item."""
    found = space.store.find(space.query())
    within = {item.id for item in found.items if asked.query.matches(item)}
    best, words, mended = _best(Texts(found.items), asked.words, limit, within)
    scores = {item_id: score for score, item_id in best.scored}
    ordered = sorted(
        (item for item in found.items if item.id in scores),
        key=lambda item: (scores[item.id], sort_key(item, space.policy)),
    )
    return Results(tuple(ordered[:limit]), best.total, found.unreadable, words, mended, asked.ignored)


def _best(
    engine: _Engine, words: tuple[Word, ...], limit: int | None, within: Collection[str] | None
) -> tuple[Best[str], tuple[Word, ...], tuple[tuple[str, str], ...]]:
    """What matches the words, or where nothing does what matches the words that are probably meant."""
    best = engine.best(words, limit=limit, within=within)
    if best.total:
        return best, words, ()
    instead = {one.words[0]: engine.alike(one.words[0]) for one in words if one.is_plain}
    mended = tuple((word, other) for word, other in instead.items() if other)
    meant = tuple(
        one._replace(words=(instead[one.words[0]] or one.words[0],)) if one.is_plain else one for one in words
    )
    other = engine.best(meant, limit=limit, within=within) if mended else best
    return (other, meant, mended) if other.total else (best, words, ())


def _asked(space: Workspace, arguments: Sequence[str]) -> _Asked:
    """Raises ``UsageError`` if nothing is asked for, for too much of it and for an unknown filter."""
    words: list[Word] = []
    filters: list[str] = []
    ignored: list[str] = []
    for argument in arguments:
        made = [one for part in parts(argument) for one in _read_part(space, part)]
        words += [one for one in made if isinstance(one, Word)]
        filters += [one for one in made if isinstance(one, str)]
        ignored += [] if made else [argument]
    if not words and not filters:
        raise UsageError("nothing to search for", hint="type a word with a letter or digit in it, or a filter")
    refuse_many(sum(len(word.words) for word in words))
    query = space.query(filters)
    return _Asked(tuple(dict.fromkeys(words)), query, tuple(ignored))


def _read_part(space: Workspace, part: Word | Filter) -> Iterable[Word | str]:
    """The words to search for, or the filter as ``Workspace.query`` reads it."""
    if isinstance(part, Word):
        return [part]
    if part.word and not _is_short_form(space, part.text):
        return worded(part.text, part.negated)
    return [f"~{part.text}" if part.negated else part.text]


def _is_short_form(space: Workspace, word: str) -> bool:
    """Whether ``list`` takes a word for more than text: ``P0``, ``@alice``, ``#security``."""
    if ":" in word and word[0] not in "@#":
        return False
    return space.query([word]).terms[0].field != "text"
