"""The same repository, policy and day give the same bytes, whatever else is different (R-006, R18)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.grouped_file import grouped_file, task
from tests.cli.session import NOW, POLICY, PREPARED, Session, item_text
from tests.repositories import Repo, make

COMMANDS = [
    ["list", "--all", "--json"],
    ["list", "--all"],
    ["list", "--all", "--format", "csv"],
    ["dashboard", "--json", "--env", "all"],
    ["dashboard"],
    ["log", "--all", "--json"],
    ["validate", "--json"],
    ["render", "--print"],
    ["promote", "--force", "--json", "--dry-run"],
    ["generate", "weekly", "--dry-run", "--json"],
    ["config", "show", "--json"],
]
#: Runs the commands in one process and prints what each gives; a subprocess because a hash seed is for life.
SCRIPT = """
import contextlib, io, json, sys
from backlogtool.cli.main import main
root, now, commands = json.loads(sys.argv[1])
answers = []
for command in commands:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["-C", root, "--now", now, *command])
    answers.append([status, out.getvalue(), err.getvalue()])
sys.stdout.buffer.write(json.dumps(answers).encode())
"""
DIGEST = {
    "week": "2026-W08",
    "env": "prod",
    "services": [
        {
            "service": name,
            "pressure_requires_arch_review": True,
            "followups_overdue": 3,
            "risk_has_slo_violations": True,
        }
        for name in ("zeta", "alpha", "mid")
    ],
}


def files() -> dict[str, str]:
    """A backlog with ties in everything that is sorted by something else first."""
    found = {f"items/{item_id}.md": text for item_id, text in PREPARED.items()}
    for number in range(30):
        item_id = f"bl_{number * 7919 % 1000:012x}"
        found[f"items/{'sub/' if number % 3 else ''}{item_id}.md"] = item_text(
            item_id,
            service=f"s{number % 4}",
            due_date="2026-02-10",
            category="security",
            tags="[z, a, m]",
            meta="{b: 1, a: 2}",
            evidence_refs="{incidents: [b, a], alerts: [z, y]}",
        )
    found[POLICY] = "version: 1\nownership: {overrides: {zeta: cto, alpha: bob}}\n"
    found["ops/reports/platform/2026-W08.json"] = json.dumps(DIGEST)
    found["templates/SERVICES.md.j2"] = (
        "{% for item in items %}\n{{ item.service }} {{ item.tags | join(' ') }}\n{% endfor %}\n"
    )
    return found


def build(root: Path, order: list[str]) -> Repo:
    """The files, written in this order, and one commit whose id depends on nothing else."""
    repo = make(root)
    held = files()
    for path in order:
        repo.write(path, held[path])
    repo.git("add", "--all")
    dates = {"GIT_AUTHOR_DATE": NOW, "GIT_COMMITTER_DATE": NOW}
    repo.git("commit", "--quiet", "--message", "all of it", extra=dates)
    return repo


@pytest.fixture(scope="module")
def forwards(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    repo = build(tmp_path_factory.mktemp("forwards") / "repo", list(files()))
    session = Session(repo)
    path = repo.write("BACKLOG.md", grouped_file({("infra", "high"): [task(3), task(1), task(2)]}))
    session("import", str(path))
    path.unlink()
    return repo


@pytest.fixture(scope="module")
def plain(forwards: Repo) -> str:
    return answers(forwards)


def answers(repo: Repo, **environment: str) -> str:
    """What all the commands give in a process with this environment."""
    asked = json.dumps([str(repo.root), NOW, COMMANDS])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, asked],
        env={**os.environ, **environment},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )
    for command, (status, _, err) in zip(COMMANDS, json.loads(done.stdout), strict=True):
        assert status == 0, (command, err)
    return done.stdout


@pytest.mark.parametrize(
    "environment",
    [
        {
            "TZ": "Pacific/Kiritimati",
            "LC_ALL": "C",
            "PYTHONHASHSEED": "0",
            "XDG_CONFIG_HOME": "/nonexistent/\u00fcber there",
            "HOME": "/nonexistent",
            "GIT_DIR": "/nonexistent",
            "GIT_WORK_TREE": "/tmp",
            "GIT_INDEX_FILE": "/nonexistent/index",
        },
        {
            "TZ": "America/Los_Angeles",
            "LC_ALL": "C.UTF-8",
            "PYTHONHASHSEED": "1",
            "PYTHONOPTIMIZE": "2",
            "COLUMNS": "20",
            "TERM": "xterm-256color",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "core.quotePath",
            "GIT_CONFIG_VALUE_0": "false",
        },
    ],
    ids=["west", "east"],
)
def test_time_zone_locale_hash_seed_and_what_else_is_set_change_nothing(
    forwards: Repo, plain: str, environment: dict[str, str]
) -> None:
    assert answers(forwards, **environment) == plain


def test_the_order_in_which_files_came_into_being_changes_nothing(forwards: Repo, plain: str, tmp_path: Path) -> None:
    """The same clone at another place, its files written last first and with other times."""
    copy = tmp_path / "repo"
    copy.mkdir()
    shutil.copytree(forwards.root / ".git", copy / ".git")
    paths = sorted((path for path in forwards.root.rglob("*") if path.is_file()), reverse=True)
    for number, path in enumerate(path for path in paths if ".git" not in path.parts):
        target = copy / path.relative_to(forwards.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        os.utime(target, (number, number))
    assert answers(Repo(copy)) == plain


def test_rendering_on_another_day_differs_by_that_day_only(forwards: Repo) -> None:
    one, other = (Session(forwards, now=f"2026-02-{day}T12:00:00Z")("render", "--print").out for day in (18, 19))
    assert one != other
    assert one.replace("2026-02-18", "2026-02-19").count("\n") == other.count("\n")


def test_git_settings_of_the_user_change_nothing(forwards: Repo, plain: str, tmp_path: Path) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[core]\n\tquotePath = false\n\tabbrev = 4\n\tpager = false\n[color]\n\tui = always\n[log]\n\tdate = relative\n"
        "\tshowSignature = true\n[diff]\n\tnoprefix = true\n\trenames = copies\n\tmnemonicPrefix = true\n"
        "[status]\n\tshort = true\n\tbranch = true\n\trelativePaths = false\n[i18n]\n\tlogOutputEncoding = latin1\n"
        "[format]\n\tpretty = oneline\n[advice]\n\tdetachedHead = false\n"
    )
    assert answers(forwards, GIT_CONFIG_GLOBAL=str(settings)) == plain


def test_two_repositories_that_are_told_the_same_become_the_same(tmp_path: Path) -> None:
    """Items from a digest and views: the same trees and, at the same moment, the same commits."""
    heads = []
    for name, seed in (("one", list(files())), ("two", list(reversed(files())))):
        session = Session(build(tmp_path / name, seed))
        session("generate", "weekly")
        session("render", "--commit")
        heads.append(session.repo.head())
    assert heads[0] == heads[1]
