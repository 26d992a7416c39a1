"""``fmt``: files of the work tree in their usual form, and nothing but their form (R-256)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from backlogtool.app.formatting_grouped import formatted
from backlogtool.codec import mojibake
from backlogtool.codec.grouped import Words, read
from backlogtool.domain.item import Item
from tests.cli.editing import replaced_at
from tests.cli.grouped_file import task
from tests.cli.session import BILLING, GATEWAY, Session, one_commit, run, untouched
from tests.conftest import ROOT
from tests.interchange.samples import NOW, imported, packaged
from tests.interchange.samples import backlog as shown
from tests.interchange.test_grouped_laws import backlogs

TIDY = "status: open\nenv: prod\npriority: P1\n"
UNTIDY = "priority: P1\nstatus: open   \n\nenv: prod\n"


@pytest.fixture
def untidy(cli: Session) -> Session:
    """One file of four in another form."""
    cli.hand_edit(GATEWAY, TIDY, UNTIDY)
    return cli


def test_what_is_in_its_usual_form_is_not_touched(cli: Session) -> None:
    with untouched(cli.repo):
        told = cli("fmt")
    assert (told.out, told.err) == ("", "0 of 4 files changed\n")


def test_only_the_file_is_written_and_nothing_is_committed(untidy: Session) -> None:
    before = untidy.repo.git("rev-parse", "HEAD")
    told = untidy("fmt")
    assert (told.out, told.err) == (f"formatted {untidy.path(GATEWAY)}\n", "1 of 4 files changed\n")
    assert untidy.repo.git("status", "--porcelain") == ""
    assert untidy.repo.git("rev-parse", "HEAD") == before


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_checking_and_showing_write_nothing(untidy: Session, option: str) -> None:
    with untouched(untidy.repo):
        told = untidy("fmt", option, status=int(option == "--check"))
    assert told.err == "1 of 4 files would change\n"
    if option == "--diff":
        assert told.out.startswith(f"--- a/{untidy.path(GATEWAY)}\n+++ b/{untidy.path(GATEWAY)}\n")
        assert "\n-status: open   \n" in told.out
        untidy("fmt", "--diff", "--check", status=1)
    else:
        assert told.out == f"would format {untidy.path(GATEWAY)}\n"


@pytest.mark.parametrize("name", [GATEWAY, "d8a7", f"items/{GATEWAY}.md", "items", "."])
def test_files_are_named_by_id_or_path(untidy: Session, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(untidy.repo.root)
    untidy("fmt", "--check", name, status=1)
    untidy("fmt", "--check", BILLING)


def test_a_path_starts_where_the_command_does(untidy: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(untidy.repo.root / "items")
    assert run("fmt", "--check", f"{GATEWAY}.md").status == 1
    assert run("fmt", "--check", f"../items/{GATEWAY}.md", f"{BILLING}.md").status == 1
    assert run("fmt", "--check", str(untidy.repo.root / "items" / f"{GATEWAY}.md")).status == 1


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("bl_ffff", 3, "no item 'bl_ffff'"),
        ("bl_36", 3, "matches 2 items"),
        (f"items/{GATEWAY}x.md", 3, "is no item's file"),
        ("config/backlog_policy.yml", 3, "BACKLOG.md or TODO.md"),
        ("../elsewhere.md", 6, "is not in this repository"),
        ("BACKLOG.md", 6, "is not there"),
        ("nowhere/x.md", 3, "is no item's file"),
    ],
)
def test_a_name_that_means_no_such_file_is_refused(cli: Session, name: str, status: int, said: str) -> None:
    with untouched(cli.repo):
        assert said in cli("fmt", name, status=status).err


def test_a_readme_among_items_is_no_business_of_ours(cli: Session) -> None:
    """So that a hook may hand over everything that is staged below items/."""
    cli.repo.write("items/README.md", "# read   \n")
    assert cli("fmt").err == "0 of 4 files changed\n"
    assert cli("-C", str(cli.repo.root), "fmt", f"items/{GATEWAY}.md", "items/README.md").err == "0 of 1 file changed\n"


def test_a_hook_formats_what_is_staged_and_nothing_else(untidy: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the framework calls it: with the files that the pattern takes, from the top, while git commits."""
    listed = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    [hook] = [one for one in listed if one["id"] == "backlogtool-fmt"]
    untidy.repo.write("items/README.md", "# read   \n")
    untidy.hand_edit(BILLING, TIDY.replace("P1", "P2"), UNTIDY.replace("P1", "P2"))
    staged = [untidy.path(GATEWAY), "items/README.md", "BACKLOG.md", "items/notes.txt"]
    passed = [one for one in staged if re.search(hook["files"], one)]
    assert passed == staged[:2]
    monkeypatch.chdir(untidy.repo.root)
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    untidy(*hook["entry"].split()[1:], *passed)
    assert untidy.repo.git("diff", "--name-only").split() == [untidy.path(BILLING)]


def test_what_cannot_be_read_is_told_and_left_while_the_rest_is_formatted(untidy: Session) -> None:
    untidy.hand_edit(BILLING, "title: Harden", "title: no: Harden")
    os.symlink(f"{GATEWAY}.md", untidy.repo.root / "items" / "bl_000000000000.md")
    broken = untidy.text(BILLING)
    told = untidy("fmt", status=6)
    assert told.out == f"formatted {untidy.path(GATEWAY)}\n"
    assert [code in told.err for code in ("BL104", "BL113", "2 cannot be read")] == [True] * 3
    assert untidy.text(BILLING) == broken
    data = untidy("fmt", "--json", "--check", status=6).data
    assert (data["files"], data["changed"]) == (5, [])
    assert [one["code"] for one in data["unreadable"]] == ["BL113", "BL104"]


def test_no_link_is_followed(cli: Session, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text(cli.text(GATEWAY).replace(TIDY, UNTIDY))
    (cli.repo.root / cli.path(GATEWAY)).unlink()
    os.symlink(outside, cli.repo.root / cli.path(GATEWAY))
    assert "BL113" in cli("fmt", cli.path(GATEWAY), status=6).err
    assert "BL113" in cli("fmt", status=6).err
    assert UNTIDY in outside.read_text()


def test_a_file_keeps_its_mode_and_its_line_ends(untidy: Session) -> None:
    path = untidy.repo.root / untidy.path(GATEWAY)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    path.chmod(0o640)
    untidy("fmt")
    assert TIDY.replace("\n", "\r\n").encode() in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_an_editor_saves_at_the_same_moment_stays(untidy: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    path = untidy.repo.root / untidy.path(GATEWAY)
    saved = path.read_text().replace("Review the gateway", "Look at the gateway")
    replaced_at(monkeypatch, lambda: path.write_text(saved))
    untidy("fmt")
    assert path.read_text() == saved.replace(UNTIDY, TIDY)


def test_what_is_removed_at_the_same_moment_does_not_come_back(
    untidy: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = untidy.repo.root / untidy.path(GATEWAY)
    before = list(path.parent.glob("bl_*"))
    replaced_at(monkeypatch, path.unlink)
    assert untidy("fmt").out == ""
    assert sorted(path.parent.glob("bl_*")) == sorted({*before} - {path})
    assert not list(path.parent.glob(".*"))


def test_a_file_that_changes_all_the_time_is_given_up(untidy: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    path, change_mode, saves = untidy.repo.root / untidy.path(GATEWAY), os.fchmod, iter(range(100))

    def saving(handle: int, mode: int) -> None:
        path.write_text(f"{untidy.text(GATEWAY)}{next(saves)}\n")
        change_mode(handle, mode)

    monkeypatch.setattr(os, "fchmod", saving)
    assert "changes all the time" in untidy("fmt", status=5).err
    assert next(saves) == 5
    assert path.read_text().endswith("\n3\n4\n")


def test_only_what_git_does_not_have_waits_for_the_disk(untidy: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []
    untidy.repo.commit("as somebody left it")
    monkeypatch.setattr(os, "fsync", waited.append)
    untidy("fmt")
    assert waited == []
    untidy.hand_edit(GATEWAY, TIDY, UNTIDY)
    untidy.hand_edit(GATEWAY, "Review", "Look at")
    untidy("fmt")
    assert len(waited) == 2


def test_items_need_no_templates() -> None:
    """Their engine takes longer to load than a thousand items to format."""
    program = "import sys; from backlogtool.cli.fmt import command; assert 'jinja2' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_formatting_is_no_event(untidy: Session) -> None:
    """The next commit of the item changes nothing that is a field."""
    untidy.repo.commit("as somebody left it")
    before = untidy.events(GATEWAY)
    untidy("fmt")
    untidy.repo.commit("formatted")
    assert untidy.events(GATEWAY) == before
    with one_commit(untidy.repo, untidy.path(GATEWAY)):
        untidy("assign", GATEWAY, "alice")


def test_stdin_is_formatted_to_stdout(untidy: Session) -> None:
    text = untidy.text(GATEWAY)
    with untouched(untidy.repo):
        told = untidy("fmt", "-", stdin=text.encode())
        assert told.out == text.replace(UNTIDY, TIDY)
        assert told.err == ""
        assert untidy("fmt", "-", stdin=told.out.encode()).out == told.out
        assert untidy("fmt", "-", "--check", stdin=text.encode(), status=1).out == ""
        assert untidy("fmt", "-", "--check", stdin=told.out.encode()).out == ""
        assert "+++ b/stdin" in untidy("fmt", "-", "--diff", stdin=text.encode()).out


@pytest.mark.parametrize("text", [b"", b"words\n", b"---\nid: bl_0\n", b"\xff", b"---\n\xff\n---\n"])
def test_stdin_that_cannot_be_read_gives_nothing(cli: Session, text: bytes) -> None:
    assert cli("fmt", "-", stdin=text, status=6).out == ""


def test_stdin_comes_alone(cli: Session) -> None:
    cli("fmt", "-", GATEWAY, status=2)
    cli("fmt", "-", "--json", status=2)


def test_roles_decide_who_may_format(cli: Session) -> None:
    """What writes needs the entitlement of a write; to look needs that of a list."""
    cli.policy("rbac: {enforce: true, members: {eve: reader}, roles: {reader: [see], writer: [see, change]},"
               " entitlements: {see: [list], change: [upsert]}}\n")  # fmt: skip
    cli("--actor", "eve", "fmt", "--check")
    cli("--actor", "eve", "fmt", status=4)


# --- the grouped file


def grouped(text: str) -> str:
    found, findings = formatted(text, "BACKLOG.md", packaged(), NOW)
    assert found is not None, [str(one) for one in findings]
    return found


def test_a_grouped_file_is_formatted_only_if_it_is_named(backlog: Session) -> None:
    slips = f"# Project Backlog\n\n## group_begin [tpye:ops][priority:P1]\n## Ops\n\n{task(258)}\n## group_end\n"
    slips = slips.replace("\n", "\r\n")
    backlog.repo.write("BACKLOG.md", slips)
    assert backlog("fmt").err == "0 of 0 files changed\n"
    assert backlog("fmt", "BACKLOG.md").out == "formatted BACKLOG.md\n"
    text = backlog.repo.read("BACKLOG.md")
    assert "\r" not in text
    assert "tpye" not in text
    assert backlog("fmt", "BACKLOG.md").out == ""
    assert backlog("fmt", "-", stdin=slips.encode()).out == text


@given(backlogs)
def test_a_view_that_nobody_edited_is_formatted(items: list[Item]) -> None:
    text = shown(items, packaged())
    assume(mojibake.repair(text)[0] == text)
    assert grouped(text) == text


@given(backlogs, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["todo", "done", "blocked", "canceled"]))
def test_formatting_a_grouped_file_twice_is_formatting_it_once(items: list[Item], newline: str, status: str) -> None:
    text = shown(items, packaged()).replace("**Status:** todo", f"**Status:** {status}").replace("\n", newline)
    once = grouped(text.replace("\n---\n", "\n---\n\n---\n"))
    assert grouped(once) == once
    before, after = (read(one, "BACKLOG.md", Words.of(packaged()))[0] for one in (text, once))
    assert before is not None
    assert after is not None
    assert [[task.id for task in group.tasks] for group in before.groups] == [
        [task.id for task in group.tasks] for group in after.groups
    ]


TASK = """# Project Backlog

## group_begin [type:infra][priority:high]
## Infra

## task_begin
### # [id:TASK-20260204-258]{tags} A `<title>`
{fields}
## task_end

---

## group_end
"""
FIELDS = ("Description", "Acceptance Criteria", "Relevant Files", "Relevant Documentation", "Plan", "Estimated Effort")


@pytest.mark.parametrize(
    ("number", "written", "meant"),
    [
        ("N-3", "[component:web][type:ops][priority:high]", "[type:ops][priority:high][component:web]"),
        ("N-3", "[ Type : OPS ][priority:high][component:web]", "[type:ops][priority:high][component:web]"),
        ("N-4", "[tpye:ops][priorty:hgih][componet:web]", "[type:ops][priority:high][component:web]"),
        ("N-5", "[type:ops][priority:P1][component:web]", "[type:ops][priority:high][component:web]"),
        ("N-6", "[type:ops][priority:high]", "[type:ops][priority:high][component:TBD]"),
        ("L-22", "[component:web]", "[type:infra][priority:high][component:web]"),
        ("L-17", "[type:foobar][priority:high][component:web]", "[type:foobar][priority:high][component:web]"),
    ],
)
def test_slips_in_tags_are_put_right(number: str, written: str, meant: str) -> None:
    text = grouped(TASK.format(tags=written, fields="**Status:** todo"))
    assert f"[id:TASK-20260204-258]{meant} A `<title>`\n" in text, number


def test_fields_that_a_task_lacks_come_in_without_a_value() -> None:
    """N-6, N-7: a placeholder keeps it incomplete."""
    text = grouped(TASK.format(tags="", fields="**Notes:** mine\n**Plan:**\n1. a\n4. b"))
    task = text.partition("A `<title>`\n")[2].partition("## task_end")[0]
    assert task == (
        "**Status:** todo  \n**Description:** TBD  \n**Acceptance Criteria:** TBD  \n**Relevant Files:** TBD  \n"
        "**Relevant Documentation:** TBD  \n**Plan:**  \n1. a\n2. b\n**Estimated Effort:** TBD\n**Notes:** mine  \n"
    )


@pytest.mark.parametrize("written", ["  ## task_begin", "##task_begin", "\t##  task_begin", "### Task_Begin"])
def test_what_looks_like_a_marker_becomes_one_if_the_file_can_be_read_then(written: str) -> None:
    """L-35."""
    text = TASK.format(tags="[component:web]", fields="**Status:** todo")
    assert grouped(text.replace("## task_begin", written)) == grouped(text)
    _, findings = formatted(text.replace("## task_end", f"{written}\n## task_end"), "BACKLOG.md", packaged(), NOW)
    assert "BL535" in [one.code for one in findings]


def test_a_closed_task_stays_where_it_is() -> None:
    """R-256 moves and deletes nothing; the next rendering leaves it out."""
    assert "**Status:** done" in grouped(TASK.format(tags="", fields="**Status:** done"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "BL540"),
        ("# A list of my own\n\n- milk\n", "BL538"),
        (TASK.format(tags="", fields="").replace("## Infra", "## Infra\n\nstray"), "BL538"),
        (TASK.format(tags="", fields="").replace("## task_end", ""), "BL505"),
    ],
)
def test_a_file_with_text_that_has_no_place_is_left_alone(text: str, code: str) -> None:
    found, findings = formatted(text, "BACKLOG.md", packaged(), NOW)
    assert found is None
    assert code in [one.code for one in findings]


def test_the_source_is_what_it_is_after_an_import_and_a_rendering(shared: Path) -> None:
    """L-45."""
    text = (shared / "sources" / "003_d07b3c767084b0a5.txt").read_text(encoding="utf-8")
    assert grouped(text) == shown(*imported(text))
