"""``backlogtool hook``: what git's hooks call. They say no whatever goes wrong (ROBUSTNESS.md 2.8)."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

import click

from backlogtool.app import pushing
from backlogtool.app.committing import validate_staged
from backlogtool.app.pushing import Update, Verdict
from backlogtool.app.workspace import Workspace
from backlogtool.cli.context import Context, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import Output
from backlogtool.domain.finding import errors, tally
from backlogtool.errors import BacklogError, UsageError

MOST = 20  # findings that are shown of one push or commit
_GRACE = 5.0  # seconds to come to an end once the time is over
_DONE = {"commit": "committed", "push": "pushed"}


class _TimeIsOverError(BaseException):
    """Not an ``Exception``: nothing on the way may take it for a failure that can be borne."""


@click.group("hook")
def command() -> None:
    """Check what is about to be committed, pushed or received: what `init --hooks` makes git call."""


@command.command("pre-receive", cls=Helped, short_help="Judge a push that arrives.")
def _pre_receive() -> int:
    """Judge a push that arrives: git tells on standard input what it would change.

    Exits with 1 if a branch may not be changed so; then git changes nothing at all.
    """
    return _answer(lambda: _received(pushing.updates(sys.stdin.buffer.read()), "nothing of this push is accepted"))


@command.command("update", cls=Helped, short_help="Judge one ref of a push that arrives.")
@click.argument("ref")
@click.argument("old")
@click.argument("new")
def _update(ref: str, old: str, new: str) -> int:
    """Judge one REF of a push, from the id OLD to NEW: for a server that takes the good part of a push.

    Exits with 1 if it may not be changed so.
    """
    return _answer(lambda: _received([pushing.update(ref, old, new)], f"{ref} stays as it is"))


@command.command("pre-commit", cls=Helped, short_help="Check the items that are staged.")
@click.option("--or-tree", is_flag=True, help="Check everything where no item is staged.")
@pass_context
def _pre_commit(context: Context, or_tree: bool) -> int:
    """Check the items that are staged, and no other edits: each as a step from the last commit.

    Exits with 1 if there is an error.
    """
    index = context.environment.get("GIT_INDEX_FILE", "")
    return _answer(lambda: _outgoing([Verdict("", tuple(validate_staged(".", index, or_tree=or_tree)))], "commit"))


@command.command("pre-push", cls=Helped, short_help="Judge the commits that a push would bring.")
@click.argument("remote")
@click.argument("url", required=False)
def _pre_push(remote: str, url: str | None) -> int:  # noqa: ARG001
    """Judge the commits that a push to REMOTE would bring: git tells on standard input which.

    Exits with 1 if there is an error.
    """
    told = sys.stdin.buffer.read()
    return _answer(lambda: _outgoing(pushing.judge_outgoing(_space(), pushing.outgoing(told), remote), "push"))


def _answer(judged: Callable[[], int]) -> int:
    """The exit code. It must never be 0 because nobody is there any more who reads what is said."""
    try:
        return judged()
    except BrokenPipeError:
        return 1


def _space() -> Workspace:
    """The repository in which git has started the hook. No person's settings count, and nothing is kept in it."""
    return Workspace.open(".", flags={"index": "off"}, environment={})


def _received(told: Sequence[Update], conclusion: str) -> int:
    """Judges a push to this repository, within the time that its configuration allows."""
    patience = pushing.PATIENCE
    try:
        with _limited(patience) as limit:
            space = _space()
            try:
                rules = pushing.server(space.repository) if space.repository else pushing.Server(())
            except UsageError as error:  # whoever pushes did nothing wrong, and cannot mend it
                _out().talk(f"backlog: refused: git's configuration where the push arrives is wrong: {error.message}")
                _out().talk(f"the owner of that repository has to mend it: {error.hint}")
                return 1
            patience = rules.patience
            limit(patience)
            verdicts = pushing.judge_push(space, told, rules)
    except (BacklogError, OSError, MemoryError):
        raise
    except Exception as error:  # a bug of ours must not let anything pass, nor fill the pusher's screen
        _out().talk(
            f"backlog: refused: backlogtool has a bug, sorry: {type(error).__name__}: {error} ({_where(error)})"
        )
        return 1
    except _TimeIsOverError:
        _out().talk(f"backlog: refused: to judge this push takes more than {patience:.0f} seconds")
        _out().talk("push fewer commits at once, or have the owner of the repository raise backlogtool.timeout")
        return 1
    return _tell(verdicts, conclusion)


def _where(error: Exception) -> str:
    """The line at which it failed."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    return f"line {last.tb_lineno} of {last.tb_frame.f_code.co_filename.rpartition('/')[2]}" if last else ""


@contextmanager
def _limited(patience: float) -> Iterator[Callable[[float], object]]:
    """Ends what is inside once its time is over; the value sets the time anew."""
    beats = signal.setitimer(signal.ITIMER_REAL, 0)
    before = signal.signal(signal.SIGALRM, _time_is_over)
    signal.setitimer(signal.ITIMER_REAL, patience, _GRACE)
    try:
        yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds, _GRACE)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *beats)


def _time_is_over(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """The first time with a message; whoever swallows that is ended by the next alarm."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    raise _TimeIsOverError


def _outgoing(verdicts: Sequence[Verdict], what: str) -> int:
    return _tell(verdicts, f"nothing is {_DONE[what]}; git {what} --no-verify would do it without this check")


def _tell(verdicts: Sequence[Verdict], conclusion: str) -> int:
    """Says what is wrong, one block for each ref, and gives the exit code."""
    refused = any(one.refused for one in verdicts)
    told = [one for one in verdicts if one.refused or (one.findings and not refused)]
    with suppress(BrokenPipeError):
        left = _blocks(told)
        if left:
            _out().talk(f"and {left} more findings")
        if refused:
            _out().talk(f"backlog: {conclusion}")
    return 1 if refused else 0


def _blocks(told: Sequence[Verdict]) -> int:
    """Says as much as a person reads, errors first; gives how many findings are left."""
    room, left = MOST, 0
    for one in told:
        wrong = errors(one.findings)
        findings = [*wrong, *(each for each in one.findings if not each.is_error)]
        if room and one.ref:
            _out().talk(f"backlog: {one.ref}{' is refused' if wrong else ''}: {tally(findings)}")
        _out().findings(findings[:room])
        left += len(findings[room:])
        room -= len(findings[:room])
    return left


def _out() -> Output:
    """For a person at the other end of a push: no colours, whatever git has been told to say of the terminal."""
    return Output(color="never", pager="never")
