"""Stamps of files and folders: what changes whenever somebody writes to them, in one number.

A change leaves no trace in a stamp if the file system's clock did not move on since: git's racy rule. So a stamp that
is as young as the clock is not kept, and what has no stamp is looked at again (PERFORMANCE.md 6).
"""

from __future__ import annotations

import os

#: The stamp of what is not known, so that it is looked at again.
UNKNOWN = 0
_SECOND = 10**9
_TICK = _SECOND // 50  # of a kernel's clock; and of one that shows milliseconds
_COARSE = 2 * _SECOND  # of a file system whose times are whole seconds, or every other
_ELSEWHERE = 5 * _SECOND  # what two machines' clocks may differ by


def stamp_of(seen: os.stat_result) -> int:
    """The stamp of a file or folder. Nobody sets the time of the last change of a file but the file system."""
    return hash((seen.st_ctime_ns, seen.st_mtime_ns, seen.st_size, seen.st_ino)) or 1


class Clock:
    """The file system's own time, read once, before anything is looked at: by touching a file that we hold open.

    Where that cannot be touched, as on a disk that is full, no stamp lasts.
    """

    def __init__(self, handle: int) -> None:
        touched = True
        try:
            os.utime(handle)
        except OSError:
            touched = False
        seen = os.fstat(handle)
        self._now = seen.st_ctime_ns if touched else 0
        self._device = seen.st_dev

    def lasting(self, seen: os.stat_result) -> int:
        """The stamp of what was looked at since, ``UNKNOWN`` if it might change without another stamp."""
        last = max(seen.st_ctime_ns, seen.st_mtime_ns)
        tick = _TICK if last % _SECOND else _COARSE
        if seen.st_dev != self._device:
            tick += _ELSEWHERE
        return stamp_of(seen) if last < self._now - tick else UNKNOWN
