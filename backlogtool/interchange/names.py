"""Names that must be unique."""

from __future__ import annotations


def unique(name: str, taken: dict[str, int], form: str) -> str:
    """The name, or the first free one that ``form`` makes of it and a number from 2 on; it is then taken.

    ``taken`` maps each taken name to the last number tried with it, so that many twins cost no more than few.
    """
    number = taken.get(name, 0)
    if not number:
        taken[name] = 1
        return name
    while (free := form.format(name, number + 1)) in taken:
        number += 1
    taken[name] = number + 1
    taken[free] = 1
    return free
