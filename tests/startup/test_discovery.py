"""What is found without git is what git finds, in every repository that the suite knows; else git is asked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.errors import BacklogError
from backlogtool.stores.git import repository, runner
from backlogtool.stores.git.discovery import plain_repository
from backlogtool.stores.git.repository import Repository, discover
from tests.repositories import Repo, make
from tests.untrusted.case import Case
from tests.untrusted.catalogue import CASES
from tests.untrusted.ground import ground, healthy


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return healthy(tmp_path_factory.mktemp("healthy") / "repo")


def git_finds(directory: object) -> Repository | None:
    """What git says of a directory; None where it refuses."""
    try:
        return repository._asked(os.path.abspath(str(directory)), str(directory))
    except BacklogError:
        return None


def git_head(found: Repository) -> str | None:
    """The id that HEAD stands at as git tells it, whether the commit is there or not; None where git refuses."""
    told = runner.Git(found.root, ("--git-dir", found.git_dir)).read("rev-parse", "--verify", "--quiet", "HEAD")
    if told.status == 0:
        return told.out.decode().strip()
    named = runner.Git(found.root, ("--git-dir", found.git_dir)).read("symbolic-ref", "--quiet", "HEAD")
    return "" if named.status == 0 else None


def agrees(directory: object) -> bool:
    """Whether the repository is plain; if it is, git must say the same of it, and of its HEAD."""
    place = plain_repository(str(directory))
    if place is None:
        return False
    found = Repository(*place)
    assert found == git_finds(directory)
    tip = found.tip()
    assert tip is None or tip == git_head(found)
    return True


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_odd_repository_is_found_as_git_finds_it_or_left_to_git(case: Case, template: Path, tmp_path: Path) -> None:
    if case.needs_root and os.geteuid() != 0:
        pytest.skip("only root can give a repository to somebody else")
    made, directory = ground(template, tmp_path, case.make)
    agrees(directory)
    assert made.sang() == []


def test_usual_repositories_are_found_without_git(repo: Repo, tmp_path: Path) -> None:
    assert agrees(repo.root)
    repo.write("items/deeper/a.txt", "x")
    repo.commit("first")
    assert agrees(repo.root / "items" / "deeper")
    repo.git("pack-refs", "--all")
    assert agrees(repo.root)
    repo.git("checkout", "--quiet", "--detach")
    assert agrees(repo.root)
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    assert agrees(tmp_path / "linked")
    repo.git("clone", "--quiet", str(repo.root), str(tmp_path / "clone"))
    assert agrees(tmp_path / "clone")
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.root}", str(tmp_path / "shallow"))
    assert agrees(tmp_path / "shallow")


def test_a_path_through_a_link_is_the_real_path(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "short").symlink_to(repo.root)
    assert agrees(tmp_path / "short")


@pytest.mark.parametrize("objects", ["sha1", "sha256"])
def test_either_format_of_objects_is_plain(objects: str, tmp_path: Path) -> None:
    root = tmp_path / objects
    root.mkdir()
    Repo(root).git("init", "--quiet", f"--object-format={objects}")
    assert agrees(root)


ODD_SETTINGS = {
    "another work tree": ("core.worktree", "/tmp"),
    "bare": ("core.bare", "true"),
    "bare in other words": ("core.bare", "yes"),
    "a format of the future": ("core.repositoryformatversion", "9"),
    "an extension": ("extensions.partialClone", "origin"),
    "a file of one work tree": ("extensions.worktreeConfig", "true"),
    "an included file": ("include.path", "other"),
    "a file that may be included": ("includeIf.gitdir:/x.path", "other"),
    "a backslash": ("alias.x", "!echo a\\b"),
}


@pytest.mark.parametrize("name", ODD_SETTINGS)
def test_what_may_lead_elsewhere_is_left_to_git(name: str, repo: Repo) -> None:
    repo.git("config", *ODD_SETTINGS[name])
    assert plain_repository(str(repo.root)) is None


@pytest.mark.parametrize(
    "text",
    [
        '[core "x"]\n\tworktree = /tmp\n',
        "[core]\n\tbare\n",
        '[user]\n\tname = "Ann Author"\n[alias]\n\tst = status # short\n',
        "[branch \"a]b\"]\n\tremote = 'origin'\n",
        "; words\n# more\n\n   [user]\n name=x",
        "[user]\r\n\tname = x\r\n",
        "[user] name = x\n",
        "[core.sub]\n\tbare = true\n",
        '[user]\n\tname = "open\n',
        "[user]\n\tname = two \\\nlines\n",
        "[user]\n\t9name = x\n",
        "[user\n\tname = x\n",
        "name = x\n",
        "[extensions]\n\tobjectFormat = sha256\n",
        "[EXTENSIONS]\n\tnoop = 1\n",
        "[core]\n\tRepositoryFormatVersion = 1\n",
    ],
)
def test_every_way_to_write_a_configuration_gives_what_git_gives(text: str, repo: Repo) -> None:
    with open(repo.root / ".git" / "config", "a", newline="") as file:
        file.write(text)
    agrees(repo.root)


PIECES = (
    *("[core]", "[a]", '[a "b"]', "[include]", "bare = false", "bare=true", "worktree = y", "path = z", "e = 1", "x"),
    *("#", "\\", '"', " ", "=", "]", "[", "\t", "\r"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=5), st.sampled_from(["\n", "", " "]))
def test_any_configuration_gives_what_git_gives(parts: list[str], between: str) -> None:
    root = Path(os.environ["HOME"]) / "configured"
    if not root.exists():
        make(root)
    config = root / ".git" / "config"
    plain = config.with_suffix(".plain")
    if not plain.exists():
        shutil.copy(config, plain)
    config.write_text(plain.read_text() + between.join(parts))
    agrees(root)


def test_git_is_asked_where_there_is_no_repository_or_more_than_one_view_of_it(repo: Repo, tmp_path: Path) -> None:
    assert plain_repository(str(tmp_path / "nowhere")) is None
    assert plain_repository(str(tmp_path)) is None
    assert plain_repository(str(repo.root / ".git")) is None
    assert plain_repository(str(repo.root / ".git" / "refs")) is None
    (repo.root / "inner").mkdir()
    (repo.root / "inner" / ".git").mkdir()
    assert plain_repository(str(repo.root / "inner")) is None


@pytest.mark.parametrize("ceiling", ["{root}", "{root}/a", "{root}/a/b", "/", "relative", "{root}/a:/x", ":{root}/a"])
def test_ceilings_are_those_of_git(ceiling: str, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    below = repo.root / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", ceiling.format(root=repo.root))
    agrees(repo.root)
    agrees(below)


def test_a_repository_of_somebody_else_is_left_to_git(repo: Repo) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for place in (repo.root, repo.root / ".git"):
        shutil.chown(place, user=65534)
        assert plain_repository(str(repo.root)) is None
        shutil.chown(place, user=0)
    assert agrees(repo.root)


def test_without_git_nothing_is_found_so_that_every_command_says_the_same(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert plain_repository(str(repo.root)) is None


# --- the last commit


def test_the_last_commit_is_read_without_git_and_a_missing_or_damaged_one_is_an_error(repo: Repo) -> None:
    found = discover(str(repo.root))
    assert (found.tip(), found.head()) == ("", "")
    repo.write("a", "x")
    first = repo.commit("first")
    assert (found.tip(), found.sighted(), found.head()) == (first, first, first)
    place = repo.root / ".git" / "objects" / first[:2] / first[2:]
    whole = place.read_bytes()
    place.chmod(0o644)
    place.write_bytes(whole[:-4])
    with pytest.raises(BacklogError, match="cannot be read"):
        found.head()
    place.unlink()
    assert (found.tip(), found.sighted()) == (first, "")
    with pytest.raises(BacklogError, match="cannot be read"):
        found.head()


def test_a_packed_commit_is_sighted_and_one_that_is_not_there_is_not(repo: Repo) -> None:
    for number in range(40):
        repo.write("a", str(number))
        repo.commit(str(number))
    found = discover(str(repo.root))
    repo.git("gc", "--quiet")
    assert not list((repo.root / ".git" / "objects").glob("[0-9a-f][0-9a-f]"))
    assert found.sighted() == found.head() == repo.head()
    from backlogtool.stores.git.packs import is_there

    every = repo.git("rev-list", "--objects", "--all").split()
    names = [one for one in every if len(one) == 40]
    assert all(is_there(found.common_dir, one) for one in names)
    absent = [f"{one[:-1]}{'0' if one[-1] != '0' else '1'}" for one in names]
    assert not any(is_there(found.common_dir, one) for one in {*absent, "0" * 40, "f" * 40} - set(names))


@pytest.mark.parametrize(
    "head",
    ["", "ref: refs/heads/../../x\n", "ref: refs/tags/x\n", "ref: refs/heads/a b\n", "ref: HEAD\n", "x" * 40, "ab" * 20,
     "ref:\trefs/heads/main", "ref: refs/heads/.lock\n", "ref: refs/heads/x.lock\n", f"{'ab' * 20} more\n"],
)  # fmt: skip
def test_an_odd_head_is_left_to_git(head: str, repo: Repo) -> None:
    repo.write("a", "x")
    repo.commit("first")
    (repo.root / ".git" / "HEAD").write_text(head)
    agrees(repo.root)


def test_a_branch_behind_a_link_or_in_an_odd_list_is_left_to_git(repo: Repo) -> None:
    repo.write("a", "x")
    first = repo.commit("first")
    branch, packed = repo.root / ".git" / "refs" / "heads" / "main", repo.root / ".git" / "packed-refs"
    found = discover(str(repo.root))
    branch.rename(branch.with_name("other"))
    branch.symlink_to("other")
    assert found.tip() is None
    branch.unlink()
    packed.write_text(f"{first} refs/heads/main\n")
    assert found.tip() == first
    packed.write_text(f"{first} refs/heads/mainly\n{first} refs/heads/ma")
    assert found.tip() is None
    packed.write_text("junk refs/heads/main\n")
    assert found.tip() is None
