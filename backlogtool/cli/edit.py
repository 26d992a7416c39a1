"""``backlogtool edit``."""

from __future__ import annotations

import click

from backlogtool.app import items
from backlogtool.app.items import Edits
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.cli import editor, piped
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.results import print_result
from backlogtool.domain.outcome import UNCHANGED
from backlogtool.errors import UsageError


def _pairs(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = []
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"'{one}' is not NAME=VALUE", context, parameter)
        pairs.append((name.strip(), value))
    return pairs


def _lists(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).extend(part.strip() for part in value.split(",") if part.strip())
    return found


@click.command("edit")
@click.argument("item")
@click.option("--set", "values", multiple=True, callback=_pairs, metavar="FIELD=VALUE", help="Give a field a value.")
@click.option("--add", "added", multiple=True, callback=_pairs, metavar="FIELD=ENTRY", help="Add to a set: tags=tls.")
@click.option("--remove", multiple=True, callback=_pairs, metavar="FIELD=ENTRY", help="Take out of a set.")
@click.option("--from", "source", type=click.Path(), metavar="FILE", help="The whole item from a file; - is stdin.")
@write_options
@pass_context
def command(
    context: Context,
    item: str,
    values: list[tuple[str, str]],
    added: list[tuple[str, str]],
    remove: list[tuple[str, str]],
    source: str | None,
    options: Options,
    as_json: bool,
) -> None:
    """Change fields of an item; without options, open its file in an editor.

    FIELD is a key of the file, description, meta.KEY or evidence_refs.KIND. The status goes along the workflow.
    """
    space = context.space
    if values or added or remove:
        if source is not None:
            raise UsageError("--from gives the whole item, so no field can be set beside it")
        result = items.edit(space, item, Edits(dict(values), _lists(added), _lists(remove)), options)
    else:
        result = _whole(space, item, source, options)
    print_result(context, result, as_json=as_json)


def _whole(space: Workspace, item: str, source: str | None, options: Options) -> Result:
    stored = space.get(item)
    if source is not None:
        return items.rewrite(space, stored, piped.named_bytes(source), options)
    written = editor.edited(stored.text, instead="give --set FIELD=VALUE, or the whole file with --from")
    if written is None:
        return Result(UNCHANGED, (stored.item,))
    with editor.kept(space, stored.item.id, written, f"backlogtool edit {stored.item.id} --from"):
        return items.rewrite(space, stored, written, options)
