"""``backlogtool schema``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from backlogtool.app import schemas
from backlogtool.cli.context import Context, pass_context
from backlogtool.errors import UnavailableError


@click.group("schema")
def command() -> None:
    """Print JSON Schemas of the files that people edit."""


@command.command("export", short_help="Print one schema, or write them all.")
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
            with open(folder / schemas.file_name(one), "w", encoding="utf-8", opener=_open) as file:
                file.write(text)
    except OSError as error:
        raise UnavailableError(f"{folder} cannot be written: {error.strerror}") from error
    context.out.line(f"wrote {', '.join(schemas.file_name(one) for one in texts)}")


def _open(path: str, flags: int) -> int:
    """For writing, unless it is a link, which in somebody else's repository may lead anywhere, or a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
