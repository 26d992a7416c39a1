"""``validate --merge``: what a merge made of items, against each of its parents."""

from __future__ import annotations

from tests.cli.session import BILLING, GATEWAY, LATER, ROUTER, Session, item_text, untouched
from tests.cli.test_merge_driver import branch, meet

EMPTY = "bl_aaaaaaaaaaaa"


def codes(cli: Session, *more: str, status: int = 1) -> list[tuple[str, str, str]]:
    found = cli("validate", "--merge", "--json", *more, status=status).data
    return [(one["code"], one["item"], one["severity"]) for one in found]


def amended(cli: Session, old: str, new: str) -> None:
    """Edits in the merge commit itself."""
    cli.hand_edit(GATEWAY, old, new)
    cli.repo.git("commit", "--quiet", "--all", "--amend", "--no-edit")


def test_a_clean_merge_is_well_with_and_without_the_driver(cli: Session) -> None:
    branch(cli, "side", ("edit", GATEWAY, "--set", "owner=bob"), ("comment", ROUTER, "theirs"))
    meet(cli, ("edit", GATEWAY, "--set", "priority=P0"), ("set-status", BILLING, "in_progress"))
    assert codes(cli, status=0) == []


def test_a_merge_that_closes_another_item_is_found(cli: Session) -> None:
    """M6: git takes the new item for the old one renamed, and puts what was done to that into it."""
    text = item_text(EMPTY, "The gateway drops connections.", title="Review the gateway", priority="P1",
                     service="gateway", category="arch_review", due_date="2026-03-02")  # fmt: skip
    cli.repo.git("checkout", "--quiet", "-b", "side")
    (cli.repo.root / cli.path(GATEWAY)).unlink()
    cli.repo.write(cli.path(EMPTY), text)
    cli.repo.commit("another one in its place")
    cli.repo.git("checkout", "--quiet", "main")
    meet(cli, ("set-status", GATEWAY, "in_progress"), ("close", GATEWAY, "--status", "done"))
    assert "status: done" in cli.text(EMPTY)
    found = codes(cli)
    assert ("BL308", EMPTY, "error") in found
    told = cli("validate", "--merge", status=1).out
    assert f"{cli.path(EMPTY)}:5:1: error: status is 'done', which no side has: 'open'" in told


def test_an_edit_in_the_merge_itself_is_found_at_its_line(cli: Session) -> None:
    branch(cli, "side", ("edit", GATEWAY, "--set", "owner=bob"))
    meet(cli, ("edit", GATEWAY, "--set", "priority=P0"))
    amended(cli, "env: prod", "env: staging")
    told = cli("validate", "--merge", status=1).out
    assert f"{cli.path(GATEWAY)}:6:1: error: env is 'staging', which no side has: 'prod' [BL308]" in told
    assert cli("validate").out == ""


def test_what_the_merge_leaves_out_is_a_warning(cli: Session) -> None:
    branch(cli, "side", ("edit", GATEWAY, "--set", "owner=bob"))
    meet(cli, ("edit", GATEWAY, "--set", "priority=P0"), how=("merge", "--no-edit", "-s", "ours", "side"))
    assert codes(cli, status=0) == [("BL309", GATEWAY, "warning")]
    codes(cli, "--strict", status=1)


def test_who_settles_a_conflict_with_a_value_of_his_own_is_warned(cli: Session) -> None:
    branch(cli, "side", ("edit", GATEWAY, "--set", "owner=bob"))
    meet(cli, ("edit", GATEWAY, "--set", "owner=carol"))
    cli.repo.git("checkout", "--quiet", "--ours", cli.path(GATEWAY))
    cli.hand_edit(GATEWAY, "owner: carol", "owner: dan")
    assert codes(cli, status=0) == [("BL308", GATEWAY, "warning")]
    cli.repo.commit("merged")
    assert codes(cli, status=0) == [("BL308", GATEWAY, "warning")]


def test_a_merge_under_way_is_judged_as_the_work_tree_has_it(cli: Session) -> None:
    """Their steps are theirs: that they are not one step from here is nothing that this merge did."""
    branch(cli, "side", ("set-status", GATEWAY, "in_progress"), ("close", GATEWAY, "--status", "done"))
    meet(cli, ("comment", BILLING, "ours"), how=("merge", "--no-commit", "--no-ff", "side"))
    with untouched(cli.repo):
        assert codes(cli, status=0) == []
    cli.hand_edit(GATEWAY, "priority: P1", "priority: P3")
    assert codes(cli) == [("BL308", GATEWAY, "error")]


def test_an_illegal_step_from_one_parent_is_found(cli: Session) -> None:
    branch(cli, "side", ("set-status", GATEWAY, "blocked"))
    meet(cli, ("edit", GATEWAY, "--set", "priority=P0"))
    amended(cli, "status: blocked", "status: done")
    assert {code for code, *_ in codes(cli)} == {"BL301", "BL308"}


def test_a_merge_of_several_branches_is_judged_against_each(cli: Session) -> None:
    branch(cli, "one", ("edit", GATEWAY, "--set", "owner=bob"))
    branch(cli, "two", ("edit", BILLING, "--set", "owner=bob"))
    meet(cli, ("edit", ROUTER, "--set", "owner=bob"), how=("merge", "--no-edit", "one", "two"))
    assert len(cli.repo.git("rev-parse", "HEAD^@").split()) == 3
    assert codes(cli, status=0) == []
    amended(cli, "priority: P1", "priority: P3")
    assert codes(cli) == [("BL308", GATEWAY, "error")]


def test_an_item_that_the_merge_brings_itself_is_found_and_a_renumbered_one_is_well(cli: Session) -> None:
    path = cli.path(EMPTY)
    for name, title in (("side", "Theirs"), ("main", "Ours")):
        cli.repo.git("checkout", "--quiet", *(["-b", name] if name == "side" else [name]))
        cli.repo.write(
            path, item_text(EMPTY, title=title, created_at=LATER if name == "side" else "2026-02-16T06:20:00Z")
        )
        cli.repo.commit(name)
    cli.repo.git("merge", "--no-edit", "side", check=False)
    cli("renumber", EMPTY)
    assert codes(cli, status=0) == []
    cli.repo.commit("merged")
    assert codes(cli, status=0) == []
    cli.repo.write(cli.path("bl_bbbbbbbbbbbb"), item_text("bl_bbbbbbbbbbbb"))
    cli.repo.git("add", "--all")
    cli.repo.git("commit", "--quiet", "--amend", "--no-edit")
    assert codes(cli) == [("BL308", "bl_bbbbbbbbbbbb", "error")]


def test_an_item_that_one_side_deleted_and_the_merge_brings_back_is_a_warning(cli: Session) -> None:
    text = cli.text(GATEWAY)
    cli.repo.git("checkout", "--quiet", "-b", "side")
    (cli.repo.root / cli.path(GATEWAY)).unlink()
    cli.repo.commit("deleted")
    cli.repo.git("checkout", "--quiet", "main")
    meet(cli, ("edit", BILLING, "--set", "priority=P0"))
    assert codes(cli, status=0) == []
    cli.repo.write(cli.path(GATEWAY), text)
    cli.repo.git("add", "--all")
    cli.repo.git("commit", "--quiet", "--amend", "--no-edit")
    assert codes(cli, status=0) == [("BL309", GATEWAY, "warning")]


def test_an_item_that_one_side_deleted_and_the_other_changed_is_for_the_person_who_merges(cli: Session) -> None:
    cli.repo.git("checkout", "--quiet", "-b", "side")
    (cli.repo.root / cli.path(GATEWAY)).unlink()
    cli.repo.commit("deleted")
    cli.repo.git("checkout", "--quiet", "main")
    meet(cli, ("edit", GATEWAY, "--set", "priority=P0"))
    cli.repo.commit("kept")
    assert codes(cli, status=0) == []


def test_a_side_that_cannot_be_read_hides_no_edit_of_the_merge(cli: Session) -> None:
    text = cli.text(GATEWAY)
    cli.repo.git("checkout", "--quiet", "-b", "side")
    cli.repo.write(cli.path(GATEWAY), "nonsense\n")
    cli.repo.commit("spoiled")
    cli.repo.git("checkout", "--quiet", "main")
    meet(cli, ("edit", BILLING, "--set", "priority=P0"))
    cli.repo.write(cli.path(GATEWAY), text)
    cli.repo.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    assert codes(cli, status=0) == []
    amended(cli, "env: prod", "env: staging")
    assert codes(cli, status=0) == [("BL308", GATEWAY, "warning")]


def test_where_nothing_can_be_checked_it_is_said(cli: Session) -> None:
    assert "HEAD is no merge" in cli("validate", "--merge", status=3).err
    cli("validate", "--merge", "--since", "HEAD", status=2)
    branch(cli, "side", ("edit", GATEWAY, "--set", "owner=bob"))
    meet(cli, ("edit", GATEWAY, "--set", "priority=P0"))
    (cli.repo.root / ".git/shallow").write_text(cli.repo.head() + "\n")
    assert "unshallow" in cli("validate", "--merge", status=7).err
