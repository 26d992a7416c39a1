"""What a press of TAB offers in the place of an argument or option: ids, statuses, other words of the policy, fields.

A line that is being typed is no place for messages: where there is no backlog, nothing is offered.
"""

from __future__ import annotations

import os

import click

from backlogtool.app.workspace import Workspace
from backlogtool.domain.fields import ENUM, FIELDS, NOBODY
from backlogtool.errors import BacklogError

ITEM, ASSIGNMENT = "item", "assignment"


def choices(kind: str, context: click.Context, start: str) -> list[str]:
    """What begins with ``start``: ids, ``FIELD=VALUE``, or the words that the policy has for the field ``kind``."""
    try:
        if kind == ITEM:
            return _space(context).store.ids_starting(start)
        return _assignments(context, start) if kind == ASSIGNMENT else _words(kind, context, start)
    except (BacklogError, OSError):
        return []


def _space(context: click.Context) -> Workspace:
    """The backlog in which the typed command would run; its group is not called for a line that is not sent yet."""
    directory = context.find_root().params.get("directory")
    return Workspace.open(flags={"repo": directory} if directory else {}, environment=os.environ)


def _words(field: str, context: click.Context, start: str) -> list[str]:
    return [one for one in _space(context).policy.allowed(field) if one.startswith(start)]


def _assignments(context: click.Context, start: str) -> list[str]:
    """``FIELD=`` for each field that may be changed, and its values once that is typed."""
    name, assigned, value = start.partition("=")
    known = [field for field in FIELDS if field.setter != NOBODY]
    if not assigned:
        return [f"{field.name}=" for field in known if field.name.startswith(start)]
    if any(field.name == name and field.kind == ENUM for field in known):
        return [f"{name}={one}" for one in _words(name, context, value)]
    return []
