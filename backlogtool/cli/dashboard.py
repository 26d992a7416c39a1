"""``backlogtool dashboard``."""

from __future__ import annotations

import click

from backlogtool.app.figures import figures
from backlogtool.cli.context import Context, actor_option, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import Output, show
from backlogtool.cli.times import day_option
from backlogtool.errors import InvalidError
from backlogtool.insight.dashboard import Dashboard
from backlogtool.views.bars import text_bar


@click.command("dashboard", cls=Helped)
@click.option("--env", metavar="ENV", help="One environment, or all (default: the policy's).")
@click.option("--check", is_flag=True, help="Exit with 1 if an alert is due, for a scheduled job.")
@day_option
@json_option
@actor_option
@pass_context
def command(context: Context, env: str | None, check: bool, day: str, as_json: bool) -> int:
    """Show the figures of the backlog: counts, what is overdue, what needs a decision today."""
    board, unreadable = figures(context.space, context.space.policy.defaults.env if env is None else env, day)
    out = context.out
    if as_json:
        out.json(board, findings=out.findings_json(unreadable))
    elif check:
        for alert in board["alerts"]:
            out.line(show(alert["message"]))
    else:
        _print(out, board, day)
    out.findings(unreadable)
    if unreadable:
        return InvalidError.exit_code
    return 1 if check and board["alerts"] else 0


def _print(out: Output, board: Dashboard, day: str) -> None:
    told = f"{board['active']['total']} active of {board['total']} items, {board['overdue_count']} overdue"
    out.line(f"{out.style(told, bold=True)}  ({show(board['env'])}, {day})")
    for alert in board["alerts"]:
        out.line(out.style(show(alert["message"]), "red"))
    for title, counts in (
        ("status", board["status_counts"]),
        ("priority", board["priority_counts"]),
        ("category", board["category_counts"]),
    ):
        out.line()
        out.line(out.style(title, bold=True))
        most = max(counts.values(), default=0)
        for name, count in counts.items():
            out.line(f"  {out.colored(f'{show(name):<18}')} {count:>5}  {text_bar(count, most, 20)}".rstrip())
    if board["decisions"]:
        rows = [
            [one["id"], one["priority"], one["reason"], one["due_date"], one["owner"], one["title"]]
            for one in board["decisions"][:20]
        ]
        out.line()
        out.line(out.style("needs a decision", bold=True))
        out.line(out.table(("ID", "P", "WHY", "DUE", "OWNER", "TITLE"), rows, stretch=5))
