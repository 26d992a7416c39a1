"""``backlogtool promote``."""

from __future__ import annotations

import click

from backlogtool.app.promoting import promote
from backlogtool.app.result import Options
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import show
from backlogtool.cli.results import print_aftermath, result_json


@click.command("promote", cls=Helped)
@click.option("--group", default="", metavar="KEY", help="This group (default: the most urgent with a ready task).")
@click.option("--force", is_flag=True, help="Even if TODO.md has unfinished tasks.")
@write_options
@pass_context
def command(context: Context, group: str, force: bool, options: Options, as_json: bool) -> None:
    """Move ready tasks of one group from the backlog to TODO.md: at most five, in listed order, one commit.

    Ready is a task with a plan of three steps, an estimated effort and a document it relies on.
    """
    promotion, result = promote(context.space, group, options, force=force)
    out = context.out
    lacking = [{"id": item.id, "lacks": list(reasons)} for item, reasons in promotion.incomplete]
    if as_json:
        data = result_json(context.space, result, several=True)
        out.json({**data, "group": promotion.group.key if promotion.group else None, "incomplete": lacking})
        return
    for item, reasons in promotion.incomplete:
        out.talk(f"not ready: {item.id}: {'; '.join(reasons)}")
    if promotion.group is None:
        out.line("nothing to promote: no task is ready")
        return
    commit = f"  [{result.commit[:10]}]" if result.commit else ""
    count = f"{len(promotion.chosen)} would go" if options.dry_run else str(len(promotion.chosen))
    out.line(f"{count} from {show(promotion.group.key)} to {show(context.space.policy.todo.file)}{commit}")
    for item in promotion.chosen:
        out.line(f"  {out.style(item.id, bold=True)} {show(item.title)}")
    print_aftermath(out, result)
