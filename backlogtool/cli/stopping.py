"""Ctrl-C ends a command, whenever it comes.

Python only notes a signal, and obeys it between two steps of the main thread. So two kinds were lost. One that comes
after the last look before a call that waits, for git or for a thread, is obeyed when the wait is over; with a second
thread that wants to run, milliseconds lie between. And one that is obeyed in a destructor or in what a dying weak
reference calls, as the locks of imported modules do, is told as "Exception ignored" and forgotten.

Therefore a timer cuts every wait short, upon which Python looks again, and gives again what was forgotten.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # without the enumerations of ``signal``: half a millisecond
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

#: Seconds that a wait may go on before Python looks for signals.
BEAT = 0.2
INTERRUPTED = 130


def stoppable(command: Callable[[], int]) -> int:
    """What ``command`` ends with, ``INTERRUPTED`` if it was not to begin. For a process that then only leaves.

    Who has SIGINT ignored, as a shell does for what runs in the background, is not stopped by it.
    """
    status = INTERRUPTED
    try:
        _listen()
        status = command()
        _let_go()
    except KeyboardInterrupt:  # it comes before the first step of the command or after its last
        _let_go()
    return status


def _listen() -> None:
    sys.unraisablehook = _told
    signal.signal(signal.SIGALRM, _beat)
    signal.setitimer(signal.ITIMER_REAL, BEAT, BEAT)
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _let_go() -> None:
    """What was answered is answered: to print it may be stopped at any moment, without a word."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


class _Forgotten:
    """Whether a ``KeyboardInterrupt`` was raised where Python could not pass it on."""

    yes = False


def _told(about: UnraisableHookArgs) -> None:
    if issubclass(about.exc_type, KeyboardInterrupt):
        _Forgotten.yes = True
    else:
        sys.__unraisablehook__(about)


def _beat(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """Whoever keeps signals at this moment, as a write does, keeps this one as well."""
    if _Forgotten.yes:
        _Forgotten.yes = False
        signal.raise_signal(signal.SIGINT)
