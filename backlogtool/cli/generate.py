"""``backlogtool generate``."""

from __future__ import annotations

from typing import Any

import click

from backlogtool.app.generating import weekly
from backlogtool.app.writing import Options
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.output import Output, show
from backlogtool.cli.results import print_result


@click.group("generate")
def command() -> None:
    """Write items from digests."""


@command.command("weekly")
@click.option("--env", default="prod", show_default=True, help="The environment of the digest.")
@click.option("--week", default="", metavar="YYYY-Www", help="The digest of this week (default: the newest).")
@click.option("-v", "--verbose", is_flag=True, help="Tell what was left out, and why.")
@write_options
@pass_context
def _weekly(context: Context, env: str, week: str, verbose: bool, options: Options, as_json: bool) -> None:
    """Write items from the newest weekly risk and pressure digest.

    An item is made once a week for each environment, service and category; running again updates its title,
    text and evidence and leaves alone what people own. A run that changes nothing makes no commit.
    """
    report, result = weekly(context.space, env, week, options)
    out = context.out
    for warning in report.get("warnings", []):
        out.talk(f"warning: {warning}")
    if as_json:
        commit = result.commit if result and result.commit else None
        out.json({**report, "commit": commit})
        return
    if "status" in report:
        out.line(f"{report['status']}: {report['reason']}")
        return
    _print(out, report, verbose)
    if result:
        print_result(out, result, as_json=False)


def _print(out: Output, report: dict[str, Any], verbose: bool) -> None:
    counts = ", ".join(f"{len(report[name])} {name}" for name in ("created", "updated", "unchanged", "capped"))
    out.line(f"{show(report['week'])} {show(report['env'])}: {counts}  (digest {show(report['digest'])})")
    if verbose:
        for key in report["capped"]:
            out.line(f"  capped   {show(key)}")
        for one in report["shadowed"]:
            out.line(f"  shadowed {show(one['rule'])} by {show(one['winner'])} for {show(one['service'])}")
