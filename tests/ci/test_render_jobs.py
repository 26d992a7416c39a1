"""The step that renders the views on the default branch: one commit where something changed, and then nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ci import gitlab
from tests.ci.forge import VIEWS, Done, Forge, documents, forge, steps, worth
from tests.cli.session import BILLING, GATEWAY, Session, touched
from tests.interchange import forms
from tests.repositories import Repo

STEPS = {name: steps(document)[VIEWS] for name, document in documents().items()}
KINDS = [*STEPS, "gitlab"]
BOTS = {
    "action": "github-actions[bot]",
    "github": "github-actions[bot]",
    "gitea": "backlogtool",
    "gitlab": "backlogtool",
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def hub(cli: Session, tmp_path: Path) -> Forge:
    return forge(cli.repo, tmp_path / "forge")


def rendered(hub: Forge, kind: str, repo: Repo | None = None) -> Done:
    repo = repo or hub.clone("origin/main")
    if kind == "gitlab":
        return gitlab.run(gitlab.VIEWS, hub, repo, CI_COMMIT_SHA=repo.head())
    return hub.run(STEPS[kind], repo, "push", {"before": "x"}, ref_name="main", ref="refs/heads/main")


def commits(hub: Forge) -> int:
    return int(hub.hub.git("rev-list", "--count", "main"))


@pytest.mark.sampled(6)
def test_views_are_committed_once_and_a_second_run_does_nothing(hub: Forge, kind: str) -> None:
    before = commits(hub)
    done = rendered(hub, kind)
    assert done.status == 0, done.out
    assert commits(hub) == before + 1
    assert "BACKLOG.md" in touched(hub.hub, "main")
    assert hub.hub.git("log", "-1", "--format=%an", "main").strip() == BOTS[kind]
    again = rendered(hub, kind)
    assert (again.status, commits(hub)) == (0, before + 1), again.out


@pytest.mark.exhaustive
def test_a_view_follows_an_item_that_a_later_push_brings(hub: Forge, cli: Session, kind: str) -> None:
    """Also in a new clone, which remembers nothing of what was rendered."""
    assert rendered(hub, kind).status == 0
    cli.repo.git("pull", "--quiet", "--ff-only", "origin", "main")
    cli("edit", GATEWAY, "--set", "title=A new name")
    cli.repo.git("push", "--quiet", "origin", "main")
    assert rendered(hub, kind).status == 0
    assert "A new name" in hub.hub.git("show", "main:BACKLOG.md")


@pytest.mark.sampled(4)
def test_a_race_that_is_lost_is_run_again_on_top_of_the_other_push(hub: Forge, cli: Session, kind: str) -> None:
    repo = hub.clone("origin/main")
    cli("comment", BILLING, "I was faster.")
    other = f'test -e ../raced || {{ touch ../raced; cd "{cli.repo.root}" && git push --quiet origin main; }}'
    hook = repo.write(".git/hooks/pre-push", f"#!/bin/sh\nunset GIT_DIR\n{other}\n")
    hook.chmod(0o755)
    done = rendered(hub, kind, repo)
    assert done.status == 0, done.out
    assert "rejected" in done.out or "failed to push" in done.out
    assert touched(hub.hub, "main~1") == [cli.path(BILLING)]
    assert "BACKLOG.md" in touched(hub.hub, "main")


@pytest.mark.exhaustive
def test_a_branch_that_takes_no_push_ends_the_job_with_what_to_look_at(hub: Forge, kind: str) -> None:
    hook = hub.hub.write("hooks/pre-receive", "#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    before = commits(hub)
    done = rendered(hub, kind)
    assert done.status == 1
    assert "cannot be pushed" in done.out
    if kind in ("action", "github"):
        assert [one for one, _, _ in forms.github(done.out)] == ["error"]
    assert commits(hub) == before


@pytest.mark.sampled(4)
def test_a_backlog_that_cannot_be_read_is_not_rendered(hub: Forge, cli: Session, kind: str) -> None:
    cli.repo.write(cli.path(BILLING), "no frontmatter\n")
    cli.repo.commit("oops")
    cli.repo.git("push", "--quiet", "origin", "main")
    before = commits(hub)
    assert rendered(hub, kind).status != 0
    assert commits(hub) == before


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", ["action", "github"], indirect=False)
def test_no_text_of_a_repository_is_a_command_to_the_runner(hub: Forge, cli: Session, kind: str) -> None:
    cli.repo.write("items/##[error]x.md", "x\n")
    cli.repo.commit("hostile")
    cli.repo.git("push", "--quiet", "origin", "main")
    done = rendered(hub, kind)
    assert done.status == 6
    assert "##[" in done.out
    assert forms.github(done.out) == []


CASES = [
    ("push", "refs/heads/main", False, "true", True),
    ("push", "refs/heads/main", False, "false", False),
    ("push", "refs/heads/main", True, "true", False),
    ("push", "refs/heads/topic", False, "true", False),
    ("push", "refs/tags/main", False, "true", False),
    ("pull_request", "refs/pull/1/merge", False, "true", False),
]


@pytest.mark.parametrize(("name", "ref", "fork", "render", "wanted"), CASES)
def test_only_a_push_to_the_default_branch_renders_and_never_in_a_fork(
    name: str, ref: str, fork: bool, render: str, wanted: bool
) -> None:
    """A workflow runs for pushes to that branch alone; the Action has to see to it itself."""
    event = {"repository": {"fork": fork, "default_branch": "main"}}
    context = {"github": {"event_name": name, "ref": ref, "event": event}, "inputs": {"render": render}}
    assert bool(worth(STEPS["action"].condition, context)) == wanted
    if ref == "refs/heads/main" or name != "push":
        is_push = name == "push" and not fork
        assert all(bool(worth(STEPS[one].condition, context)) == is_push for one in ("github", "gitea"))
