"""``backlogtool validate``."""

from __future__ import annotations

import click

from backlogtool.app.validation import validate
from backlogtool.cli.context import Context, actor_option, json_option, pass_context
from backlogtool.domain.finding import errors


@click.command("validate")
@click.option("--since", default="", metavar="REV", help="Judge every step of the commits after this one too.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@json_option
@actor_option
@pass_context
def command(context: Context, since: str, strict: bool, as_json: bool) -> int:
    """Check every item, the policy, uncommitted edits and, with --since, every commit after a revision.

    All findings are listed, with line and column. Exits with 1 if there is an error.
    """
    findings = validate(context.space, since)
    if not findings:
        context.space.require_backlog()  # where there is nothing to check, nothing is well
    bad = findings if strict else errors(findings)
    out = context.out
    if as_json:
        out.json(out.findings_json(findings), total=len(findings))
    else:
        out.findings(findings, err=False)
        files = len(context.space.store.ids())
        wrong = len(errors(findings))
        out.talk(
            f"{files} items: {wrong} errors, {len(findings) - wrong} warnings"
            if findings
            else f"{files} items, all well"
        )
    return 1 if bad else 0
