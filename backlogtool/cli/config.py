"""``backlogtool config``."""

from __future__ import annotations

import json

import click

from backlogtool.app import configuration
from backlogtool.cli.context import Context, json_option, pass_context
from backlogtool.cli.output import show
from backlogtool.errors import NotFoundError


@click.group("config")
def command() -> None:
    """Show the policy and the settings in force."""


@command.command("show")
@click.argument("names", nargs=-1)
@click.option("--origin", is_flag=True, help="Say where each value comes from: file and line, variable or flag.")
@json_option
@pass_context
def _show(context: Context, names: tuple[str, ...], origin: bool, as_json: bool) -> None:
    """Show every value of the policy and the settings; NAMES such as defaults.env or workflow pick some."""
    values = configuration.show(context.space)
    chosen = {
        name: one
        for name, one in values.items()
        if not names or any(name == wanted or name.startswith(f"{wanted}.") for wanted in names)
    }
    if not chosen:
        raise NotFoundError(f"no value '{', '.join(names)}'", hint="backlogtool config show lists every name")
    if as_json:
        context.out.json(chosen if origin else {name: one["value"] for name, one in chosen.items()})
        return
    for name, one in chosen.items():
        text = show(json.dumps(one["value"], ensure_ascii=False))
        source = f"({show(one['origin'])})"
        place = f"  {context.out.style(source, dim=True)}" if origin else ""
        context.out.line(f"{name} = {text}{place}")
