"""``backlogtool upsert``."""

from __future__ import annotations

from typing import Any

import click

from backlogtool.app import drafts, upserting
from backlogtool.app.result import Options
from backlogtool.cli import piped
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.fields import field_options, resolved
from backlogtool.cli.helped import Helped
from backlogtool.cli.results import print_result
from backlogtool.errors import UsageError


@click.command("upsert", cls=Helped)
@click.argument("source", required=False)
@field_options
@write_options
@pass_context
def command(context: Context, source: str | None, values: dict[str, Any], options: Options, as_json: bool) -> None:
    """Create the item with a dedupe key, or update the one that has it.

    `-` reads a JSON object (an item, or {"env": …, "item": {…}}) or Markdown with frontmatter from stdin. An
    update changes title, description, evidence, tags and meta, and the owner only if it is given; what people
    decided (status, priority, due date) stays.
    """
    space = context.space
    said: dict[str, Any] = {}
    if source == "-":
        said = drafts.from_any(piped.stdin_text(), today=space.today)
    elif source is not None:
        raise UsageError(f"'{source}' cannot be read", hint="use - for stdin, or the options")
    result = upserting.upsert(space, {**said, **resolved(values, space.today)}, options)
    print_result(context, result, as_json=as_json)
