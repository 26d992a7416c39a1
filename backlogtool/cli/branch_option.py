"""``--branch`` of every write: alone the branch gets a name of our making, ``--branch=NAME`` gives it one.

An option of click's whose value may be left out takes the next word for it, and that is a word of a title, or an item.
"""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from backlogtool.errors import UsageError

BRANCH = "--branch"
NAMED = f"A branch is named with {BRANCH}=NAME."


class BranchOption(click.Option):
    """Help shows where its value goes, and TAB behind it offers what stands there without it."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        return (record[0].replace(f"{BRANCH} [", f"{BRANCH}["), record[1]) if record else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        if ctx.get_parameter_source(str(self.name)) != ParameterSource.COMMANDLINE:  # `--branch=` is being typed
            return []
        arguments = [one for one in ctx.command.get_params(ctx) if isinstance(one, click.Argument)]
        open_one = next((one for one in arguments if one.nargs == -1 or ctx.params.get(str(one.name)) is None), None)
        return open_one.shell_complete(ctx, incomplete) if open_one else []


def spelled_out(command: click.Command, ctx: click.Context, arguments: list[str]) -> list[str]:
    """The command line with an empty name behind each ``--branch`` that has none.

    Raises ``UsageError`` for a word behind it that may be meant for its name or for one more of those before it.
    """
    if not any(BRANCH in one.opts for one in command.params):
        return arguments
    found: list[str] = []
    for place, one in enumerate(arguments):
        if one == "--":
            return found + arguments[place:]
        alone = one == BRANCH and _is_over(command, ctx, found)
        if alone and not ctx.resilient_parsing and _may_be_one_more(command, ctx, found):
            _refuse_doubtful(arguments[place + 1 :])
        found.append(f"{BRANCH}=" if alone else one)
    return found


def _is_over(command: click.Command, ctx: click.Context, before: list[str]) -> bool:
    """Whether what comes next is not the value of an option."""
    try:
        command.make_parser(ctx).parse_args(before.copy())
    except click.BadOptionUsage:
        return False
    return True


def _may_be_one_more(command: click.Command, ctx: click.Context, before: list[str]) -> bool:
    """Whether there are words already, and the command takes more or fewer of them: else it counts them itself."""
    places = [one for one in command.params if isinstance(one, click.Argument)]
    given = command.make_parser(ctx).parse_args(before.copy())[0]
    values = [given.get(str(one.name)) for one in places]
    return not all(one.required for one in places) and any(isinstance(one, str | tuple) and one for one in values)


def _refuse_doubtful(after: list[str]) -> None:
    name = after[0] if after else ""
    if name and (name == "-" or not name.startswith("-")):
        hint = f"write {BRANCH}={name} to name the branch; else put {BRANCH} in front of the other words"
        raise UsageError(f"'{name}' follows {BRANCH}, which takes no name but behind a '='", hint=hint)
