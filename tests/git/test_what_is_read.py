"""What is read of commits is what a work tree has, in words where it is odd, and never more than memory holds."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from backlogtool.app.attributes import _matches
from backlogtool.domain.finding import Finding
from backlogtool.errors import UnavailableError
from backlogtool.stores.git import hearing, sound, span
from backlogtool.stores.git.files import Tree, WorkTree, judged
from backlogtool.stores.git.hearing import Hearing
from backlogtool.stores.git.objects import parse_commit, read_objects, read_within
from backlogtool.stores.git.outgrown import refuse_outgrown
from backlogtool.stores.git.runner import Git
from tests.cli.session import BILLING, GATEWAY, Answer, item_text, run
from tests.git.test_odd_trees import commit, entries, tree
from tests.repositories import Repo

PATH = f"items/{GATEWAY}.md"
RANGES = {"since": ("--since", "base"), "base": ("--base", "base", "--head", "HEAD")}


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.write(PATH, item_text(GATEWAY))
    repo.commit("begin")
    repo.git("tag", "base")
    return repo


def validated(repo: Repo, *words: str) -> Answer:
    return run("-C", str(repo.root), "validate", *words)


# --- objects


def blobs(repo: Repo, *texts: str) -> list[str]:
    return [repo.git("hash-object", "-w", "--stdin", stdin=text.encode()).strip() for text in texts]


def test_of_what_is_too_large_the_size_is_told_and_the_rest_is_read(repo: Repo) -> None:
    git = Git(str(repo.root))
    one, large, two, larger, three = names = blobs(repo, "a", "b" * 101, "c" * 100, "d" * 70_000, "")
    held, sizes = read_within(git, [*names, "f" * 40], 100)
    assert held == {one: b"a", two: b"c" * 100, three: b""}
    assert sizes == {large: 101, larger: 70_000}
    assert read_within(git, [one, two], 100) == ({one: b"a", two: b"c" * 100}, {})
    assert read_within(git, [], 0) == ({}, {})
    assert read_objects(git, names).keys() == set(names)


def test_another_kind_of_object_is_neither_read_nor_too_large(work: Repo) -> None:
    (blob,) = blobs(work, "x")
    assert read_within(Git(str(work.root)), ["HEAD", blob, "HEAD^{tree}"], 10) == ({blob: b"x"}, {})


def test_answers_are_looked_through_wherever_they_are_cut() -> None:
    from backlogtool.stores.git.objects import _Sizes

    told = b"aa blob 3\nabc\nbb missing\ncc blob 9\n123456789\n"
    for size in range(1, len(told)):
        sizes = _Sizes(8)
        parts = (told[start : start + size] for start in range(0, len(told), size))
        assert any(map(sizes, parts)), size
        assert sizes.passed == 2


def test_an_object_that_nobody_would_make_is_refused_by_name(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backlogtool.stores.git.objects._MOST", 10)
    (blob,) = blobs(work, "x" * 11)
    with pytest.raises(UnavailableError, match=f"object {blob} has 11 bytes"):
        read_objects(Git(str(work.root)), [blob])


def test_an_item_that_is_too_large_says_so_in_a_range(work: Repo) -> None:
    work.write(PATH, item_text(GATEWAY) + "x" * (1 << 20))
    work.commit("large")
    for how in RANGES.values():
        done = validated(work, *how)
        assert done.status == 1
        assert "bytes; it may have 1048576 [BL107]" in done.out
        assert f"leaves {GATEWAY} so that it cannot be read" in done.out


def test_no_more_is_taken_than_memory_holds(monkeypatch: pytest.MonkeyPatch, work: Repo) -> None:
    monkeypatch.setattr(hearing, "MOST", 100)
    (blob,) = blobs(work, "x" * 200)
    with pytest.raises(UnavailableError, match="git says more than"):
        read_objects(Git(str(work.root)), [blob])


def test_who_has_heard_enough_of_one_pipe_hears_no_more_of_the_other() -> None:
    program = "print('o', end='')"
    with subprocess.Popen([sys.executable, "-c", program], stdout=-1, stderr=-1) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # so that both are ready at once
        heard = Hearing(process, enough=lambda _: True)
        assert not heard.goes_on(60)
    assert heard.out == b"o"


def test_both_pipes_are_heard_to_the_end() -> None:
    program = "import sys; sys.stdout.write('o' * 300000); sys.stderr.write('e' * 300000); sys.stdout.write('p')"
    with subprocess.Popen([sys.executable, "-c", program], stdout=-1, stderr=-1) as process:
        heard = Hearing(process)
        while heard.goes_on(30):
            pass
    assert (heard.out, heard.err) == (b"o" * 300_000 + b"p", b"e" * 300_000)


def test_a_git_that_takes_too_much_memory_is_told() -> None:
    refuse_outgrown(os.getpid())
    refuse_outgrown(0)
    if os.path.exists("/proc/self/status"):
        with pytest.raises(UnavailableError, match="takes more than 0 MiB"):
            refuse_outgrown(os.getpid(), 1)


# --- trees


@pytest.mark.exhaustive
def test_a_few_trees_that_stand_for_many_paths_are_read_once_each(work: Repo) -> None:
    """Two to the fortieth paths. Each tree has the one below it twice."""
    inner = tree(work, [("100644", "x", blobs(work, "x")[0])])
    for _ in range(40):
        inner = tree(work, [("40000", "a", inner), ("40000", "b", inner)])
    commit(work, tree(work, [*entries(work, "HEAD"), ("40000", "z", inner)]))
    assert validated(work, *RANGES["base"]).status == 0


def test_folders_that_no_system_checks_out_are_refused(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "_DEEPEST", 3)
    work.write("a/b/x", "x\n")
    work.commit("two")
    assert validated(work, *RANGES["base"]).status == 0
    work.write("a/b/c/x", "y\n")
    work.commit("three")
    done = validated(work, *RANGES["base"])
    assert (done.status, "more than 3 deep" in done.err) == (7, True)


def test_a_merge_of_more_than_anybody_merges_is_refused(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span, "_MOST_PARENTS", 1)
    made = work.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-p", "HEAD", "-m", "m").strip()
    made = work.git("commit-tree", "HEAD^{tree}", "-p", made, "-p", work.head(), "-m", "m").strip()
    done = validated(work, "--base", "base", "--head", made)
    assert (done.status, "has 2 parents: 1 can be judged" in done.err) == (7, True)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("odd", ["link", "file", "folder"])
def test_what_a_work_tree_cannot_read_no_commit_has_for_nothing(odd: str, many: bool, work: Repo) -> None:
    path = "config/deep/rules.yml"
    if odd == "link":
        work.write("elsewhere/rules.yml", "x\n")
        (work.root / "config").mkdir()
        os.symlink("../elsewhere", work.root / "config/deep")
    else:
        work.write({"file": "config/deep", "folder": f"{path}/x"}[odd], "x\n")
    work.commit("odd")
    others = [f"config/{number}" for number in range(20 if many else 1)]
    for files in (Tree(Git(str(work.root)), work.head()), WorkTree(str(work.root))):
        told = dict(files.read([path, *others]))
        found = told[path]
        assert isinstance(found, Finding), files
        assert found.code == "BL113"
        assert {told[other] for other in others} == {None}


# --- hidden folders


def test_an_item_in_a_hidden_folder_is_told_and_other_files_are_not() -> None:
    found = judged(f"items/.x/{GATEWAY}.md", True)
    assert isinstance(found, Finding)
    assert (found.code, found.path) == ("BL114", f"items/.x/{GATEWAY}.md")
    for path in ("items/.x/notes.md", "items/.x/y", f"items/.x/.{GATEWAY}.md", "items/.x.md"):
        assert judged(path, True) == ""
    assert judged(f"items/x.y/{GATEWAY}.md", True) == GATEWAY


def test_one_that_is_committed_is_told_alike_and_one_that_is_not_nowhere(work: Repo) -> None:
    """Editors keep what was deleted in folders such as ``.trash``."""
    work.write(f"items/.trash/{BILLING}.md", item_text(BILLING))
    for how in ((), ("--since", "base")):
        assert validated(work, *how).status == 0
    work.git("add", "--all")
    for how in ((), ("--since", "base")):
        assert "stands in a hidden folder" in validated(work, *how).out
    work.commit("hidden")
    for how in ((), *RANGES.values()):
        done = validated(work, *how)
        assert (done.status, done.out.count("[BL114]")) == (1, 1), how
    seen = run("-C", str(work.root), "list", "--format", "ids")
    assert seen.out.split() == [GATEWAY]


# --- submodules


@pytest.mark.parametrize("place", ["file", "setting"])
def test_no_setting_hides_a_submodule(place: str, work: Repo) -> None:
    where = ["--file", ".gitmodules"] if place == "file" else []
    for name, value in (("path", "items/x"), ("url", "./x"), ("ignore", "all")):
        work.git("config", *where, f"submodule.x.{name}", value)
    work.git("config", "diff.ignoreSubmodules", "all")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{work.head()},items/x")
    work.git("commit", "--quiet", "--allow-empty", "--message", "m")
    assert "[BL113]" in validated(work, *RANGES["base"]).out


# --- messages


@pytest.mark.parametrize(
    ("encoding", "raw", "said"),
    [
        ("ISO-8859-1", b"\xe9", "é"),
        ("latin1", b"\xe9", "é"),
        ("CP1251", b"\xe6", "ж"),
        ("SJIS", b"\x93\xfa", "日"),
        ("utf8", "é".encode(), "é"),
        ("UTF-16", "é".encode(), "é"),
        ("x" * 1000, "é".encode(), "é"),
        ("", "é".encode(), "é"),
    ],
)
def test_the_encodings_that_people_set_are_known(encoding: str, raw: bytes, said: str) -> None:
    head = b"tree %s\nauthor A <a> 5 +0000\ncommitter A <a> 5 +0000\nencoding " % (b"a" * 40)
    assert parse_commit("c" * 40, head + encoding.encode() + b"\n\n" + raw).message == said


def reverted(work: Repo, parent: int, *, edited: bool = False) -> Answer:
    """What is said of taking a merge back that brought a closed item."""
    work.git("checkout", "--quiet", "-b", "side")
    for status in ("in_progress", "done"):
        work.write(PATH, item_text(GATEWAY, status=status))
        work.commit(status)
    work.git("checkout", "--quiet", "main")
    work.write("other", "x\n")
    work.commit("other")
    work.git("merge", "--quiet", "--no-ff", "--message", "m", "side")
    merge = work.head()
    if edited:
        work.write(PATH, item_text(GATEWAY, status="done", owner="ann"))
        work.commit("edited")
    named = work.git("rev-parse", f"{merge}^{parent}").strip()
    work.write(PATH, item_text(GATEWAY))
    work.commit(f'Revert "m"\n\nThis reverts commit {merge}, reversing\nchanges made to {named}.')
    return validated(work, *RANGES["base"])


def test_a_merge_is_taken_back_to_the_parent_that_is_named(work: Repo) -> None:
    assert reverted(work, 1).status == 0


def test_and_not_to_one_that_had_the_same(work: Repo) -> None:
    assert "[BL301]" in reverted(work, 2).out


def test_nor_what_was_changed_since(work: Repo) -> None:
    assert "[BL301]" in reverted(work, 1, edited=True).out


# --- attributes


@pytest.mark.parametrize(
    ("pattern", "folder", "matches"),
    [
        ("*", "", True),
        ("*.md", "", True),
        ("*.png", "", False),
        ("items/**", "", True),
        ("/items/*.md", "", True),
        ("items/*.md", "", True),
        ("**/bl_*", "", True),
        ("docs/**", "", False),
        ("items", "", False),
        ("bl_[0-9]*.md", "items/", True),
        ("bl_[!0-9]*.md", "items/", False),
        ("/items/*.md", "items/", False),
        ("*.md", "items/deep/", False),
        ("[z-a]", "", True),
        ("*a" * 5, "", True),
    ],
)
def test_a_pattern_of_attributes_names_items_or_not(pattern: str, folder: str, matches: bool) -> None:
    assert _matches(pattern, folder, "items/bl_0123456789ab.md") is matches


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("items/*.md working-tree-encoding=UTF-16LE", True),
        ('"items/*.md" filter=x', True),
        ("[attr]odd ident\n*.md odd", True),
        ("*.md\tident", True),
        ("*.png filter=lfs", False),
        ("*.md -ident !filter text eol=lf merge=backlogtool", False),
        ("# *.md ident", False),
        ("docs/*.md ident", False),
    ],
)
def test_a_range_is_told_that_gives_items_attributes_which_change_bytes(line: str, told: bool, work: Repo) -> None:
    work.write(".gitattributes", f"{line}\n")
    work.commit("attributes", ".gitattributes")
    done = validated(work, *RANGES["base"])
    assert ("[BL121]" in done.out, done.status) == (told, 0)
    work.git("tag", "--force", "base")
    work.write(".gitattributes", f"{line}\n*.txt ident\n")
    work.commit("others", ".gitattributes")
    assert "[BL121]" not in validated(work, *RANGES["base"]).out, "it has stood there before"
