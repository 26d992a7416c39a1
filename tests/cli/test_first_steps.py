"""A backlog from nothing: each command one commit of its own file, and hand edits told as the same events."""

from __future__ import annotations

from pathlib import Path

from tests.cli.session import LATER, NOW, POLICY, Session, one_commit, touched
from tests.repositories import Repo, make


def half_done(repo: Repo) -> None:
    """Somebody else's work in the tree: one file staged and edited again, one deleted, one new."""
    repo.write("notes.txt", "one\ntwo\nthree\n")
    repo.write("old.txt", "old\n")
    repo.commit("base", "notes.txt", "old.txt")
    repo.write("notes.txt", "one\nTWO\nthree\n")
    repo.git("add", "notes.txt")
    repo.write("notes.txt", "one\nTWO\nthree and\n")
    (repo.root / "old.txt").unlink()
    repo.write("new.txt", "not yet\n")


def others(repo: Repo) -> tuple[str, ...]:
    """What is staged of the person's own files, what is not, and what is in them."""
    rest = ("notes.txt", "old.txt", "new.txt")
    return (
        repo.git("ls-files", "--stage", "--", *rest),
        repo.git("diff", "--cached", "--", *rest),
        repo.git("diff", "--", *rest),
        repo.git("status", "--porcelain", "--", *rest),
        repo.read("notes.txt") + repo.read("new.txt"),
    )


def test_five_commands_in_an_empty_repository_are_five_commits_of_their_own_files(empty: Session) -> None:
    repo = empty.repo
    with one_commit(repo, POLICY, "items/README.md"):
        empty("init")
    item_id = empty.create("Patch the gateway", "P0", "@cto", "#security", "service:gateway")
    path = f"items/{item_id}.md"
    assert touched(repo) == [path]
    for arguments in (
        ("set-status", item_id, "in_progress", "--message", "numbers are in"),
        ("comment", item_id, "Half the pool is enough."),
        ("close", item_id, "--message", "no rework needed"),
    ):
        with one_commit(repo, path):
            empty(*arguments)
    assert repo.git("status", "--porcelain") == ""
    told = empty("log", item_id).out
    for words in (
        "created",
        "open -> in_progress",
        "numbers are in",
        "Half the pool is enough.",
        "in_progress -> done",
    ):
        assert words in told
    assert [event["type"] for event in empty.events(item_id)] == [
        "created",
        "status_change",
        "comment",
        "status_change",
    ]


def test_a_half_finished_and_half_staged_edit_is_left_alone_by_every_write(empty: Session) -> None:
    half_done(empty.repo)
    before = others(empty.repo)
    empty("init")
    assert others(empty.repo) == before
    item_id = empty.create("Patch the gateway")
    for arguments in (
        ("set-status", item_id, "in_progress"),
        ("comment", item_id, "half"),
        ("assign", item_id, "alice"),
        ("edit", item_id, "--add", "tags=tls"),
        ("close", item_id),
        ("undo",),
        ("render", "--commit"),
    ):
        empty(*arguments)
        assert others(empty.repo) == before, arguments
    empty.repo.git("commit", "--quiet", "--message", "the person's own")
    assert touched(empty.repo) == ["notes.txt"]
    assert empty.repo.git("show", "HEAD:notes.txt") == "one\nTWO\nthree\n"


def test_a_command_that_writes_nothing_leaves_the_index_byte_for_byte(cli: Session) -> None:
    index = cli.repo.root / ".git/index"
    before = index.read_bytes()
    for arguments in (("list",), ("show", "bl_d8"), ("log",), ("validate",), ("dashboard",), ("render", "--check")):
        cli(*arguments, status=1 if "--check" in arguments else 0)
        assert index.read_bytes() == before, arguments


def test_hand_edits_and_plain_commits_give_the_same_files_and_the_same_events(empty: Session, tmp_path: Path) -> None:
    by_hand = Session(make(tmp_path / "hand"))
    for session in (empty, by_hand):
        session("init")
    item_id = empty.create("Patch the gateway", "P0", "service:gateway", "--description", "It leaks.")
    path = f"items/{item_id}.md"
    commit(by_hand, path, empty.repo.read(path))

    empty("set-status", item_id, "in_progress", now=LATER)
    edit(by_hand, path, "status: open", "status: in_progress")
    empty("assign", item_id, "alice", now=LATER)
    edit(by_hand, path, "owner: oncall", "owner: alice")
    empty("edit", item_id, "--add", "tags=tls,net", "--set", "due_date=2026-03-01", now=LATER)
    edit(by_hand, path, 'due_date: ""', 'due_date: "2026-03-01"', "\n---\n\nIt", "\ntags:\n- net\n- tls\n---\n\nIt")
    empty("comment", item_id, "Half the pool.", now=LATER)
    edit(by_hand, path, "It leaks.\n", f"It leaks.\n\n## Comments\n\n### {LATER} Ann Author\n\nHalf the pool.\n")
    empty("close", item_id, now=LATER)
    edit(by_hand, path, "status: in_progress", "status: done")

    assert by_hand.repo.read(path) == empty.repo.read(path)
    assert facts(by_hand, item_id) == facts(empty, item_id)
    assert facts(by_hand) == facts(empty)
    assert len(facts(empty, item_id)) == 6
    assert by_hand.item(item_id) == empty.item(item_id)


def commit(session: Session, path: str, text: str) -> None:
    """A person's edit and commit, at the moment of the command it stands beside."""
    new = not (session.repo.root / path).exists()
    session.repo.write(path, text)
    session.repo.git("add", path)
    at = NOW if new else LATER
    session.repo.git("commit", "-qm", "by hand", extra={"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at})


def edit(session: Session, path: str, *replaced: str) -> None:
    text = session.repo.read(path)
    for old, new in zip(replaced[::2], replaced[1::2], strict=True):
        assert text.count(old) == 1, (old, text)
        text = text.replace(old, new)
    commit(session, path, text)


def facts(session: Session, *arguments: str) -> list[tuple[object, ...]]:
    names = ("type", "item_id", "ts", "actor", "meta")
    return [tuple(event[name] for name in names) for event in session.events(*arguments)]


def test_init_again_changes_nothing(empty: Session) -> None:
    empty("init")
    head = empty.repo.head()
    assert "already" in empty("init").out
    assert empty.repo.head() == head


def test_the_commit_of_a_write_says_what_happened_in_words_and_in_trailers(cli: Session) -> None:
    answer = cli("set-status", "bl_d8", "in_progress", "--actor", "alice", "--message", "numbers are in")
    assert answer.out.startswith("bl_d8a7874e737d open -> in_progress  [")
    assert f"undo: backlogtool undo {cli.repo.head()[:10]}" in answer.err
    assert cli.repo.git("log", "-1", "--format=%B").strip() == (
        "backlog: bl_d8a7874e737d open -> in_progress\n\nnumbers are in\n\n"
        "Backlog-Item: bl_d8a7874e737d\nBacklog-Event: status_change\n"
        'Backlog-Meta: {"new_status": "in_progress", "old_status": "open"}\nBacklog-Actor: alice'
    )
    assert cli.events("bl_d8")[-1]["actor"] == "alice"
    assert cli.repo.git("log", "-1", "--format=%an %aI").strip() == "Ann Author 2026-02-16T06:20:00+00:00"


def test_the_subject_of_commits_is_the_teams(cli: Session) -> None:
    cli.policy('commit: {subject: "chore(backlog): {summary}"}\n')
    cli("assign", "bl_d8", "bob")
    assert cli.repo.git("log", "-1", "--format=%s").strip() == "chore(backlog): bl_d8a7874e737d owner oncall -> bob"
