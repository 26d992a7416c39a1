"""Options that name fields, made from the one table of fields."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from backlogtool.app.items import typed
from backlogtool.domain.fields import BY_NAME, DAY, DESCRIPTION

#: option -> field, for a new item; values are read as people type them.
_OPTIONS = {
    "title": "title", "priority": "priority", "owner": "owner", "due": "due_date", "service": "service", "env": "env",
    "category": "category", "type": "type", "component": "component", "group": "group", "dedupe-key": "dedupe_key",
    "source": "source", "description": DESCRIPTION,
}  # fmt: skip


def field_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """One option for each field that a new item can be given, and ``--tag`` as often as wanted.

    The command gets the ones that were given as ``values``; days stay as typed until there is a today.
    """

    @wraps(command)
    def wrapped(*args: Any, tag: tuple[str, ...], **kwargs: Any) -> Any:
        values = {name: kwargs.pop(_parameter(option)) for option, name in _OPTIONS.items()}
        given = {name: value for name, value in values.items() if value is not None}
        return command(*args, values={**given, **({"tags": tag} if tag else {})}, **kwargs)

    decorated: Any = click.option("--tag", multiple=True, help="A tag; may be given several times.")(wrapped)
    for option, name in reversed(_OPTIONS.items()):
        text = BY_NAME[name].doc if name in BY_NAME else "The Markdown text of the item."
        decorated = click.option(f"--{option}", _parameter(option), help=text)(decorated)
    return decorated  # type: ignore[no-any-return]


def _parameter(option: str) -> str:
    return "field_" + option.replace("-", "_")


def resolved(values: dict[str, Any], today: str) -> dict[str, Any]:
    """The values with days as the file has them."""
    return {
        name: typed(name, value, today) if name in BY_NAME and BY_NAME[name].kind == DAY else value
        for name, value in values.items()
    }
