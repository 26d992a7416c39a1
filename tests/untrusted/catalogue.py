"""All odd repositories."""

from __future__ import annotations

from tests.untrusted import configured, states, trees
from tests.untrusted.case import CASES

__all__ = ["CASES", "configured", "states", "trees"]
