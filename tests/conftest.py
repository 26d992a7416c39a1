"""What every test shares: where the shared sources are, and Hypothesis profiles."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import HealthCheck, settings
from jinja2 import Environment

from tests import tiers
from tests.repositories import Repo, isolate, make

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
#: What git is told in every test. Looking after each commit whether to tidy up is a second process, thousands of times.
GIT_CONFIG = "[init]\n\tdefaultBranch = main\n[core]\n\tpager = cat\n[maintenance]\n\tauto = false\n"

settings.register_profile(
    "suite", max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("exhaustive", parent=settings.get_profile("suite"), max_examples=100)
settings.register_profile("campaign", parent=settings.get_profile("suite"), max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_configure(config: pytest.Config) -> None:
    """Where temporary folders are, and how many examples a law has.

    Thousands of small repositories, all thrown away: in memory they cost no waiting for a disk.
    """
    if config.option.markexpr == tiers.EXHAUSTIVE:
        settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "exhaustive"))
    memory = "/dev/shm"
    if os.path.isdir(memory) and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 31:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tells the two tiers apart. Laws are in both, in the second with more examples."""
    tiers.divide(items)
    if config.option.markexpr == tiers.EXHAUSTIVE:
        for item in items:
            if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                item.add_marker(tiers.EXHAUSTIVE)


def pytest_collection_finish() -> None:
    """What thousands of collected tests consist of is no garbage: it need not be looked through again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of source documents beside the checkout; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the shared source documents are not here")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every test runs with a home of its own, so that no configuration of the machine can matter."""
    home = tmp_path_factory.mktemp("home")
    (home / "gitconfig").write_text(GIT_CONFIG)
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(isolate(before, home))
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Jinja compiles a template once for each process that runs tests, and not once for each command."""
    compiled, compile_template = dict[object, CodeType](), Environment.compile

    def remembered(self: Environment, source: str, *where: object) -> CodeType:
        known = (type(self), tuple(self.filters), tuple(self.tests), source, where)
        if known not in compiled:
            compiled[known] = compile_template(self, source, *where)  # type: ignore[call-overload]
        return compiled[known]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", remembered)
        yield


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository."""
    return make(tmp_path / "repo")
