"""``--help`` as click has it, without what it costs there."""

from __future__ import annotations

import click


class Helped(click.Command):
    """A command whose ``--help`` is click's, without the search for translations that click makes for its text."""

    _told: click.Option | None = None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--branch" not in args:
            return super().parse_args(ctx, args)
        from backlogtool.cli import branch_option  # few writes are for another branch

        try:
            return super().parse_args(ctx, branch_option.spelled_out(self, ctx, args))
        except click.UsageError as error:
            if type(error) is not click.UsageError:
                raise
            # A word too many, which may have been meant for the name.
            raise click.UsageError(f"{error.message.rstrip('.')}. {branch_option.NAMED}", ctx) from error

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        names = self.get_help_option_names(ctx)
        if self._told is None and names:
            said = "Show this message and exit."
            # One and the same each time: click looks for it among the parameters.
            self._told = click.Option(
                [*names], is_flag=True, is_eager=True, expose_value=False, help=said, callback=_help
            )
        return self._told


def _help(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: ARG001
    if value and not context.resilient_parsing:
        click.echo(context.get_help(), color=context.color)
        context.exit()
