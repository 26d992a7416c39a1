"""``backlogtool doctor``."""

from __future__ import annotations

from dataclasses import asdict

import click

from backlogtool.app.doctor import NOTE, OK, PROBLEM, examine
from backlogtool.cli.context import Context, json_option, pass_context
from backlogtool.cli.output import show

_MARKS = {OK: ("ok", "green"), NOTE: ("note", "yellow"), PROBLEM: ("problem", "red")}


@click.command("doctor")
@json_option
@pass_context
def command(context: Context, as_json: bool) -> int:
    """Check the repository, git, the policy and the backlog; say what is wrong and how to mend it.

    Exits with 1 if there is a problem.
    """
    checks = examine(context.space)
    out = context.out
    if as_json:
        out.json([asdict(check) for check in checks])
    else:
        for check in checks:
            word, color = _MARKS[check.state]
            out.line(f"{out.style(f'{word:<8}', color)} {check.name:<11} {show(check.told)}")
            if check.fix:
                out.line(f"{'':<20} {out.style(show(check.fix), dim=True)}")
    return 1 if any(check.state == PROBLEM for check in checks) else 0
