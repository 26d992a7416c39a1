"""Three repositories: all hostile files, the large ones, and those that can be read, of which views are made."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.session import Session, copied, item_text, template
from tests.hostile.case import numbered
from tests.hostile.injections import INJECTIONS, injected
from tests.hostile.items import ITEMS, LARGE
from tests.hostile.names import LEFT_ALONE, NO_FILES, NO_IDS

__all__ = ["template"]


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    """A command that waits for somebody to write into a pipe is ended loudly."""
    timer = threading.Timer(60, os._exit, (99,))
    timer.start()
    yield
    timer.cancel()


@pytest.fixture(scope="session")
def full(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Every file of the tables but the large ones, beside the prepared backlog; to be read only."""
    session = copied(template, tmp_path_factory.mktemp("hostile"))
    items = session.repo.root / "items"
    for item_id, (kind, case) in numbered(ITEMS).items():
        if kind not in LARGE:
            (items / f"{item_id}.md").write_bytes(case.bytes_of(item_id))
    for number, name in enumerate(name for some in (*NO_IDS.values(), LEFT_ALONE) for name in some.values()):
        (items / name).write_text(item_text(f"bl_{number:012x}"))
    session.repo.commit("everything hostile")
    for name, make in NO_FILES.values():
        make(items / name)
    return session


@pytest.fixture(scope="session")
def large(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The files that are too long to be in ``full``, uncommitted; to be read only."""
    session = copied(template, tmp_path_factory.mktemp("large"))
    for item_id, (kind, case) in numbered(ITEMS).items():
        if kind in LARGE:
            (session.repo.root / f"items/{item_id}.md").write_bytes(case.bytes_of(item_id))
    return session


@pytest.fixture(scope="session")
def readable(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The files that can be read, and text that wants to be more than text; to be read only."""
    session = copied(template, tmp_path_factory.mktemp("readable"))
    for item_id, (kind, case) in numbered(ITEMS).items():
        if case.is_read and kind not in LARGE:
            (session.repo.root / f"items/{item_id}.md").write_bytes(case.bytes_of(item_id))
    for number, text in enumerate(INJECTIONS.values()):
        item_id = f"bl_{number:012x}"
        session.repo.write(f"items/{item_id}.md", injected(item_id, text))
    session.repo.commit("everything readable")
    return session
