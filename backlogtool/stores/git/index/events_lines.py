"""Events as they are kept: one value a line, so that a story that is known is read without a parser of JSON.

What is read back is what was written, or an error: no line is guessed at, and nothing may be left over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from backlogtool.domain.event import Event

#: The paths of statuses that were judged, with the answers.
Asked = Sequence[tuple[tuple[str, ...], bool]]
#: The first character of a line says what it is.
_WORDS = {"n": None, "t": True, "f": False}


def lines_of(events: Iterable[Event]) -> bytes:
    """What keeps events exactly as they are. Raises ``ValueError`` if they hold what no file of an item can hold."""
    return _joined([list(one) for one in events])


def events_in(kept: bytes) -> list[Event]:
    """The events that ``lines_of`` kept. Raises ``ValueError`` for anything else."""
    held = _value_of(kept)
    if type(held) is not list or any(type(one) is not list or len(one) != len(Event._fields) for one in held):
        raise ValueError("the lines that were kept are no events")
    return [Event._make(one) for one in held]


def lines_of_judged(asked: Asked) -> bytes:
    """What keeps judgements; nothing if nothing was judged."""
    return _joined([[list(path), answer] for path, answer in asked]) if asked else b""


def judged_in(kept: bytes) -> list[tuple[list[str], bool]]:
    """The judgements that were kept. Raises ``ValueError`` for anything else."""
    return [(path, answer) for path, answer in _value_of(kept)] if kept else []


def _joined(held: Any) -> bytes:
    lines: list[str] = []
    _tell(held, lines)
    # Half a surrogate pair stands for a byte that is no text, as in the name of a file.
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _value_of(kept: bytes) -> Any:
    try:
        lines = iter(kept.decode("utf-8", "surrogatepass").split("\n"))
        held = _read(lines)
    except (StopIteration, LookupError, RecursionError, ValueError) as error:
        raise ValueError("these are no lines that were kept") from error
    if next(lines, None) is not None:
        raise ValueError("there are more lines that were kept than values")
    return held


def _tell(held: Any, lines: list[str]) -> None:
    if type(held) is str:
        lines.append("=" + (held.replace("\\", "\\\\").replace("\n", "\\n") if "\\" in held or "\n" in held else held))
    elif held is None or held is True or held is False:
        lines.append(next(word for word, one in _WORDS.items() if one is held))
    elif type(held) in (int, float):
        lines.append(f"{'i' if type(held) is int else 'd'}{held!r}")
    elif isinstance(held, Mapping):
        lines.append(f"m{len(held)}")
        for pair in held.items():
            _tell(pair[0], lines)
            _tell(pair[1], lines)
    elif type(held) is list:
        lines.append(f"l{len(held)}")
        for one in held:
            _tell(one, lines)
    else:
        raise ValueError(f"{type(held).__name__} is no value of an event")


def _read(lines: Iterator[str]) -> Any:
    line = next(lines)
    kind, rest = line[0], line[1:]
    if kind == "=":
        return "\\".join(part.replace("\\n", "\n") for part in rest.split("\\\\")) if "\\" in rest else rest
    if kind == "l":
        return [_read(lines) for _ in range(_count(rest))]
    if kind == "m":
        return {_key(_read(lines)): _read(lines) for _ in range(_count(rest))}
    if kind in ("i", "d"):
        return _number(rest, int if kind == "i" else float)
    return _WORDS[line]


def _key(held: Any) -> str:
    if type(held) is not str:
        raise ValueError(f"{type(held).__name__} is no key")
    return held


def _count(text: str) -> int:
    if not text.isdigit():
        raise ValueError(f"{text} is no count")
    return int(_number(text, int))


def _number(text: str, kind: type) -> Any:
    held = kind(text)
    if repr(held) != text:
        raise ValueError(f"{text} is not how a number is written")
    return held
