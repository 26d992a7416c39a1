"""Digests: what risk and pressure tools say about services, as immutable values.

``codec.digest`` reads them, ``generation`` makes items of them. Source: REQUIREMENTS.md 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class ServiceSignals(NamedTuple):
    """What a digest says about one service.

    ``signals`` maps names, sorted, to booleans, numbers and texts; an absent one is not there. ``texts`` are
    sentences for the description, one line each. ``evidence_refs`` maps kinds to sorted references.
    """

    service: str
    signals: Mapping[str, Any]
    texts: tuple[str, ...]
    evidence_refs: Mapping[str, tuple[str, ...]]


class Digest(NamedTuple):
    """One digest. ``week`` is canonical, an empty ``env`` the policy's default one.

    ``path`` is where the digest stands in the repository.
    """

    week: str
    env: str
    services: tuple[ServiceSignals, ...]
    path: str
