"""Work that is done while something else is: git mostly runs beside us, so waiting for it can be shared."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Meanwhile(Generic[Made]):
    """What ``work`` makes; it begins at once, or where no thread can be had when its result is asked for."""

    def __init__(self, work: Callable[[], Made]) -> None:
        self._work = work
        self._made: list[Made] = []
        self._failed: BaseException | None = None
        self._thread: threading.Thread | None = threading.Thread(target=self._run, daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._thread = None

    def result(self) -> Made:
        """Waits for the end; raises what the work raised."""
        if self._thread is not None:
            self._thread.join()
        elif not self._made and self._failed is None:
            self._run()
        if self._failed is not None:
            raise self._failed
        return self._made[0]

    def _run(self) -> None:
        try:
            self._made.append(self._work())
        except BaseException as error:  # it is raised where the result is asked for
            self._failed = error
