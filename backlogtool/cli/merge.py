"""``backlogtool merge``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from backlogtool.app.merging import Outcome, merge_files
from backlogtool.cli.context import Context, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import Output, show
from backlogtool.domain.finding import counted
from backlogtool.stores.git.unmerged import unmerged


@click.command("merge", cls=Helped)
@click.option("-n", "--dry-run", is_flag=True, help="Tell what would be merged; change nothing.")
@json_option
@pass_context
def command(context: Context, dry_run: bool, as_json: bool) -> int:
    """Merge item files in conflict, field by field.

    Takes git's conflicts of the merge, rebase or cherry-pick that goes on, and stages what is merged cleanly; where
    there are none, files with conflict markers that somebody committed. What you have mended stays as it is.

    Exits with 1 if something is left to mend.
    """
    found = merge_files(context.space, dry=dry_run)
    if as_json:
        context.out.json([_plain(one) for one in found])
    else:
        _print(context.out, found, dry=dry_run)
        _advise(context, found, dry=dry_run)
    return 1 if any(one.left for one in found) else 0


def _plain(one: Outcome) -> dict[str, object]:
    conflicts = [conflict._asdict() for conflict in one.conflicts]
    told = {"path": one.path, "item": one.item, "merged": not one.left, "staged": one.staged}
    return {**told, "left": list(one.left), "conflicts": conflicts}


def _print(out: Output, found: Sequence[Outcome], *, dry: bool) -> None:
    if not found:
        out.line("no item file is in conflict")
    for one in found:
        if not one.left:
            out.line(f"{show(one.path)}: {'would be merged' if dry else 'merged'}")
        for told in one.left:
            out.line(f"{show(one.path)}: {out.style('left', 'yellow')}: {show(told)}")


def _way_on(context: Context, found: Sequence[Outcome]) -> str:
    """What a person has to do with what is left, and how that ends."""
    left = [one for one in found if one.left]
    marked = [one for one in left if one.marked]
    steps = []
    if marked:
        where = "" if len(marked) == len(left) else f" of {show(marked[0].path) if len(marked) == 1 else len(marked)}"
        steps.append(
            f"mend what stands between the markers{where}, then git add {'it' if len(marked) == 1 else 'them'}"
        )
    if len(marked) < len(left):
        others = "the others" if marked else "it" if len(left) == 1 else "each"
        steps.append(f"do what is said of {others} above")
    repository = context.space.repository
    going_on = repository.in_progress() if repository else None
    if going_on:
        steps.append(f"then {going_on[1]}")
    elif repository and not unmerged(repository, ""):
        steps.append("then git commit")  # the markers are committed, and git knows of no conflict
    return "; ".join(steps)


def _advise(context: Context, found: Sequence[Outcome], *, dry: bool) -> None:
    out, left = context.out, sum(bool(one.left) for one in found)
    if dry and found:
        out.talk("dry run: nothing was written")
    elif left:
        out.talk(f"{left} of {counted(len(found), 'file')} left: {_way_on(context, found)}")
    elif any(one.staged for one in found):
        going_on = context.space.repository.in_progress() if context.space.repository else None
        out.talk(f"all merged: {going_on[1] if going_on else 'git commit'}")
    elif found:
        out.talk("all merged: look at git diff, then git add and commit them")
