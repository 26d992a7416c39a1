"""``doctor --fix`` mends what is safe to mend, tells it, and leaves the rest; and how doctor prints what it finds."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.app.doctored import aged, git_dir
from tests.cli.session import GATEWAY, Answer, Session, copied, run, snapshot, untouched
from tests.crash.crashes import do, end, killed_runs, start
from tests.repositories import Repo

COMMAND = ("set-status", GATEWAY, "in_progress")


def states(answer: Answer) -> dict[str, str]:
    return {check["name"]: check["state"] for check in answer.data}


def mendable(answer: Answer) -> list[str]:
    return [check["name"] for check in answer.data if check["mends"]]


def told(answer: Answer, name: str) -> dict[str, Any]:
    (check,) = [check for check in answer.data if check["name"] == name]
    return check


@pytest.fixture(scope="session")
def outcomes(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], int]:
    """Every file after the write that is killed below, and how many commits there are then."""
    session = copied(template, tmp_path_factory.mktemp("whole"))
    session(*COMMAND)
    return _files(session.repo), session.repo.commits()


def _files(repo: Repo) -> dict[str, bytes]:
    return {path: data for path, data in snapshot(repo).items() if not path.startswith(".git/")}


@pytest.mark.exhaustive
def test_a_killed_write_is_found_and_mended_at_every_point(
    template: Path, tmp_path: Path, outcomes: tuple[dict[str, bytes], int]
) -> None:
    """All or nothing, no lock left, nothing more to mend; the journal is what it is found by."""
    before = _files(Repo(template)), 1
    found, mended = 0, 0
    for point, repo in killed_runs(template, tmp_path / "runs", COMMAND):
        journal = (repo.root / ".git/backlogtool/journal").exists()
        if point % 2 and not 5 < point < 12:
            continue  # neighbouring points leave much the same
        session = Session(repo)
        with untouched(repo):
            answer = session("doctor", "--json", status=int(journal))
        assert ("writing" in mendable(answer)) == journal
        found += journal
        answer = session("doctor", "--fix", "--json")
        assert mendable(answer) == []
        assert "left" not in answer.json
        mended += len(answer.json.get("done", ()))
        assert (_files(repo), repo.commits()) in (before, outcomes)
        assert repo.git("status", "--porcelain") == ""
        assert not [one for one in repo.root.rglob("*.lock") if one.parent.name != "cache"]
        assert set(os.listdir(repo.root / ".git/backlogtool")) <= {"lock", "cache"}
    assert min(found, mended) >= 6


def _killed(session: Session, point: int = 7) -> None:
    """A write that was killed when its files were written and its commit was not made."""
    assert end(start(lambda: do(session.repo, COMMAND), kill_at=point)) == -9


@pytest.mark.exhaustive
def test_what_was_mended_is_told_once(cli: Session) -> None:
    _killed(cli)
    answer = cli("doctor", status=1)
    assert "problem  writing     a write did not come to its end" in answer.out
    assert "fix:   backlogtool doctor --fix" in answer.out
    assert answer.err == ""
    answer = cli("doctor", "--fix")
    assert answer.out.startswith("mended   an interrupted write was undone: items/")
    assert answer.err == ""
    assert "writing" not in answer.out.partition("\n")[2]
    assert cli("doctor", "--fix").out.endswith("nothing to mend that --fix mends\n")


def test_leftovers_are_removed_and_nothing_else_is_changed(cli: Session) -> None:
    private = git_dir(cli) / "backlogtool"
    gone = [
        aged(private / "kept.0"),
        aged(private / "index"),
        aged(cli.repo.root / "items/deep/.backlogtool-1", 0),
        aged(cli.repo.root / ".backlogtool-2"),
    ]
    stays = [aged(cli.repo.root / ".backlogtool-3", 0), aged(private / "somebody's"), aged(git_dir(cli) / "HEAD.lock")]
    (private / "views.json").write_bytes(b"\xff")
    cli.hand_edit(GATEWAY, "owner: oncall", "owner: carol")
    before = snapshot(cli.repo)
    assert mendable(cli("doctor", "--json", status=1)) == ["leftovers", "unfinished", "derived"]
    answer = cli("doctor", "--fix", "--json", status=1)
    assert len(answer.json["done"]) == 3
    assert mendable(answer) == []
    assert not any(path.exists() for path in gone)
    names = {path.relative_to(cli.repo.root).as_posix() for path in gone}
    assert snapshot(cli.repo) == {path: data for path, data in before.items() if path not in names}
    assert all(path.exists() for path in stays)
    assert not (private / "views.json").exists()


def test_a_foreign_lock_is_never_touched(cli: Session) -> None:
    lock = aged(git_dir(cli) / "index.lock")
    lock.write_text("somebody's")
    kept = aged(git_dir(cli) / "backlogtool/kept.0")
    answer = cli("doctor", "--fix", "--json", status=1)
    assert told(answer, "index")["state"] == "problem"
    assert not told(answer, "index")["mends"]
    assert lock.read_text() == "somebody's"
    assert not kept.exists()


def test_a_foreign_lock_keeps_an_interrupted_write_from_being_mended(
    cli: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKLOG_LOCK_WAIT", "0")
    _killed(cli)
    lock = git_dir(cli) / "index.lock"
    lock.unlink()
    lock.write_text("somebody's")
    answer = cli("doctor", "--fix", status=1)
    assert "left     another git holds" in answer.out
    assert "problem  writing" in answer.out
    assert lock.read_text() == "somebody's"
    lock.unlink()
    assert "mended" in cli("doctor", "--fix").out
    assert cli.item(GATEWAY)["status"] == "open"


@pytest.mark.exhaustive
def test_a_lock_of_the_branch_is_removed_only_with_the_write_that_left_it(cli: Session) -> None:
    """By the rule of healing: not older than the journal, and nobody lets go of it."""
    older = aged(git_dir(cli) / "HEAD.lock")
    _killed(cli)
    left = git_dir(cli) / "refs/heads/main.lock"
    left.touch()
    fixes = [check["fix"] for check in cli("doctor", "--json", status=1).data if check["name"] == "locks"]
    assert fixes == [f"backlogtool doctor --fix first; if no git is running: rm {path}" for path in (older, left)]
    answer = cli("doctor", "--fix", "--json", status=1)
    assert (older.exists(), left.exists()) == (True, False)
    assert told(answer, "locks")["fix"] == f"if no git is running: rm {older}"


@contextmanager
def _writer(session: Session) -> Iterator[None]:
    """Somebody who has the writer's lock."""
    place = git_dir(session) / "backlogtool/lock"
    place.parent.mkdir(exist_ok=True)
    with open(place, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_beside_a_writer_nothing_is_removed(cli: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLOG_LOCK_WAIT", "0")
    kept = aged(git_dir(cli) / "backlogtool/kept.0")
    with _writer(cli):
        answer = cli("doctor", "--fix", "--json")
        assert "done" not in answer.json
        assert "another backlogtool has been writing" in answer.json["left"][0]
        assert kept.exists()
        assert "left     another backlogtool" in cli("doctor", "--fix").out
    with _writer(cli), open(git_dir(cli) / "backlogtool/journal", "w") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)
        answer = cli("doctor", "--json")
        assert told(answer, "writing")["state"] == "note"
        assert "at this moment" in told(answer, "writing")["told"]
        assert mendable(answer) == []


@pytest.mark.exhaustive
def test_a_killed_write_in_another_work_tree_is_told_and_mended_there(cli: Session, tmp_path: Path) -> None:
    other = Session(Repo(tmp_path / "other"))
    cli.repo.git("worktree", "add", "--quiet", "-b", "other", str(other.repo.root))
    _killed(other)
    check = told(cli("doctor", "--json"), "writing")
    assert (check["state"], check["mends"]) == ("note", False)
    assert check["fix"] == f"backlogtool -C {other.repo.root} doctor --fix"
    cli("doctor", "--fix")
    assert "writing" in states(cli("doctor", "--json"))
    assert "mended" in run(*check["fix"].split()[1:]).out
    assert "writing" not in states(cli("doctor", "--json"))
    _killed(cli)
    assert told(other("doctor", "--json"), "writing")["fix"] == f"backlogtool -C {cli.repo.root} doctor --fix"
    cli("doctor", "--fix")
    _killed(other)
    os.rename(other.repo.root, tmp_path / "gone")
    assert told(cli("doctor", "--json"), "writing")["fix"] == "git worktree prune"


def test_where_nothing_is_to_be_mended_nothing_is_written(cli: Session) -> None:
    with untouched(cli.repo):
        answer = cli("doctor", "--fix")
    assert [one.name for one in (git_dir(cli) / "backlogtool").glob("*")] in ([], ["cache"])
    assert answer.out.endswith("nothing to mend that --fix mends\n")


def test_what_cannot_be_opened_is_told_and_not_mended(cli: Session) -> None:
    (git_dir(cli) / "HEAD").unlink()
    answer = cli("doctor", "--fix", status=3)
    assert "problem  repository  git does not take" in answer.out
    assert "cause: its file HEAD is gone" in answer.out
    assert not (git_dir(cli) / "HEAD").exists()


def test_with_a_broken_policy_or_a_damaged_index_the_rest_is_told_and_mended(cli: Session) -> None:
    cli.repo.write("config/backlog_policy.yml", "nonsense\n")
    (git_dir(cli) / "index").write_bytes(b"DIRC")
    kept = aged(git_dir(cli) / "backlogtool/kept.0")
    answer = cli("doctor", "--fix", "--json", status=1)
    assert states(answer) | {"policy": "problem", "index": "problem", "identity": "ok"} == states(answer)
    assert not kept.exists()


def test_every_field_stands_in_the_json_and_a_memory_store_has_no_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLOG_BACKEND", "memory")
    answer = run("doctor", "--fix", "--json")
    assert answer.status == 0
    assert list(answer.data[0]) == ["name", "state", "told", "cause", "risk", "fix", "mends"]
    assert [check["name"] for check in answer.data] == ["policy", "items", "digests"]
    assert list(answer.json) == ["schema_version", "data"]
