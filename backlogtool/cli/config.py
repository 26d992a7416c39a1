"""``backlogtool config``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from backlogtool.app import configuration
from backlogtool.cli.context import Context, json_option, pass_context
from backlogtool.cli.output import Output, show
from backlogtool.cli.revisions import given_one
from backlogtool.errors import NotFoundError


@click.group("config")
def command() -> None:
    """Show the policy and the settings in force, and who may do what."""


@command.command("show", short_help="Show every value, or some by name.")
@click.argument("names", nargs=-1)
@click.option("--origin", is_flag=True, help="Say where each value comes from: file and line, variable or flag.")
@json_option
@pass_context
def _show(context: Context, names: tuple[str, ...], origin: bool, as_json: bool) -> None:
    """Show every value of the policy and the settings; NAMES such as defaults.env or workflow pick some."""
    values = configuration.show(context.space)
    chosen = {
        name: one
        for name, one in values.items()
        if not names or any(name == wanted or name.startswith(f"{wanted}.") for wanted in names)
    }
    if not chosen:
        raise NotFoundError(f"no value '{', '.join(names)}'", hint="backlogtool config show lists every name")
    if as_json:
        context.out.json(chosen if origin else {name: one["value"] for name, one in chosen.items()})
        return
    for name, one in chosen.items():
        text = show(json.dumps(one["value"], ensure_ascii=False))
        source = f"({show(one['origin'])})"
        place = f"  {context.out.style(source, dim=True)}" if origin else ""
        context.out.line(f"{name} = {text}{place}")


@command.command("roles", short_help="Show who may do what.")
@click.option(
    "--since", metavar="REV", callback=given_one, help="Show what has changed since this branch and REV parted."
)
@json_option
@pass_context
def _roles(context: Context, since: str | None, as_json: bool) -> None:
    """Show who may do what, as the policy in force says it: roles, people, rules."""
    space, out = context.space, context.out
    if since is not None:
        changed = configuration.roles_changed(space, since)
        if as_json:
            out.json(changed)
        for mark, color, sentences in (("-", "red", changed["lost"]), ("+", "green", changed["gained"])):
            for one in sentences if not as_json else ():
                out.line(out.style(f"{mark} {show(one)}", color))
        if not (as_json or any(changed.values())):
            out.line("who may do what has not changed")
        return
    told = configuration.roles(space)
    if as_json:
        out.json(told)
    else:
        _print_roles(out, told)


def _print_roles(out: Output, told: Mapping[str, Any]) -> None:
    roles = [role for role in next(iter(told["actions"].values())) if role]
    rows = [
        (action, *("yes" if row[role] else "-" for role in roles), "yes" if row[""] else "-")
        for action, row in told["actions"].items()
    ]
    out.line(out.table(("Action", *roles, "others"), rows))
    if told["people"]:
        people = [(name, one["kind"], one["role"], ", ".join(one["emails"])) for name, one in told["people"].items()]
        out.line()
        out.line(out.table(("Person", "Kind", "Role", "Addresses"), people))
    if told["members"]:
        out.line()
        out.line(out.table(("Member", "Role"), list(told["members"].items())))
    for rule in told["rules"]:
        out.line(f"\nRule {show(rule['says'])}")
    out.line(f"\nCommands: {_COMMANDS[told['enforce']]}")
    out.line(f"Commits: {show(_COMMITS[told['commits']].format(told['allowed_signers']))}")


_COMMANDS = {
    True: "the role of --actor decides, which is what somebody says of himself",
    False: "nobody's role is looked at (rbac.enforce is false)",
}
_COMMITS = {
    "off": "nobody's role is looked at (rbac.commits is off)",
    "author": "the author's address decides, which is what somebody says of himself",
    "signature": "the signature decides, by the keys in {}",
}
