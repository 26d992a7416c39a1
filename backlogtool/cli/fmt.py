"""``backlogtool fmt``."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from backlogtool.app.formatting import MAX_GROUPED, Formatted, format_files, format_grouped, format_text
from backlogtool.app.writing import unified
from backlogtool.cli import piped
from backlogtool.cli.context import Context, actor_option, json_option, offered, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import show
from backlogtool.cli.results import colored_diff
from backlogtool.domain.finding import counted
from backlogtool.errors import InvalidError, UsageError

_STDIN = "stdin"


@click.command("fmt", cls=Helped)
@click.argument("names", nargs=-1, metavar="[PATH|ITEM]...", shell_complete=offered("item"))
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is not in its usual form.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@json_option
@actor_option
@pass_context
def command(context: Context, names: tuple[str, ...], check: bool, diff: bool, as_json: bool) -> int:
    """Put item files into their usual form: order of keys, sets, blank lines, keys that every file has.

    PATHs are files or folders of items, or BACKLOG.md and TODO.md, which are formatted only if they are named;
    without any, all items are. `-` formats stdin to stdout. Nothing is committed, and no text is changed that
    somebody wrote.

    Exits with 6 if a file cannot be read, which is left as it is.
    """
    if "-" in names:
        return _filter(context, names, check=check, diff=diff, as_json=as_json)
    found = format_files(context.space, names, dry=check or diff)
    if as_json:
        context.out.json(_plain(context, found, dry=check or diff))
    else:
        _print(context, found, dry=check or diff, diff=diff)
    return _status(found, check=check)


def _status(found: Sequence[Formatted], *, check: bool) -> int:
    if any(one.after is None for one in found):
        return InvalidError.exit_code
    return 1 if check and any(one.is_changed for one in found) else 0


def _plain(context: Context, found: Sequence[Formatted], *, dry: bool) -> dict[str, object]:
    unreadable = [finding for one in found if one.after is None for finding in one.findings]
    changed = [one.path for one in found if one.is_changed]
    told = {"files": len(found), "changed": changed, "unreadable": context.out.findings_json(unreadable)}
    return {**told, "dry_run": dry}


def _print(context: Context, found: Sequence[Formatted], *, dry: bool, diff: bool) -> None:
    out = context.out
    changed = [one for one in found if one.is_changed]
    if diff:
        _print_diff(context, changed)
    else:
        for one in changed:
            out.line(f"{'would format' if dry else 'formatted'} {show(one.path)}")
    unreadable = [one for one in found if one.after is None]
    out.findings(finding for one in unreadable for finding in one.findings)
    told = f"{len(changed)} of {counted(len(found), 'file')} {'would change' if dry else 'changed'}"
    out.talk(told + (f", {len(unreadable)} cannot be read" if unreadable else ""))


def _print_diff(context: Context, changed: Sequence[Formatted]) -> None:
    texts = [unified(one.path, one.before, one.after) for one in changed]
    if texts:
        context.out.text(colored_diff(context.out, "".join(texts)))


def _filter(context: Context, names: Sequence[str], *, check: bool, diff: bool, as_json: bool) -> int:
    """Stdin to stdout, as it is: a program takes it, unless it is a terminal."""
    if len(names) > 1 or as_json:
        raise UsageError("- formats stdin to stdout, and nothing else", hint="leave out the other names, and --json")
    data = piped.stdin_bytes(MAX_GROUPED)
    is_item = data.removeprefix(b"\xef\xbb\xbf").startswith(b"---")
    one = format_text(data, _STDIN) if is_item else format_grouped(context.space, data, _STDIN)
    if one.after is None:
        raise InvalidError(f"{_STDIN} cannot be formatted", one.findings)
    if diff:
        _print_diff(context, [one] if one.is_changed else [])
    elif not check:
        context.out.text(show(one.after, lines=True) if os.isatty(1) else one.after)
    return _status([one], check=check)
