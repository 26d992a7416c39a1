"""``init`` tells what it did to which files, and a dry run what it would do, of every part that it sets up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.session import POLICY, Session, cli, template, untouched
from tests.repositories import Repo

__all__ = ["cli", "template"]

PARTS = {
    ("--merge-driver",): [".gitattributes", ".git/config"],
    ("--ci", "github"): [".github/workflows/backlog.yml"],
    ("--hooks",): [".git/hooks/pre-commit", ".git/hooks/pre-push"],
    ("--editor", "vscode"): None,
}


@pytest.fixture(autouse=True)
def own_hooks(request: pytest.FixtureRequest) -> None:
    """The prepared repository starts no hooks; one of ``init --hooks`` does."""
    request.getfixturevalue("cli").repo.git("config", "--unset", "core.hooksPath")


def config(repo: Repo) -> str:
    return (repo.root / ".git/config").read_text()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("part", PARTS, ids=lambda one: one[0])
def test_json_names_the_files_and_whether_anything_changed(cli: Session, part: tuple[str, ...]) -> None:
    for remove in ((), ("--remove",)):
        done = cli("init", *part, *remove, "--json").data
        assert done["action"] == "updated"
        assert done["paths"] == (PARTS[part] or done["paths"])
        assert done["paths"]
        assert "dry_run" not in done
        again = cli("init", *part, *remove, "--json").data
        assert (again["action"], again["paths"], again["commit"]) == ("unchanged", [], None)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("part", PARTS, ids=lambda one: one[0])
def test_a_dry_run_shows_the_difference_and_changes_nothing(cli: Session, part: tuple[str, ...]) -> None:
    for remove in ((), ("--remove",)):
        before = config(cli.repo)
        with untouched(cli.repo):
            told = cli("init", *part, *remove, "--dry-run")
            plain = cli("init", *part, *remove, "--dry-run", "--json").data
        assert config(cli.repo) == before
        assert not (cli.repo.root / ".git/hooks").exists() or remove
        for path in plain["paths"]:
            assert f"\n+++ b/{path}\n" in f"\n{told.out}" or f"--- a/{path}\n" in told.out
        assert "changed" not in told.out.split("\n")[0]
        assert told.err.endswith("dry run: nothing was written\n")
        assert plain["dry_run"] is True
        assert plain["diff"] in told.out
        assert plain["commit"] is None
        cli("init", *part, *remove)


def test_a_driver_that_only_this_clone_lacks_is_a_change_of_its_configuration(cli: Session) -> None:
    cli("init", "--merge-driver")
    cli.repo.git("config", "--remove-section", "merge.backlogtool")
    told = cli("init", "--merge-driver", "--dry-run").out
    assert told.startswith("--- a/.git/config\n+++ b/.git/config\n")
    assert "+merge.backlogtool.driver=" in told
    assert cli("init", "--merge-driver", "--json").data["action"] == "updated"


def test_a_dry_run_tells_of_a_hook_that_git_could_not_start(cli: Session) -> None:
    cli("init", "--hooks")
    (cli.repo.root / ".git/hooks/pre-push").chmod(0o644)
    told = cli("init", "--hooks", "--dry-run").out
    assert "b/.git/hooks/pre-push\nnew mode 100755\n" in told
    assert "pre-commit" not in told


def test_a_new_backlog_names_its_files(cli: Session) -> None:
    assert cli("init", "--json").data["paths"] == ["items/README.md"]
    assert cli("init", "--json").data["paths"] == []
    (cli.repo.root / POLICY).unlink()
    cli.repo.commit("away")
    assert cli("init", "--json").data["paths"] == [POLICY]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("options", [(), ("--remove",), ("--dry-run",)])
@pytest.mark.parametrize("is_set_up", [False, True])
def test_nobody_merges_in_a_bare_repository(
    cli: Session, tmp_path: Path, options: tuple[str, ...], is_set_up: bool
) -> None:
    """Also where the attribute is committed already, and only the configuration is left to be changed."""
    if is_set_up:
        cli("init", "--merge-driver")
    cli.repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "hub.git"))
    hub = Session(Repo(tmp_path / "hub.git"))
    before = (hub.repo.root / "config").read_text()
    told = hub("init", "--merge-driver", *options, status=7).err
    assert told.startswith("error: this is a bare repository: there is no work tree to change\nhint: use a clone")
    assert (hub.repo.root / "config").read_text() == before
