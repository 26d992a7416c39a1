"""What a check of ``doctor`` tells, and how one that cannot be made is told."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from backlogtool.domain.finding import few
from backlogtool.errors import BacklogError

OK, NOTE, PROBLEM = "ok", "note", "problem"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    ``state`` is ok, note or problem; ``told`` what was seen; ``cause`` how it comes about; ``risk`` what it can do;
    ``fix`` the command or the step that ends it; ``mends`` whether ``doctor --fix`` takes that step.
    """

    name: str
    state: str
    told: str
    cause: str = ""
    risk: str = ""
    fix: str = ""
    mends: bool = False


def guarded(name: str, checks: Iterable[Check]) -> Iterator[Check]:
    """The checks; one that cannot be made is a problem itself, and ends those that build on it."""
    try:
        yield from checks
    except BacklogError as error:
        yield Check(name, PROBLEM, str(error), risk="what follows from it cannot be checked", fix=error.hint)
    except OSError as error:
        yield Check(name, PROBLEM, f"cannot be looked at: {error.filename or ''} {error.strerror}")


def some(things: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    return few(things, _SHOWN)


def command(*words: str) -> str:
    """A command line that can be typed as it is."""
    return shlex.join(words)
