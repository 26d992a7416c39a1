"""The formats of reports: which one is asked for, and how the end of a command is told in it."""

from __future__ import annotations

from collections.abc import Callable

import click

from backlogtool.cli.context import Context
from backlogtool.errors import BacklogError, exhausted

#: How findings can be printed.
TEXT, JSON, GITHUB = "text", "json", "github"
FORMATS = (TEXT, JSON, "gcc", GITHUB, "gitlab", "junit", "sarif", "rdjson")


def one_format(layout: str | None, *, as_json: bool) -> str:
    """The format that ``--format`` and ``--json`` ask for together. Raises click's error if they ask for two."""
    if as_json and layout not in (None, JSON):
        raise click.UsageError(f"--json and --format {layout} are two formats: take one of them.")
    return JSON if as_json else layout or TEXT


def answered(context: Context, layout: str, judged: Callable[[], int]) -> int:
    """The exit code of ``judged``. What ends it before anything is known is an annotation where findings are.

    The formats that are documents stay empty then, which no reader takes for one that has found nothing.
    """
    try:
        return judged()
    except (BacklogError, click.UsageError, MemoryError) as error:
        if layout != GITHUB:
            raise
        from backlogtool.cli.reports import unanswered  # most people read on a terminal, and most commands are answered

        told = exhausted() if isinstance(error, MemoryError) else error
        unanswered(context, told)
        return told.exit_code
