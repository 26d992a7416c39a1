"""``backlogtool create``."""

from __future__ import annotations

import sys
from typing import Any

import click

from backlogtool.app import drafts, items
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import Options
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

    From a quick line: backlogtool create "Patch gateway" P0 @cto due:fri #security service:gateway

    P0…P3 is the priority, @name the owner, #word a category of the policy or else a tag; due:, service:, env:,
    category:, type:, component:, group:, tag: set what they say; everything else is the title. `-` reads Markdown (or
    JSON) from stdin: frontmatter and description, or a title line and a description.
    """
    space = context.space
    space.require_backlog()
    said = _said(space, words, in_editor)
    print_result(context.out, items.create(space, {**said, **resolved(values, space.today)}, options), as_json=as_json)


def _said(space: Workspace, words: tuple[str, ...], in_editor: bool) -> dict[str, Any]:
    if words == ("-",):
        text = sys.stdin.read()
        read = drafts.from_json if text.lstrip().startswith("{") else drafts.from_text
        return read(text, today=space.today)
    said = drafts.from_words(words, space.policy, today=space.today, me=space.actor)
    if not in_editor:
        return said
    defaults = space.policy.defaults
    categories = ", ".join(space.policy.categories)
    template = _TEMPLATE.format(env=defaults.env, priority=defaults.priority, categories=categories)
    text = click.edit(template, extension=".md")
    if text is None:
        raise UsageError("the editor was left without saving", hint="nothing was written")
    return {**drafts.from_text(text, today=space.today), **said}
