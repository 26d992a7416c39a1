"""``backlogtool edit``."""

from __future__ import annotations

import shlex

import click

from backlogtool.app import bulk, items
from backlogtool.app.items import Edits
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.cli import piped
from backlogtool.cli.context import Context, offered, pass_context, write_options
from backlogtool.cli.helped import Helped
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


def _words(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> list[str]:
    """The words of filters as a shell would cut them, so that one option can hold several."""
    try:
        return [word for one in given for word in shlex.split(one)]
    except ValueError as error:
        raise click.BadParameter(f"{error}", context, parameter) from error


@click.command("edit", cls=Helped)
@click.argument("item", required=False, shell_complete=offered("item"))
@click.option(
    "--where", multiple=True, callback=_words, metavar="FILTERS", help="Instead of ITEM: all that match, as in list."
)
@click.option("--yes", is_flag=True, help="With --where: change as many as there are.")
@click.option(
    *("--set", "values"),
    multiple=True,
    callback=_pairs,
    metavar="FIELD=VALUE",
    shell_complete=offered("assignment"),
    help="Give a field a value.",
)
@click.option("--add", "added", multiple=True, callback=_pairs, metavar="FIELD=ENTRY", help="Add to a set: tags=tls.")
@click.option("--remove", multiple=True, callback=_pairs, metavar="FIELD=ENTRY", help="Take out of a set.")
@click.option("--from", "source", type=click.Path(), metavar="FILE", help="The whole item from a file; - is stdin.")
@write_options
@pass_context
def command(
    context: Context,
    item: str | None,
    where: list[str],
    yes: bool,
    values: list[tuple[str, str]],
    added: list[tuple[str, str]],
    remove: list[tuple[str, str]],
    source: str | None,
    options: Options,
    as_json: bool,
) -> None:
    """Change fields of an item, or of all that match; without options, open its file in an editor.

    FIELD is a key of the file, description, meta.KEY or evidence_refs.KIND. The status goes along the workflow.
    """
    space = context.space
    edits = Edits(dict(values), _lists(added), _lists(remove))
    if where:
        if item is not None or source is not None or not any(edits):
            raise UsageError("--where goes with --set, --add or --remove, and takes the place of ITEM")
        result = bulk.edit_matching(space, where, edits, options, agreed=yes)
        print_result(context, result, as_json=as_json, several=True)
        return
    if yes:
        raise UsageError("--yes goes with --where")
    if item is None:
        raise UsageError("which item?", hint="backlogtool edit ITEM, or --where FILTERS for all that match")
    if values or added or remove:
        if source is not None:
            raise UsageError("--from gives the whole item, so no field can be set beside it")
        result = items.edit(space, item, edits, options)
    else:
        result = _whole(space, item, source, options)
    print_result(context, result, as_json=as_json)


def _whole(space: Workspace, item: str, source: str | None, options: Options) -> Result:
    stored = space.get(item)
    if source is not None:
        return items.rewrite(space, stored, piped.named_bytes(source), options)
    from backlogtool.cli import editor  # who says it in options needs none

    written = editor.edited(stored.text, instead="give --set FIELD=VALUE, or the whole file with --from")
    if written is None:
        return Result(UNCHANGED, (stored.item,))
    with editor.kept(space, stored.item.id, written, f"backlogtool edit {stored.item.id} --from"):
        return items.rewrite(space, stored, written, options)
