"""``backlogtool explain``."""

from __future__ import annotations

import click

from backlogtool.cli.context import Context, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import Output, show
from backlogtool.domain.explanation import Explanation, explanation
from backlogtool.domain.finding import CODES


@click.command("explain", cls=Helped)
@click.argument("code", required=False)
@json_option
@pass_context
def command(context: Context, code: str | None, as_json: bool) -> None:
    """Tell what a finding means, why it is one, and how to mend it; without CODE, list them all."""
    told = [explanation(code)] if code is not None else [explanation(one) for one in CODES]
    if as_json:
        context.out.json([one._asdict() for one in told])
    elif code is not None:
        context.out.text(_page(context.out, told[0]))
    else:
        rows = [(one.code, one.severity, one.meaning) for one in told]
        context.out.text(context.out.table(("CODE", "SEVERITY", "MEANS"), rows, stretch=2) + "\n")


def _page(out: Output, one: Explanation) -> str:
    example = "\n".join(f"    {show(line)}" for line in one.example.rstrip("\n").split("\n"))
    head = f"{out.style(one.code, bold=True)}  {out.colored(one.severity)}  {one.meaning}"
    return f"{head}\n\n{show(one.why)}\n\nFor example:\n\n{example}\n\n{show(one.fix)}\n"
