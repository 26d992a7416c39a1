"""``backlogtool init``."""

from __future__ import annotations

import click

from backlogtool.app import initial
from backlogtool.app.result import Options
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.results import print_result


@click.command("init")
@write_options
@pass_context
def command(context: Context, options: Options, as_json: bool) -> None:
    """Make a backlog in this repository: items/ and a policy to fill in, in one commit.

    Running it again changes nothing.
    """
    result, made = initial.init(context.space, options)
    said = f"made {' and '.join(made)}" if made else "there is a backlog here already"
    print_result(context, result, as_json=as_json, said=said, several=True)
