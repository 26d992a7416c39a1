"""``doctor`` finds every odd state of a repository, of git and of the backlog, and what it says to do ends it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backlogtool.app.health.repository import of_version, span
from backlogtool.app.health.system import of_shut, of_space
from tests.app.doctored import STATES, State, aged, git_dir, items_in_large_file_storage, shell
from tests.cli.session import Answer, Session, run, untouched
from tests.repositories import Repo


def checks(answer: Answer, name: str) -> list[dict[str, Any]]:
    return [check for check in answer.data if check["name"] == name]


def found(answer: Answer, wanted: State, root: Path) -> list[dict[str, Any]]:
    """The checks that tell of the state."""
    told = wanted.told.replace("{root}", str(root))
    return [one for one in checks(answer, wanted.name) if (one["state"], told in one["told"]) == (wanted.state, True)]


@pytest.mark.sampled(12)
@pytest.mark.parametrize("name", STATES)
def test_every_state_is_found_with_what_to_do(cli: Session, name: str) -> None:
    """The fix that is a command ends the state; looking changes nothing."""
    wanted = STATES[name]
    session = wanted.make(cli) or cli
    with untouched(cli.repo):
        answer = session("doctor", "--json", status=wanted.exit_code)
    (check,) = found(answer, wanted, session.repo.root)
    fix = wanted.fix.replace("{root}", str(session.repo.root))
    assert fix in check["fix"]
    if check["state"] == "problem" and wanted.name != "policy":
        assert check["risk"]
    if wanted.ends:
        shell(session, fix)
        again = session.answer("doctor", "--json")
        assert not found(again, wanted, session.repo.root), again.out


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", STATES)
def test_no_state_is_seen_where_all_is_well(name: str, healthy: Answer, template: Path) -> None:
    """But for the digest that the prepared backlog lacks."""
    assert bool(found(healthy, STATES[name], template)) == (name == "no_digest")


@pytest.fixture(scope="session")
def healthy(template: Path) -> Answer:
    return Session(Repo(template))("doctor", "--json")


def test_a_filter_that_is_not_configured_or_not_for_items_is_nothing(cli: Session) -> None:
    items_in_large_file_storage(cli)
    for more in ("items/** -filter", "*.md !filter", "/items/*.md filter=unknown"):
        cli.repo.write(".gitattributes", f"*.md filter=lfs\n{more}\n")
        assert not checks(cli("doctor", "--json"), "filters")
    cli.repo.write(".gitattributes", "# items\n\n*.txt filter=lfs\ndocs/*.md filter=lfs\n")
    assert not checks(cli("doctor", "--json"), "filters")
    cli.repo.write("items/.gitattributes", "*.md filter=lfs\n")
    assert "*.md -filter" in checks(cli("doctor", "--json"), "filters")[0]["fix"]


def test_who_holds_a_lock_is_told(cli: Session) -> None:
    with open(aged(git_dir(cli) / "index.lock"), "rb"):
        (check,) = checks(cli("doctor", "--json", status=1), "index")
    assert f"process {os.getpid()} (python" in check["cause"]
    assert check["fix"] == "wait for it, or end it"
    with open(aged(git_dir(cli) / "index.lock", 0), "rb"):
        assert checks(cli("doctor", "--json"), "index")[0]["state"] == "note"


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [((2, 29, 9), "problem"), ((1, 9, 0), "problem"), ((2, 30, 0), "note"), ((2, 43, 6), "note"), ((2, 43, 7), "ok"),
     ((2, 45, 3), "note"), ((2, 45, 4), "ok"), ((2, 50, 0), "note"), ((2, 50, 1), "ok"), ((2, 51, 0), "ok"),
     ((3, 0, 0), "ok"), ((0, 0, 0), "problem")],
)  # fmt: skip
def test_the_version_of_git_is_judged(numbers: tuple[int, int, int], kind: str) -> None:
    assert of_version("git", numbers).state == kind


def test_little_space_and_a_read_only_disk_are_told() -> None:
    assert list(of_space("/x", 50 << 20)) == []
    (little,) = of_space("/x", (50 << 20) - 1)
    assert (little.state, "49 MiB" in little.told, "df -h /x" in little.fix) == ("note", True, True)
    assert of_shut("/x y", fixed=True).fix == "mount -o remount,rw '/x y'"
    assert of_shut("/x y", fixed=False).fix == "sudo chown -R \"$(id -un)\" '/x y'"


def test_a_length_of_time_is_told_in_its_largest_unit() -> None:
    assert [span(one) for one in (0, 59, 60, 7200, 86400, 200000)] == [
        "0 seconds", "59 seconds", "1 minute", "2 hours", "1 day", "2 days",
    ]  # fmt: skip


def test_outside_a_repository_it_says_so_as_every_command_does(tmp_path: Path) -> None:
    answer = run("-C", str(tmp_path), "doctor", "--fix")
    assert (answer.status, answer.out) == (3, "")
    assert "is not in a git repository" in answer.err


@pytest.fixture
def of_nobody(template: Path) -> Iterator[Session]:
    """A repository of the user nobody, who may write in it; only root can make one."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a repository to somebody else")
    with tempfile.TemporaryDirectory() as folder:
        repo = Repo(Path(shutil.copytree(template, Path(folder, "repo"))))
        for path in (Path(folder), repo.root, *repo.root.rglob("*")):
            os.chown(path, 65534, 65534)
        yield Session(repo)


def test_a_repository_of_somebody_else_is_told(of_nobody: Session) -> None:
    answer = of_nobody("doctor", "--json", status=7)
    (check,) = checks(answer, "repository")
    assert "belongs to somebody else" in check["told"]
    assert "git would run as you" in check["risk"]
    assert f"git config --global --add safe.directory {of_nobody.repo.root}" in check["fix"]


def test_what_may_not_be_written_is_told(of_nobody: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(of_nobody.repo.root))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    folder = of_nobody.repo.root / "items"
    os.seteuid(65534)
    try:
        assert not checks(of_nobody("doctor", "--json"), "permission")
        folder.chmod(0o555)
        (check,) = checks(of_nobody("doctor", "--json", status=1), "permission")
    finally:
        os.seteuid(0)
    assert check["told"] == f"{folder} cannot be written to"
    assert "permissions" in check["cause"]
