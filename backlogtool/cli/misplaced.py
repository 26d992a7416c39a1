"""What click has to say about a command line, with what it does not know: where the options of the whole tool stand."""

from __future__ import annotations

import io

import click


def complaint(error: click.ClickException) -> str:
    """The message as click has it, and for an option of the whole tool behind a command where it belongs."""
    told, more = io.StringIO(), ""
    if isinstance(error, click.NoSuchOption):
        more = _before_command(error)
        if more:
            error = click.NoSuchOption(error.option_name, ctx=error.ctx)  # spelled well: no other one is meant
    error.show(file=told)
    return told.getvalue() + more


def _before_command(error: click.NoSuchOption) -> str:
    if error.ctx is None or error.ctx.parent is None:
        return ""
    whole = error.ctx.find_root().command.params
    option = next((one for one in whole if isinstance(one, click.Option) and error.option_name in one.opts), None)
    if option is None:
        return ""
    name, _, rest = error.ctx.command_path.partition(" ")
    value = "" if option.is_flag else f" {option.metavar or 'WHEN'}"
    return f"It stands before the command: {name} {error.option_name}{value} {rest} …\n"
