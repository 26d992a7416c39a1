"""``backlogtool edit``."""

from __future__ import annotations

import os

import click

from backlogtool.app import items
from backlogtool.app.items import Edits
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import Options, Result
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.results import print_result
from backlogtool.errors import InvalidError, RefusedError, UsageError


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
@click.option(
    "--from",
    "source",
    type=click.File("r", encoding="utf-8", errors="strict"),
    metavar="FILE",
    help="The whole item from a file; - is stdin.",
)
@write_options
@pass_context
def command(
    context: Context,
    item: str,
    values: list[tuple[str, str]],
    added: list[tuple[str, str]],
    remove: list[tuple[str, str]],
    source: object,
    options: Options,
    as_json: bool,
) -> None:
    """Change fields of an item; without options, open its file in an editor.

    FIELD is a key of the file, description, meta.KEY or evidence_refs.KIND. The status goes along the workflow.
    """
    space = context.space
    if values or added or remove:
        if source:
            raise UsageError("--from gives the whole item, so no field can be set beside it")
        result = items.edit(space, item, Edits(dict(values), _lists(added), _lists(remove)), options)
    else:
        result = _whole(space, item, source, options)
    print_result(context.out, result, as_json=as_json)


def _whole(space: Workspace, item: str, source: object, options: Options) -> Result:
    stored = space.store.get(space.find_id(item))
    text = source.read() if source else click.edit(stored.text, extension=".md")  # type: ignore[attr-defined]
    if text is None:
        return Result("unchanged", (stored.item,))
    try:
        return items.rewrite(space, stored, text, options)
    except (InvalidError, RefusedError) as error:
        error.hint = f"{error.hint + '; ' if error.hint else ''}your text is kept: mend it and run " + _kept(
            space, stored.item.id, text
        )
        raise


def _kept(space: Workspace, item_id: str, text: str) -> str:
    """Saves what a person wrote, so that a refusal loses nothing; the command that takes it up again."""
    folder = os.path.join(space.repository.git_dir if space.repository else ".", "backlogtool")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{item_id}.rejected.md")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return f"backlogtool edit {item_id} --from {os.path.relpath(path)}"
