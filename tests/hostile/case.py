"""One hostile input and what has to come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.cli.session import item_text

#: Stands before the character that a finding points at; it is no part of the file.
MARK = "▸"
#: Stands for the id that the file's name gives, and is as long.
ID = "bl_@@@@@@@@@@@@"
#: An item without a text; behind another opening; still open.
PLAIN = item_text(ID)
HEAD = PLAIN.removeprefix("---\n")
OPEN = PLAIN.removesuffix("---\n")
_MARK = MARK.encode()
_WARNINGS = frozenset(("BL115", "BL116", "BL117"))


@dataclass(frozen=True)
class Case:
    """A file of items/. ``told`` are its findings, as "line:column CODE", ``reads`` fields that the item has in JSON.

    Whether an item comes of it follows from the findings: none if one of them is about reading the file.
    """

    name: str
    data: bytes
    told: tuple[str, ...]
    reads: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_read(self) -> bool:
        return all(one.endswith(tuple(_WARNINGS)) or "BL2" in one for one in self.told)

    def bytes_of(self, item_id: str) -> bytes:
        """The file's content under a name."""
        return self.data.replace(ID.encode(), item_id.encode())


def whole(name: str, data: bytes | str, *codes: str, **reads: Any) -> Case:
    """A file with exactly these bytes but for the marks. A code without a mark is about the file as a whole."""
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    places = list(_places(raw))
    assert len(places) in (0, len(codes)), f"{name}: {len(places)} marks, {len(codes)} codes"
    told = tuple(f"{place} {code}" for place, code in zip(places, codes, strict=True)) if places else codes
    return Case(name, raw.replace(_MARK, b""), told, reads)


def _places(raw: bytes) -> Iterator[str]:
    position = raw.find(_MARK)
    while position >= 0:
        before = raw[:position].replace(_MARK, b"").decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        yield f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        position = raw.find(_MARK, position + len(_MARK))


def below(name: str, lines: str, *codes: str, **reads: Any) -> Case:
    """An item with these lines below its own keys; the first of them is line 14 of the file."""
    return whole(name, OPEN + lines + "\n---\n", *codes, **reads)


def value(name: str, key: str, written: str, *codes: str, mark: str = "", **reads: Any) -> Case:
    """An item in which a key has this value, as it stands behind the colon; ``mark`` stands before the key."""
    text = item_text(ID, **{key: written})
    return whole(name, text.replace(f"\n{key}:", f"\n{mark}{key}:"), *codes, **reads)


def body(name: str, text: str, *codes: str, **reads: Any) -> Case:
    """An item with this text, which starts on line 16 of the file."""
    return whole(name, item_text(ID, text), *codes, **reads)


def numbered(cases: Mapping[str, Sequence[Case]]) -> dict[str, tuple[str, Case]]:
    """id -> (class, case): each under an id of its own."""
    every = [(kind, case) for kind, some in cases.items() for case in some]
    return {f"bl_{number:012x}": one for number, one in enumerate(every, 0xBAD000)}
