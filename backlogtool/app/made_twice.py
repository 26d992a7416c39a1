"""A merge that gave an id, which both sides took, to the wrong one of the two items: how it is made once more."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from backlogtool.app.merging import is_one_item
from backlogtool.domain.finding import few
from backlogtool.stores.git import parted
from backlogtool.stores.git.bases import merge_bases
from backlogtool.stores.git.differences import between
from backlogtool.stores.git.exchange import Exchange
from backlogtool.stores.git.repository import Repository


def made_twice(repository: Repository, sides: Sequence[str], items: Collection[str]) -> list[str]:
    """Those of the items that two sides of a merge made, each its own: what one of them is cannot be changed."""
    bases = merge_bases(repository.git, *sides) if len(sides) == 2 and items else []
    if not bases:
        return []
    steps = between(repository.git, [(bases[0], one) for one in sides])
    made = [{item: some[0].path for item, some in steps[bases[0], one].items() if not some[0].before} for one in sides]
    paths = {item: (made[0][item], made[1][item]) for item in sorted(items) if item in made[0] and item in made[1]}
    texts = [parted.texts(repository, side, [two[at] for two in paths.values()]) for at, side in enumerate(sides)]
    return [
        item
        for item, (ours, theirs) in paths.items()
        if not is_one_item(texts[0].get(ours, ""), texts[1].get(theirs, ""), item)
    ]


def again(exchange: Exchange, made: str, sides: Sequence[str], items: Sequence[str]) -> str:
    """How the merge is made once more, so that it is our item that gets another id."""
    last = made == exchange.repository.head()
    back = f"git reset --keep {sides[0][:10]}" if last else f"git rebase --onto {sides[0][:10]} {made[:10]}"
    steps = [back, "backlogtool sync", *(f"backlogtool renumber {one} --ours" for one in items), "git merge --continue"]
    told = f"both sides made {few(items)}, and others know the one in {exchange.there}: make the merge once more,"
    return "\n  ".join([told, *steps, "backlogtool sync"])
