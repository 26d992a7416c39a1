"""``--help`` as click has it, without what it costs there."""

from __future__ import annotations

import click


class Helped(click.Command):
    """A command whose ``--help`` is click's, without the search for translations that click makes for its text."""

    _told: click.Option | None = None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = args[: args.index("--")] if "--" in args else args
        if "--branch" in options and not ctx.resilient_parsing:
            from backlogtool.app.branching import refuse_slip  # few writes are for another branch

            refuse_slip(*options[options.index("--branch") + 1 :][:2])
        return super().parse_args(ctx, args)

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
