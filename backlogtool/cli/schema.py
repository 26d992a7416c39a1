"""``backlogtool schema``."""

from __future__ import annotations

from pathlib import Path

import click

from backlogtool.app import schemas
from backlogtool.cli.context import Context, pass_context
from backlogtool.errors import UnavailableError


@click.group("schema")
def command() -> None:
    """Print JSON Schemas of the files that people edit."""


@command.command("export")
@click.argument("name", type=click.Choice(schemas.NAMES), required=False)
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Write NAME.schema.json there instead.")
@pass_context
def _export(context: Context, name: str | None, folder: Path | None) -> None:
    """Print the JSON Schema (draft-07) of NAME; with --dir and without NAME, write them all.

    The names that it offers and demands are those of this backlog's policy.
    """
    if name is None and folder is None:
        raise click.UsageError(f"name one of {', '.join(schemas.NAMES)}, or give --dir for all")
    names = [name] if name else schemas.NAMES
    texts = {one: schemas.schema(context.space, one) for one in names}
    if folder is None:
        context.out.text("".join(texts.values()))
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one, text in texts.items():
            (folder / schemas.file_name(one)).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"{folder} cannot be written: {error.strerror}") from error
    context.out.line(f"wrote {', '.join(schemas.file_name(one) for one in texts)}")
