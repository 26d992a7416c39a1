"""``backlogtool create``."""

from __future__ import annotations

import re
from typing import Any

import click

from backlogtool.app import drafts, items
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.cli import piped
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.fields import field_options, resolved
from backlogtool.cli.helped import Helped
from backlogtool.cli.results import print_result
from backlogtool.domain.fields import DESCRIPTION
from backlogtool.errors import UsageError

_TEMPLATE = """---
title:
env: {env}
priority: {priority}
service:
owner:
category:  # one of: {categories}
due_date:
tags: []
---

{said}

## Acceptance Criteria

- [ ]
"""
_SAID = "What is to be done, and why."
#: What the form brings and nobody filled in.
_FILLER = re.compile(rf"\A{re.escape(_SAID)}(?:\n+|\Z)|\n*^## Acceptance Criteria\n+- \[ \]\s*\Z", re.MULTILINE)


@click.command("create", cls=Helped)
@click.argument("words", nargs=-1)
@field_options
@click.option("-e", "--edit", "in_editor", is_flag=True, help="Write the item in an editor.")
@write_options
@pass_context
def command(
    context: Context, words: tuple[str, ...], values: dict[str, Any], in_editor: bool, options: Options, as_json: bool
) -> None:
    """Add an item.

    From a quick line: backlogtool create "Patch gateway" P0 @cto due:fri '#security' service:gateway

    P0…P3 is the priority, @name the owner, #word a category of the policy or else a tag; due:, service:, env:,
    category:, type:, component:, group:, tag: set what they say; everything else is the title. `-` reads Markdown (or
    JSON) from stdin: frontmatter and description, or a title line and a description.
    """
    space = context.space
    space.require_backlog()
    given = resolved(values, space.today)
    if words == ("-",):
        result = items.create(space, {**drafts.from_any(piped.stdin_text(), today=space.today), **given}, options)
    else:
        said = {**drafts.from_words(words, space.policy, today=space.today, me=space.actor), **given}
        if not in_editor and not said.get("title", "").strip():
            raise UsageError(
                "title is missing", hint='say what is to be done: backlogtool create "Patch the gateway" P0'
            )
        result = _edited(space, said, options) if in_editor else items.create(space, said, options)
    print_result(context, result, as_json=as_json)


def _edited(space: Workspace, said: dict[str, Any], options: Options) -> Result:
    """What is said on the command line wins over what stands in the editor's text."""
    from backlogtool.cli import editor  # who says it in words needs none

    defaults = space.policy.defaults
    categories = ", ".join(space.policy.categories)
    form = _TEMPLATE.format(env=defaults.env, priority=defaults.priority, categories=categories, said=_SAID)
    written = editor.edited(form, instead="say it in words or options, or - for stdin")
    if written is None:
        raise UsageError("the editor was left without a change", hint="nothing was written")
    with editor.kept(space, "new", written, "backlogtool create - <"):
        text = piped.text(written, "the item")
        values = drafts.from_text(text, today=space.today)
        described = {DESCRIPTION: _FILLER.sub("", values.get(DESCRIPTION, ""))}
        return items.create(space, {**values, **described, **said}, options)
