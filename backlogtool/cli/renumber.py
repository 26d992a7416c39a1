"""``backlogtool renumber``."""

from __future__ import annotations

from typing import Any

import click

from backlogtool.app.renumbering import Renumbered, renumber
from backlogtool.app.result import Options
from backlogtool.cli.context import Context, here_option, offered, pass_context, write_options_here
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import show
from backlogtool.cli.results import preview_json, print_aftermath


@click.command("renumber", cls=Helped)
@click.argument("item", metavar="ID|PATH", shell_complete=offered("item"))
@click.option("--ours", is_flag=True, help="In a merge: our item gets the new id, theirs keeps it.")
@write_options_here
@here_option("it changes the files that stand here, or the merge that goes on: git switch to that branch first")
@pass_context
def command(context: Context, item: str, ours: bool, options: Options, as_json: bool) -> None:
    """Give one of two items with the same id another one, with the references to it.

    In a merge of two branches that made it, that is theirs, or with --ours our own, as where the main branch is merged
    into another one. Where two files have the id, name one of them. A reference that may mean either item stays, and is
    listed.
    """
    done = renumber(context.space, item, options, ours=ours)
    if as_json:
        context.out.json(_plain(done))
        return
    _print(context, done)


def _plain(done: Renumbered) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(done, name) for name in ("old", "new", "was", "path")}
    told |= {"rewritten": list(done.rewritten), "unclear": [one._asdict() for one in done.unclear]}
    told |= {"staged": done.staged, "unstaged": list(done.unstaged), "commit": done.result.commit or None}
    return told | preview_json(done.result)


def _print(context: Context, done: Renumbered) -> None:
    out = context.out
    commit = f"  {out.style(f'[{done.result.commit[:10]}]', dim=True)}" if done.result.commit else ""
    what = "would be" if done.result.preview else "is now"
    out.line(f"{show(done.was)} {what} {out.style(done.new, bold=True)}, in {show(done.path)}{commit}")
    for path in done.rewritten:
        out.line(f"{show(path)}: leads to {done.new} {'then' if done.result.preview else 'now'}")
    for one in done.unclear:
        told = f"names {done.old}, which may mean either item"
        out.line(f"{show(one.path)}:{one.line}: {out.style('left', 'yellow')}: {told}")
    for path in done.unstaged:
        out.talk(f"note: {show(path)} has edits or is in conflict: git add it when it is as it should be")
    print_aftermath(out, done.result)
    if done.staged and not done.result.preview:
        out.talk("staged as a part of the merge: backlogtool merge tells what is left, git merge --continue ends it")
