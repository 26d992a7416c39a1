"""The option ``--date``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from backlogtool.cli.context import Context
from backlogtool.domain import calendar
from backlogtool.errors import UsageError


def is_given() -> bool:
    """Whether the command line names a day."""
    return click.get_current_context().params.get("date") is not None


def day_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--date DAY``: the command gets ``day``, by default today."""

    @wraps(command)
    def wrapped(*args: Any, date: str | None, **kwargs: Any) -> Any:
        today = click.get_current_context().ensure_object(Context).space.today
        day = today if date is None else calendar.resolve_day(date, today)
        if not day:
            raise UsageError(f"'{date}' is not a day", hint="write YYYY-MM-DD, today or -7d")
        return command(*args, day=day, **kwargs)

    return click.option("--date", metavar="DAY", help="As of this day (default: today).")(wrapped)
