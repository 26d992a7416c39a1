"""Repositories in every state that git knows, and some that it does not want to know."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.cli.session import item_text
from tests.repositories import Repo, make
from tests.untrusted.case import every, odd
from tests.untrusted.configured import without
from tests.untrusted.ground import ITEM, Ground

#: Only what needs no object works: the work tree is enough for it.
DAMAGED = {"json": 7, "show": 7, "log": 7, "story": 7, "validate": 7, "since": 7, "doctor": 1}


@odd(same=True)
def a_name_that_mailmap_gives_to_somebody_else(ground: Ground) -> None:
    """.mailmap turns one author into another wherever git shows names."""
    ground.repo.write(".mailmap", "Admin <admin@example.org> <ann@example.org>\n")
    assert "Admin" in ground.repo.git("log", "--format=%aN")


@odd(same=True)
def a_commit_that_is_replaced(ground: Ground) -> None:
    """refs/replace shows one object in the place of another."""
    before = ground.repo.git("log", "--format=%s")
    ground.repo.git("replace", "HEAD", "HEAD~2")
    assert ground.repo.git("log", "--format=%s") != before


@odd(same=True, opens=("lent/objects",))
def objects_that_another_repository_lends(ground: Ground) -> None:
    """objects/info/alternates, as `git clone --shared` makes it: git reads them there."""
    shutil.copytree(ground.git_dir / "objects", ground.outside / "lent/objects")
    shutil.rmtree(ground.git_dir / "objects/pack")
    (ground.git_dir / "objects/info").mkdir(exist_ok=True)
    (ground.git_dir / "objects/info/alternates").write_text(f"{ground.outside}/lent/objects\n")


@odd(same=True, opens=("lent.git",))
def a_git_file_that_leads_elsewhere(ground: Ground) -> None:
    """.git may be a file that names a directory, as in worktrees and submodules."""
    ground.git_dir.rename(ground.outside / "lent.git")
    ground.git_dir.write_text(f"gitdir: {ground.outside}/lent.git\n")


@odd(same=True, opens=("lent.git",))
def a_git_directory_that_is_a_link(ground: Ground) -> None:
    """.git may be a symbolic link."""
    ground.git_dir.rename(ground.outside / "lent.git")
    ground.git_dir.symlink_to(ground.outside / "lent.git")


@odd(ends=every(3), says="is not in a git repository")
def a_git_file_that_leads_nowhere(ground: Ground) -> None:
    """.git names a directory that is not there."""
    ground.git_dir.rename(ground.outside / "lent.git")
    ground.git_dir.write_text("gitdir: ../nowhere\n")


@odd(ends=every(3), says="is not in a git repository")
def a_git_directory_without_a_head(ground: Ground) -> None:
    """Without HEAD it is no repository."""
    (ground.git_dir / "HEAD").unlink()


@odd(ends=every(3), says="is not in a git repository")
def a_head_that_is_garbage(ground: Ground) -> None:
    """HEAD holds neither a commit nor a branch."""
    (ground.git_dir / "HEAD").write_bytes(b"\xff\x00 ref: ../../etc/passwd\n")


@odd(ends=DAMAGED, says="the last commit cannot be read")
def a_head_that_names_a_commit_that_is_not_here(ground: Ground) -> None:
    """The branch holds an id of nothing."""
    (ground.git_dir / "packed-refs").unlink(missing_ok=True)
    (ground.git_dir / "refs/heads/main").write_text("1" * 40 + "\n")


@odd(ends=DAMAGED, says="the last commit cannot be read")
def a_branch_that_is_garbage(ground: Ground) -> None:
    """The branch's file holds no id."""
    (ground.git_dir / "refs/heads/main").write_bytes(b"garbage\n")


@odd(ends=DAMAGED, says="the last commit cannot be read")
def branches_that_name_each_other(ground: Ground) -> None:
    """HEAD leads in a circle."""
    (ground.git_dir / "refs/heads/main").write_text("ref: refs/heads/main\n")


@odd(same=True, differs=("doctor",))
def a_head_without_a_branch(ground: Ground) -> None:
    """HEAD is detached."""
    ground.repo.git("checkout", "--quiet", "--detach")


@odd(ends={"since": 3})
def a_branch_without_a_commit(ground: Ground) -> None:
    """Nothing was committed yet."""
    ground.repo.git("checkout", "--quiet", "--orphan", "new")


@odd(ends={"since": 3}, says="this clone is shallow")
def a_clone_without_its_beginning(ground: Ground) -> Path:
    """A shallow clone."""
    clone = ground.root.parent / "clone"
    ground.repo.git("clone", "--quiet", "--depth=1", f"file://{ground.root}", str(clone))
    return _known(clone)


def _known(root: Path) -> Path:
    """A clone whose user git knows."""
    Repo(root).git("config", "user.name", "Ann Author")
    Repo(root).git("config", "user.email", "ann@example.org")
    return root


@odd(ends=DAMAGED, says="the last commit cannot be read")
def an_edge_of_history_that_is_garbage(ground: Ground) -> None:
    """.git/shallow holds no ids."""
    (ground.git_dir / "shallow").write_bytes(b"\xff\xfe\n")


@odd(same=True, differs=("doctor",))
def another_work_tree(ground: Ground) -> Path:
    """A linked worktree."""
    other = ground.root.parent / "other"
    ground.repo.git("worktree", "add", "--quiet", "--detach", str(other))
    return other


@odd(same=True)
def a_submodule(ground: Ground) -> Path:
    """The backlog is the submodule of another repository."""
    outer = make(ground.root.parent / "outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(ground.root), "backlog")
    outer.git("commit", "--quiet", "--message", "a submodule")
    return _known(outer.root / "backlog")


@odd()
def objects_with_long_names(ground: Ground) -> Path:
    """A repository with SHA-256."""
    other = Repo(ground.root.parent / "other")
    shutil.copytree(ground.root, other.root, ignore=shutil.ignore_patterns(".git"))
    other.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    _known(other.root)
    other.commit("first")
    for message in ("second", "third"):
        other.git("commit", "--quiet", "--allow-empty", "--message", message)
    return other.root


@odd(ends={"import": 3})
def a_bare_repository(ground: Ground) -> Path:
    """No work tree: what is committed is read."""
    bare = ground.root.parent / "bare.git"
    ground.repo.git("clone", "--quiet", "--bare", str(ground.root), str(bare))
    return _known(bare)


@odd()
def a_repository_that_says_it_is_bare(ground: Ground) -> None:
    """core.bare in a repository with a work tree: what is committed counts."""
    ground.config("core.bare", "true")
    ground.repo.write(f"items/{ITEM}.md", "garbage\n")


def _diverged(ground: Ground) -> None:
    """Two branches that change the same line."""
    path = f"items/{ITEM}.md"
    text = ground.repo.read(path)
    ground.repo.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    ground.repo.write(path, text.replace("owner: bob", "owner: carol"))
    ground.repo.commit("theirs")
    ground.repo.git("checkout", "--quiet", "main")
    ground.repo.write(path, text.replace("owner: bob", "owner: dave"))
    ground.repo.commit("ours")


CONFLICT = {"list": 6, "form": 6, "show": 6, "validate": 1, "since": 1, "figures": 6, "views": 6, "doctor": 1}
CONFLICT |= dict.fromkeys(("json", "generate", "import", "promote", "render"), 6)


@odd(ends=CONFLICT, says="in the middle of a merge")
def in_the_middle_of_a_merge(ground: Ground) -> None:
    """An item holds the marks of a conflict."""
    _diverged(ground)
    ground.repo.git("merge", "--quiet", "side", check=False)


@odd(ends=CONFLICT, says="in the middle of a rebase")
def in_the_middle_of_a_rebase(ground: Ground) -> None:
    """The same, on a detached HEAD."""
    _diverged(ground)
    ground.repo.git("rebase", "--quiet", "side", check=False)


@odd(ends={"doctor": 1, "views": 1}, says="in the middle of a bisect")
def in_the_middle_of_a_bisect(ground: Ground) -> None:
    """An older commit is checked out."""
    ground.repo.git("bisect", "start", "HEAD", "HEAD~2")


@odd(ends=CONFLICT, says="in the middle of a cherry-pick")
def in_the_middle_of_a_cherry_pick(ground: Ground) -> None:
    """A commit from elsewhere does not fit."""
    _diverged(ground)
    ground.repo.git("cherry-pick", "side", check=False)


def _index(ground: Ground) -> Path:
    return ground.git_dir / "index"


#: What asks git which files changed: it reads the index for that, whatever is compared.
WITHOUT_INDEX = DAMAGED


@odd(ends=WITHOUT_INDEX, says="index file")
def an_index_that_is_cut_off(ground: Ground) -> None:
    """A part of .git/index."""
    _index(ground).write_bytes(_index(ground).read_bytes()[:20])


@odd(ends=WITHOUT_INDEX, says="git cannot read the history")
def an_index_that_is_garbage(ground: Ground) -> None:
    """.git/index claims to be very large."""
    _index(ground).write_bytes(b"DIRC\x00\x00\x00\x02\xff\xff\xff\xff" + b"\xff" * 64)


@odd(same=True)
def an_index_of_version_4(ground: Ground) -> None:
    """What feature.manyFiles writes."""
    ground.repo.git("update-index", "--index-version", "4")


@odd(same=True)
def an_index_in_two_parts(ground: Ground) -> None:
    """A split index."""
    ground.repo.git("update-index", "--split-index")
    assert list(ground.git_dir.glob("sharedindex.*"))


@odd(ends=every(7), says="this sparse checkout leaves out items")
def a_sparse_checkout_without_items(ground: Ground) -> None:
    """The work tree holds a part of what is committed."""
    ground.repo.git("update-index", "--refresh", "-q")
    ground.repo.git("sparse-checkout", "set", "ops")
    assert not (ground.root / "items").exists()


@odd(same=True, differs=("doctor", "since"))
def an_index_that_is_not_there(ground: Ground) -> None:
    """Git takes all for deleted and new again: so all are edits, and --since looks at every item."""
    _index(ground).unlink()


@odd(ends={"json": 7, "show": 7, "log": 7, "story": 7, "since": 7}, says="git cannot read its objects")
def an_object_that_is_damaged(ground: Ground) -> None:
    """The last version of an item has a flipped bit; what stands in the work tree is whole."""
    without(ground)
    blob = ground.repo.git("rev-parse", f"HEAD:items/{ITEM}.md").strip()
    path = ground.git_dir / "objects" / blob[:2] / blob[2:]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 64
    path.chmod(0o644)
    path.write_bytes(data)


@odd(ends=DAMAGED, says="git cannot")
def a_tree_that_is_missing(ground: Ground) -> None:
    """The folder of items as it was is not here."""
    without(ground, ground.repo.git("rev-parse", "HEAD:items").strip())


@odd(ends={"json": 7, "show": 7, "log": 7, "story": 7, "since": 7}, says="cannot tell what 'HEAD~2' is")
def a_commit_that_is_missing(ground: Ground) -> None:
    """History has a hole, behind which the beginning of the range may be."""
    without(ground, ground.repo.git("rev-parse", "HEAD~1").strip())


@odd(ends=DAMAGED)
def a_pack_that_is_cut_off(ground: Ground) -> None:
    """Half of the only pack."""
    (pack,) = ground.git_dir.glob("objects/pack/*.pack")
    pack.chmod(0o644)
    with open(pack, "r+b") as file:
        file.truncate(pack.stat().st_size // 2)


@odd(says="\\u{1b}")
def commits_with_odd_headers(ground: Ground) -> None:
    """A time that no calendar has, names that colour a terminal, encodings that are none."""
    tree = ground.repo.git("rev-parse", "HEAD^{tree}").strip()
    for number, encoding in enumerate(("idna", "hex", "punycode", "undefined", "utf-7", "no such", "../../x")):
        tree = _with_owner(ground, tree, f"owner{number}")
        commit = (
            f"tree {tree}\nparent {ground.repo.head()}\n"
            "author \x1b[31mEve\x9b <x> 99999999999999999999 +9999\n"
            f"committer <> -1 x\nencoding {encoding}\n\nred \x1b[31m\xff\n\n\nBacklog-Actor: root\n"
        ).encode("latin-1")
        made = ground.repo.git("hash-object", "-t", "commit", "--literally", "-w", "--stdin", stdin=commit)
        (ground.git_dir / "refs/heads/main").write_text(made)
    ground.repo.git("reset", "--quiet", "--hard")


def _with_owner(ground: Ground, tree: str, owner: str) -> str:
    """The tree with an item that has another owner."""
    text = ground.repo.read(f"items/{ITEM}.md").replace("owner: bob", f"owner: {owner}")
    blob = ground.repo.git("hash-object", "-w", "--stdin", stdin=text.encode()).strip()
    index = {"GIT_INDEX_FILE": str(ground.outside / "index")}
    ground.repo.git("read-tree", tree, extra=index)
    ground.repo.git("update-index", "--cacheinfo", f"100644,{blob},items/{ITEM}.md", extra=index)
    return ground.repo.git("write-tree", extra=index).strip()


@odd(ends=every(7), says="git cannot read this repository")
def configuration_that_is_garbage(ground: Ground) -> None:
    """.git/config cannot be read."""
    (ground.git_dir / "config").write_bytes(b"[core\n\xff\xff = \n\x1b[31m")


@odd(ends=every(7), says="git cannot read this repository")
def a_format_of_the_future(ground: Ground) -> None:
    """An extension that this git does not know."""
    ground.config("core.repositoryFormatVersion", "1")
    ground.config("extensions.timeTravel", "true")


@odd(says="\\u{1b}")
def a_person_whose_name_colours_the_terminal(ground: Ground) -> None:
    """user.name is what the repository says."""
    ground.config("user.name", "Ann \x1b]0;title\x07\x1b[31m\u202e")


@odd(ends=every(7), says="belongs to somebody else", needs_root=True)
def a_repository_of_somebody_else(ground: Ground) -> None:
    """Git does not read what another user owns; so only root can make one to test."""
    for path in (ground.root, ground.git_dir):
        os.chown(path, 65534, 65534)


@odd(same=True, differs=("doctor",))
def hooks_and_leftovers_of_our_own(ground: Ground) -> None:
    """A journal that is garbage, and a note of views that is none: only a writer looks at the first."""
    folder = ground.git_dir / "backlogtool"
    (folder / "views.json").write_bytes(b"\xff[1, 2")
    (folder / "paths.x").write_bytes(b"\xff")


@odd(same=True)
def a_history_that_is_grafted(ground: Ground) -> None:
    """info/grafts gives a commit other parents; GIT_NO_REPLACE_OBJECTS does not switch that off."""
    before = ground.repo.git("log", "--format=%s")
    (ground.git_dir / "info").mkdir(exist_ok=True)
    (ground.git_dir / "info/grafts").write_text(ground.repo.head() + "\n")
    assert ground.repo.git("log", "--format=%s") != before


@odd(ends={"views": 1})
def a_note_of_views_that_is_a_pipe(ground: Ground) -> None:
    """.git/backlogtool/views.json is opened by render."""
    ground.repo.write("BACKLOG.md", ground.repo.read("BACKLOG.md") + "\n")
    ground.repo.commit("edited")
    ground.pipe(ground.git_dir / "backlogtool/views.json")


@odd(ends={"doctor": 1, "views": 6, "import": 6, "promote": 6, "render": 6}, says="is not a regular file")
def a_grouped_file_that_is_a_pipe(ground: Ground) -> None:
    """import waits for ever."""
    ground.pipe(ground.root / "BACKLOG.md")


@odd(ends={"generate": 3}, says="no digest of 2026-W08")
def a_parent_of_digests_that_is_a_link(ground: Ground) -> None:
    """A folder above the digests leads out of the repository, and is listed."""
    (ground.root / "ops").rename(ground.outside / "ops")
    (ground.root / "ops").symlink_to(ground.outside / "ops")


@odd(ends={"doctor": 1})
def a_folder_of_ours_that_is_a_link(ground: Ground) -> None:
    """.git/backlogtool leads out of the repository: a writer would make, link and remove files there."""
    shutil.rmtree(ground.git_dir / "backlogtool")
    (ground.outside / "theirs").mkdir()
    (ground.git_dir / "backlogtool").symlink_to(ground.outside / "theirs")


@odd(ends={"doctor": 1}, same=True, differs=("doctor",))
def a_journal_that_is_a_pipe(ground: Ground) -> None:
    """A dry run heals first, and reads the journal for ever."""
    ground.pipe(ground.git_dir / "backlogtool/journal")


@odd(
    ends={
        "list": 6,
        "form": 6,
        "json": 6,
        "figures": 6,
        "validate": 1,
        "since": 1,
        "doctor": 1,
        "views": 6,
        "render": 6,
        "generate": 6,
        "promote": 6,
        "import": 6,
    }
)
def a_committed_folder_with_a_line_end(ground: Ground) -> None:
    """In a bare repository the item below it is left out without a word."""
    ground.repo.write("items/a\nb/bl_00000000abcd.md", item_text("bl_00000000abcd"))
    ground.repo.commit("odd")
    ground.config("core.bare", "true")
