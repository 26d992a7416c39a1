"""Files of items move between ``items/`` and its 256 folders in one commit, and keep their bytes and their story."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backlogtool.domain.layout import FLAT, LAYOUTS, SHARDED, path_of
from tests.cli.session import BILLING, GATEWAY, NOW, POLICY, PREPARED, ROUTER, Session, item_text, run, untouched
from tests.repositories import Repo

FOLDERS = {item_id: f"items/{item_id[3:5]}/{item_id}.md" for item_id in PREPARED}
IN_TEAM = "bl_00aa00000001"


def files(repo: Repo) -> dict[str, bytes]:
    """Every file below items/ with its content."""
    found = (path for path in (repo.root / "items").rglob("*") if path.is_file())
    return {path.relative_to(repo.root).as_posix(): path.read_bytes() for path in found}


def renamed(repo: Repo) -> dict[str, str]:
    """What git itself takes for renames in the last commit: old path -> new one."""
    told = repo.git("show", "--format=", "--name-status", "-M100%", "-z", "HEAD").split("\0")
    return {told[at + 1]: told[at + 2] for at, word in enumerate(told) if word == "R100"}


@pytest.fixture
def sharded(cli: Session) -> Session:
    cli("layout", SHARDED)
    return cli


def test_all_files_move_in_one_commit_that_git_takes_for_renames(cli: Session) -> None:
    before, commits = files(cli.repo), cli.repo.commits()
    answer = cli("layout", SHARDED, "-m", "it grew")
    assert answer.out.startswith("sharded: 4 files moved  [")
    assert cli.repo.commits() == commits + 1
    assert files(cli.repo) == {FOLDERS[path[6:-3]]: data for path, data in before.items()}
    assert renamed(cli.repo) == {path_of(one, FLAT): FOLDERS[one] for one in PREPARED}
    assert cli.repo.git("status", "--porcelain") == ""
    assert "it grew" in cli.repo.git("log", "-1", "--format=%b")


def test_the_policy_says_where_new_items_go_and_keeps_its_comments(sharded: Session) -> None:
    assert sharded.repo.read(POLICY) == "# the rules of this team\nversion: 1\nlayout: sharded\n"
    made = sharded.create("Later")
    assert (sharded.repo.root / path_of(made, SHARDED)).is_file()
    assert sharded.item(made)["title"] == "Later"


def test_there_and_back_is_what_it_was(cli: Session) -> None:
    before = files(cli.repo)
    cli("layout", SHARDED)
    cli("layout", FLAT)
    assert files(cli.repo) == before
    assert [path for path in (cli.repo.root / "items").iterdir() if path.is_dir()] == []
    assert cli.repo.read(POLICY) == "# the rules of this team\nversion: 1\nlayout: flat\n"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_repeating_it_is_no_commit(cli: Session, layout: str) -> None:
    cli("layout", layout)
    with untouched(cli.repo):
        assert cli("layout", layout).out == f"{layout} already: nothing to move\n"


def test_a_policy_is_made_where_there_is_none(repo: Repo) -> None:
    repo.write(f"items/{GATEWAY}.md", PREPARED[GATEWAY])
    repo.commit("by hand")
    session = Session(repo)
    session("layout", SHARDED)
    assert session("config", "show", "layout", "--json").data == {"layout": "sharded"}
    assert list(files(repo)) == [FOLDERS[GATEWAY]]


def test_files_in_folders_of_peoples_own_stay(cli: Session) -> None:
    cli.repo.write(f"items/team-a/{IN_TEAM}.md", item_text(IN_TEAM))
    cli.repo.write("items/README.md", "# Items\n")
    (cli.repo.root / "items/team-b/00").mkdir(parents=True)
    cli.repo.write("items/team-b/00/bl_00aa00000002.md", item_text("bl_00aa00000002"))
    cli.repo.commit("teams")
    cli("layout", SHARDED)
    stay = {f"items/team-a/{IN_TEAM}.md", "items/README.md", "items/team-b/00/bl_00aa00000002.md"}
    assert files(cli.repo).keys() == stay | set(FOLDERS.values())
    assert cli("layout", "--json").data["files"] == {"flat": 0, "sharded": 4, "own": 2}


def test_an_item_that_a_merged_branch_brings_moves_with_the_next_run(sharded: Session) -> None:
    sharded.repo.write(f"items/{IN_TEAM}.md", item_text(IN_TEAM))
    sharded.repo.commit("from an old branch")
    told = sharded("layout")
    assert "1 do not stand where the layout puts them: backlogtool layout sharded" in told.out
    (check,) = [one for one in sharded("doctor", "--json").data if one["name"] == "layout"]
    assert (check["state"], check["fix"]) == ("note", "backlogtool layout sharded")
    sharded("layout", SHARDED)
    assert renamed(sharded.repo) == {f"items/{IN_TEAM}.md": f"items/00/{IN_TEAM}.md"}
    assert [one for one in sharded("doctor", "--json").data if one["name"] == "layout"] == []


def test_a_dry_run_shows_the_renames_and_moves_nothing(cli: Session) -> None:
    with untouched(cli.repo):
        shown = cli("layout", SHARDED, "--dry-run")
    assert f"rename from items/{GATEWAY}.md\nrename to {FOLDERS[GATEWAY]}\n" in shown.out
    assert "+layout: sharded" in shown.out
    assert "backlog: layout sharded: 4 files moved" in shown.out
    assert "would move" in shown.out


def test_json_tells_how_many_moved(cli: Session) -> None:
    data = cli("layout", SHARDED, "--json").data
    assert data == {"action": "updated", "layout": "sharded", "moved": 4, "commit": cli.repo.head()}
    assert cli("layout", SHARDED, "--json").data["commit"] is None


def test_uncommitted_edits_are_refused_and_nothing_moves(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "priority: P1", "priority: P0")
    with untouched(cli.repo):
        answer = cli("layout", SHARDED, status=1)
    assert f"items/{GATEWAY}.md: has edits that are not committed" in answer.err
    assert "--with-edits" not in answer.err


def test_an_item_that_git_does_not_know_is_refused(cli: Session) -> None:
    cli.repo.write(f"items/{IN_TEAM}.md", item_text(IN_TEAM))
    with untouched(cli.repo):
        cli("layout", SHARDED, status=1)


def test_a_busy_repository_is_refused(cli: Session) -> None:
    (cli.repo.root / ".git/MERGE_HEAD").write_text(cli.repo.head() + "\n")
    with untouched(cli.repo):
        assert "in the middle of a merge" in cli("layout", SHARDED, status=7).err


def test_no_file_takes_the_place_of_another(cli: Session) -> None:
    cli.repo.write(FOLDERS[GATEWAY], PREPARED[GATEWAY])
    cli.repo.commit("twice")
    with untouched(cli.repo):
        answer = cli("layout", SHARDED, status=1)
    assert "also stands in" in answer.err


def test_what_a_person_has_staged_elsewhere_stays_staged(cli: Session) -> None:
    cli.repo.write("notes.txt", "mine\n")
    cli.repo.git("add", "notes.txt")
    cli("layout", SHARDED)
    assert cli.repo.git("status", "--porcelain") == "A  notes.txt\n"


def test_a_file_that_cannot_be_read_as_an_item_moves_as_it_is(cli: Session) -> None:
    cli.repo.write(f"items/{GATEWAY}.md", "no item\r\n")
    os.chmod(cli.repo.root / f"items/{BILLING}.md", 0o755)
    cli.repo.commit("odd")
    cli("layout", SHARDED)
    assert cli.repo.read(FOLDERS[GATEWAY]) == "no item\r\n"
    assert cli.repo.git("ls-files", "--stage", FOLDERS[BILLING]).startswith("100755")
    assert cli.repo.git("status", "--porcelain") == ""


def test_an_unknown_layout_is_a_wrong_command_line(cli: Session) -> None:
    cli("layout", "deep", status=2)


def test_a_store_without_files_has_no_layout() -> None:
    before = dict(os.environ)
    os.environ["BACKLOG_BACKEND"] = "memory"
    try:
        assert run("layout").status == 7
        assert run("layout", SHARDED).status == 7
    finally:
        os.environ.clear()
        os.environ.update(before)


# --- one id, one file


@pytest.mark.sampled(3)
@pytest.mark.parametrize("recorded", LAYOUTS)
@pytest.mark.parametrize("stands", LAYOUTS)
def test_an_item_is_found_and_changed_where_it_stands_whatever_is_recorded(
    cli: Session, recorded: str, stands: str
) -> None:
    cli.policy(f"layout: {recorded}\n")
    path = path_of(IN_TEAM, stands)
    cli.repo.write(path, item_text(IN_TEAM))
    cli.repo.commit("by hand")
    assert cli.item(IN_TEAM)["status"] == "open"
    cli("set-status", IN_TEAM, "in_progress")
    assert "status: in_progress" in cli.repo.read(path)
    assert [one for one in files(cli.repo) if IN_TEAM in one] == [path]


def test_of_two_files_with_one_id_neither_is_shown_or_changed(cli: Session) -> None:
    cli.repo.write(FOLDERS[GATEWAY], PREPARED[GATEWAY])
    cli.repo.commit("twice")
    assert "also stands in" in cli("show", GATEWAY, status=6).err
    with untouched(cli.repo):
        cli("set-status", GATEWAY, "in_progress", status=6)


def test_what_stands_in_the_way_of_a_folder_hides_no_item(cli: Session) -> None:
    cli.repo.write(f"items/{GATEWAY[3:5]}", "a file where the folder would be\n")
    assert cli.item(GATEWAY)["id"] == GATEWAY
    cli("show", "bl_d80000000000", status=3)


# --- the story


def test_the_story_of_an_item_goes_on_across_the_move(cli: Session) -> None:
    cli("set-status", GATEWAY, "in_progress", "-m", "begun")
    cli("comment", GATEWAY, "half way")
    before, shown = cli.events(GATEWAY), cli.item(GATEWAY)
    everything, listed = cli.events("--all"), cli("list", "--json").data
    cli("layout", SHARDED, now="2026-02-18T00:00:00Z")
    assert cli.events(GATEWAY) == before
    assert cli.item(GATEWAY) == shown
    assert cli.events("--all") == everything
    assert cli("list", "--json").data == listed
    cli("set-status", GATEWAY, "done")
    assert [event["type"] for event in cli.events(GATEWAY)] == [*(one["type"] for one in before), "status_change"]


def test_what_was_done_before_the_move_can_be_undone_after_it(cli: Session) -> None:
    cli("set-status", GATEWAY, "in_progress")
    changed = cli.repo.head()
    made = cli.create("Soon to go")
    created = cli.repo.head()
    cli("layout", SHARDED)
    cli("undo", changed)
    assert "status: open" in cli.repo.read(FOLDERS[GATEWAY])
    cli("undo", created)
    assert not (cli.repo.root / path_of(made, SHARDED)).exists()
    assert cli.repo.git("status", "--porcelain") == ""


def test_an_item_that_was_deleted_before_the_move_comes_back_where_items_go_now(cli: Session) -> None:
    (cli.repo.root / f"items/{ROUTER}.md").unlink()
    deleted = cli.repo.commit("gone")
    cli("layout", SHARDED)
    cli("undo", deleted)
    assert cli.repo.read(FOLDERS[ROUTER]) == PREPARED[ROUTER]


def test_undo_of_the_move_names_the_way_back(cli: Session) -> None:
    before = files(cli.repo)
    cli("layout", SHARDED)
    head = cli.repo.head()
    answer = cli("undo", status=1)
    assert f"{head[:10]} moved 4 items to another folder" in answer.err
    assert f"git revert {head[:10]}" in answer.err
    cli.repo.git("revert", "--no-edit", head)
    assert files(cli.repo) == before
    assert "flat" in cli("layout").out


@pytest.mark.exhaustive
def test_validate_since_judges_no_move_and_every_step_around_it(cli: Session) -> None:
    base = cli.repo.head()
    cli("set-status", GATEWAY, "in_progress")
    cli("layout", SHARDED)
    cli("set-status", BILLING, "in_progress")
    told = cli("validate", "--since", base, "--json").json
    assert {one["code"] for one in told["data"]} == {"BL306"}  # the policy has changed, and that is told
    cli.repo.write(FOLDERS[ROUTER], PREPARED[ROUTER].replace("status: open", "status: done"))
    cli.repo.commit("a jump, by hand")
    told = cli("validate", "--since", base, "--json", status=1).json
    assert {one["code"] for one in told["data"]} == {"BL301", "BL306"}


def test_a_branch_from_before_the_move_merges_and_keeps_its_edits(cli: Session) -> None:
    cli.repo.git("checkout", "--quiet", "-b", "side")
    cli("set-status", GATEWAY, "in_progress")
    cli.repo.git("checkout", "--quiet", "main")
    cli("layout", SHARDED)
    cli.repo.git("merge", "--quiet", "--no-edit", "side")
    assert cli.item(GATEWAY)["status"] == "in_progress"
    assert [event["type"] for event in cli.events(GATEWAY)] == ["created", "status_change"]


# --- views


def test_views_that_lead_to_items_are_rendered_in_the_same_commit_if_the_policy_says_so(cli: Session) -> None:
    cli.policy("views:\n  auto: true\n")
    cli("set-status", GATEWAY, "in_progress")
    assert f"items/{ROUTER}.md" in cli.repo.read("DASHBOARD.md")
    cli("layout", SHARDED)
    assert FOLDERS[ROUTER] in cli.repo.read("DASHBOARD.md")
    assert "DASHBOARD.md" in cli.repo.git("show", "--name-only", "--format=", "HEAD")
    assert cli("render", "--check").out == ""


def test_a_layout_needs_the_entitlement_of_a_write(cli: Session) -> None:
    cli.policy("rbac:\n  enforce: true\n  entitlements: {write: [upsert]}\n  roles: {lead: [write]}\n  members: {}\n")
    with untouched(cli.repo):
        cli("layout", SHARDED, "--actor", "eve", status=4)
    cli("layout", SHARDED, "--actor", "lead")


def test_the_commit_is_at_the_moment_that_counts_as_now(cli: Session) -> None:
    cli("layout", SHARDED)
    assert cli.repo.git("log", "-1", "--format=%aI").strip().replace("+00:00", "Z") == NOW


def test_a_folder_that_cannot_be_made_is_told_and_changes_nothing(cli: Session, tmp_path: Path) -> None:
    (cli.repo.root / f"items/{BILLING[3:5]}").symlink_to(tmp_path)
    cli.repo.commit("a link")
    with untouched(cli.repo):
        assert cli.answer("layout", SHARDED).status in (6, 7)
    assert list(tmp_path.glob("*.md")) == []


def test_no_new_item_goes_through_a_link(sharded: Session, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for number in range(256):
        folder = sharded.repo.root / f"items/{number:02x}"
        if not folder.exists():
            folder.symlink_to(outside)
    for name in range(8):
        sharded.answer("create", f"Item {name}")
    assert list(outside.iterdir()) == []


def test_an_item_is_shown_as_it_was_before_the_move(sharded: Session) -> None:
    assert sharded("show", GATEWAY, "--at", "HEAD~1", "--raw").out == PREPARED[GATEWAY]
    sharded("set-status", GATEWAY, "in_progress")
    assert sharded("show", GATEWAY, "--at", "HEAD~1", "--raw").out == PREPARED[GATEWAY]


def test_two_clones_put_new_items_into_the_same_place(sharded: Session, tmp_path: Path) -> None:
    sharded.repo.git("clone", "--quiet", str(sharded.repo.root), str(tmp_path / "clone"))
    clone = Session(Repo(tmp_path / "clone"))
    clone.repo.git("config", "user.name", "Bob")
    clone.repo.git("config", "user.email", "bob@example.org")
    made = clone.create("From the clone")
    assert (clone.repo.root / path_of(made, SHARDED)).is_file()
