"""Merging in real git: with the driver, without it, and what ``merge`` makes of conflicts that are there already."""

from __future__ import annotations

import os
from itertools import permutations
from pathlib import Path

import pytest

from backlogtool.app.merge_driver import main as driver
from backlogtool.app.merging import ATTRIBUTE, Outcome, replaced
from backlogtool.stores.git.unmerged import WorkCopies
from tests.cli.session import BILLING, GATEWAY, LATER, NOW, ROUTER, SEARCH, Answer, Session, one_commit, untouched
from tests.cli.test_pull_requests import clone

ATTRIBUTES = ".gitattributes"


@pytest.fixture
def driven(cli: Session) -> Session:
    """A repository whose items merge field by field."""
    cli("init", "--merge-driver")
    return cli


def branch(session: Session, name: str, *commands: tuple[str, ...], now: str = NOW) -> None:
    session.repo.git("checkout", "--quiet", "-b", name, "main")
    for command in commands:
        session(*command, now=now)
    session.repo.git("checkout", "--quiet", "main")


def meet(session: Session, *commands: tuple[str, ...], how: tuple[str, ...] = ("merge", "--no-edit", "side")) -> str:
    """What git says of a merge with ``side`` after commands on the main line."""
    for command in commands:
        session(*command)
    done = session.repo.git(*how, check=False)
    return done + session.repo.git("status", "--short")


# --- the driver


@pytest.mark.exhaustive
def test_tags_and_comments_of_both_sides_merge(driven: Session) -> None:
    branch(driven, "side", ("comment", GATEWAY, "theirs"), ("edit", GATEWAY, "--add", "tags=b"), now=LATER)
    meet(driven, ("comment", GATEWAY, "ours"), ("edit", GATEWAY, "--add", "tags=a"))
    item = driven.item(GATEWAY)
    assert item["tags"] == ["a", "b"]
    assert [one["text"] for one in item["comments"]] == ["ours", "theirs"]
    assert driven.repo.git("status", "--short") == ""
    assert driven("validate", "--since", "HEAD~2").out == ""


def test_one_field_with_two_values_is_a_conflict_on_its_line_alone(driven: Session) -> None:
    branch(driven, "side", ("set-status", GATEWAY, "blocked"), ("edit", GATEWAY, "--set", "priority=P0"))
    meet(driven, ("set-status", GATEWAY, "in_progress"), ("edit", GATEWAY, "--set", "owner=bob"))
    text = driven.text(GATEWAY)
    assert "<<<<<<< ours\nstatus: in_progress\n=======\nstatus: blocked\n>>>>>>> theirs\n" in text
    assert text.count("<<<<<<<") == 1
    assert "priority: P0\n" in text
    assert "owner: bob\n" in text
    assert "[BL118]" in driven("validate", status=1).out


@pytest.mark.exhaustive
def test_a_long_conflict_is_told_in_one_short_line(driven: Session) -> None:
    branch(driven, "side", ("edit", GATEWAY, "--set", "description=" + "theirs " * 500))
    meet(driven, ("edit", GATEWAY, "--set", "description=" + "ours " * 500))
    left = driven("merge", "--json", status=1).data[0]
    assert left["conflicts"][0]["ours"] == ("ours " * 500).strip()
    assert len(left["left"][0]) < 300


@pytest.mark.sampled(3)
@pytest.mark.parametrize("how", [("rebase", "side"), ("cherry-pick", "main..side"), ("stash", "pop")], ids=" ".join)
def test_the_driver_serves_every_way_in_which_git_merges(how: tuple[str, ...], driven: Session) -> None:
    branch(driven, "side", ("comment", GATEWAY, "theirs"), now=LATER)
    if how[0] == "stash":
        driven.hand_edit(GATEWAY, "priority: P1\n", "priority: P0\ntags: [later]\n")
        driven.repo.git("stash", "--quiet")
        driven("edit", GATEWAY, "--set", "env=staging")
        driven.repo.git(*how)
        assert driven.item(GATEWAY)["env"] == "staging"
        assert driven.item(GATEWAY)["tags"] == ["later"]
        return
    driven("comment", GATEWAY, "ours")
    driven.repo.git(*how)
    assert [one["text"] for one in driven.item(GATEWAY)["comments"]] == ["ours", "theirs"]


@pytest.mark.exhaustive
def test_two_clones_that_both_have_the_driver_end_with_the_same_files(driven: Session, tmp_path: Path) -> None:
    driven.repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    ann, bob = clone(tmp_path, "Ann Author"), clone(tmp_path, "Bob Builder")
    for session in (ann, bob):
        assert session("init", "--merge-driver").out.startswith("git merges items field by field: changed .git/config")
    ann("comment", GATEWAY, "from Ann")
    ann.repo.git("push", "--quiet")
    bob("comment", GATEWAY, "from Bob", now=LATER)
    bob.repo.git("pull", "--quiet", "--no-rebase", "--no-edit")
    bob.repo.git("push", "--quiet")
    ann.repo.git("pull", "--quiet")
    assert ann.text(GATEWAY) == bob.text(GATEWAY)
    assert [one["text"] for one in ann.item(GATEWAY)["comments"]] == ["from Ann", "from Bob"]


@pytest.mark.exhaustive
def test_a_merge_of_crossing_branches_goes_through(driven: Session) -> None:
    """Git merges the several bases with the driver first."""
    repo = driven.repo
    branch(driven, "side", ("set-status", GATEWAY, "blocked"))
    driven("set-status", GATEWAY, "in_progress")
    repo.git("branch", "old")
    for name, other, word in (("main", "side", "in_progress"), ("side", "old", "blocked")):
        repo.git("checkout", "--quiet", name)
        repo.git("merge", "--no-edit", other, check=False)
        text = driven.text(GATEWAY)
        start, end = text.index("<<<<<<<"), text.index(">>>>>>> theirs\n") + len(">>>>>>> theirs\n")
        repo.write(driven.path(GATEWAY), f"{text[:start]}status: {word}\n{text[end:]}")
        repo.git("commit", "--quiet", "--all", "--no-edit")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--no-edit", "side", check=False)
    assert "status: in_progress\n=======\nstatus: blocked\n" in driven.text(GATEWAY)


def test_what_is_no_item_merges_by_lines_and_a_report_is_kept_to_be_made_anew(tmp_path: Path) -> None:
    def run(path: str, *texts: str) -> tuple[int, str]:
        for name, text in zip("oab", texts, strict=True):
            (tmp_path / name).write_text(text)
        status = driver([*(str(tmp_path / name) for name in "oab"), path])
        return status, (tmp_path / "a").read_text()

    assert run("items/README.md", "1\n2\n3\n", "0\n2\n3\n", "1\n2\n4\n") == (0, "0\n2\n4\n")
    assert run("items/README.md", "1\n", "2\n", "3\n") == (1, "<<<<<<< ours\n2\n=======\n3\n>>>>>>> theirs\n")
    mark = "<!-- generated by backlogtool: as of 2026-02-{} -->\n"
    reports = [mark.format(day) + day for day in ("16", "17", "18")]
    assert run("DASHBOARD.md", *reports) == (0, reports[1])


@pytest.mark.parametrize("data", [b"\0", b"\xff", b"x" * (1 << 21)], ids=["zero", "not UTF-8", "large"])
def test_what_is_no_text_is_a_conflict_that_changes_nothing(data: bytes, tmp_path: Path) -> None:
    places = [tmp_path / name for name in "oab"]
    for place in places:
        place.write_text("text")
    places[2].write_bytes(data)
    assert driver([*map(str, places), f"items/{GATEWAY}.md"]) == 1
    assert places[1].read_text() == "text"
    places[2].unlink()
    places[2].symlink_to(places[0])
    assert driver([*map(str, places), f"items/{GATEWAY}.md"]) == 1


def test_the_driver_loads_nothing_from_the_work_tree(driven: Session) -> None:
    branch(driven, "side", ("comment", GATEWAY, "theirs"), now=LATER)
    driven("comment", GATEWAY, "ours")
    for name in ("backlogtool/__init__.py", "typing.py", "os.py"):
        driven.repo.write(name, "open('executed', 'w').close()\n")
    driven.repo.git("merge", "--no-edit", "side", extra={"PYTHONPATH": "."})
    assert not (driven.repo.root / "executed").exists()


# --- setting it up


def test_setting_it_up_is_one_commit_and_repeating_it_changes_nothing(cli: Session) -> None:
    cli.repo.write(ATTRIBUTES, "*.png binary")
    cli.repo.commit("attributes")
    with one_commit(cli.repo, ATTRIBUTES):
        cli("init", "--merge-driver")
    assert cli.repo.read(ATTRIBUTES) == f"*.png binary\n{ATTRIBUTE}\n"
    with untouched(cli.repo):
        assert "already" in cli("init", "--merge-driver").out
        cli("init", "--merge-driver", "--remove", "--dry-run")
    assert "-I -m backlogtool.app.merge_driver %O %A %B %P" in cli.repo.git("config", "merge.backlogtool.driver")
    with one_commit(cli.repo, ATTRIBUTES):
        cli("init", "--merge-driver", "--remove")
    assert cli.repo.read(ATTRIBUTES) == "*.png binary\n"
    assert cli.repo.git("config", "--get-regexp", "merge", check=False) == ""
    assert "already" in cli("init", "--merge-driver", "--remove").out
    cli("init", "--remove", status=2)


@pytest.mark.exhaustive
def test_doctor_tells_of_a_clone_without_the_driver_that_its_attributes_ask_for(driven: Session) -> None:
    assert "git merges items field by field" in driven("doctor").out
    driven.repo.git("config", "merge.backlogtool.driver", "/nowhere/python -m x %O %A %B %P")
    assert "'/nowhere/python' is not there" in driven("doctor", status=1).out
    driven.repo.git("config", "--remove-section", "merge.backlogtool")
    assert "backlogtool init --merge-driver" in driven("doctor").out


# --- without the driver


#: The fields that people change in the life of an item, each with an edit; two of a set are two lines.
EDITS = {
    "title": ("title: Review the gateway", "title: Another"),
    "status": ("status: open", "status: in_progress"),
    "priority": ("priority: P1", "priority: P0"),
    "owner": ("owner: oncall", "owner: bob"),
    "due_date": ("due_date: 2026-03-02", "due_date: 2026-04-01"),
    "evidence_refs": ("  - al_1\n", "  - al_1\n  - al_2\n"),
    "tags": ("- auto\n", "- auto\n- more\n"),
    "description": ("drops connections", "drops packets"),
}


def test_all_56_ordered_pairs_of_one_field_edits_merge_in_plain_git(cli: Session) -> None:
    """D-14. One process: git merges the pairs as 56 files of two branches."""
    base = cli.text(GATEWAY).replace("\n---\n\n", "\nevidence_refs:\n  alerts:\n  - al_1\ntags:\n- auto\n---\n\n")
    pairs = list(permutations(EDITS, 2))
    assert len(pairs) == 56
    assert all(base.count(old) == 1 for old, _ in EDITS.values())
    trees = {}
    for number, side in enumerate(("base", "ours", "theirs")):
        for pair in pairs:
            text = base if side == "base" else base.replace(*EDITS[pair[number - 1]])
            cli.repo.write(f"items/{'-'.join(pair)}.md", text)
        cli.repo.git("add", "--all")
        trees[side] = cli.repo.git("write-tree").strip()
    first = cli.repo.git("commit-tree", "-m", "base", trees["base"]).strip()
    ours, theirs = (
        cli.repo.git("commit-tree", "-m", side, "-p", first, trees[side]).strip() for side in ("ours", "theirs")
    )
    told = cli.repo.git("merge-tree", "--write-tree", "--name-only", "--no-messages", ours, theirs, check=False)
    tree, *conflicts = told.splitlines()
    assert conflicts == []
    cli.repo.git("read-tree", "--reset", "-u", tree)
    read = {"-".join(pair): cli.repo.read(f"items/{'-'.join(pair)}.md") for pair in pairs}
    for one, other in pairs:
        assert read[f"{one}-{other}"] == base.replace(*EDITS[one]).replace(*EDITS[other])


# --- the command


def text_conflict(session: Session, ours: list[tuple[str, ...]], theirs: list[tuple[str, ...]]) -> None:
    """A merge in plain git, which leaves a conflict."""
    branch(session, "side", *theirs, now=LATER)
    assert "UU " in meet(session, *ours)


def test_conflicts_of_plain_git_are_merged_and_staged(cli: Session) -> None:
    text_conflict(cli, [("comment", one, "ours") for one in (GATEWAY, BILLING)],
                  [("comment", one, "theirs") for one in (GATEWAY, BILLING)])  # fmt: skip
    with untouched(cli.repo):
        assert cli("merge", "--dry-run").out.count("would be merged") == 2
    answer = cli("merge")
    assert answer.out.count(": merged") == 2
    assert "git merge --continue" in answer.err
    cli.repo.git("commit", "--no-edit", "--quiet")
    assert [one["text"] for one in cli.item(BILLING)["comments"]] == ["ours", "theirs"]
    assert cli("validate").out == ""
    assert cli("merge").out == "no item file is in conflict\n"


def test_a_text_that_git_puts_below_the_heading_of_a_comment_becomes_no_comment(cli: Session) -> None:
    """Git takes a heading in code for the one that the other side brings, and leaves markers around the rest."""
    words = "```\n## Comments\n```\n\n## Notes\n\n{}\n\nMore words."
    cli("edit", GATEWAY, "--set", f"description={words.format('Some words.')}")
    branch(cli, "side", ("edit", GATEWAY, "--set", "description="), ("comment", GATEWAY, "Waiting."))
    meet(cli, ("edit", GATEWAY, "--set", f"description={words.format('Other words.')}"))
    before = cli.text(GATEWAY)
    assert before.index("### ") < before.index("<<<<<<<") < before.index("Other words.") < before.index("Waiting.")
    told = cli("merge", "--json", status=1).data[0]
    assert [one["field"] for one in told["conflicts"]] == ["description"]
    text = cli.text(GATEWAY)
    assert text.index("Other words.") < text.index(">>>>>>>") < text.index("### ") < text.index("Waiting.")


def test_what_cannot_be_merged_is_left_between_markers_and_named(cli: Session) -> None:
    text_conflict(cli, [("set-status", GATEWAY, "in_progress"), ("comment", GATEWAY, "ours")],
                  [("set-status", GATEWAY, "blocked"), ("comment", GATEWAY, "theirs")])  # fmt: skip
    told = cli("merge", "--json", status=1).data
    assert [one["conflicts"] for one in told] == [[{"field": "status", "ours": "in_progress", "theirs": "blocked"}]]
    assert cli.text(GATEWAY).count("<<<<<<<") == 1
    text = cli.text(GATEWAY)
    start, end = text.index("<<<<<<<"), text.index(">>>>>>> theirs\n") + len(">>>>>>> theirs\n")
    cli.repo.write(cli.path(GATEWAY), text[:start] + "status: blocked\n" + text[end:])
    assert "git add it" in cli("merge", status=1).out
    cli.repo.git("add", "--all")
    assert cli("merge").out == "no item file is in conflict\n"


def test_what_a_person_has_written_into_a_file_in_conflict_stays(cli: Session) -> None:
    text_conflict(cli, [("comment", GATEWAY, "ours")], [("comment", GATEWAY, "theirs")])
    cli.hand_edit(GATEWAY, "The gateway drops connections.", "The gateway drops packets.")
    cli("merge")
    assert "drops packets" in cli.text(GATEWAY)


def test_what_somebody_saves_while_the_others_are_merged_stays(cli: Session) -> None:
    copies, path = WorkCopies(str(cli.repo.root)), cli.path(GATEWAY)
    one = Outcome(path, GATEWAY, text="merged\n", staged=True, standing=cli.text(GATEWAY))
    cli.hand_edit(GATEWAY, "drops connections", "drops packets")
    told = replaced(copies, one)
    assert "somebody wrote into it" in told.left[0]
    assert not told.staged
    assert "drops packets" in cli.text(GATEWAY)
    assert replaced(copies, one._replace(standing=cli.text(GATEWAY))).left == ()
    assert cli.text(GATEWAY) == "merged\n"


def test_an_item_that_two_branches_made_and_one_that_one_deleted_are_left(cli: Session) -> None:
    repo = cli.repo
    repo.git("checkout", "--quiet", "-b", "side")
    for path, text in ((f"items/{GATEWAY[:-1]}0.md", "theirs\n"), (cli.path(SEARCH), None)):
        (repo.root / path).unlink(missing_ok=True) if text is None else repo.write(path, text)
    repo.commit("side")
    repo.git("checkout", "--quiet", "main")
    repo.write(f"items/{GATEWAY[:-1]}0.md", "ours\n")
    repo.commit("main")
    cli("assign", SEARCH, "bob")
    repo.git("merge", "--no-edit", "side", check=False)
    told = cli("merge", status=1).out
    assert "two branches made an item with this id" in told
    assert "one side deleted it" in told


@pytest.mark.sampled(3)
@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_markers_that_a_forge_committed_are_merged(style: str, cli: Session) -> None:
    cli.repo.git("config", "merge.conflictStyle", style)
    text_conflict(cli, [("comment", GATEWAY, "ours")], [("comment", GATEWAY, "theirs")])
    cli.repo.git("commit", "--quiet", "--all", "--no-edit")
    assert ": merged" in cli("merge").out
    assert [one["text"] for one in cli.item(GATEWAY)["comments"]] == ["ours", "theirs"]
    assert cli.repo.git("status", "--short") == f" M items/{GATEWAY}.md\n"


@pytest.mark.exhaustive
def test_doctor_mends_committed_markers_that_merge_cleanly_and_tells_of_the_others(cli: Session) -> None:
    text_conflict(cli, [("comment", GATEWAY, "ours"), ("set-status", BILLING, "in_progress")],
                  [("comment", GATEWAY, "theirs"), ("set-status", BILLING, "blocked")])  # fmt: skip
    told = cli("doctor", status=1).out
    assert "conflict markers" not in told
    assert "fix:   backlogtool merge; settle what is left" in told
    cli.repo.git("commit", "--quiet", "--all", "--no-edit")
    with untouched(cli.repo):
        told = cli("doctor", status=1).out
    assert f"conflict markers that merge cleanly: {cli.path(GATEWAY)}" in told
    assert f"conflict markers that a person has to settle: {cli.path(BILLING)}" in told
    told = cli("doctor", "--fix", status=1).out
    assert f"conflict markers were merged in {cli.path(GATEWAY)}" in told
    assert f"{cli.path(BILLING)}: status" in told
    assert [one["text"] for one in cli.item(GATEWAY)["comments"]] == ["ours", "theirs"]
    assert cli.repo.git("status", "--short") == f" M {cli.path(GATEWAY)}\n"
    assert "conflict markers that merge cleanly" not in cli("doctor", status=1).out


def test_markers_in_an_example_are_no_conflict(cli: Session) -> None:
    example = "```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> side\n```"
    cli("edit", ROUTER, "--set", f"description={example}")
    assert cli("merge").out == "no item file is in conflict\n"
    text_conflict(cli, [("comment", ROUTER, "ours")], [("comment", ROUTER, "theirs")])
    cli("merge")
    assert cli.item(ROUTER)["description"] == example
    assert len(cli.item(ROUTER)["comments"]) == 2


def test_a_merge_that_was_killed_between_writing_and_staging_goes_on(cli: Session) -> None:
    text_conflict(cli, [("comment", GATEWAY, "ours")], [("comment", GATEWAY, "theirs")])
    stages = (cli.repo.root / ".git/index").read_bytes()
    cli("merge")
    (cli.repo.root / ".git/index").write_bytes(stages)
    assert ": merged" in cli("merge").out
    assert cli.repo.git("ls-files", "--unmerged") == ""


def test_links_in_conflict_are_no_items(cli: Session) -> None:
    path = cli.repo.root / cli.path(GATEWAY)
    for name, target in (("side", "there"), ("main", "elsewhere")):
        cli.repo.git("checkout", "--quiet", *(["-b", name] if name == "side" else [name]))
        path.unlink()
        os.symlink(target, path)
        cli.repo.commit(name)
    cli.repo.git("merge", "--no-edit", "side", check=False)
    answer: Answer = cli("merge", status=1)
    assert "no text" in answer.out
