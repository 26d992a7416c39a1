"""The step that judges a change, run as shell on two branches: of the Action, and of GitHub's and Gitea's workflow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.ci.forge import JUDGE, ZERO, Done, Forge, documents, forge, steps
from tests.cli.session import BILLING, GATEWAY, ROUTER, SEARCH, Session
from tests.interchange import forms
from tests.repositories import Repo
from tests.tiers import amounts

STEPS = {name: steps(document)[JUDGE] for name, document in documents().items()}
ANNOTATED = ("action", "github")
TARGET = "pull_request_target"


@pytest.fixture(params=STEPS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def hub(cli: Session, tmp_path: Path) -> Forge:
    """A forge whose main has moved on since two branches left it: ``good`` keeps the rules, ``bad`` does not."""
    cli.repo.git("checkout", "--quiet", "-b", "good")
    cli("set-status", GATEWAY, "in_progress")
    cli("comment", GATEWAY, "Waiting for the numbers.")
    cli.repo.git("checkout", "--quiet", "-b", "bad")
    cli.hand_edit(BILLING, "status: open", "status: done")
    cli.repo.commit("close it")
    cli.repo.git("checkout", "--quiet", "main")
    cli("comment", ROUTER, "Somebody else was here.")
    return forge(cli.repo, tmp_path / "forge")


def change(hub: Forge, head: str, base: str = "main") -> dict[str, Any]:
    ends = {"base": {"sha": tip(hub, base)}, "head": {"sha": tip(hub, head)}}
    return {"pull_request": ends}


def tip(hub: Forge, branch: str) -> str:
    return hub.hub.git("rev-parse", branch).strip()


def judged(hub: Forge, kind: str, branch: str, repo: Repo | None = None) -> Done:
    """A pull request of the branch, checked out merged as GitHub does."""
    if repo is None:
        repo = hub.clone("origin/main")
        repo.git("merge", "--quiet", "--no-edit", f"origin/{branch}", extra={
            name: "x" for one in ("AUTHOR", "COMMITTER") for name in (f"GIT_{one}_NAME", f"GIT_{one}_EMAIL")
        })  # fmt: skip
    return hub.run(STEPS[kind], repo, "pull_request", change(hub, branch))


def test_a_branch_that_keeps_the_rules_passes_and_is_told(hub: Forge, kind: str) -> None:
    done = judged(hub, kind, "good")
    assert done.status == 0, done.out
    told = done.summary if kind in ANNOTATED else done.out
    assert "1 item changed" in told
    assert "Waiting for the numbers." in told
    assert "Somebody else was here." not in told
    assert forms.github(done.out) == []


def test_a_branch_that_breaks_them_fails_with_the_finding_at_its_line(hub: Forge, kind: str) -> None:
    done = judged(hub, kind, "bad")
    assert done.status == 1
    assert "BL301" in done.out
    if kind in ANNOTATED:
        [(severity, properties, _)] = forms.github(done.out)
        assert (severity, properties["file"], properties["line"]) == ("error", f"items/{BILLING}.md", "5")
        assert done.summary.startswith("### Findings: 1 error\n")
        assert "### Backlog: 2 items changed" in done.summary


@pytest.mark.sampled(9)
@pytest.mark.parametrize("base", ["", "a" * 40, "nowhere"])
def test_a_base_that_is_missing_fails(hub: Forge, kind: str, base: str) -> None:
    event = change(hub, "good")
    event["pull_request"]["base"]["sha"] = base
    done = hub.run(STEPS[kind], hub.clone("origin/good"), "pull_request", event)
    assert done.status == 1
    assert ("fetch-depth: 0" if base else "no base") in done.out


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("branch", "status"), [("good", 0), ("bad", 1)])
def test_a_shallow_clone_is_deepened(hub: Forge, kind: str, branch: str, status: int) -> None:
    done = judged(hub, kind, branch, hub.clone("", "--depth=1", f"--branch={branch}"))
    assert done.status == status, done.out


@pytest.mark.sampled(3)
def test_a_shallow_clone_that_cannot_be_deepened_fails(hub: Forge, kind: str) -> None:
    repo = hub.clone("", "--depth=1", "--branch=good")
    repo.git("remote", "set-url", "origin", str(hub.place / "gone"))
    done = judged(hub, kind, "good", repo)
    assert done.status == 1
    assert "fetch-depth: 0" in done.out


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("branch", "status"), [("good", 0), ("bad", 1)])
def test_a_push_is_judged_from_what_stood_before(hub: Forge, kind: str, branch: str, status: int) -> None:
    event = {"before": tip(hub, "main~1")}
    done = hub.run(STEPS[kind], hub.clone(f"origin/{branch}"), "push", event, sha=tip(hub, branch))
    assert done.status == status, done.out


@pytest.mark.exhaustive
@pytest.mark.parametrize(("branch", "status"), [("good", 0), ("bad", 1)])
def test_a_new_branch_is_judged_from_where_it_left_main(hub: Forge, kind: str, branch: str, status: int) -> None:
    repo = hub.clone("", f"--branch={branch}", "--single-branch")
    done = hub.run(STEPS[kind], repo, "push", {"before": ZERO}, sha=tip(hub, branch))
    assert done.status == status, done.out


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", ANNOTATED, indirect=False)
@pytest.mark.parametrize(("branch", "status"), [("good", 0), ("bad", 1)])
def test_a_merge_queue_is_judged(hub: Forge, kind: str, branch: str, status: int) -> None:
    event = {"merge_group": {"base_sha": tip(hub, "main~1"), "head_sha": tip(hub, branch)}}
    done = hub.run(STEPS[kind], hub.clone(f"origin/{branch}"), "merge_group", event, sha=tip(hub, branch))
    assert done.status == status, done.out


@pytest.mark.exhaustive
@pytest.mark.parametrize("ends", [{"base": "main~1"}, {"base": "origin/main", "head": "origin/good"}])
def test_who_runs_the_action_may_name_the_ends(hub: Forge, ends: dict[str, str]) -> None:
    done = hub.run(STEPS["action"], hub.clone("origin/good"), "schedule", {}, sha=tip(hub, "good"), **ends)
    assert done.status == 0, done.out


def test_an_end_that_looks_like_an_option_is_none(hub: Forge) -> None:
    """It may be the name of a branch, which a stranger gives."""
    repo = hub.clone("origin/good")
    ends = {"base": "main~1", "head": "--upload-pack=touch${IFS}run;git-upload-pack"}
    done = hub.run(STEPS["action"], repo, "pull_request", {}, sha=tip(hub, "good"), **ends)
    assert done.status == 1
    assert not (repo.root / "run").exists()


def test_under_pull_request_target_the_head_is_read_and_never_checked_out(hub: Forge, tmp_path: Path) -> None:
    """It comes from a fork: it is fetched by its id, and neither its rules nor its templates nor its files count."""
    fork = hub.clone("origin/bad")
    fork.write("backlogtool/__init__.py", "raise SystemExit('run from the head')\n")
    fork.write("venv.py", "raise SystemExit('run from the head')\n")
    fork.write("config/backlog_policy.yml", "version: 1\nworkflow:\n  allowed_transitions: {open: [done]}\n")
    fork.git("config", "user.name", "Mallory")
    fork.git("config", "user.email", "m@example.org")
    head = fork.commit("::error::x")
    fork.git("push", "--quiet", "origin", "HEAD:refs/pull/1/head")
    repo = hub.clone("origin/main", "--single-branch")
    before = repo.head()
    event = {"pull_request": {"base": {"sha": before}, "head": {"sha": head}}}
    done = hub.run(STEPS["action"], repo, TARGET, event)
    assert done.status == 1
    assert [properties["title"] for kind, properties, _ in forms.github(done.out) if kind == "error"] == ["BL301"]
    assert (repo.head(), repo.git("status", "--porcelain")) == (before, "")


@pytest.mark.sampled(3)
def test_new_rules_that_what_is_left_alone_breaks_fail(cli: Session, tmp_path: Path, kind: str) -> None:
    cli.repo.git("checkout", "--quiet", "-b", "rules")
    cli.policy("enums:\n  env: [prod]\n")
    hub = forge(cli.repo, tmp_path / "forge")
    done = judged(hub, kind, "rules")
    assert done.status == 1
    assert f"items/{SEARCH}.md" in done.out
    assert "items that this change leaves alone break the rules" in done.out
    if kind in ANNOTATED:
        assert [kind for kind, _, _ in forms.github(done.out)][-1] == "error"


@pytest.mark.exhaustive
def test_a_version_that_cannot_be_told_fails(hub: Forge, cli: Session, kind: str) -> None:
    cli.repo.git("checkout", "--quiet", "good")
    cli.repo.write(cli.path(BILLING), "no frontmatter\n")
    cli.repo.commit("oops")
    cli.repo.git("push", "--quiet", "origin", "good")
    done = judged(hub, kind, "good")
    assert done.status != 0
    assert "cannot be read after" in (done.summary if kind in ANNOTATED else done.out)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", ANNOTATED, indirect=False)
def test_no_text_of_a_repository_is_a_command_to_the_runner(hub: Forge, cli: Session, kind: str) -> None:
    """Also in the log of what fails: an older form of commands is one wherever it stands in a line."""
    cli.repo.git("checkout", "--quiet", "-b", "hostile", "main")
    cli.repo.write("config/backlog_policy.yml", "version: 1\n'##[stop-commands]x': 1\n")
    cli.repo.commit("hostile")
    cli.repo.git("push", "--quiet", "origin", "hostile")
    done = judged(hub, kind, "hostile", hub.clone("origin/hostile"))
    assert done.status == 6
    assert "##[" in done.out
    assert [properties["title"] for _, properties, _ in forms.github(done.out)] == ["BL112"]
    assert re.fullmatch(r"::[0-9]+::", done.out.splitlines()[-1])


@pytest.mark.sampled(3)
def test_hostile_titles_stay_text(hub: Forge, cli: Session, kind: str) -> None:
    cli.repo.git("checkout", "--quiet", "-b", "hostile", "main")
    title = "'::error::$(touch x) `touch x` ${{ github.token }} | <img src=x> @ann #1'"
    cli.hand_edit(BILLING, "title: Harden billing", f"title: {title}")
    cli.repo.commit("$(touch x)")
    cli.repo.git("push", "--quiet", "origin", "hostile")
    repo = hub.clone("origin/hostile")
    done = judged(hub, kind, "hostile", repo)
    assert done.status == 0, done.out
    assert forms.github(done.out) == []
    assert not (repo.root / "x").exists()
    assert "<img" not in done.summary
    assert "@ann" not in done.summary


@pytest.mark.sampled(3)
def test_the_target_counts_as_it_stands_and_not_as_the_event_names_it(hub: Forge, kind: str) -> None:
    """A job that is run again has the event of its first run."""
    event = change(hub, "bad", base="main~1")
    event["pull_request"]["base"] |= {"ref": "main", "sha": "a" * 40}
    repo = hub.clone("origin/bad")
    for _ in range(2):  # the second time nothing can be fetched, as in a private repository
        done = hub.run(STEPS[kind], repo, "pull_request", event)
        assert done.status == 1
        assert "BL301" in done.out, done.out
        repo.git("remote", "set-url", "origin", str(hub.place / "gone"))
    event["pull_request"]["base"]["ref"] = "nowhere"
    assert "no branch nowhere" in hub.run(STEPS[kind], repo, "pull_request", event).out


@pytest.mark.parametrize("kind", ["gitea", *amounts(exhaustive="action"), *amounts(exhaustive="github")])
def test_no_name_of_a_file_is_a_command_to_the_runner(hub: Forge, kind: str) -> None:
    repo = hub.clone("origin/good")
    repo.write("items/a\r::error::forged\r.md", "x\n")
    repo.git("-c", "user.name=x", "-c", "user.email=x", "add", "--all")
    repo.git("-c", "user.name=x", "-c", "user.email=x", "commit", "--quiet", "--message", "m")
    event = {"before": tip(hub, "main~1")}
    done = hub.run(STEPS[kind], repo, "push", event, sha=repo.head())
    assert done.status == 1
    assert "BL114" in done.out
    assert not any(line.startswith("::error::") for line in done.out.splitlines())
    if kind == "gitea":
        lines = done.out.splitlines()
        stop, told = (
            next(i for i, line in enumerate(lines) if part in line) for part in ("::stop-commands::", "BL114")
        )
        assert stop < told
        assert f"::{lines[stop].rpartition('::')[2]}::" in lines
