"""``backlogtool layout``."""

from __future__ import annotations

import click

from backlogtool.app import layout as verb
from backlogtool.app.layout import Moved, Standing
from backlogtool.app.result import Options, Result
from backlogtool.cli.context import Context, actor_option, branch_option, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import Output
from backlogtool.cli.results import preview_json, print_aftermath
from backlogtool.domain.finding import counted
from backlogtool.domain.layout import FLAT, LAYOUTS, MANY
from backlogtool.domain.outcome import UNCHANGED

_UNDO = "git revert"
_PLACES = {FLAT: "items/ID.md", "sharded": "items/ab/ID.md, in 256 folders"}


@click.command("layout", cls=Helped)
@click.argument("layout", required=False, type=click.Choice(LAYOUTS))
@click.option("-m", "--message", default="", help="Say more in the commit.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would move; move nothing.")
@branch_option
@json_option
@actor_option
@pass_context
def command(context: Context, layout: str | None, message: str, dry_run: bool, as_json: bool) -> None:
    """Tell where the files of items stand, or move them all in one commit.

    LAYOUT is flat (items/ID.md) or sharded (256 folders, items/ab/ID.md), which pays from about 2,000 items.
    Files in folders of your own stay where they are, and everything is read wherever it stands.
    """
    if layout is None:
        _print_standing(context.out, verb.standing(context.space), as_json=as_json)
    else:
        moved, result = verb.change(context.space, layout, Options(message, dry_run))
        _print_moved(context.out, moved, result, as_json=as_json)


def _print_standing(out: Output, told: Standing, *, as_json: bool) -> None:
    if as_json:
        files = {"flat": told.flat, "sharded": told.sharded, "own": told.own}
        out.json({"layout": told.layout, "files": files, "astray": told.astray, "pays": told.pays})
        return
    out.line(f"{told.layout}: new items go to {_PLACES[told.layout]}")
    out.line(
        f"{counted(told.flat, 'file')} in items/, {told.sharded} in the 256 folders, {told.own} in folders of your own"
    )
    if told.astray:
        out.line(f"{told.astray} do not stand where the layout puts them: backlogtool layout {told.layout}")
    if told.pays:
        out.line(f"folders pay: a commit writes about {told.bytes_a_commit >> 10} KiB now, 24 KiB with them: "
                 "backlogtool layout sharded")  # fmt: skip
    elif told.layout == FLAT:
        out.line(f"folders pay from about {MANY} files in items/")


def _print_moved(out: Output, moved: Moved, result: Result, *, as_json: bool) -> None:
    if as_json:
        data = {"action": result.action, "layout": moved.layout, "moved": len(moved.moves)}
        out.json({**data, "commit": result.commit or None, **preview_json(result)})
        return
    if result.action == UNCHANGED:
        out.line(f"{moved.layout} already: nothing to move")
        return
    commit = f"  {out.style(f'[{result.commit[:10]}]', dim=True)}" if result.commit else ""
    out.line(
        f"{moved.layout}: {counted(len(moved.moves), 'file')} {'would move' if result.preview else 'moved'}{commit}"
    )
    print_aftermath(out, result, undo=_UNDO)
    if result.commit and not result.branch:
        out.talk(f"undo: {_UNDO} {result.commit[:10]}")
