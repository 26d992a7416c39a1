"""``backlogtool render``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from backlogtool.app import freshness, publishing, rendering
from backlogtool.app.result import Options
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import show
from backlogtool.cli.report_format import FORMATS, JSON, TEXT, answered, one_format
from backlogtool.cli.reports import report
from backlogtool.cli.results import preview_json, print_aftermath
from backlogtool.cli.times import day_option, is_given
from backlogtool.domain.finding import Finding


@click.command("render", cls=Helped)
@click.argument("views", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a view is not fresh.")
@click.option("--format", "layout", type=click.Choice(FORMATS), help="With --check: how to print (default: text).")
@click.option("--commit", is_flag=True, help="Commit the views that changed, in one commit.")
@click.option("--force", is_flag=True, help="Replace a file even if it holds text that no item has.")
@click.option("--print", "to_stdout", is_flag=True, help="Print one view instead of writing it.")
@day_option
@write_options
@pass_context
def command(
    context: Context,
    views: tuple[str, ...],
    check: bool,
    layout: str | None,
    commit: bool,
    force: bool,
    to_stdout: bool,
    day: str,
    options: Options,
    as_json: bool,
) -> int:
    """Render the views into the repository: BACKLOG.md, TODO.md, DASHBOARD.md and what templates/ adds.

    VIEWS are paths of views; without any, all are rendered. A view whose text would not change is not touched.
    """
    if layout and not check:
        raise click.UsageError("--format says how --check prints.")
    if check and not to_stdout:
        how = one_format(layout, as_json=as_json)
        return answered(context, how, lambda: _check(context, views, how, day=day))
    space, out = context.space, context.out
    space.require("list")
    space.require_backlog()
    if to_stdout:
        made = rendering.of_backlog(space, day)
        for text in made.texts(views or made.outputs).values():
            out.text(show(text, lines=True))
        return 0
    rendered, result = publishing.render(space, views, options, day=day, commit=commit, force=force)
    if as_json:
        data = {"changed": sorted(rendered.changed), "fresh": list(rendered.fresh), "dry_run": options.dry_run}
        out.json({**data, "commit": result.commit or None, **preview_json(result)})
        return 0
    for path in rendered.changed:
        word = "would render" if options.dry_run else "rendered"
        out.line(f"{word} {show(path)}" + (f"  [{result.commit[:10]}]" if result.commit else ""))
    if not rendered.changed:
        out.line("all views are fresh")
    print_aftermath(out, result)
    return 0


def _check(context: Context, views: Sequence[str], layout: str, *, day: str) -> int:
    context.space.require("list")
    context.space.require_backlog()
    findings = freshness.stale(context.space, views, day=day if is_given() else "")
    _report(context, findings, layout)
    return 1 if findings else 0


def _report(context: Context, findings: Sequence[Finding], layout: str) -> None:
    """The views that are not fresh, printed as ``validate`` prints findings."""
    if layout == JSON:
        context.out.json(context.out.findings_json(findings))
    elif layout == TEXT:
        context.out.findings(findings, err=False)
    else:
        report(context, findings, layout, since="")
