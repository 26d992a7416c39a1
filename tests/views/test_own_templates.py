"""A repository's templates at the command line: rendered apart, held to limits, kept to their own paths."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.session import POLICY, Session, snapshot, untouched
from tests.conftest import ROOT
from tests.repositories import Repo

DIGEST = "ops/reports/platform/2026-W08.json"
#: Takes a gigabyte, which only the limited process refuses.
BOMB = "{{ '%999999999d' | format(1) }}"
STOPPED = "needs more than 512 MiB of memory"
GROUPED = "# My plan\n\n## group_begin [type:dev][priority:high]\n## Mine\n\nnotes\n\n---\n\n## group_end\n"


def _digest(session: Session) -> None:
    services = [{"service": name, "pressure_requires_arch_review": True} for name in ("mail", "queue")]
    session.repo.write(
        DIGEST, json.dumps({"schema_version": 1, "week": "2026-W08", "env": "prod", "services": services})
    )
    session.repo.commit("a digest", DIGEST)


# --- what comes from the repository is rendered apart


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("OWN.md", "render"),
        ("DASHBOARD.md", "render DASHBOARD.md"),
        ("_bars.md", "render --check"),
        ("OWN.md", "render --print OWN.md"),
        ("OWN.md", "render --commit"),
        ("_generated_item.md", "generate weekly"),
    ],
)
def test_a_bomb_in_a_template_is_stopped_and_nothing_is_written(cli: Session, path: str, command: str) -> None:
    _digest(cli)
    cli.repo.write(f"templates/{path}.j2", f"fine\n{BOMB}\n")
    with untouched(cli.repo):
        answer = cli(*command.split(), status=6)
    assert f"templates/{path}.j2:2: " in answer.err
    assert STOPPED in answer.err
    assert "let it do less: all templates of a command together may take 5 seconds" in answer.err


def test_a_bomb_in_a_view_that_each_commit_renders_stops_the_commit(cli: Session) -> None:
    cli.policy("views: {auto: true}\n")
    cli.repo.write("templates/OWN.md.j2", BOMB)
    with untouched(cli.repo):
        assert STOPPED in cli("create", "One more", status=6).err


def _title(session: Session, title: str) -> None:
    """Commits the packaged policy with another title for the items of the digest."""
    packaged = (ROOT / POLICY).read_text(encoding="utf-8")
    ours = '"[ARCH] {{ service }}: architecture review required"'
    assert ours in packaged
    session.repo.write(POLICY, packaged.replace(ours, json.dumps(title)))
    session.repo.commit("a title", POLICY)


def test_a_bomb_in_a_title_is_stopped_and_nothing_is_written(cli: Session) -> None:
    _digest(cli)
    _title(cli, BOMB)
    with untouched(cli.repo):
        answer = cli("generate", "weekly", status=6)
    assert f"template text '{BOMB}':1: {STOPPED}" in answer.err


def test_all_views_are_printed_by_one_process(cli: Session, started: Callable[[], int]) -> None:
    cli.repo.write("templates/OWN.md.j2", "# Ours\n")
    assert "# Ours\n" in cli("render", "--print").out
    assert started() == 1


def test_with_another_title_items_are_the_same_but_for_their_titles(cli: Session, started: Callable[[], int]) -> None:
    """The title is rendered in the other process, and with it the description."""
    _digest(cli)
    wanted = cli("generate", "weekly", "--dry-run").out
    _title(cli, "[REVIEW] {{ service }}: {{ week }}")
    assert started() == 0
    made = cli("generate", "weekly", "--dry-run").out
    assert started() == 1
    for service in ("mail", "queue"):
        wanted = wanted.replace(f"[ARCH] {service}: architecture review required", f"[REVIEW] {service}: 2026-W08")
    assert made == wanted


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many processes have been started with the interpreter."""
    log, program = tmp_path / "log", tmp_path / "python"
    program.write_text(f'#!/bin/sh\necho >> {shlex.quote(str(log))}\nexec {shlex.quote(sys.executable)} "$@"\n')
    program.chmod(0o700)
    log.touch()
    monkeypatch.setattr(sys, "executable", str(program))
    return lambda: len(log.read_text())


def test_templates_of_the_tool_start_no_process_and_others_one_for_a_command(
    cli: Session, started: Callable[[], int]
) -> None:
    _digest(cli)
    cli.repo.write("templates/TODO.md.j2", (ROOT / "templates/TODO.md.j2").read_text(encoding="utf-8"))
    cli("render")
    cli("generate", "weekly", "--dry-run")
    assert started() == 0, "the text is the tool's own"
    for name in ("A", "B", "C"):
        cli.repo.write(f"templates/{name}.md.j2", "{{ items | length }}\n")
    assert cli("render").out.count("rendered ") == 3
    assert started() == 1
    cli("generate", "weekly", "--dry-run")
    assert started() == 2


# --- names, links, sizes


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "path",
    [
        "items/bl_000000000001.md", "ITEMS/x.md", "config/backlog_policy.yml", "Config/x", "templates/x.md",
        "items", ".gitattributes", ".gitmodules", ".envrc", "docs/.gitignore", "-rf", "docs/--output", "BACKLOG.md/x",
        "backlog.MD/x",
    ],
)  # fmt: skip
def test_no_view_stands_where_others_belong(cli: Session, path: str) -> None:
    cli.repo.write(f"templates/{path}.j2", "mine\n")
    with untouched(cli.repo):
        answer = cli("render", status=6)
    folded = f"'{path}' cannot be the path of a view"
    assert folded in answer.err


@pytest.mark.parametrize("name", ["a b.j2", "ä.j2", "a\\b.j2", "\u202ex.j2", "x\n.j2", "$(id).j2", "x;y.j2", "*.j2"])
def test_a_template_with_an_odd_name_is_refused(cli: Session, name: str) -> None:
    cli.repo.write(f"templates/{name}", "mine\n")
    with untouched(cli.repo):
        assert "cannot be the name of a template" in cli("render", status=6).err


HANDWRITTEN = {
    "README.md": "# My project\n",
    "notes.md": "some notes\n",
    "empty.py": "",
    "docs/plan.md": GROUPED,
    "Makefile": "all:\n\trm -rf build\n",
    "comment.md": "<!-- mine -->\n",
}


@pytest.mark.exhaustive
def test_a_file_that_a_person_wrote_is_not_replaced(cli: Session) -> None:
    """Also not if git has it, and it looks like a view: only a marker or our own memory makes it ours."""
    for path, text in HANDWRITTEN.items():
        cli.repo.write(path, text)
    cli.repo.commit("by hand")
    for path in HANDWRITTEN:
        cli.repo.write(f"templates/{path}.j2", "mine\n")
    with untouched(cli.repo):
        answer = cli("render", "--json", status=1)
    found = {one["path"]: one["code"] for one in answer.json["findings"]}
    assert found == dict.fromkeys(HANDWRITTEN, "BL702")


@pytest.mark.exhaustive
def test_a_view_at_a_link_or_below_one_is_refused(cli: Session, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.md").write_text("theirs\n")
    (cli.repo.root / "linked").symlink_to(outside)
    (cli.repo.root / "x.md").symlink_to(outside / "x.md")
    (cli.repo.root / "dangling.md").symlink_to(outside / "new.md")
    for path in ("linked/x.md", "linked/new.md", "x.md", "dangling.md"):
        template = cli.repo.write(f"templates/{path}.j2", "mine\n")
        before = snapshot(cli.repo)
        cli("render", "--force", status=6)
        assert snapshot(cli.repo) == before, path
        template.unlink()
    assert [(one.name, one.read_text()) for one in outside.iterdir()] == [("x.md", "theirs\n")]


def test_two_views_for_one_path_are_refused(cli: Session) -> None:
    cli.policy("backlog_md: {file: docs/PLAN.md}\n")
    cli.repo.write("templates/docs/PLAN.md.j2", "mine\n")
    with untouched(cli.repo):
        assert "two views would stand at docs/PLAN.md" in cli("render", status=6).err
    cli.policy("backlog_md: {file: docs/PLAN.md}\nviews: {skip: [BACKLOG.md]}\n")
    cli("render")
    assert cli.repo.read("docs/PLAN.md") == "mine\n"


def test_a_template_that_is_a_link_or_lies_behind_one_is_not_read(cli: Session, tmp_path: Path) -> None:
    secret = tmp_path / "secret.j2"
    secret.write_text("s3cret\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/_part.j2").write_text("s3cret\n")
    own = cli.repo.root / "templates"
    own.mkdir()
    (own / "LINK.md.j2").symlink_to(secret)
    (own / "folder").symlink_to(tmp_path / "folder")
    (own / "TODO.md.j2").symlink_to("/etc/passwd")
    os.mkfifo(own / "PIPE.md.j2")
    (own / "FOLDER.md.j2").mkdir()
    cli.repo.write("templates/OWN.md.j2", "{% include 'LINK.md.j2' %}{% include 'folder/_part.j2' %}\n")
    names = ["LINK.md.j2", "PIPE.md.j2", "TODO.md.j2", "folder"]
    for command in (("render", "--print"), ("render",), ("validate",)):
        answer = cli(*command, status=1 if command == ("validate",) else 6)
        told = (answer.out + answer.err).split("\n")
        assert [one.split(":")[0] for one in told if "[BL113]" in one] == [f"templates/{name}" for name in names]
        assert "s3cret" not in answer.out
        assert "root:" not in answer.out


def test_a_folder_of_templates_that_is_a_link_is_not_read(cli: Session, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/OWN.md.j2").write_text("s3cret\n")
    (cli.repo.root / "templates").symlink_to(tmp_path / "folder")
    assert "templates: error: is not a regular file" in cli("render", status=6).err
    assert not (cli.repo.root / "OWN.md").exists()


@pytest.mark.exhaustive
def test_a_thousand_templates_are_rendered_in_one_command(cli: Session, started: Callable[[], int]) -> None:
    for number in range(1000):
        cli.repo.write(f"templates/many/{number}.txt.j2", f"{number} of {{{{ items | length }}}}\n")
    views = json.loads(cli("render", "--dry-run", "--json").out)["data"]["changed"]
    assert len(views) == 1004
    assert started() == 1


def test_templates_of_five_megabytes_are_refused(cli: Session) -> None:
    cli.repo.write("templates/LARGE.md.j2", "x" * (5 << 20))
    with untouched(cli.repo):
        answer = cli("render", status=6)
    assert "templates/LARGE.md.j2 brings the templates to more than 4 MiB" in answer.err


def test_templates_of_a_commit_are_held_to_the_same(cli: Session) -> None:
    """In a bare clone templates are read from the last commit, where hidden folders and any name can be."""
    for name in (".git-hooks/x.j2", "OWN.md.j2"):
        cli.repo.write(f"templates/{name}", BOMB)
    cli.repo.commit("templates")
    bare = cli.repo.root.parent / "bare.git"
    cli.repo.git("clone", "--quiet", "--bare", ".", str(bare))
    answer = Session(Repo(bare)).answer("render", "--print", "OWN.md")
    assert answer.status == 6
    assert STOPPED in answer.err
