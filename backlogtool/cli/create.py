"""``backlogtool create``."""

from __future__ import annotations

from typing import Any

import click

from backlogtool.app import drafts, items
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import Options, Result
from backlogtool.cli import editor, piped
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.fields import field_options, resolved
from backlogtool.cli.results import print_result
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

What is to be done, and why.

## Acceptance Criteria

- [ ]
"""


@click.command("create")
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
        result = _edited(space, said, options) if in_editor else items.create(space, said, options)
    print_result(context, result, as_json=as_json)


def _edited(space: Workspace, said: dict[str, Any], options: Options) -> Result:
    """What is said on the command line wins over what stands in the editor's text."""
    defaults = space.policy.defaults
    categories = ", ".join(space.policy.categories)
    written = editor.edited(_TEMPLATE.format(env=defaults.env, priority=defaults.priority, categories=categories))
    if written is None:
        raise UsageError("the editor was left without a change", hint="nothing was written")
    with editor.kept(space, "new", written, "backlogtool create - <"):
        text = piped.text(written, "the item")
        return items.create(space, {**drafts.from_text(text, today=space.today), **said}, options)
