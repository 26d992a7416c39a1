"""Did you mean …? Edit distance in which a swap of two neighbours counts one."""

from __future__ import annotations

from collections.abc import Iterable


def distance(left: str, right: str) -> int:
    """How many insertions, deletions, replacements and swaps of neighbours lead from left to right."""
    rows = [list(range(len(right) + 1))]
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, rows[i - 2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def nearest(word: str, choices: Iterable[str], *, within: int = 2) -> str | None:
    """The one choice closest to ``word`` and at most ``within`` away; None if there is none, or a tie."""
    if len(word) > 64:
        return None
    written = word.casefold()
    folded = ((choice.casefold(), choice) for choice in choices)
    # Each letter more or less is a step of its own, and most choices differ by more of them.
    alike = ((one, choice) for one, choice in folded if abs(len(one) - len(written)) <= within)
    scored = sorted((distance(written, one), choice) for one, choice in alike)
    if not scored or scored[0][0] > within or scored[0][0] >= max(len(word), 2):
        return None
    if len(scored) > 1 and scored[1][0] == scored[0][0]:
        return None
    return scored[0][1]


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A sentence for a hint, or the list of choices where nothing is close."""
    known = list(choices)
    close = nearest(word, known)
    if close:
        return f"did you mean '{close}'?"
    return "allowed: " + ", ".join(known)
