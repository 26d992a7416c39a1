"""``backlogtool sync``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from backlogtool.app import syncing
from backlogtool.app.syncing import Synced
from backlogtool.cli.context import Context, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import Output, show

#: What a person sets to say how git reaches a remote.
_TRANSPORT = ("GIT_ALLOW_PROTOCOL", "GIT_PROTOCOL_FROM_USER", "GIT_PROXY_COMMAND", "GIT_TERMINAL_PROMPT")


@click.command("sync", cls=Helped)
@click.argument("remote", default="")
@click.option("-n", "--dry-run", is_flag=True, help="Tell what there is to take and to give, by the last fetch.")
@json_option
@pass_context
def command(context: Context, remote: str, dry_run: bool, as_json: bool) -> int:
    """Fetch, merge field by field, and push the current branch; again if somebody else was first.

    REMOTE is for a branch that follows none yet. A merge that would break a rule is taken back; one with conflicts is
    left open, for you to settle.

    Exits with 1 if there are conflicts, or the server does not take the push.
    """
    done = syncing.sync(
        context.space,
        remote,
        dry_run=dry_run,
        transport=_transport(context.environment),
        environment=context.environment,
    )
    if as_json:
        context.out.json(_plain(done))
    else:
        _print(context.out, done)
    return 1 if done.left else 0


def _transport(environment: Mapping[str, str]) -> dict[str, str]:
    """Git asks for a password only where somebody can type one."""
    told = {name: environment[name] for name in _TRANSPORT if name in environment}
    return told if sys.stdin and sys.stdin.isatty() else {**told, "GIT_TERMINAL_PROMPT": "0"}


def _plain(done: Synced) -> dict[str, Any]:
    left = [{"path": one.path, "left": list(one.told)} for one in done.left]
    data = {"branch": done.branch, "upstream": done.upstream, "taken": done.taken, "merged": done.merged or None}
    data |= {"given": done.given, "new": done.new, "conflicts": left, "dry_run": done.dry_run}
    return data | ({"notes": list(done.notes)} if done.notes else {})


def _print(out: Output, done: Synced) -> None:
    for one in done.left:
        for told in one.told:
            out.line(f"{show(one.path)}: {out.style('left', 'yellow')}: {show(told)}")
    for note in done.notes:
        out.talk(f"note: {note}")
    if done.left:
        number = "1 file is" if len(done.left) == 1 else f"{len(done.left)} files are"
        marked = all(one.marked for one in done.left)
        mend = "mend what stands between the markers" if marked else "do what is said of each"
        out.talk(f"{number} in conflict with {done.upstream}, nothing was pushed: {mend},")
        out.talk("git add, git commit, and backlogtool sync again; git merge --abort takes the merge back")
        return
    parts = [_number(done.taken, "to take" if done.dry_run else "taken")] if done.taken else []
    parts += [_number(done.given, "to give" if done.dry_run else "given")] if done.given else []
    parts += ["the branch is new there"] if done.new else []
    commit = f"  {out.style(f'[{done.merged[:10]}]', dim=True)}" if done.merged else ""
    out.line(f"{show(done.branch)} and {show(done.upstream)}: {', '.join(parts) or 'nothing to do'}{commit}")
    if done.dry_run:
        out.talk("dry run: nothing was fetched, so this is as of the last fetch")


def _number(count: int, what: str) -> str:
    return f"{count} {'commit' if count == 1 else 'commits'} {what}"
