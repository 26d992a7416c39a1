"""Immutable values with names, whose classes are made in an eighth of the time that a ``NamedTuple`` takes.

For kinds of values of which every command loads many and makes few: the sections of the policy. They behave as named
tuples do, and type checkers know their fields (docs/decisions/0021-start-up.md).
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, ClassVar, NoReturn, Self, dataclass_transform


@dataclass_transform(frozen_default=True)
class Value(tuple[Any, ...]):
    """The base: a subclass names its fields by annotations, those with a default last."""

    _fields: ClassVar[tuple[str, ...]] = ()
    _field_defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(cls.__annotations__)
        cls._field_defaults = {name: vars(cls)[name] for name in cls._fields if name in vars(cls)}
        for place, name in enumerate(cls._fields):
            setattr(cls, name, property(itemgetter(place)))

    def __new__(cls, *values: Any, **named: Any) -> Self:
        if not named and len(values) == len(cls._fields):
            return tuple.__new__(cls, values)
        told = dict(zip(cls._fields, values, strict=False))
        wrong = len(values) > len(told) or told.keys() & named.keys() or named.keys() - set(cls._fields)
        told = {**cls._field_defaults, **told, **named}
        if wrong or len(told) < len(cls._fields):
            raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}")
        return tuple.__new__(cls, [told[name] for name in cls._fields])

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} does not change: {name}")

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}({told})"

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, **changes: Any) -> Self:
        """The same but for some fields."""
        return type(self)(**{**self._asdict(), **changes})
