"""Revisions on a command line."""

from __future__ import annotations

import click


def refuse_empty(named: str, given: str | None) -> None:
    """Raises click's error for a revision that is given and empty: a variable that nobody has set.

    To look at less then, or at something else, would pass what it should not.
    """
    if given is not None and not given.strip():
        raise click.UsageError(f"{named} needs a revision, such as origin/main")


def given_one(context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:  # noqa: ARG001
    """For an option or argument that may be left out: the revision that was given, or None."""
    refuse_empty(parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name, given)
    return given
