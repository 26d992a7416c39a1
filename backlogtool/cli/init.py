"""``backlogtool init``."""

from __future__ import annotations

import click

from backlogtool.app import initial
from backlogtool.app.result import Options
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.helped import Helped
from backlogtool.cli.results import print_result


@click.command("init", cls=Helped)
@click.option("--merge-driver", is_flag=True, help="Make git merge items field by field in this clone.")
@click.option("--remove", is_flag=True, help="Take that out again.")
@write_options
@pass_context
def command(context: Context, merge_driver: bool, remove: bool, options: Options, as_json: bool) -> None:
    """Make a backlog in this repository: items/ and a policy to fill in, in one commit.

    Running it again changes nothing. With --merge-driver it sets up how items are merged, and nothing else.
    """
    if remove and not merge_driver:
        raise click.UsageError("--remove needs --merge-driver")
    if merge_driver:
        result, changed = initial.merge_driver(context.space, options, remove=remove)
        how = "by lines" if remove else "field by field"
        said = (
            f"git merges items {how}: changed {' and '.join(changed)}" if changed else f"git merges items {how} already"
        )
        print_result(context, result, as_json=as_json, said=said, several=True)
        return
    result, made = initial.init(context.space, options)
    said = f"made {' and '.join(made)}" if made else "there is a backlog here already"
    print_result(context, result, as_json=as_json, said=said, several=True)
