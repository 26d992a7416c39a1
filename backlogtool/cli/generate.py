"""``backlogtool generate``."""

from __future__ import annotations

from typing import Any

import click

from backlogtool.app.generating import weekly
from backlogtool.app.result import Options, Result
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.output import Output, show
from backlogtool.cli.results import preview_json, print_aftermath

_COUNTED = ("created", "updated", "unchanged", "capped")


class _Generate(click.Group):
    """Says of ``daily``, which the policy names, that it is not there yet (C-22)."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[:1] == ["daily"]:
            raise click.UsageError("There is no 'generate daily' yet: items come from weekly digests only.", ctx)
        return super().resolve_command(ctx, args)


@click.group("generate", cls=_Generate)
def command() -> None:
    """Write items from digests."""


@command.command("weekly")
@click.option("--env", metavar="ENV", help="The environment of the digest (default: the policy's).")
@click.option("--week", default="", metavar="YYYY-Www", help="The digest of this week (default: the newest).")
@click.option("-v", "--verbose", is_flag=True, help="Tell which digest it was and what was left out, and why.")
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
        out.json({**report, "commit": commit or None, **preview_json(result)})
    elif "status" in report:
        out.line(f"{report['status']}: {report['reason']}")
    else:
        _print(out, report, result)
        if verbose:
            _explain(out, report, week)
        if result:
            print_aftermath(out, result)


def _print(out: Output, report: dict[str, Any], result: Result | None) -> None:
    would = {"created": "would be created", "updated": "would be updated"} if report["dry_run"] else {}
    counts = ", ".join(
        f"{len(report[name])} {would.get(name, name)}" for name in _COUNTED if name == "created" or report[name]
    )
    commit = f"  [{result.commit[:10]}]" if result and result.commit else ""
    out.line(f"{show(report['week'])} {show(report['env'])}: {counts}{commit}")
    titles = {item.id: item.title for item in result.items} if result else {}
    for item_id in (one for name in ("created", "updated") for one in report[name]):
        out.line(f"  {out.style(item_id, bold=True)} {show(titles.get(item_id, ''))}")


def _explain(out: Output, report: dict[str, Any], week: str) -> None:
    """Which digest it was and why (R-116), and what was left out."""
    out.line(f"  digest   {show(report['digest'])}, {'named by --week' if week else 'the newest by its name'}")
    for key in report["capped"]:
        out.line(f"  capped   {show(key)}")
    for one in report["shadowed"]:
        out.line(f"  shadowed {show(one['rule'])} by {show(one['winner'])} for {show(one['service'])}")
