"""GitLab's job that judges a merge request, run as shell: its log, its two reports, and the page of what changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml

from tests.ci import gitlab
from tests.ci.forge import ZERO, Done, Forge, forge, shell
from tests.cli.session import BILLING, GATEWAY, ROUTER, Session
from tests.interchange import forms
from tests.repositories import Repo


@pytest.fixture
def hub(cli: Session, tmp_path: Path) -> Forge:
    cli.repo.git("checkout", "--quiet", "-b", "good")
    cli("set-status", GATEWAY, "in_progress")
    cli.repo.git("checkout", "--quiet", "-b", "bad")
    cli.hand_edit(BILLING, "status: open", "status: done")
    cli.repo.commit("close it")
    cli.repo.git("checkout", "--quiet", "main")
    cli("comment", ROUTER, "Somebody else was here.")
    return forge(cli.repo, tmp_path / "forge")


def judged(hub: Forge, repo: Repo, base: str, **more: str) -> Done:
    return gitlab.run(gitlab.CHECK, hub, repo, CI_COMMIT_SHA=repo.head(), CI_MERGE_REQUEST_DIFF_BASE_SHA=base, **more)


def test_a_good_branch_passes_with_empty_reports(hub: Forge) -> None:
    repo = hub.clone("origin/good")
    done = judged(hub, repo, hub.hub.git("merge-base", "main", "good").strip(), CI_COMMIT_BEFORE_SHA=ZERO)
    assert done.status == 0, done.out
    assert "1 item changed: 1 moved" in done.out
    assert forms.gitlab(json.loads(repo.read("backlog-quality.json"))) == []
    assert JUnitXml.fromstring(repo.read("backlog-junit.xml").encode()).failures == 0
    assert repo.read("backlog-changes.md").startswith("### Backlog: 1 item changed")


def test_a_bad_branch_fails_with_the_finding_in_both_reports(hub: Forge) -> None:
    repo = hub.clone("origin/bad")
    done = judged(hub, repo, hub.hub.git("merge-base", "main", "bad").strip())
    assert done.status == 1
    assert "[BL301]" in done.out
    [entry] = forms.gitlab(json.loads(repo.read("backlog-quality.json")))
    assert entry["location"] == {"path": f"items/{BILLING}.md", "lines": {"begin": 5}}
    assert JUnitXml.fromstring(repo.read("backlog-junit.xml").encode()).failures == 1


@pytest.mark.exhaustive
@pytest.mark.parametrize(("branch", "status"), [("good", 0), ("bad", 1)])
def test_a_merged_result_is_judged_against_what_it_was_merged_with(hub: Forge, branch: str, status: int) -> None:
    repo = hub.clone("origin/main")
    target = repo.head()
    repo.git("-c", "user.name=x", "-c", "user.email=x", "merge", "--quiet", "--no-edit", f"origin/{branch}")
    done = judged(hub, repo, target + "0", CI_MERGE_REQUEST_TARGET_BRANCH_SHA=target)
    assert done.status == status, done.out


@pytest.mark.sampled(2)
@pytest.mark.parametrize("base", ["", "a" * 40])
def test_a_base_that_is_missing_fails(hub: Forge, base: str) -> None:
    done = judged(hub, hub.clone("origin/good"), base)
    assert done.status == 1
    assert ("set GIT_DEPTH to 0" if base else "no base") in done.out


@pytest.mark.exhaustive
def test_a_shallow_clone_is_deepened_or_fails(hub: Forge) -> None:
    base = hub.hub.git("merge-base", "main", "bad").strip()
    repo = hub.clone("", "--depth=1", "--branch=bad")
    assert "[BL301]" in judged(hub, repo, base).out
    lost = hub.clone("", "--depth=1", "--branch=good")
    lost.git("remote", "set-url", "origin", str(hub.place / "gone"))
    done = judged(hub, lost, base)
    assert done.status == 1
    assert "set GIT_DEPTH to 0" in done.out


@pytest.mark.exhaustive
@pytest.mark.parametrize(("branch", "status"), [("good", 0), ("bad", 1)])
def test_a_push_is_judged_from_what_stood_before(hub: Forge, branch: str, status: int) -> None:
    before = hub.hub.git("rev-parse", "main~1").strip()
    done = judged(hub, hub.clone(f"origin/{branch}"), "", CI_COMMIT_BEFORE_SHA=before)
    assert done.status == status, done.out
    first = judged(hub, hub.clone(f"origin/{branch}"), "", CI_COMMIT_BEFORE_SHA=ZERO)
    assert first.status == status, first.out


def test_nothing_is_installed_that_nobody_has_named(hub: Forge) -> None:
    status, out = shell(gitlab.BEFORE, hub.clone("").root, {"BACKLOGTOOL": ""}, command=("sh", "-e"))
    assert status == 1
    assert "set the variable BACKLOGTOOL" in out


def test_what_the_job_pushed_starts_no_second_one() -> None:
    """By the option of the push, by the author's name, and only where a token was given, which forks do not have."""
    first, second = gitlab.VIEWS["rules"]
    assert first == {"if": "$CI_COMMIT_AUTHOR =~ /^backlogtool </", "when": "never"}
    assert "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" in second["if"]
    assert second["if"].endswith("&& $BACKLOG_TOKEN")
    assert "--push-option=ci.skip" in gitlab.VIEWS["script"][0]


def test_the_target_counts_as_it_stands(hub: Forge) -> None:
    target = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    repo = hub.clone("origin/bad")
    assert "[BL301]" in judged(hub, repo, "a" * 40, **target).out
    assert judged(hub, hub.clone("origin/good"), "a" * 40, **target).status == 0
    gone = judged(hub, repo, hub.hub.git("rev-parse", "main~1").strip(), CI_MERGE_REQUEST_TARGET_BRANCH_NAME="nowhere")
    assert (gone.status, "branch nowhere cannot be fetched" in gone.out) == (1, True)


@pytest.mark.exhaustive
def test_in_a_train_it_is_what_was_merged_with(hub: Forge) -> None:
    train = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "nowhere", "CI_MERGE_REQUEST_EVENT_TYPE": "merge_train"}
    base = hub.hub.git("rev-parse", "main~1").strip()
    done = judged(hub, hub.clone("origin/good"), "a" * 40, CI_MERGE_REQUEST_TARGET_BRANCH_SHA=base, **train)
    assert done.status == 0, done.out


@pytest.mark.exhaustive
def test_from_a_fork_it_stands_in_another_project_which_may_be_out_of_reach(hub: Forge) -> None:
    base = hub.hub.git("merge-base", "main", "bad").strip()
    for project in (str(hub.hub.root).removesuffix(".git"), str(hub.place / "gone")):
        fork = {"CI_PROJECT_ID": "2", "CI_MERGE_REQUEST_PROJECT_ID": "1", "CI_MERGE_REQUEST_PROJECT_URL": project}
        done = judged(hub, hub.clone("origin/bad"), base, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main", **fork)
        assert "[BL301]" in done.out, done.out
