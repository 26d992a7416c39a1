"""``backlogtool export``."""

from __future__ import annotations

import click

from backlogtool.app.exporting import export_sqlite
from backlogtool.cli.context import Context, actor_option, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import show
from backlogtool.errors import InvalidError


@click.command("export", cls=Helped)
@click.option("--sqlite", "path", metavar="FILE", required=True, help="The database to write.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@json_option
@actor_option
@pass_context
def command(context: Context, path: str, force: bool, as_json: bool) -> int:
    """Write items, events and findings into a SQLite database.

    What it holds follows from the commit: the same commit gives the same content.
    """
    context.mention_shallow()
    done = export_sqlite(context.space, path, force=force)
    out = context.out
    if as_json:
        data = {"file": path, "commit": done.commit or None, "rows": dict(done.rows)}
        out.json(data, findings=out.findings_json(done.unreadable))
    else:
        told = ", ".join(f"{done.rows[name]} {name}" for name in ("items", "events", "findings"))
        out.line(f"wrote {show(path)}: {told}")
    out.findings(done.unreadable)
    return InvalidError.exit_code if done.unreadable else 0
