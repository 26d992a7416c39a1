"""What is found without git is what git finds, in every repository that the suite knows; else git is asked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.app.workspace import Workspace
from backlogtool.errors import BacklogError, UnavailableError
from backlogtool.stores.git import repository, runner
from backlogtool.stores.git.discovery import plain_repository
from backlogtool.stores.git.repository import Repository, discover
from tests.cli.session import GATEWAY, item_text
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


@pytest.mark.sampled(36)
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


@pytest.mark.exhaustive
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


@pytest.mark.sampled(3)
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
    packed.write_text(f"{SORTED}{first} refs/heads/main\n")
    assert found.tip() == first
    for odd in ("{0} refs/heads/mainly\n{0} refs/heads/ma", "junk refs/heads/main\n", "{0}\trefs/heads/main\n",
                "{0} refs/heads/main\n{1} refs/heads/main\n", "{0}\x0crefs/heads/main\n"):  # fmt: skip
        packed.write_text(SORTED + odd.format(first, "1" * 40))
        assert found.tip() is None
    packed.write_text(f"{first} refs/heads/main\n")  # where it does not say that it is sorted, every line counts
    assert found.tip() is None


LINES = (
    *("{id} refs/heads/main", "{id}\trefs/heads/main", "{id} refs/heads/main ", "{id} refs/heads/ma", "^{id}", "# x"),
    *(
        "{id} refs/heads/n",
        "",
        "junk",
        "{no} refs/heads/main",
        "{id} refs/tags/refs/heads/main",
        "{id} refs/heads/main\r",
    ),
)
SORTED = "# pack-refs with: peeled fully-peeled sorted \n"


@given(st.sampled_from([SORTED, "# pack-refs with: peeled \n", ""]), st.lists(st.sampled_from(LINES), max_size=3))
def test_any_list_of_branches_gives_what_git_gives(begin: str, lines: list[str]) -> None:
    root, first = _with_a_commit()
    (root / ".git/refs/heads/main").unlink(missing_ok=True)
    text = "".join(f"{line}\n" for line in lines).format(id=first, no="1" * 40)
    (root / ".git/packed-refs").write_text(begin + text, newline="")
    tip = _found(root).tip()
    assert tip is None or git_head(_found(root)) == tip


HEADS = (
    "ref:",
    " ",
    "\t",
    "\n",
    "refs/heads/main",
    "refs/heads/",
    "{id}",
    "main",
    "/",
    "\0",
    "\r",
    "x" * 90,
    "é",
    "..",
)


@given(st.lists(st.sampled_from(HEADS), max_size=5))
def test_any_head_gives_what_git_gives(parts: list[str]) -> None:
    root, first = _with_a_commit()
    head = root / ".git" / "HEAD"
    before = head.read_text()
    try:
        head.write_text("".join(parts).format(id=first), newline="")
        agrees(root)
    finally:
        head.write_text(before)


@given(st.sampled_from(["main", "deep/er"]), st.lists(st.sampled_from(HEADS), max_size=3))
def test_any_file_of_a_branch_gives_what_git_gives(name: str, parts: list[str]) -> None:
    root, first = _with_a_commit()
    (root / ".git/HEAD").write_text(f"ref: refs/heads/{name}\n")
    branch = root / ".git/refs/heads" / name
    branch.parent.mkdir(exist_ok=True)
    try:
        branch.write_text("".join(parts).format(id=first), newline="")
        tip = _found(root).tip()
        assert tip is None or tip == git_head(_found(root))
    finally:
        branch.unlink()
        (root / ".git/HEAD").write_text("ref: refs/heads/main\n")


def _with_a_commit() -> tuple[Path, str]:
    """A repository for many examples, and its commit, whose branch each example writes anew."""
    root = Path(os.environ["HOME"]) / "branched"
    told = root / ".git" / "first"
    if not told.exists():
        made = make(root)
        made.write("a", "x")
        told.write_text(made.commit("first"))
    (root / ".git/packed-refs").unlink(missing_ok=True)
    (root / ".git/refs/heads/main").write_text(f"{told.read_text()}\n")
    return root, told.read_text()


def _found(root: Path) -> Repository:
    return Repository(str(root), str(root / ".git"), str(root / ".git"))


# --- where git itself would not answer

BROKEN = ("[broken", "[core]\n\tcompression = 99\n", "[core]\n\tfilemode = maybe\n", "[user]\n\tname\n")


@pytest.mark.sampled(4)
@pytest.mark.parametrize("where", ["of the person", "of the repository"])
@pytest.mark.parametrize("text", BROKEN)
def test_settings_that_git_does_not_bear_are_told_by_all_that_asks_git_and_leave_reading_files_alone(
    text: str, where: str, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read from the work tree alone is the same whatever they say; a git that fails is no answer."""
    repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY))
    repo.commit("first")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "person"))
    with open(tmp_path / "person" if where == "of the person" else repo.root / ".git/config", "a") as file:
        file.write(text)
    if where == "of the person" or not text.endswith("broken"):
        assert Workspace.open(repo.root, environment={}).store.ids() == [GATEWAY]
        found = discover(str(repo.root))
    else:  # what cannot be read as a file of settings is left to git
        found = _found(repo.root)
    for ask in (
        found.branch, found.identity, found.git.confirm, lambda: found.differ("", "HEAD", ["items"]),
        lambda: found.resolve("HEAD"), lambda: found.merge_base("HEAD"), lambda: found.uncommitted("items/"),
    ):  # fmt: skip
        with pytest.raises(UnavailableError, match=r"git cannot read this repository: fatal: .*(bad|missing)"):
            ask()


def test_a_git_that_fails_for_a_reason_of_its_own_is_an_answer(repo: Repo) -> None:
    found = discover(str(repo.root))
    assert found.git.read("cat-file", "blob", "no such object").status == 128
    found.git.confirm()


def test_a_null_in_the_file_that_names_the_git_directory_is_left_to_git(repo: Repo) -> None:
    (repo.root / "inner").mkdir()
    (repo.root / "inner" / ".git").write_bytes(f"gitdir: {repo.root}/\0x\n".encode())
    assert plain_repository(str(repo.root / "inner")) is None


def test_a_path_leads_where_the_system_says_with_and_without_git(repo: Repo, tmp_path: Path) -> None:
    """``link/..`` is above what the link names, not above the link."""
    (repo.root / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(repo.root / "a" / "b")
    above = str(tmp_path / "link" / "..")
    found = discover(above)
    assert found.root == str(repo.root)
    repo.git("config", "extensions.worktreeConfig", "true")
    assert plain_repository(above) is None
    assert discover(above) == found


@pytest.mark.parametrize("name", [b"\xff\xfe", "größe".encode(), b"a b", b"-x", b"d" * 200])
def test_any_name_of_a_folder_that_is_one_line_is_plain(name: bytes, repo: Repo, tmp_path: Path) -> None:
    moved = os.fsdecode(os.path.join(os.fsencode(tmp_path), name))
    os.rename(repo.root, moved)
    assert agrees(moved)


def test_a_folder_with_a_line_end_in_its_name_is_left_to_git(repo: Repo, tmp_path: Path) -> None:
    repo.root.rename(tmp_path / "x\ny")
    assert plain_repository(str(tmp_path / "x\ny")) is None


def test_a_branch_whose_name_is_no_utf8_is_read_byte_by_byte(repo: Repo) -> None:
    repo.write("a", "x")
    first = repo.commit("first")
    heads = os.fsencode(repo.root / ".git/refs/heads")
    with open(os.path.join(heads, b"\xe4"), "w") as file:
        file.write(f"{first}\n")
    (repo.root / ".git/HEAD").write_bytes(b"ref: refs/heads/\xe4\n")
    assert agrees(repo.root)
    assert discover(str(repo.root)).tip() == first


def test_where_a_shallow_clone_ends_is_read_from_a_file_only(repo: Repo) -> None:
    """Nobody waits for a pipe, and nothing is followed out of the git directory."""
    found = discover(str(repo.root))
    place = repo.root / ".git" / "shallow"
    assert found.edge() == frozenset()
    place.write_text("")
    assert found.edge() == frozenset()
    place.write_text(f"{'ab' * 20}\n{'cd' * 20}\n")
    assert found.edge() == {"ab" * 20, "cd" * 20}
    for make_odd in (os.mkfifo, os.mkdir, lambda path: os.symlink("/etc/passwd", path)):
        place.unlink() if not place.is_dir() else place.rmdir()
        make_odd(place)
        with pytest.raises(UnavailableError, match="where this shallow clone ends"):
            found.edge()
