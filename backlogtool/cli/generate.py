"""``backlogtool generate``."""

from __future__ import annotations

from typing import Any

import click

from backlogtool.app.generating import weekly
from backlogtool.app.writing import Options, Result
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.output import Output, show
from backlogtool.cli.results import print_preview

_COUNTED = ("created", "updated", "unchanged", "capped")


@click.group("generate")
def command() -> None:
    """Write items from digests."""


@command.command("weekly")
@click.option("--env", metavar="ENV", help="The environment of the digest (default: the policy's).")
@click.option("--week", default="", metavar="YYYY-Www", help="The digest of this week (default: the newest).")
@click.option("-v", "--verbose", is_flag=True, help="Tell what was left out, and why.")
@write_options
@pass_context
def _weekly(context: Context, env: str | None, week: str, verbose: bool, options: Options, as_json: bool) -> None:
    """Write items from the newest weekly risk and pressure digest.

    An item is made once a week for each environment, service and category; running again updates its title,
    text and evidence and leaves alone what people own. A run that changes nothing makes no commit.
    """
    report, result = weekly(context.space, context.space.policy.defaults.env if env is None else env, week, options)
    out = context.out
    for warning in report.get("warnings", []):
        out.talk(f"warning: {warning}")
    commit = result.commit if result else ""
    if as_json:
        out.json({**report, "commit": commit or None})
    elif "status" in report:
        out.line(f"{report['status']}: {report['reason']}")
    else:
        _print(out, report, result, verbose)


def _print(out: Output, report: dict[str, Any], result: Result | None, verbose: bool) -> None:
    counts = ", ".join(f"{len(report[name])} {name}" for name in _COUNTED if name == "created" or report[name])
    commit = f"  [{result.commit[:10]}]" if result and result.commit else ""
    out.line(f"{show(report['week'])} {show(report['env'])}: {counts}{commit}")
    titles = {item.id: item.title for item in result.items} if result else {}
    for item_id in (one for name in ("created", "updated") for one in report[name]):
        out.line(f"  {out.style(item_id, bold=True)} {show(titles.get(item_id, ''))}")
    if verbose:
        out.line(f"  digest   {show(report['digest'])}")
        for key in report["capped"]:
            out.line(f"  capped   {show(key)}")
        for one in report["shadowed"]:
            out.line(f"  shadowed {show(one['rule'])} by {show(one['winner'])} for {show(one['service'])}")
    if result:
        print_preview(out, result)
    if commit:
        out.talk(f"undo: backlogtool undo {commit.strip(' []')}")
