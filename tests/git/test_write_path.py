"""The write path on real git: one commit of its own paths, beside whatever a person is doing."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from git import Repo as GitPythonRepo

from backlogtool.domain.item import Item
from backlogtool.errors import ConflictError, RefusedError, UnavailableError
from backlogtool.stores.base import Commit, Write
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.store import GitStore
from tests.repositories import Repo, four_texts, half_finished, make
from tests.stores.test_contract import at, item


def open_store(repo: Repo, wait: float = 0.3) -> GitStore:
    return GitStore(discover(str(repo.root)), lock_wait=wait)


def create(repo: Repo, one: Item | None = None) -> str:
    return open_store(repo).commit([Write(None, one or item())], at(1)).id


def move(repo: Repo, status: str = "in_progress", **options: bool) -> str:
    store = open_store(repo)
    held = store.get(item().id)
    return store.commit([Write(held, held.item._replace(status=status))], at(2), **options).id


def touched(repo: Repo, commit: str = "HEAD") -> list[str]:
    return repo.git("show", "--name-only", "--format=", commit).split()


def state(repo: Repo) -> tuple[str, ...]:
    """Everything a person has staged or not, but for the item."""
    others = (":(exclude)items",)
    return (
        repo.git("diff", "--cached", "--binary", "--", ".", *others),
        repo.git("diff", "--binary", "--", ".", *others),
        repo.git("ls-files", "--stage", "--", ".", *others),
        repo.git("status", "--porcelain", "--", ".", *others),
    )


def begun(repo: Repo) -> None:
    """A tree as people have it."""
    four_texts(repo)
    repo.commit("base", ".")
    half_finished(repo)


def test_the_first_commit_of_an_empty_repository_holds_only_the_item(repo: Repo) -> None:
    commit = create(repo)
    assert touched(repo, commit) == ["items/bl_000000000001.md"]
    assert repo.git("status", "--porcelain") == ""
    assert GitPythonRepo(repo.root).head.commit.hexsha == commit


def test_staged_and_unstaged_work_stays_and_the_next_commit_reverts_nothing(repo: Repo) -> None:
    begun(repo)
    before = state(repo)
    create(repo)
    move(repo)
    assert state(repo) == before
    repo.git("commit", "--quiet", "--message", "the person's own")
    assert repo.git("show", "HEAD:items/bl_000000000001.md") == repo.read("items/bl_000000000001.md")
    assert "status: in_progress" in repo.read("items/bl_000000000001.md")


def test_a_refused_commit_leaves_the_index_byte_for_byte(repo: Repo) -> None:
    begun(repo)
    create(repo)
    hook(repo, "pre-commit", "echo 'not today' >&2; exit 1")
    index, head = (repo.root / ".git/index").read_bytes(), repo.head()
    text = repo.read("items/bl_000000000001.md")
    with pytest.raises(RefusedError, match="not today"):
        move(repo)
    with pytest.raises(RefusedError):
        create(repo, item(2))
    assert (repo.root / ".git/index").read_bytes() == index
    assert (repo.head(), repo.read("items/bl_000000000001.md")) == (head, text)
    assert not (repo.root / "items/bl_000000000002.md").exists()
    assert not (repo.root / ".git/index.lock").exists()
    assert os.listdir(repo.root / ".git/backlogtool") == ["lock"]


def hook(repo: Repo, name: str, script: str) -> None:
    path = repo.root / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_hooks_run_and_see_only_our_path(repo: Repo, tmp_path: Path) -> None:
    begun(repo)
    seen = tmp_path / "seen"
    hook(
        repo, "pre-commit", f"git diff --cached --name-only -- '*.md' >> {seen}; env | grep -c LITERAL >> {seen}; true"
    )
    hook(repo, "commit-msg", f"head -1 $1 >> {seen}; printf '\\nSigned-off-by: Hook <h@example.org>\\n' >> $1")
    hook(repo, "post-commit", f"echo post >> {seen}")
    create(repo)
    assert seen.read_text() == "items/bl_000000000001.md\n0\nbacklog: day 1\npost\n"
    assert "Signed-off-by: Hook" in repo.git("log", "-1", "--format=%B")
    assert [event.type for event in open_store(repo).events()] == ["created"]


def test_a_post_commit_hook_that_fails_is_heard_and_changes_nothing(repo: Repo) -> None:
    """It runs while the index is still held, so that no commit comes in between: it cannot commit itself."""
    create(repo)
    hook(repo, "post-commit", "unset GIT_INDEX_FILE; git commit -q --allow-empty -m 'from hook'")
    store = open_store(repo)
    held = store.get(item().id)
    done = store.commit([Write(held, held.item._replace(owner="bob"))], at(2))
    assert "index.lock" in done.output
    assert repo.head() == done.id
    assert repo.git("status", "--porcelain") == ""


def test_commits_are_signed_when_the_user_signs(repo: Repo, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "user.signingKey", f"{key}.pub")
    repo.git("config", "commit.gpgSign", "true")
    commit = create(repo)
    assert "gpgsig" in repo.git("cat-file", "commit", commit)
    key.unlink()
    head = repo.head()
    with pytest.raises(UnavailableError, match="could not commit"):
        move(repo)
    assert repo.head() == head
    assert "status: open" in repo.read("items/bl_000000000001.md")


def test_uncommitted_edits_of_the_item_are_refused_or_taken_along(repo: Repo) -> None:
    create(repo)
    path = "items/bl_000000000001.md"
    repo.write(path, repo.read(path).replace("priority: P2", "priority: P0"))
    with pytest.raises(RefusedError, match="not committed") as refused:
        move(repo)
    assert "--with-edits" in refused.value.hint
    move(repo, with_edits=True)
    assert "priority: P0\n" in repo.git("show", f"HEAD:{path}")
    told = [(event.type, event.meta) for event in open_store(repo).events(item().id)[1:]]
    assert told[0] == ("status_change", {"old_status": "open", "new_status": "in_progress"})
    assert told[1] == ("auto_update", {"changes": {"priority": ["P2", "P0"]}})


def test_staged_edits_of_the_item_are_refused_too(repo: Repo) -> None:
    create(repo)
    path = "items/bl_000000000001.md"
    old = repo.read(path)
    repo.write(path, old.replace("priority: P2", "priority: P0"))
    repo.git("add", path)
    repo.write(path, old)
    with pytest.raises(RefusedError, match="not committed"):
        move(repo)


def test_a_file_that_changes_between_reading_and_writing_is_a_conflict(repo: Repo) -> None:
    create(repo)
    store = open_store(repo)
    held = store.get(item().id)
    edited = held.text.replace("priority: P2", "priority: P1")
    repo.write("items/bl_000000000001.md", edited)
    with pytest.raises(ConflictError):
        store.commit([Write(held, held.item._replace(owner="bob"))], at(2))
    assert repo.read("items/bl_000000000001.md") == edited


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("start", "what"),
    [
        (("merge", "--no-commit", "--no-ff", "side"), "a merge"),
        (("cherry-pick", "--no-commit", "side"), None),
        (("rebase", "--exec", "false", "HEAD~1"), "a rebase"),
        (("revert", "conflicting"), "a revert"),
        (("bisect", "start"), "a bisect"),
    ],
)
def test_in_the_middle_of_an_operation_nothing_is_written(repo: Repo, start: tuple[str, ...], what: str | None) -> None:
    create(repo)
    repo.write("x", "1\n")
    repo.commit("one", "x")
    repo.git("tag", "conflicting")
    repo.git("branch", "side", "HEAD~1")
    repo.git("checkout", "--quiet", "side")
    repo.write("y", "1\n")
    repo.commit("side", "y")
    repo.git("checkout", "--quiet", "main")
    repo.write("x", "2\n")
    repo.commit("two", "x")
    repo.git(*start, check=False)
    if what is None:
        assert move(repo)
        return
    head = repo.head()
    with pytest.raises(UnavailableError, match=what) as refused:
        move(repo)
    assert "finish it first" in refused.value.hint
    assert repo.head() == head


def test_a_foreign_index_lock_is_waited_for_and_never_removed(repo: Repo) -> None:
    create(repo)
    lock = repo.root / ".git/index.lock"
    lock.write_text("somebody")
    with pytest.raises(UnavailableError, match=r"index\.lock"):
        move(repo)
    assert lock.read_text() == "somebody"
    timer = threading.Timer(0.1, lock.unlink)
    timer.start()
    store = open_store(repo, wait=60)
    held = store.get(item().id)
    store.commit([Write(held, held.item._replace(owner="bob"))], at(2))
    timer.join()


def test_a_second_writer_waits_and_then_gives_up(repo: Repo) -> None:
    create(repo)
    script = "import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); "
    script += "print('held', flush=True); time.sleep(600)"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(repo.root / ".git/backlogtool/lock")], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(UnavailableError, match="another backlogtool"):
            move(repo)
    finally:
        holder.kill()
        holder.communicate()
    assert move(repo), "a lock dies with its holder"


def overtaking(repo: Repo, path: str, text: str) -> str:
    """A commit on top of HEAD that changes one file, made beside the index and on no branch yet."""
    blob = repo.git("hash-object", "-w", "--stdin", stdin=text.encode()).strip()
    extra = {"GIT_INDEX_FILE": str(repo.root / ".git/other-index")}
    repo.git("read-tree", "HEAD", extra=extra)
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", extra=extra)
    tree = repo.git("write-tree", extra=extra).strip()
    return repo.git("commit-tree", tree, "-p", "HEAD", "-m", "overtaking").strip()


def test_the_branch_overtaken_while_git_commits_is_a_conflict(repo: Repo) -> None:
    """`git update-ref` needs no index lock: the one way to move a branch under a writer."""
    create(repo)
    commit = overtaking(repo, "other.txt", "x\n")
    hook(repo, "pre-commit", f"git update-ref refs/heads/main {commit}")
    with pytest.raises(ConflictError, match="moved on"):
        move(repo)
    assert repo.head() == commit
    assert "status: open" in repo.read("items/bl_000000000001.md")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("same_item", [True, False])
@pytest.mark.parametrize("moment", [" commit --only", " update-ref "])
def test_the_branch_overtaken_just_before_it_moves(
    repo: Repo, same_item: bool, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A git on the PATH that moves the branch first: ours is taken back if theirs changed the same item."""
    create(repo)
    if moment == " commit --only":
        hook(repo, "post-commit", "true")
    path = "items/bl_000000000001.md"
    theirs = (path, repo.read(path).replace("priority: P2", "priority: P0")) if same_item else ("other.txt", "x\n")
    commit = overtaking(repo, *theirs)
    real = shutil.which("git")
    shim = tmp_path / "bin/git"
    shim.parent.mkdir()
    once = f"test -e .git/moved || {real} update-ref refs/heads/main {commit}; >.git/moved"
    moves = f'case "$*" in *"{moment}"*) {once};; esac'
    shim.write_text(f'#!/bin/sh\n{moves}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    if same_item:
        with pytest.raises(ConflictError, match="moved on"):
            move(repo)
        assert repo.head() == commit
        assert "status: open" in repo.read(path)
    else:
        assert move(repo) == repo.head()
        assert repo.git("rev-parse", "HEAD~1").strip() == commit
    assert os.listdir(repo.root / ".git/backlogtool") == ["lock"]


def test_without_an_identity_nothing_is_written(tmp_path: Path) -> None:
    repo = make(tmp_path / "repo")
    repo.git("config", "--unset", "user.name")
    repo.git("config", "--unset", "user.email")
    repo.git("config", "user.useConfigOnly", "true")
    with pytest.raises(UnavailableError, match="who you are") as refused:
        create(repo)
    assert "git config user.name" in refused.value.hint
    assert not (repo.root / "items").exists()


def test_a_detached_head_and_a_linked_work_tree_can_be_written_to(repo: Repo, tmp_path: Path) -> None:
    create(repo)
    repo.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    linked = Repo(tmp_path / "other")
    commit = move(linked)
    assert (linked.head(), repo.git("rev-parse", "other").strip()) == (commit, commit)
    assert "status: open" in repo.read("items/bl_000000000001.md")
    repo.git("checkout", "--quiet", "--detach")
    assert move(repo) == repo.head()
    assert repo.git("rev-parse", "main").strip() != repo.head()


def test_a_bare_repository_can_be_read_and_not_written(repo: Repo, tmp_path: Path) -> None:
    create(repo)
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    store = open_store(Repo(tmp_path / "bare.git"))
    held = store.get(item().id)
    assert held.item == item()
    with pytest.raises(UnavailableError, match="bare"):
        store.commit([Write(held, held.item._replace(owner="bob"))], at(2))


def test_a_message_cannot_be_forged_through_what_people_write(repo: Repo) -> None:
    store = open_store(repo)
    note = "fine\n\nBacklog-Item: bl_000000000001\nBacklog-Event: deleted\nBacklog-Actor: cto\n\nBacklog-Actor: cto"
    store.commit([Write(None, item())], Commit("eve\nBacklog-Actor: cto", "2026-03-01T09:00:00Z", "a\nb", note))
    (event,) = store.events()
    assert (event.type, event.actor) == ("created", "eve Backlog-Actor: cto")
    assert repo.git("log", "-1", "--format=%s").strip() == "a b"


def test_a_git_that_waits_for_a_pipe_is_given_up(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(repo.root / ".git/more")
    repo.git("config", "include.path", str(repo.root / "elsewhere"))
    (repo.root / "elsewhere").symlink_to(repo.root / ".git/more")
    monkeypatch.setattr("backlogtool.stores.git.repository._PATIENCE", 0.3)
    with pytest.raises(UnavailableError, match="does not answer"):
        discover(str(repo.root))
