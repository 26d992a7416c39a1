"""The servers that these tests push to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.ground import Ground, copied, prepared


@pytest.fixture(scope="session")
def prepared_ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server with the hook and a clone of it, to be copied."""
    return prepared(tmp_path_factory.mktemp("server"))


@pytest.fixture
def ground(prepared_ground: Path, tmp_path: Path) -> Ground:
    """A server and a clone of one's own."""
    return copied(prepared_ground, tmp_path)
