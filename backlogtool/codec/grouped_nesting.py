"""Tells a forgotten end from nesting, in a format where nothing nests."""

from __future__ import annotations

from collections.abc import Callable

from backlogtool.domain.finding import Finding


class Nesting:
    """A begin that stands where another was open: its end was forgotten, or somebody nested.

    Only a second end shows that it was nesting, so the finding waits until that is known.
    """

    def __init__(self, report: Callable[[Finding], None], nested: Finding, surplus: Finding) -> None:
        self._report = report
        self._nested = nested
        self._surplus = surplus
        self._held: Finding | None = None

    def begin(self, unclosed: Finding | None) -> None:
        """A begin, with the finding about the one before it if that has no end."""
        self.settle()
        self._held = unclosed

    def surplus(self, number: int) -> None:
        """An end without a begin of its own."""
        held, self._held = self._held, None
        if held is None:
            self._report(self._surplus._replace(line=number))
        else:
            self._report(held._replace(code=self._nested.code, message=f"{self._nested.message}: {held.message}"))

    def settle(self) -> None:
        """No end can come any more."""
        if self._held is not None:
            self._report(self._held)
        self._held = None
