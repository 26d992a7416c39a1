"""An id that two branches took: one of the two items gets another one, and what refers to it follows."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from backlogtool.app.committing import validate_staged
from backlogtool.codec.references import follow, renamed
from backlogtool.domain.layout import SHARDED, path_of
from tests.cli.session import BILLING, GATEWAY, LATER, ROUTER, SEARCH, Session, copied, item_text, untouched
from tests.repositories import Repo

TAKEN = "bl_aaaaaaaaaaaa"
OURS = item_text(TAKEN, f"Ours: see {TAKEN}.", title="Ours")
THEIRS = item_text(TAKEN, f"Theirs: see {TAKEN}.", title="Theirs", created_at=LATER, priority="P0")
FLAT, SPLIT = path_of(TAKEN, "flat"), path_of(TAKEN, SHARDED)


def met(cli: Session, ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """Two branches that meet; each writes files and adds lines to items (names without a slash). What git says."""
    for name, files in (("side", theirs), ("main", ours)):
        cli.repo.git("checkout", "--quiet", *(["-b", name] if name == "side" else [name]))
        for path, text in files.items():
            cli.repo.write(path if "/" in path else cli.path(path), text if "/" in path else cli.text(path) + text)
        cli.repo.commit(name)
    return cli.repo.git("merge", "--no-edit", "side", check=False)


def new_id(cli: Session, *arguments: str) -> str:
    return str(cli("renumber", *arguments, "--json").data["new"])


@pytest.mark.exhaustive
def test_theirs_gets_another_id_in_a_merge_and_what_their_side_wrote_follows(cli: Session) -> None:
    met(cli, {FLAT: OURS, BILLING: f"\nours waits for {TAKEN}\n"}, {FLAT: THEIRS, ROUTER: f"\nwaits for {TAKEN}\n"})
    assert f"backlogtool renumber {TAKEN}" in cli("merge", status=1).out
    answer = cli("renumber", TAKEN[:9])
    new = answer.out.split("is now ")[1].split(",")[0]
    assert cli.repo.read(FLAT) == OURS
    assert cli.text(new) == THEIRS.replace(TAKEN, new)
    assert cli.text(ROUTER).endswith(f"\nwaits for {new}\n")
    assert cli.text(BILLING).endswith(f"\nours waits for {TAKEN}\n")
    assert "git merge --continue" in answer.err
    cli.repo.git("commit", "--quiet", "--no-edit")
    assert cli.repo.git("status", "--short") == ""
    assert cli("validate").out == ""
    assert cli("validate", "--merge").out == ""
    for since in ("HEAD^1", "HEAD^1^"):
        assert cli("validate", "--since", since).out == ""
    item = cli.item(new)
    assert (item["dedupe_key"], item["created_at"], item["priority"]) == (f"key:{new}", LATER, "P0")


@pytest.mark.exhaustive
def test_the_hook_and_a_range_know_what_was_renumbered_and_find_what_was_not(cli: Session) -> None:
    waits = cli.text(BILLING).replace("source:", f"dependencies: [{TAKEN}]\nsource:")
    met(cli, {FLAT: OURS}, {FLAT: THEIRS, cli.path(BILLING): f"{waits}\nSee {TAKEN}.\n"})
    new = new_id(cli, TAKEN)
    base = cli.repo.git("merge-base", "main", "side").strip()
    assert validate_staged(str(cli.repo.root)) == []
    cli.repo.git("commit", "--quiet", "--no-edit")
    assert f"See {new}." in cli.text(BILLING)
    assert cli("validate", "--since", base).out == ""
    cli.repo.write(cli.path(BILLING), cli.text(BILLING).replace("See", "Never mind"))
    cli.repo.git("commit", "--quiet", "--all", "--amend", "--no-edit", "--no-verify")
    assert "Never mind" in cli("validate", "--since", base, status=1).out


def test_ours_gets_another_id_where_the_main_branch_is_merged_into_ours(cli: Session) -> None:
    met(cli, {FLAT: OURS, BILLING: f"\nours waits for {TAKEN}\n"}, {FLAT: THEIRS, ROUTER: f"\nwaits for {TAKEN}\n"})
    new = new_id(cli, TAKEN, "--ours")
    assert cli.repo.read(FLAT) == THEIRS
    assert cli.text(new) == OURS.replace(TAKEN, new)
    assert cli.text(BILLING).endswith(f"\nours waits for {new}\n")
    assert cli.text(ROUTER).endswith(f"\nwaits for {TAKEN}\n")
    cli.repo.git("commit", "--quiet", "--no-edit")
    assert cli("validate", "--merge").out == ""
    assert cli("validate", "--since", "HEAD^2").out == ""
    assert "none is ours" in cli("renumber", TAKEN, "--ours", status=1).err


def test_an_item_that_was_only_dropped_is_still_found(cli: Session) -> None:
    met(cli, {FLAT: OURS}, {FLAT: THEIRS})
    cli.repo.write(FLAT, OURS)
    cli.repo.commit("theirs is gone")
    assert "created_at never changes" in cli("validate", "--since", "HEAD^1", status=1).out
    assert "created_at never changes" in cli("validate", "--merge", status=1).out


def test_the_same_item_gets_the_same_id_whoever_renumbers_it(template: Path, tmp_path: Path) -> None:
    ids = []
    for place in ("one", "two"):
        cli = copied(template, tmp_path / place)
        met(cli, {FLAT: OURS}, {FLAT: THEIRS})
        ids.append(new_id(cli, TAKEN))
    assert ids[0] == ids[1] != TAKEN


def test_a_line_that_both_sides_have_may_mean_either_and_is_left_and_named(cli: Session) -> None:
    met(cli, {FLAT: OURS, ROUTER: f"\nsee {TAKEN}\n"}, {FLAT: THEIRS, ROUTER: f"\nsee {TAKEN}\n"})
    told = cli("renumber", TAKEN, "--json").data
    line = cli.text(ROUTER).split("\n").index(f"see {TAKEN}") + 1
    assert told["unclear"] == [{"path": cli.path(ROUTER), "line": line}]
    assert told["rewritten"] == []


def test_an_edited_item_is_rewritten_and_not_staged(cli: Session) -> None:
    met(cli, {FLAT: OURS}, {FLAT: THEIRS, ROUTER: f"\nwaits for {TAKEN}\n"})
    cli.hand_edit(ROUTER, "priority: P0", "priority: P1")
    told = cli("renumber", TAKEN, "--json").data
    assert told["unstaged"] == [cli.path(ROUTER)]
    assert "priority: P0" in cli.repo.git("show", f":{cli.path(ROUTER)}")
    assert f"waits for {told['new']}" in cli.text(ROUTER)


def test_line_ends_that_git_gives_files_in_a_clone_are_no_edits_and_change_no_id(cli: Session, tmp_path: Path) -> None:
    met(cli, {FLAT: OURS}, {SPLIT: THEIRS, ROUTER: f"\nwaits for {TAKEN}\n"})
    other = tmp_path / "other"
    shutil.copytree(cli.repo.root, other)
    Repo(other).git("config", "core.autocrlf", "true")
    (other / SPLIT).unlink()
    Repo(other).git("checkout", "--", SPLIT)
    assert b"\r\n" in (other / SPLIT).read_bytes()
    assert new_id(Session(Repo(other)), SPLIT, "--dry-run") == new_id(cli, SPLIT, "--dry-run")


def test_a_reference_is_staged_in_a_clone_with_other_line_ends(cli: Session) -> None:
    cli.repo.git("config", "core.autocrlf", "true")
    met(cli, {FLAT: OURS}, {FLAT: THEIRS, ROUTER: f"\nwaits for {TAKEN}\n"})
    assert b"\r\n" in (cli.repo.root / cli.path(ROUTER)).read_bytes()
    told = cli("renumber", TAKEN, "--json").data
    assert told["unstaged"] == []
    assert f"waits for {told['new']}" in cli.repo.git("show", f":{cli.path(ROUTER)}")


def test_a_dry_run_shows_all_and_changes_nothing(cli: Session) -> None:
    met(cli, {FLAT: OURS}, {FLAT: THEIRS, ROUTER: f"\nwaits for {TAKEN}\n"})
    with untouched(cli.repo):
        shown = cli("renumber", TAKEN, "--dry-run").out
    assert "+title: Theirs" in shown
    assert f"-waits for {TAKEN}" in shown
    new = new_id(cli, TAKEN)
    assert f"+waits for {new}" in shown


def test_two_files_with_one_id_need_a_name_and_one_commit(cli: Session) -> None:
    """A merge brought them together long ago; who wrote a line is asked of its sides."""
    met(cli, {FLAT: OURS, BILLING: f"\nsee {TAKEN}\n"}, {SPLIT: THEIRS, ROUTER: f"\nsee items/aa/{TAKEN}.md\n"})
    cli("comment", SEARCH, f"after it: {TAKEN}")
    assert "BL205" in cli("validate", status=1).out
    told = cli("renumber", TAKEN, status=1)
    assert f"backlogtool renumber {SPLIT}" in told.err
    shown = cli("renumber", SPLIT, "--dry-run", "--json").data["new"]
    moved = path_of(shown, SHARDED)
    before = cli.repo.commits()
    told = cli("renumber", SPLIT)
    assert cli.repo.commits() == before + 1
    changed = cli.repo.git("show", "--no-renames", "--name-only", "--format=").split()
    assert changed == sorted([moved, SPLIT, cli.path(ROUTER)])
    assert f"{cli.path(SEARCH)}:" in told.out
    assert "may mean either item" in told.out
    assert cli.repo.read(moved) == THEIRS.replace(TAKEN, shown)
    assert cli.text(ROUTER).endswith(f"\nsee {moved}\n")
    assert cli.text(BILLING).endswith(f"\nsee {TAKEN}\n")
    assert cli("validate").out == ""


def test_our_file_can_be_the_one_as_well(cli: Session) -> None:
    met(cli, {FLAT: OURS, BILLING: f"\nsee {TAKEN}\n"}, {"items/team/" + FLAT[6:]: THEIRS, ROUTER: f"\nsee {TAKEN}\n"})
    new = new_id(cli, FLAT)
    assert cli.text(BILLING).endswith(f"\nsee {new}\n")
    assert cli.text(ROUTER).endswith(f"\nsee {TAKEN}\n")
    assert cli.text(new) == OURS.replace(TAKEN, new)


def test_two_files_in_a_merge_that_goes_on_are_staged(cli: Session) -> None:
    met(cli, {FLAT: OURS, GATEWAY: "\none\n"}, {SPLIT: THEIRS, GATEWAY: "\nother\n", ROUTER: f"\nsee {TAKEN}\n"})
    new = new_id(cli, SPLIT)
    assert cli.repo.git("status", "--short").splitlines() == [
        f"A  {path_of(new, SHARDED)}",
        f"M  {cli.path(ROUTER)}",
        f"UU {cli.path(GATEWAY)}",
    ]
    assert cli.text(ROUTER).endswith(f"\nsee {new}\n")


def test_an_id_of_one_item_never_changes(cli: Session) -> None:
    for named in (GATEWAY, cli.path(GATEWAY)):
        with untouched(cli.repo):
            assert "only one item has the id" in cli("renumber", named, status=1).err
    assert "is not the file of an item" in cli("renumber", "items/README.md", status=3).err
    assert "there is no items/team" in cli("renumber", f"items/team/{GATEWAY}.md", status=3).err
    cli("renumber", "zz", status=3)
    cli("renumber", "bl_365", status=3)


def test_one_item_that_both_branches_made_is_not_made_two(cli: Session) -> None:
    """A commit that was picked to the other branch, and edited there."""
    met(cli, {FLAT: OURS}, {FLAT: OURS.replace("P2", "P1")})
    assert "both branches made this item" in cli("merge", status=1).out
    with untouched(cli.repo):
        assert "both sides have one item" in cli("renumber", TAKEN, status=1).err


def test_items_without_a_key_are_two_if_they_were_made_at_two_times(cli: Session) -> None:
    ours, theirs = (text.replace(f"dedupe_key: key:{TAKEN}\n", "") for text in (OURS, THEIRS))
    assert "dedupe_key" not in ours + theirs
    met(cli, {FLAT: ours}, {FLAT: theirs})
    assert f"backlogtool renumber {TAKEN}" in cli("merge", status=1).out
    assert cli.text(new_id(cli, TAKEN)).count("title: Theirs") == 1


def test_what_somebody_wrote_between_the_markers_is_not_lost(cli: Session) -> None:
    met(cli, {FLAT: OURS}, {FLAT: THEIRS})
    cli.repo.write(FLAT, cli.repo.read(FLAT) + "by hand\n")
    with untouched(cli.repo):
        assert f"git checkout --merge -- {FLAT}" in cli("renumber", TAKEN, status=1).err


def test_a_version_that_cannot_be_read_gets_no_other_id(cli: Session) -> None:
    met(cli, {FLAT: OURS}, {FLAT: "no item\n"})
    with untouched(cli.repo):
        assert "cannot be read" in cli("renumber", TAKEN, status=6).err


@pytest.mark.parametrize("how", ["rebase", "cherry-pick"])
def test_whose_is_whose_is_told_in_merges_only(how: str, cli: Session) -> None:
    met(cli, {FLAT: OURS}, {FLAT: THEIRS})
    cli.repo.git("merge", "--abort")
    cli.repo.git(how, "side", check=False)
    with untouched(cli.repo):
        assert "cannot be told in the middle of" in cli("renumber", TAKEN, status=7).err


@pytest.mark.sampled(2)
@pytest.mark.parametrize("written", [False, True], ids=["kept item not written", "written"])
def test_a_renumbering_that_was_killed_before_it_was_staged_goes_on(written: bool, cli: Session) -> None:
    met(cli, {FLAT: OURS}, {FLAT: THEIRS, ROUTER: f"\nwaits for {TAKEN}\n"})
    before = (cli.repo.root / ".git/index").read_bytes()
    standing = cli.repo.read(FLAT)
    new = new_id(cli, TAKEN)
    (cli.repo.root / ".git/index").write_bytes(before)
    if not written:
        cli.repo.write(FLAT, standing)
    assert new_id(cli, TAKEN) == new
    status = cli.repo.git("status", "--short").splitlines()
    assert status == [f"M  {cli.path(ROUTER)}", f"A  {cli.path(new)}"]
    assert cli("validate").out == ""


def test_only_whole_words_are_references() -> None:
    assert renamed(f"{TAKEN}b x{TAKEN} {TAKEN}_ {TAKEN}.", TAKEN, "bl_b") == f"{TAKEN}b x{TAKEN} {TAKEN}_ bl_b."
    assert renamed(f"(../aa/{TAKEN}.md)", TAKEN, "bl_bbbbbbbbbbbb") == "(../bb/bl_bbbbbbbbbbbb.md)"
    key = f"dedupe_key: key:{TAKEN}"
    assert follow(key, TAKEN, "bl_b", key, "") == (key, (1,))
