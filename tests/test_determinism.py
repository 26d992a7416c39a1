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
from tests.cli.session import NOW, POLICY, PREPARED, Session, item_text, template
from tests.repositories import Repo, make
from tests.tiers import amounts

__all__ = ["template"]

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


@pytest.mark.sampled(2)
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


@pytest.mark.exhaustive
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


@pytest.mark.exhaustive
def test_git_settings_of_the_user_change_nothing(forwards: Repo, plain: str, tmp_path: Path) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[core]\n\tquotePath = false\n\tabbrev = 4\n\tpager = false\n[color]\n\tui = always\n[log]\n\tdate = relative\n"
        "\tshowSignature = true\n[diff]\n\tnoprefix = true\n\trenames = copies\n\tmnemonicPrefix = true\n"
        "[status]\n\tshort = true\n\tbranch = true\n\trelativePaths = false\n[i18n]\n\tlogOutputEncoding = latin1\n"
        "[format]\n\tpretty = oneline\n[advice]\n\tdetachedHead = false\n"
    )
    assert answers(forwards, GIT_CONFIG_GLOBAL=str(settings)) == plain


@pytest.mark.exhaustive
def test_two_repositories_that_are_told_the_same_become_the_same(tmp_path: Path) -> None:
    """Items from a digest and views: the same trees and, at the same moment, the same commits."""
    heads = []
    for name, seed in (("one", list(files())), ("two", list(reversed(files())))):
        session = Session(build(tmp_path / name, seed))
        session("generate", "weekly")
        session("render", "--commit")
        heads.append(session.repo.head())
    assert heads[0] == heads[1]


#: Renders the views of each repository from nothing, if asked twice, and prints what they and the lists say.
REBUILD = """
import contextlib, hashlib, io, json, pathlib, shutil, sys
from backlogtool.cli.main import main
roots, now, commands, twice = json.loads(sys.argv[1])

def run(root, *command):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["-C", root, "--now", now, *command])
    return [status, out.getvalue(), err.getvalue()]

def rebuilt(root):
    shutil.rmtree(root + "/.git/backlogtool", ignore_errors=True)
    changed = run(root, "render", "--json")
    assert changed[0] == 0, changed
    paths = sorted(json.loads(changed[1])["data"]["changed"])
    views = {path: pathlib.Path(root, path).read_bytes() for path in paths}
    for path in paths:
        pathlib.Path(root, path).unlink()
    return changed, {path: hashlib.sha256(data).hexdigest() for path, data in views.items()}

answers = []
for root in roots:
    first = rebuilt(root)
    assert not twice or rebuilt(root) == first, root
    answers.append([first, *(run(root, *command) for command in commands)])
sys.stdout.buffer.write(json.dumps(answers).encode())
"""
ASKED = [["list", "--all", "--json"], ["dashboard", "--env", "all"], ["log", "--all", "--json"]]
#: What one repository of the twenty has beside its items.
BESIDES: list[dict[str, str]] = [
    {},
    {POLICY: "version: 1\nworkflow: {closed_statuses: [done]}\n"},
    {POLICY: "version: 1\nbacklog_md: {title: Übersicht, file: docs/BACKLOG.md}\ntodo: {file: docs/TODO.md}\n"},
    {"templates/ITEMS.md.j2": "{% for item in items %}\n{{ item.id }} {{ item.title | md }}\n{% endfor %}\n"},
    {POLICY: "version: 1\nviews: {skip: [TODO.md]}\n", "README.md": "# x\n"},
]
_TITLES = ("Straße", "İstanbul", "ångström", "zebra", "Äpfel", "ｆｕｌｌ", "naïve | <b>", "-1", "1e3")


def shape(number: int) -> dict[str, str]:
    """The files of one of the twenty: ties, letters that locales sort otherwise, folders, both line ends."""
    found = dict(BESIDES[number % len(BESIDES)])
    for one in range(4 + number % 5):
        item_id = f"bl_{(one * 7919 + number) % 997:012x}"
        text = item_text(
            item_id,
            "## Plan\n\n1. one\n\n## Comments\n\n### 2026-02-16T06:20:00Z bob\n\nso",
            title=json.dumps(_TITLES[(one + number) % len(_TITLES)], ensure_ascii=False),
            due_date=("2026-02-10", '""', "2026-03-01")[one % 3],
            priority=f"P{one % 4}",
            service=("b", "B", "a")[one % 3],
            tags="[z, Ä, a, Z]",
            **({"list": "todo", "promoted_at": "2026-02-10", "promoted_from": "dev-high"} if one == 2 else {}),
        )
        found[f"items/{'sub/' if one % 2 else ''}{item_id}.md"] = (
            text.replace("\n", "\r\n") if number % 4 == 3 else text
        )
    return found


def rebuilt(roots: list[Path], *, twice: bool, **environment: str) -> list[object]:
    """What the views and lists of the repositories are when nothing of ours is left but the items."""
    done = subprocess.run(
        [sys.executable, "-c", REBUILD, json.dumps([[str(root) for root in roots], NOW, ASKED, twice])],
        env={**os.environ, **environment},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    answers: list[object] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("amount", amounts(len(BESIDES), exhaustive=20))
def test_repositories_are_rebuilt_byte_for_byte_from_their_items_alone(
    template: Path, tmp_path: Path, amount: int
) -> None:
    """R18: without caches and views, in two time zones, locales, hash seeds and orders of files."""
    roots: dict[str, list[Path]] = {"west": [], "east": []}
    for number in range(amount):
        files = shape(number)
        repo = Repo(tmp_path / f"west/{number}")
        shutil.copytree(template / ".git", repo.root / ".git")
        for path, text in files.items():
            repo.write(path, text)
        repo.commit("all of it")
        other = Repo(tmp_path / f"east/{number}")
        shutil.copytree(repo.root / ".git", other.root / ".git")
        for path, text in reversed(files.items()):
            os.utime(other.write(path, text), (number, number))
        roots["west"].append(repo.root)
        roots["east"].append(other.root)
    west = rebuilt(roots["west"], twice=True, TZ="Pacific/Kiritimati", LC_ALL="C", PYTHONHASHSEED="0")
    east = rebuilt(roots["east"], twice=False, TZ="America/Los_Angeles", LC_ALL="C.UTF-8", PYTHONHASHSEED="1")
    for number, (one, another) in enumerate(zip(west, east, strict=True)):
        assert one == another, number
    assert len({json.dumps(one) for one in west}) == amount
