"""A policy that was read, in a form that the next command reads in no time: one value a line, in order.

It stands under the texts it was made from and the version of the tool that made it: anything else is as if it were
not there. A sum over the values tells what was torn or flipped. The classes of ``domain.policy`` say of what types
the values are, so there is no second list of them. It may have been put there by anybody: every value is checked for
its type, and nothing in it is executed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from backlogtool.codec.policy_layers import Layer, Loaded
from backlogtool.domain.policy import Policy

_FORM = "3"
#: A prime: what differs in a byte, a block or its end has another remainder.
_PRIME = (1 << 64) - 59
_ORIGIN = Mapping[str, str]
#: What a condition compares with, and how that is called.
_OPERANDS: Mapping[str, Any] = {"text": str, "flag": bool, "number": int, "fraction": float, "several": tuple[Any, ...]}


class _WrongError(Exception):
    """A line of another form than its place has."""


def compiled(loaded: Loaded, layers: Sequence[Layer], version: str) -> bytes | None:
    """What keeps a policy; None for one with findings, which have to be told each time."""
    if loaded.policy is None or loaded.findings:
        return None
    lines = [*_told(loaded.policy, Policy), *_told(loaded.origin, _ORIGIN)]
    told = "\n".join(lines).encode()
    return _begin(layers, version).encode() + b"%d\n" % _sum(told) + told


def restored(data: bytes, layers: Sequence[Layer], version: str) -> Loaded | None:
    """The policy that ``compiled`` kept of exactly these texts; None if this is anything else."""
    begin = _begin(layers, version).encode()
    if not data.startswith(begin):
        return None
    check, _, told = data[len(begin) :].partition(b"\n")
    if check != b"%d" % _sum(told):
        return None
    try:
        lines = iter(told.decode().split("\n"))
        policy, origin = _value(lines, Policy), _value(lines, _ORIGIN)
    except (ValueError, StopIteration, RecursionError, _WrongError):
        return None
    return Loaded(policy, [], origin) if next(lines, None) is None else None


def _sum(told: bytes) -> int:
    return int.from_bytes(told, "big") % _PRIME


def _begin(layers: Sequence[Layer], version: str) -> str:
    """What the policy stands under."""
    parts = (part for layer in layers for part in (layer.section, layer.text, layer.path))
    lines = [_FORM, version, str(len(layers)), *parts]
    return "".join(f"{_escaped(line)}\n" for line in lines)


def _told(held: Any, kind: Any) -> Iterator[str]:
    """The lines of a value of a type as the annotations of ``domain.policy`` have it."""
    if kind is str:
        yield _escaped(held)
    elif kind in (int, float, bool):
        yield repr(held)
    elif kind is Any:
        name = next(name for name, one in _OPERANDS.items() if type(held) is getattr(one, "__origin__", one))
        yield name
        yield from _told(held, _OPERANDS[name])
    elif hasattr(kind, "_fields"):
        for one, inner in zip(held, kind.__annotations__.values(), strict=True):
            yield from _told(one, inner)
    elif kind.__args__[-1] is type(None):
        yield str(int(held is not None))
        yield from () if held is None else _told(held, kind.__args__[0])
    else:
        yield str(len(held))
        for one in held:
            yield from _told(one, kind.__args__[0])
            yield from _told(held[one], kind.__args__[1]) if isinstance(held, Mapping) else ()


def _value(lines: Iterator[str], kind: Any) -> Any:
    """The value of a type, from its lines: the inverse of ``_told``."""
    if kind is str:
        line = next(lines)
        return _unescaped(line) if "\\" in line else line
    if kind in (int, float, bool):
        return _number(next(lines), kind)
    if kind is Any:
        name = next(lines)
        if name not in _OPERANDS:
            raise _WrongError
        return _value(lines, _OPERANDS[name])
    if isinstance(kind, type):  # a section
        return kind(*[_value(lines, inner) for inner in kind.__annotations__.values()])
    inner = kind.__args__
    if inner[-1] is type(None):
        return _value(lines, inner[0]) if _number(next(lines), int) else None
    count = _number(next(lines), int)
    if kind.__origin__ is tuple:
        return tuple(_several(lines, inner[0], count))
    if inner == (str, str):
        both = _several(lines, str, 2 * count)
        return dict(zip(both[::2], both[1::2], strict=True))
    return {_value(lines, inner[0]): _value(lines, inner[1]) for _ in range(count)}


def _several(lines: Iterator[str], kind: Any, count: int) -> list[Any]:
    """So many values of one type; most are texts, which are taken all at once."""
    if kind is not str:
        return [_value(lines, kind) for _ in range(count)]
    found = [line if "\\" not in line else _unescaped(line) for line in islice(lines, max(count, 0))]
    if len(found) != count:
        raise _WrongError
    return found


def _number(line: str, kind: type) -> Any:
    """A number, or true or false, as Python writes it."""
    if kind is bool:
        held: Any = line == "True"
    else:
        held = kind(line[:40])
    if repr(held) != line:
        raise _WrongError
    return held


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n") if "\\" in text or "\n" in text else text


def _unescaped(line: str) -> str:
    return "\\".join(part.replace("\\n", "\n") for part in line.split("\\\\"))
