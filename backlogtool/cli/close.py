"""``backlogtool close``."""

from __future__ import annotations

import click

from backlogtool.app import items
from backlogtool.app.result import Options
from backlogtool.cli.context import Context, offered, pass_context, write_options
from backlogtool.cli.helped import Helped
from backlogtool.cli.results import print_result
from backlogtool.domain.outcome import UNCHANGED


@click.command("close", cls=Helped)
@click.argument("item", shell_complete=offered("item"))
@click.option("--status", metavar="STATUS", help="A closed status (default: the policy's first, done).")
@write_options
@pass_context
def command(context: Context, item: str, status: str | None, options: Options, as_json: bool) -> None:
    """Close an item as done or canceled.

    The workflow holds: only an item in progress can be done; the refusal names the command that works next.
    """
    wanted = context.space.policy.workflow.closed_statuses[0] if status is None else status
    result = items.close(context.space, item, wanted, options)
    said = f"{result.items[0].id} is {wanted} already" if result.action == UNCHANGED else ""
    print_result(context, result, as_json=as_json, said=said)
