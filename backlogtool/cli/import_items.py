"""``backlogtool import``."""

from __future__ import annotations

from dataclasses import asdict

import click

from backlogtool.app.importing import MAX_FILE, Imported, import_grouped
from backlogtool.app.result import Options, Result
from backlogtool.cli import piped
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import Output
from backlogtool.cli.results import preview_json, print_aftermath
from backlogtool.domain.finding import few


@click.command("import", cls=Helped)
@click.argument("file", type=click.Path())
@click.option("--strict", is_flag=True, help="Warnings count as errors: then nothing is imported.")
@click.option("--assign-groups", "assign", is_flag=True, help="Put tasks outside groups into those they fit.")
@write_options
@pass_context
def command(context: Context, file: str, *, strict: bool, assign: bool, options: Options, as_json: bool) -> None:
    """Read a grouped BACKLOG.md (`-` is stdin) into items: ids, groups, listed order and unknown fields are kept.

    A task whose item exists already changes only what differs; a view that nobody edited changes nothing.
    """
    data = piped.named_bytes(file, MAX_FILE)
    name = "stdin" if file == "-" else file
    imported, result = import_grouped(context.space, data, name, options, strict=strict, assign=assign)
    _print(context.out, imported, result, as_json)


def _print(out: Output, imported: Imported, result: Result, as_json: bool) -> None:
    out.findings(result.warnings)
    if as_json:
        data = {"action": result.action, **asdict(imported), "commit": result.commit or None}
        out.json(data | preview_json(result))
        return
    would, now = ("would be ", "would have") if result.preview else ("", "now has")
    told = f"{imported.tasks} tasks in {imported.groups} groups: {len(imported.created)} {would}created"
    commit = f"  [{result.commit[:10]}]" if result.commit else ""
    out.line(f"{told}, {len(imported.updated)} {would}updated{commit}")
    if imported.assigned:
        out.line(f"{would}put into groups: {few(imported.assigned)}")
    if imported.settings:
        out.line(f"config/backlog_policy.yml {now} backlog_md: {', '.join(imported.settings)}")
    print_aftermath(out, result)
