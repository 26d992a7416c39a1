"""Dependencies as they stand: what an item waits for is there, and no item waits for itself (ROBUSTNESS.md 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from backlogtool.domain.finding import Finding

#: What an item waits for; None if there is no such item.
Needs = Callable[[str], Sequence[str] | None]
_SHOWN = 5  # items of a circle that a message names


def broken(item_id: str, needed: Sequence[str], needs: Needs) -> list[Finding]:
    """What is wrong with what one item waits for."""
    findings = [missing(item_id, other) for other in needed if other != item_id and needs(other) is None]
    circle = _circle(item_id, needed, needs)
    return [*findings, *([_waits_for_itself(circle)] if circle else [])]


def all_broken(needs: Mapping[str, Sequence[str]], is_there: Callable[[str], bool]) -> list[Finding]:
    """What is wrong with what all items wait for; ``needs`` has those that wait for anything."""
    lacking = [
        missing(item_id, other)
        for item_id, needed in needs.items()
        for other in needed
        if other not in needs and not is_there(other)
    ]
    told = {one.item: one for circle in _circles(needs) for one in map(_waits_for_itself, _turned(circle))}
    return [*lacking, *told.values()]


def missing(item_id: str, other: str) -> Finding:
    """The finding that an item waits for one that is not there."""
    message = f"{item_id} waits for {other}, which is no item here"
    return Finding("BL316", message, item=item_id, field="dependencies", fix=without(item_id, other))


def without(item_id: str, *others: str) -> str:
    """The command that takes dependencies out. What stands there may be anything, and people copy commands."""
    from shlex import quote  # few items wait for what is not there

    return f"backlogtool edit {item_id} --remove {quote('dependencies=' + ','.join(others))}"


def _waits_for_itself(circle: Sequence[str]) -> Finding:
    """``circle`` begins with the item that the finding is about, and does not name it again in the end."""
    shown = [*circle[:_SHOWN], *(["…"] if len(circle) > _SHOWN else []), circle[0]]
    message = f"{circle[0]} waits for itself: {' -> '.join(shown)}"
    after = circle[1] if len(circle) > 1 else circle[0]
    fix = f"take one of these dependencies out, such as {without(circle[0], after)}"
    return Finding("BL317", message, item=circle[0], field="dependencies", fix=fix)


def _circle(item_id: str, needed: Sequence[str], needs: Needs) -> list[str]:
    """The shortest way from an item along dependencies back to it, without its end; empty if there is none."""
    reached: dict[str, str] = {}
    waiting = [(one, item_id) for one in needed]
    for other, source in waiting:
        if other in reached:
            continue
        reached[other] = source
        if other == item_id:
            way = [source]
            while way[-1] != item_id:
                way.append(reached[way[-1]])
            return way[::-1]
        waiting += [(one, other) for one in needs(other) or ()]
    return []


def _circles(needs: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Circles of items that wait for each other, at least one in every knot; each item is looked at once."""
    done: set[str] = set()
    told: set[str] = set()
    for start in sorted(needs.keys()):
        way: dict[str, Iterator[str]] = {} if start in done else {start: iter(needs[start])}
        while way:
            last = next(reversed(way))
            other = next(way[last], None)
            if other is None:
                done.add(last)
                del way[last]
            elif other in way and other not in told:
                circle = list(way)[list(way).index(other) :]
                told.update(circle)
                yield circle
            elif other in needs and other not in done and other not in way:
                way[other] = iter(needs[other])


def _turned(circle: Sequence[str]) -> Iterator[list[str]]:
    """The circle as seen from each of its items, as far as it is shown."""
    size = len(circle)
    for place in range(size):
        yield [circle[(place + step) % size] for step in range(min(size, _SHOWN + 1))]
