"""``backlogtool validate``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from backlogtool.app.validation import validate
from backlogtool.cli.context import Context, actor_option, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.domain.finding import ERROR, Finding, errors

_FORMATS = ("text", "json", "gcc", "github", "gitlab", "junit", "sarif", "rdjson")


@click.command("validate", cls=Helped)
@click.option("--since", default="", metavar="REV", help="Judge every step of the commits after this one too.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--format", "layout", type=click.Choice(_FORMATS), default="text", help="How to print (default: text).")
@json_option
@actor_option
@pass_context
def command(context: Context, since: str, strict: bool, layout: str, as_json: bool) -> int:
    """Check every item, the policy, uncommitted edits and, with --since, every commit after a revision.

    All findings are listed, with line and column. Exits with 1 if there is an error.
    """
    findings = validate(context.space, since)
    if not findings:
        context.space.require_backlog()  # where there is nothing to check, nothing is well
    bad = findings if strict else errors(findings)
    if as_json or layout == "json":
        context.out.json(context.out.findings_json(findings), total=len(findings))
    elif layout == "text":
        context.out.findings(findings, err=False)
        _conclude(context, findings)
    else:
        from backlogtool.cli.reports import report  # most people read findings on a terminal

        told = [one._replace(severity=ERROR) for one in findings] if strict else findings
        if report(context, told, layout, since):
            _conclude(context, findings)
    return 1 if bad else 0


def _conclude(context: Context, findings: Sequence[Finding]) -> None:
    files = len(context.space.store.ids())
    wrong = len(errors(findings))
    found = f"{wrong} errors, {len(findings) - wrong} warnings" if findings else ""
    context.out.talk(f"{files} items: {found}" if findings else f"{files} items, all well")
