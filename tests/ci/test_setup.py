"""``init --ci``: the files it writes are what their forge reads, hold no trap, and go as they came."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from backlogtool import __version__
from backlogtool.app.setup_ci import PATHS, default_branch, installed_from, jobs
from backlogtool.app.workspace import Workspace
from tests.ci.forge import ACTION, INSTALL, JUDGE, VIEWS, documents, filled, shell, steps
from tests.cli.session import Session, one_commit, untouched

FORGES = sorted(PATHS)
COMMIT = "a" * 40
GIT = {"url": "https://git.example/team/backlogtool", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("forge", FORGES)
def test_it_is_written_once_and_taken_out_again(cli: Session, forge: str) -> None:
    path = PATHS[forge]
    with one_commit(cli.repo, path):
        told = cli("init", "--ci", forge)
    assert f"the jobs are set up: changed {path}" in told.out
    assert "set the variable BACKLOGTOOL" in told.err
    with untouched(cli.repo):
        assert "already" in cli("init", "--ci", forge).out
    with one_commit(cli.repo, path):
        cli("init", "--ci", forge, "--remove")
    with untouched(cli.repo):
        assert "already" in cli("init", "--ci", forge, "--remove").out
    assert not (cli.repo.root / path).exists()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("forge", FORGES)
def test_a_checkout_with_other_line_ends_has_the_file_as_it_was_written(cli: Session, forge: str) -> None:
    cli("init", "--ci", forge)
    cli.repo.git("config", "core.autocrlf", "true")
    (cli.repo.root / PATHS[forge]).unlink()
    cli.repo.git("checkout", "--quiet", "--", PATHS[forge])
    assert b"\r\n" in (cli.repo.root / PATHS[forge]).read_bytes()
    with untouched(cli.repo):
        assert "already" in cli("init", "--ci", forge).out
    with one_commit(cli.repo, PATHS[forge]):
        cli("init", "--ci", forge, "--remove")


@pytest.mark.parametrize("forge", FORGES)
def test_a_file_that_somebody_has_changed_is_theirs(cli: Session, forge: str) -> None:
    cli("init", "--ci", forge)
    cli.repo.write(PATHS[forge], cli.repo.read(PATHS[forge]).replace("15", "30").replace("3.12", "3.13"))
    cli.repo.commit("mine")
    with untouched(cli.repo):
        assert "not as backlogtool wrote it" in cli("init", "--ci", forge, status=1).err
        assert "remove it yourself" in cli("init", "--ci", forge, "--remove", status=1).err


def test_gitlab_has_to_be_told_of_its_file(cli: Session) -> None:
    assert "put this into .gitlab-ci.yml" in cli("init", "--ci", "gitlab").err
    cli.repo.write(".gitlab-ci.yml", "include:\n  - local: .gitlab/backlog.yml\n")
    assert "put this" not in cli("init", "--ci", "gitlab").err


def test_what_the_tool_was_installed_from_is_kept_by_who_has_it_from_elsewhere(cli: Session) -> None:
    cli("init", "--ci", "github")
    text = cli.repo.read(PATHS["github"])
    wanted = f"git+https://git.example/team/backlogtool@{COMMIT}"
    from backlogtool.codec.marks import marked

    body = text[: text.rindex("# written by")].replace("|| ''", f"|| '{wanted}'", 1)
    cli.repo.write(PATHS["github"], marked(PATHS["github"], body))
    cli.repo.commit("written by another installation")
    with untouched(cli.repo):
        assert cli("init", "--ci", "github").err == ""


# --- what differs from one repository to the next


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("branch", "remote", "wanted"), [
    ("main", "", "main"), ("master", "", "master"), ("trunk", "", "trunk"), ("main", "develop", "develop"),
])  # fmt: skip
def test_the_default_branch_is_the_one_of_the_remote(cli: Session, branch: str, remote: str, wanted: str) -> None:
    cli.repo.git("branch", "--quiet", "-m", branch)
    if remote:
        cli.repo.git("update-ref", f"refs/remotes/origin/{remote}", "HEAD")
        cli.repo.git("symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{remote}")
    cli("init", "--ci", "github")
    assert yaml.safe_load(cli.repo.read(PATHS["github"]))[True]["push"]["branches"] == [wanted]


@pytest.mark.parametrize("branch", ["main", "trunk"])
def test_a_tag_with_the_name_of_the_default_branch_is_not_taken_for_it(cli: Session, branch: str) -> None:
    cli.repo.git("branch", "--quiet", "-m", branch)
    cli.repo.git("tag", branch)
    cli("init", "--ci", "github")
    assert yaml.safe_load(cli.repo.read(PATHS["github"]))[True]["push"]["branches"] == [branch]


def test_a_branch_in_a_folder_main_is_not_the_default_one(cli: Session) -> None:
    cli.repo.git("branch", "--quiet", "-m", "trunk")
    cli.repo.git("branch", "main/fix")
    cli("init", "--ci", "github")
    assert yaml.safe_load(cli.repo.read(PATHS["github"]))[True]["push"]["branches"] == ["trunk"]


def test_a_branch_whose_name_means_something_in_a_workflow_is_refused(cli: Session) -> None:
    cli.repo.git("branch", "--quiet", "-m", 'a"]+${{x}}'.replace("{", "").replace("}", ""))
    assert "cannot name the default branch" in cli("init", "--ci", "github", status=1).err
    repository = Workspace.open(str(cli.repo.root)).repository
    assert repository is not None
    cli.repo.git("branch", "--quiet", "-m", "release/1.x_y")
    assert default_branch(repository) == "release/1.x_y"


INSTALLED: list[tuple[Any, str]] = [
    (None, ""),
    (GIT, f"git+https://git.example/team/backlogtool@{COMMIT}"),
    ({"url": "file:///home/ann/backlogtool", "dir_info": {"editable": True}}, ""),
    ({"url": "file:///tmp/backlogtool-1-py3-none-any.whl", "archive_info": {}}, ""),
    ({**GIT, "url": "https://x'; touch y #/b"}, ""),
    ({**GIT, "url": "https://ann:secret@git.example/b"}, ""),
    ({**GIT, "url": "ssh://git@git.example/b"}, ""),
    ({**GIT, "vcs_info": {"vcs": "git", "commit_id": "main"}}, ""),
    ([], ""),
]


@pytest.mark.parametrize(("noted", "wanted"), INSTALLED)
def test_the_jobs_install_what_is_installed_here_if_pip_knows_from_where(
    tmp_path: Path, noted: Any, wanted: str
) -> None:
    record = tmp_path / f"backlogtool-{__version__}.dist-info"
    record.mkdir()
    if noted is not None:
        (record / "direct_url.json").write_text(json.dumps(noted))
    assert installed_from(str(tmp_path / "backlogtool")) == wanted


def test_in_a_checkout_nothing_is_known_of_that(tmp_path: Path) -> None:
    assert installed_from(str(tmp_path / "backlogtool")) == ""


# --- the files themselves


def _schema(path: Path, schema: str) -> None:
    pytest.importorskip("check_jsonschema")
    asked = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(asked, capture_output=True, check=False, env={**os.environ, "NO_COLOR": "1"})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.sampled(3)
@pytest.mark.parametrize("forge", FORGES)
def test_the_schema_of_the_forge_takes_the_file(tmp_path: Path, forge: str) -> None:
    file = tmp_path / f"{forge}.yml"
    file.write_text(jobs(forge, source=f"git+https://git.example/b@{COMMIT}", branch="main"))
    _schema(file, "gitlab-ci" if forge == "gitlab" else "github-workflows")


def test_the_schema_of_actions_takes_ours() -> None:
    _schema(ACTION, "github-actions")


def test_a_schema_takes_not_everything(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text(jobs("github", source="", branch="main").replace("runs-on", "runs"))
    with pytest.raises(AssertionError):
        _schema(file, "github-workflows")


def test_no_script_holds_an_expression_and_every_script_is_shell() -> None:
    """What an event brings reaches a script through its environment alone, so it is never code."""
    scripts = [one.script for document in documents().values() for one in steps(document).values()]
    scripts += [part for job in yaml.safe_load(jobs("gitlab", source="", branch="")).values()
                for name in ("script", "before_script") for part in job.get(name, [])]  # fmt: skip
    assert len(scripts) == 12
    for script in scripts:
        assert "${{" not in script
        for name in ("bash", "sh"):
            assert subprocess.run([name, "-n"], input=script.encode(), check=False).returncode == 0


def test_the_action_and_the_workflow_judge_and_render_alike() -> None:
    held = {name: steps(document) for name, document in documents().items()}
    for name in (JUDGE, VIEWS):
        assert held["action"][name].script == held["github"][name].script


def test_a_required_check_never_waits_for_a_path_and_may_read_only() -> None:
    for name, document in documents().items():
        if name == "action":
            continue
        on = document[True]
        assert not any("paths" in str(one) for one in on.values())
        assert "pull_request" in on
        assert document["jobs"]["backlog"].get("if") is None
    github = documents()["github"]
    assert "merge_group" in github[True]
    assert github["permissions"] == {"contents": "read"}
    assert "permissions" not in github["jobs"]["backlog"]
    assert github["jobs"]["views"]["permissions"] == {"contents": "write"}


def test_every_push_is_judged_and_only_the_newest_state_of_a_pull_request() -> None:
    """Of what waits in one group, GitHub drops all but the newest; a push that is dropped nobody would judge."""
    concurrency = documents()["github"]["concurrency"]

    def group(**event: Any) -> str:
        return filled(concurrency["group"], {"github": {"event_name": "push", "ref": "refs/heads/main", **event}})

    assert group(run_id=1) != group(run_id=2)
    assert group(run_id=1, event={"pull_request": {"number": 7}}) == group(
        run_id=2, event={"pull_request": {"number": 7}}
    )
    assert concurrency["cancel-in-progress"] is True


@pytest.mark.parametrize("forge", ["github", "gitea"])
def test_nothing_is_installed_that_nobody_has_named(tmp_path: Path, forge: str) -> None:
    place = tmp_path / "repo"
    place.mkdir()
    install = steps(documents()[forge])[INSTALL].script
    status, out = shell(install, place, {"BACKLOGTOOL": "", "RUNNER_TEMP": str(tmp_path)}, command=("bash", "-e"))
    assert status == 1
    assert "set the variable BACKLOGTOOL" in out


@pytest.mark.parametrize("forge", [*FORGES, "action"])
def test_scripts_have_no_trap_that_shellcheck_knows(tmp_path: Path, forge: str) -> None:
    tool = shutil.which("shellcheck")
    if tool is None:
        pytest.skip("shellcheck is not here")
    if forge == "gitlab":
        held = yaml.safe_load(jobs(forge, source="", branch="")).values()
        scripts = [f"tool=x\n{part}" for job in held for part in job.get("script", [])]
    else:
        scripts = [one.script for one in steps(documents()[forge]).values()]
    for number, script in enumerate(scripts):
        file = tmp_path / f"{number}.sh"
        file.write_text(script)
        shell_name = "sh" if forge == "gitlab" else "bash"
        # SC2016: what git runs to learn a password is written in quotes on purpose.
        done = subprocess.run(
            [tool, f"--shell={shell_name}", "--exclude=SC2016", str(file)], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout.decode()
