"""A signal to stop waits until it can be obeyed without leaving half of a write behind."""

from __future__ import annotations

import signal
import subprocess
import threading
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruptions:
    """Keeps SIGINT, SIGTERM and SIGHUP while a write is under way, and passes them on to the git that runs.

    ``obey`` raises for a kept signal at a place where everything can be undone. A signal that comes after the
    commit stands is too late: the command ends as if it had not come. Signals that were ignored stay ignored.
    """

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self._pending = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruptions:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._keep)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def obey(self) -> None:
        """Raises ``KeyboardInterrupt``, or ``SystemExit`` with 128 + the signal, if one has come."""
        if self._pending == signal.SIGINT:
            raise KeyboardInterrupt
        if self._pending:
            raise SystemExit(128 + self._pending)

    def _keep(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._pending = number
        if self.child is not None:
            self.child.send_signal(number)
