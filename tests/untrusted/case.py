"""One odd repository and how the commands have to end in it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tests.untrusted.commands import KINDS
from tests.untrusted.ground import Ground

#: Makes the repository odd; gives the directory to run in, if it is not the repository's root.
Make = Callable[[Ground], Path | None]


@dataclass(frozen=True)
class Case:
    """``ends`` has the exit code of each kind of command that does not end with 0.

    ``says`` is part of what at least one command prints. ``provoked`` is what a person might run: it must set off
    a canary, or else the case proves nothing. ``same`` holds every output to be that of the healthy repository, but
    for the kinds in ``differs``. ``opens`` are places below ``Ground.outside`` that git has to open.
    """

    name: str
    make: Make
    ends: Mapping[str, int] = field(default_factory=dict)
    says: str = ""
    provoked: tuple[str, ...] = ()
    same: bool = False
    differs: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    needs_root: bool = False


CASES: dict[str, Case] = {}


def every(status: int, **others: int) -> Mapping[str, int]:
    """All kinds end like this, but for the others."""
    return {**dict.fromkeys(KINDS, status), **others}


def odd(
    *,
    ends: Mapping[str, int] = MappingProxyType({}),
    says: str = "",
    provoked: tuple[str, ...] = (),
    same: bool = False,
    differs: tuple[str, ...] = (),
    opens: tuple[str, ...] = (),
    needs_root: bool = False,
) -> Callable[[Make], Make]:
    """Puts a function that makes a repository odd into the catalogue, under its own name."""

    def enter(make: Make) -> Make:
        name = make.__name__.strip("_")
        assert name not in CASES
        assert inspect.getdoc(make)
        CASES[name] = Case(name, make, ends, says, provoked, same, differs, opens, needs_root)
        return make

    return enter


def canary(*provoked: str, opens: tuple[str, ...] = ()) -> Callable[[Make], Make]:
    """A repository whose configuration names a program or a pipe, which changes no answer of ours."""
    return odd(provoked=provoked, same=True, opens=opens)
