"""Crash points: places in the write protocol where a test kills the process, as a power cut would.

``BACKLOGTOOL_FAULT=3`` in the environment ends the process at the third point it comes to, with SIGKILL. Without
that variable nothing happens.
"""

from __future__ import annotations

import os
import signal

_passed = 0


def point() -> None:
    """A step of the protocol has just been done."""
    wanted = os.environ.get("BACKLOGTOOL_FAULT")
    if not wanted:
        return
    global _passed
    _passed += 1
    if str(_passed) == wanted:
        os.kill(os.getpid(), signal.SIGKILL)
