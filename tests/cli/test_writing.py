"""Making and changing items: every way in, each one commit, and no way that loses what a person wrote."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.cli.grouped_file import grouped_file, task
from tests.cli.session import BILLING, GATEWAY, LATER, PREPARED, ROUTER, SEARCH, Session, one_commit, run, untouched
from tests.repositories import Repo

R_167 = [
    "id", "created_at", "updated_at", "env", "service", "category", "title", "description", "priority", "status",
    "owner", "due_date", "source", "dedupe_key", "evidence_refs", "tags", "meta",
]  # fmt: skip


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, variable: str = "EDITOR") -> None:
    """Makes the person's editor a shell script; ``$1`` is the file."""
    path = tmp_path / f"{variable.lower()} with a blank"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv(variable, f"'{path}'")


def changed_lines(diff: str) -> list[str]:
    """The lines that a unified diff takes away and adds."""
    return [line for line in diff.splitlines() if re.match(r"[+-](?!\+\+ |-- )", line)]


# --- create


def test_a_quick_line_and_flags_say_the_same(cli: Session) -> None:
    line = (
        "Patch the gateway",
        "P0",
        "@cto",
        "due:fri",
        "#security",
        "#tls",
        "service:gateway",
        "env:staging",
        "tag:net",
    )
    flags = ("--title", "Patch the gateway", "--priority", "P0", "--owner", "cto", "--due", "fri", "--category",
             "security", "--tag", "tls", "--tag", "net", "--service", "gateway", "--env", "staging")  # fmt: skip
    one, other = cli.item(cli.create(*line)), cli.item(cli.create(*flags))
    own = {"id", "dedupe_key"}
    assert {k: v for k, v in one.items() if k not in own} == {k: v for k, v in other.items() if k not in own}
    assert (one["due_date"], one["tags"], one["category"]) == ("2026-02-20", ["net", "tls"], "security")


def test_what_is_not_said_is_the_policys(cli: Session) -> None:
    """R-159, R-127, R-083."""
    cli.policy("ownership: {overrides: {gateway: cto}}\ndefaults: {priority: P3}\n")
    plain = cli.item(cli.create("Something"))
    assert (plain["env"], plain["priority"], plain["status"], plain["owner"], plain["source"], plain["due_date"]) == (
        "prod", "P3", "open", "oncall", "manual", "",
    )  # fmt: skip
    known = cli.item(cli.create("Something", "--category", "security", "--service", "gateway"))
    assert (known["priority"], known["owner"], known["due_date"]) == ("P1", "cto", "2026-03-02")
    assert known["dedupe_key"] == f"manual:2026-W08:prod:gateway:security:{known['id']}"


def test_flags_win_over_the_line_and_the_line_over_the_piped_item(cli: Session) -> None:
    assert cli.item(cli.create("x", "P0", "--priority", "P3"))["priority"] == "P3"
    made = cli("create", "-", "--owner", "bob", "--json", stdin=b"---\ntitle: y\nowner: alice\n---\n").data["item"]
    assert (made["title"], made["owner"]) == ("y", "bob")


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    "text",
    [
        "Fix the leak\n\nIt drips.\n",
        "# Fix the leak\n\nIt drips.\n",
        "\n\n  Fix the leak  \r\n\r\nIt drips.\r\n",
        "\ufeffFix the leak\n\nIt drips.",
        "---\ntitle: Fix the leak\n---\n\nIt drips.\n",
        "\ufeff---\r\ntitle: Fix the leak\r\n---\r\n\r\nIt drips.\r\n",
        '{"title": "Fix the leak", "description": "It drips."}',
        '\ufeff \n{"item": {"title": "Fix the leak", "description": "It drips.\\r\\n"}}',
    ],
)
def test_stdin_is_a_title_line_frontmatter_or_json(cli: Session, text: str) -> None:
    made = cli("create", "-", "--json", stdin=text.encode()).data["item"]
    assert (made["title"], made["description"]) == ("Fix the leak", "It drips.")
    assert cli("validate").out == ""


def test_a_piped_item_keeps_every_field_it_brings(cli: Session) -> None:
    given = {
        "title": "[SEC] Patch CVE-2026-1 in gateway: “quoted” — 100 %", "service": "gateway", "category": "security",
        "priority": "P0", "due_date": "2026-03-01", "owner": "cto", "source": "manual", "component": "tls",
        "dedupe_key": "manual:2026-W08:prod:gateway:security", "tags": ["b", "a"], "type": "ops", "rank": 3,
        "evidence_refs": {"alerts": ["al_2", "al_1"]}, "meta": {"n": 1, "deep": {"list": ["x", None, True, 1.5]}},
        "description": "- one\n- two",
    }  # fmt: skip
    data = json.dumps({"env": "staging", "item": given}).encode()
    made = cli("create", "-", "--json", stdin=data).data["item"]
    wanted = {**given, "env": "staging", "tags": ["a", "b"], "evidence_refs": {"alerts": ["al_1", "al_2"]}}
    assert {name: made[name] for name in wanted} == wanted
    assert cli.item(made["id"]) == made


def test_an_editor_gets_a_form_and_what_is_saved_becomes_the_item(
    cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(
        tmp_path, monkeypatch, 'grep -q "one of: arch_review" "$1" && sed -i "s/^title:/title: From the editor/" "$1"'
    )
    made = cli("create", "--edit", "--owner", "alice", "--json").data["item"]
    assert (made["title"], made["owner"], made["priority"]) == ("From the editor", "alice", "P2")
    assert made["description"] == "", "what nobody filled in is not kept"


def test_an_editor_that_is_left_without_saving_makes_nothing(
    cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "true")
    with untouched(cli.repo):
        assert "nothing was written" in cli("create", "--edit", status=2).err
        assert cli("edit", GATEWAY).out == f"{GATEWAY}: nothing to change\n"
        assert "an empty comment" in cli("comment", GATEWAY, status=2).err


@pytest.mark.parametrize("named", ["'", "/no/such/editor", "false"])
def test_an_editor_that_fails_is_told(cli: Session, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("EDITOR", named)
    with untouched(cli.repo):
        for command in (("create", "--edit"), ("edit", GATEWAY), ("comment", GATEWAY)):
            assert "the editor failed" in cli(*command, status=7).err


def test_the_editor_of_git_comes_before_the_others(
    cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "exit 1", "EDITOR")
    editor(tmp_path, monkeypatch, 'echo "from VISUAL" > "$1"', "VISUAL")
    cli("comment", GATEWAY)
    editor(tmp_path, monkeypatch, 'echo "from GIT_EDITOR" > "$1"', "GIT_EDITOR")
    cli("comment", GATEWAY)
    assert [one["text"] for one in cli.item(GATEWAY)["comments"]] == ["from VISUAL", "from GIT_EDITOR"]


# --- edit


def test_setting_adding_and_removing_change_their_own_lines_only(cli: Session) -> None:
    text = PREPARED[GATEWAY].replace("title: Review", "title:   Review") + "\n## Plan\n\n1. Look\n"
    text = text.replace("owner: oncall", "owner: 'oncall'  # for now\nteam: x")
    cli.repo.write(cli.path(GATEWAY), text)
    cli.repo.commit("as a person writes", "items")
    with one_commit(cli.repo, cli.path(GATEWAY)):
        cli("edit", GATEWAY, "--set", "owner=alice", "--set", "meta.risk=4", "--add", "tags=b,a", "--add",
            "evidence_refs.alerts=al_1")  # fmt: skip
    changed = changed_lines(cli.repo.git("show", "--format=", "-U0"))
    assert changed == [
        "-owner: 'oncall'  # for now", "+owner: 'alice'  # for now",
        "+evidence_refs:", "+  alerts:", "+  - al_1", "+tags:", "+- a", "+- b", "+meta:", "+  risk: 4",
    ]  # fmt: skip
    cli("edit", GATEWAY, "--remove", "tags=a", "--remove", "evidence_refs.alerts=al_1", "--set", "meta.risk=")
    item = cli.item(GATEWAY)
    assert (item["tags"], item["evidence_refs"], item["meta"], item["extra"]) == (["b"], {}, {}, {"team": "x"})


@pytest.mark.sampled(12)
@pytest.mark.parametrize(
    ("setting", "name", "held"),
    [
        ("title=[x] y: z # no", "title", "[x] y: z # no"),
        ("title= no ", "title", " no "),
        ("title='quoted'", "title", "'quoted'"),
        ("title=12:30", "title", "12:30"),
        ("title=🚀 ünïcode 漢字", "title", "🚀 ünïcode 漢字"),
        ("title=" + "x" * 5000, "title", "x" * 5000),
        ("due_date=7d", "due_date", "2026-02-23"),
        ("due_date=none", "due_date", ""),
        ("due_date=", "due_date", ""),
        ("rank=7", "rank", 7),
        ("rank=-7", "rank", -7),
        ("priority=P0", "priority", "P0"),
        ("tags=b, a,b", "tags", ["a", "b"]),
        ("tags=", "tags", []),
        ("evidence_refs.alerts=x,y", "evidence_refs", {"alerts": ["x", "y"]}),
        ("meta.a.b=1", "meta", {"a.b": 1}),
        ("meta.flag=true", "meta", {"flag": True}),
        ("meta.word=no", "meta", {"word": "no"}),
        ("description=One\n\nTwo", "description", "One\n\nTwo"),
        ("description=", "description", ""),
        ("status=in_progress", "status", "in_progress"),
    ],
)
def test_every_field_can_be_set(cli: Session, setting: str, name: str, held: object) -> None:
    cli("edit", GATEWAY, "--set", setting)
    assert cli.item(GATEWAY)[name] == held
    assert cli("validate").out == ""


def test_a_value_can_be_taken_away_again(cli: Session) -> None:
    before = cli.text(GATEWAY)
    for setting, undone in (("rank=7", "rank="), ("type=ops", "type="), ("meta.x=1", "meta.x="), ("tags=a", "tags=")):
        cli("edit", GATEWAY, "--set", setting)
        assert cli.text(GATEWAY) != before
        cli("edit", GATEWAY, "--set", undone)
        assert cli.text(GATEWAY) == before


def test_an_unknown_key_that_is_there_can_be_set(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "owner: oncall", "owner: oncall\nteam: x")
    cli.repo.commit("a key of ours", "items")
    assert "unknown key 'team'" in cli("validate").out
    cli("edit", GATEWAY, "--set", "team=y")
    assert cli.item(GATEWAY)["extra"] == {"team": "y"}


def test_nothing_changes_where_all_is_as_asked(cli: Session) -> None:
    with untouched(cli.repo):
        for command in (("edit", GATEWAY, "--set", "owner=oncall"), ("assign", GATEWAY, "oncall"),
                        ("set-status", GATEWAY, "open"), ("edit", GATEWAY, "--set", "tags=")):  # fmt: skip
            cli(*command)
            assert cli(*command, "--json").data["action"] == "unchanged"


@pytest.mark.sampled(3)
@pytest.mark.parametrize("shape", ["\n", "\r\n", "bom", "no newline"])
def test_an_editor_changes_exactly_the_bytes_that_were_edited(
    cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    data = PREPARED[GATEWAY].encode()
    data = {"\r\n": data.replace(b"\n", b"\r\n"), "bom": b"\xef\xbb\xbf" + data, "no newline": data[:-1]}.get(
        shape, data
    )
    (cli.repo.root / cli.path(GATEWAY)).write_bytes(data)
    cli.repo.git("commit", "--quiet", "--all", "--allow-empty", "--message", "as it is")
    editor(tmp_path, monkeypatch, 'sed -i "s/owner: oncall/owner: alice/" "$1"')
    cli("edit", GATEWAY)
    assert (cli.repo.root / cli.path(GATEWAY)).read_bytes() == data.replace(b"oncall", b"alice")


@pytest.mark.parametrize("shape", ["\n", "\r\n"])
def test_a_whole_item_from_a_file_or_stdin_is_taken_byte_for_byte(cli: Session, tmp_path: Path, shape: str) -> None:
    data = PREPARED[GATEWAY].replace("oncall", "alice").replace("\n", shape).encode()
    (tmp_path / "new.md").write_bytes(data)
    cli("edit", GATEWAY, "--from", str(tmp_path / "new.md"))
    assert (cli.repo.root / cli.path(GATEWAY)).read_bytes() == data
    cli("edit", GATEWAY, "--from", "-", stdin=data.replace(b"alice", b"bob"))
    assert (cli.repo.root / cli.path(GATEWAY)).read_bytes() == data.replace(b"alice", b"bob")
    assert cli.item(GATEWAY)["owner"] == "bob"
    with untouched(cli.repo):
        assert "no field can be set beside it" in cli("edit", GATEWAY, "--from", "-", "--set", "a=b", status=2).err


def taken_up(told: str) -> list[str]:
    """The command that a hint about a kept text names, as a shell reads it."""
    return told.partition("your text is kept: mend it and run backlogtool ")[2].split("\n")[0].split()


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("slip", "mended", "told"),
    [
        ("status: done", "status: in_progress", "cannot go from open to done"),
        ("status: [", "status: open", "BL104"),
        ("status: open\nstatus: open", "status: blocked", "BL105"),
    ],
)
def test_a_refused_edit_is_kept_and_its_hint_works_once_it_is_mended(
    cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slip: str, mended: str, told: str
) -> None:
    script = f"printf '%s' '{PREPARED[GATEWAY].replace('status: open', slip).replace('oncall', 'alice')}' > \"$1\""
    editor(tmp_path, monkeypatch, script)
    monkeypatch.chdir(cli.repo.root)
    with untouched(cli.repo):
        answer = cli("edit", GATEWAY, status=6 if "BL1" in told else 1)
    assert told in answer.err
    *command, path = taken_up(answer.err)
    kept = cli.repo.root / path
    assert kept.read_text().count(slip) == 1
    assert cli.repo.git("status", "--porcelain") == ""
    kept.write_text(kept.read_text().replace(slip, mended))
    cli(*command, path)
    assert cli.item(GATEWAY)["owner"] == "alice"


def test_a_refused_new_item_is_kept_too(cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(tmp_path, monkeypatch, 'sed -i "s/^title:/titel: Long work/" "$1"')
    monkeypatch.chdir(cli.repo.root)
    with untouched(cli.repo):
        answer = cli("create", "--edit", status=2)
    assert "did you mean 'title'?; your text is kept" in answer.err
    *command, sign, path = taken_up(answer.err)
    assert (command, sign) == (["create", "-"], "<")
    text = (cli.repo.root / path).read_bytes()
    assert cli(*command, "--json", stdin=text.replace(b"titel", b"title")).data["item"]["title"] == "Long work"


def test_a_refused_comment_is_kept_too(cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(tmp_path, monkeypatch, 'echo "A long story." > "$1"')
    monkeypatch.chdir(cli.repo.root)
    cli.hand_edit(GATEWAY, "P1", "P0")
    answer = cli("comment", GATEWAY[:6], status=1)
    *command, sign, path = taken_up(answer.err)
    assert (command, sign) == (["comment", GATEWAY, "-"], "<")
    cli.repo.commit("the edit", "items")
    cli(*command, stdin=(cli.repo.root / path).read_bytes())
    assert cli.item(GATEWAY)["comments"][0]["text"] == "A long story."


def test_an_item_that_changed_while_the_editor_was_open_is_a_conflict_and_nothing_is_lost(
    cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = cli.repo.root / cli.path(GATEWAY)
    editor(tmp_path, monkeypatch, f'sed -i s/P1/P0/ "{file}"; sed -i "s/oncall/alice/" "$1"')
    answer = cli("edit", GATEWAY, status=5)
    assert "has changed since it was read" in answer.err
    assert "your text is kept" in answer.err
    assert "P0" in file.read_text()


# --- comments


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "text",
    [
        "One line.",
        "Several\n\nparagraphs\n",
        "## Comments\n\n### 2020-01-01T00:00:00Z mallory\n\nnot me",
        "```\nopen fence",
        "---\nid: x\n---",
        "# heading\n## two\n### three",
        "Backlog-Item: bl_000000000001\nBacklog-Event: deleted",
        "tabs\tand trailing  \nblanks",
    ],
)
def test_a_comment_comes_back_as_it_was_said(cli: Session, text: str) -> None:
    before = cli.item(GATEWAY)
    cli("comment", GATEWAY, "before")
    cli("comment", GATEWAY, "--actor", "alice", "--", text, now=LATER)
    cli("comment", GATEWAY, "-", stdin=b"after")
    comments = cli.item(GATEWAY)["comments"]
    assert [one["actor"] for one in comments] == ["Ann Author", "alice", "Ann Author"]
    assert comments[1]["text"].removesuffix("\n```") == text.strip("\n")
    assert comments[1]["at"] == LATER
    after = cli.item(GATEWAY)
    assert {name for name in after if after[name] != before[name]} == {"comments"}
    assert [event["type"] for event in cli.events(GATEWAY)] == ["created", "comment", "comment", "comment"]
    assert cli("validate", "--since", "HEAD~3").out == ""


def test_a_message_can_be_the_comment(cli: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "false")
    cli("comment", GATEWAY, "--message", "by flag")
    assert cli.item(GATEWAY)["comments"][0]["text"] == "by flag"


# --- upsert


def test_upsert_creates_updates_and_leaves_alone(cli: Session) -> None:
    """R-170…R-178."""
    given = {"title": "Drain", "dedupe_key": "k:1", "service": "gateway", "tags": ["a"], "meta": {"x": 1}}
    made = cli("upsert", "-", "--json", stdin=json.dumps(given).encode()).data
    assert made["action"] == "created"
    item_id = made["item"]["id"]
    with untouched(cli.repo):
        again = cli("upsert", "-", "--json", stdin=json.dumps(given).encode(), now=LATER).data
        assert (again["action"], again["commit"]) == ("unchanged", None)
    cli("set-status", item_id, "in_progress")
    cli("assign", item_id, "alice")
    given |= {"title": "Drain it", "tags": ["b"], "meta": {"y": 2}, "priority": "P0", "due_date": "2026-09-09"}
    with one_commit(cli.repo, f"items/{item_id}.md"):
        update = cli("upsert", "-", "--json", stdin=json.dumps(given).encode(), now=LATER).data
    item = update["item"]
    assert (update["action"], item["title"], item["tags"]) == ("updated", "Drain it", ["a", "b"])
    assert item["meta"] == {"x": 1, "y": 2}
    assert (item["status"], item["owner"], item["priority"], item["due_date"]) == ("in_progress", "alice", "P2", "")


def test_upsert_changes_the_owner_only_if_it_is_given(cli: Session) -> None:
    """R-122, C-04."""
    key = f"key:{GATEWAY}"
    cli("upsert", "--title", "Other", "--dedupe-key", key)
    assert cli.item(GATEWAY)["owner"] == "oncall"
    cli("upsert", "--title", "Other", "--dedupe-key", key, "--owner", "cto")
    assert cli.item(GATEWAY)["owner"] == "cto"
    event = cli.events(GATEWAY)[-1]
    assert (event["type"], event["meta"]["changes"]) == ("auto_update", {"owner": ["oncall", "cto"]})


def test_upsert_with_a_key_that_two_items_have_touches_neither(cli: Session) -> None:
    cli.hand_edit(BILLING, f"key:{BILLING}", f"key:{GATEWAY}")
    cli.repo.commit("a twin", "items")
    with untouched(cli.repo):
        answer = cli("upsert", "--title", "x", "--dedupe-key", f"key:{GATEWAY}", status=1)
    assert f"is used by {BILLING}, {GATEWAY}" in answer.err or f"is used by {GATEWAY}, {BILLING}" in answer.err


def test_two_branches_that_upsert_one_key_meet_at_one_path(cli: Session) -> None:
    """D-13."""
    ids = []
    for branch in ("one", "two"):
        cli.repo.git("checkout", "--quiet", "-b", branch, "main")
        ids.append(cli("upsert", "--title", branch, "--dedupe-key", "k:9", "--json").data["item"]["id"])
    assert ids[0] == ids[1]


# --- undo


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    "command",
    [
        ("create", "New", "P0"),
        ("set-status", GATEWAY, "in_progress"),
        ("close", GATEWAY, "--status", "canceled"),
        ("assign", GATEWAY, "bob"),
        ("comment", GATEWAY, "hello"),
        ("edit", GATEWAY, "--set", "title=x", "--add", "tags=a", "--set", "description=y"),
        ("upsert", "--title", "x", "--dedupe-key", "k"),
    ],
    ids=lambda one: one[0],
)
def test_undo_takes_back_every_kind_of_write_and_undo_of_undo_does_it_again(
    cli: Session, command: tuple[str, ...]
) -> None:
    trees = [cli.repo.git("rev-parse", "HEAD^{tree}")]
    cli(*command)
    trees.append(cli.repo.git("rev-parse", "HEAD^{tree}"))
    base = cli.repo.head()
    for turn in range(3):
        cli("undo", "-m", "on second thoughts")
        assert cli.repo.git("rev-parse", "HEAD^{tree}") == trees[turn % 2]
    assert cli("validate", "--since", base).out == ""
    assert cli.repo.git("status", "--porcelain") == ""
    assert "on second thoughts" in cli("log").out


def test_undo_of_an_older_commit_is_refused_once_the_item_has_changed_again(cli: Session) -> None:
    cli("assign", GATEWAY, "bob")
    first = cli.repo.head()
    cli("assign", GATEWAY, "carol")
    with untouched(cli.repo):
        answer = cli("undo", first, status=5)
    assert f"items/{GATEWAY}.md has changed since {first[:10]}" in answer.err
    assert "undo the later change first" in answer.err
    cli("undo")
    cli("undo", first[:10])
    assert cli.item(GATEWAY)["owner"] == "oncall"


def test_undo_of_an_older_commit_leaves_later_ones_of_other_items(cli: Session) -> None:
    cli("assign", GATEWAY, "bob")
    first = cli.repo.head()
    cli("assign", BILLING, "carol")
    cli("undo", first)
    assert (cli.item(GATEWAY)["owner"], cli.item(BILLING)["owner"]) == ("oncall", "carol")


def test_undo_of_a_persons_commit_takes_back_the_items_and_no_other_file(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "oncall", "bob")
    cli.repo.write("code.py", "x = 1\n")
    cli.repo.commit("both")
    with one_commit(cli.repo, cli.path(GATEWAY)):
        cli("undo")
    assert cli.repo.read("code.py") == "x = 1\n"


def test_undo_of_a_squash_merge_with_our_trailers_takes_back_the_items_and_no_other_file(cli: Session) -> None:
    """What a person's commit stopped to track may be somebody's local data now."""
    cli.repo.write("env", "shared\n")
    cli.repo.commit("env", "env")
    cli("assign", GATEWAY, "bob")
    said = cli.repo.git("log", "-1", "--format=%B")
    cli.repo.git("rm", "--quiet", "--cached", "env")
    cli.repo.write(".gitignore", "env\n")
    cli.repo.git("add", ".gitignore")
    cli.repo.git("update-index", "--add", "--cacheinfo", f"160000,{cli.repo.head()},module")
    cli.repo.git("commit", "--quiet", "--amend", "--message", said)
    cli.repo.write("env", "local\n")
    with one_commit(cli.repo, cli.path(GATEWAY)):
        cli("undo")
    assert (cli.item(GATEWAY)["owner"], cli.repo.read("env")) == ("oncall", "local\n")


def test_undo_overwrites_no_item_file_that_git_does_not_track(cli: Session) -> None:
    cli.repo.git("rm", "--quiet", "--cached", cli.path(GATEWAY))
    cli.repo.write(".gitignore", "items/bl_d8*\n")
    cli.repo.git("add", ".gitignore")
    cli.repo.git("commit", "--quiet", "--message", "gone")
    with untouched(cli.repo):
        assert "has changed since" in cli("undo", status=5).err


@pytest.mark.parametrize("replaced", ["link", "mode", "a file with a mode", "submodule"])
def test_undo_of_more_than_contents_is_refused(cli: Session, replaced: str) -> None:
    """A link's text is not to become a file's, and a mode is not left as it is without a word."""
    target = cli.repo.root / cli.path(GATEWAY)
    if replaced == "link":
        target.unlink()
        target.symlink_to(f"{BILLING}.md")
        cli.repo.commit("a link")
        target.unlink()
        target.write_text(PREPARED[GATEWAY])
    elif replaced == "mode":
        target.chmod(0o755)
    elif replaced == "a file with a mode":
        target.chmod(0o755)
        cli.repo.commit("may be run")
        target.unlink()
    else:
        cli.repo.git("rm", "--quiet", "--cached", cli.path(GATEWAY))
        cli.repo.git("update-index", "--add", "--cacheinfo", f"160000,{cli.repo.head()},{cli.path(GATEWAY)}")
    if replaced != "submodule":
        cli.repo.git("add", "--all")
    cli.repo.git("commit", "--quiet", "--message", "a change of another kind")
    with untouched(cli.repo):
        answer = cli("undo", status=1)
    assert f"changed more than the content of {cli.path(GATEWAY)}" in answer.err
    assert "git revert" in answer.err


def test_undo_with_uncommitted_edits_is_refused(cli: Session) -> None:
    cli("assign", GATEWAY, "bob")
    cli.hand_edit(GATEWAY, "P1", "P0")
    with untouched(cli.repo):
        cli("undo", status=5)


def test_undo_where_there_is_nothing_to_undo_says_so(empty: Session) -> None:
    empty("init")
    with untouched(empty.repo):
        assert "there is nothing to undo" in empty("undo", status=3).err
        assert "changed no items" in empty("undo", "HEAD", status=3).err


def test_undo_of_a_merge_and_of_a_move_say_what_to_do_instead(cli: Session) -> None:
    cli.repo.git("checkout", "--quiet", "-b", "side")
    cli("assign", GATEWAY, "bob")
    cli.repo.git("checkout", "--quiet", "main")
    cli("assign", BILLING, "bob")
    cli.repo.git("merge", "--quiet", "--no-edit", "side")
    with untouched(cli.repo):
        assert "is a merge" in cli("undo", "HEAD", status=1).err
    (cli.repo.root / "items/sub").mkdir()
    cli.repo.git("mv", cli.path(ROUTER), f"items/sub/{ROUTER}.md")
    cli.repo.git("commit", "--quiet", "--message", "moved")
    with untouched(cli.repo):
        answer = cli("undo", status=1)
    assert f"moved {ROUTER} to another folder" in answer.err
    assert "git revert" in answer.err


def test_a_change_of_the_readme_below_items_is_no_change_of_an_item(cli: Session) -> None:
    cli("assign", GATEWAY, "bob")
    cli.repo.write("items/README.md", "# Items\n")
    cli.repo.commit("a readme")
    assert "nothing" not in cli("undo").out
    assert cli.item(GATEWAY)["owner"] == "oncall"


# --- what every write offers


WRITES = [
    ("create", "New"),
    ("edit", GATEWAY, "--set", "owner=bob"),
    ("edit", GATEWAY, "--from", "-"),
    ("set-status", GATEWAY, "in_progress"),
    ("assign", GATEWAY, "bob"),
    ("comment", GATEWAY, "hello"),
    ("close", GATEWAY, "--status", "canceled"),
    ("upsert", "--title", "x", "--dedupe-key", "k"),
    ("undo",),
]
PIPED = PREPARED[GATEWAY].replace("oncall", "alice").encode()


@pytest.mark.sampled(12)
@pytest.mark.parametrize("command", WRITES, ids=" ".join)
def test_a_dry_run_shows_the_diff_and_the_message_and_changes_nothing(cli: Session, command: tuple[str, ...]) -> None:
    cli("assign", BILLING, "carol")
    with untouched(cli.repo):
        shown = cli(*command, "--dry-run", stdin=PIPED)
        data = cli(*command, "-n", "--json", stdin=PIPED).data
    assert "\n@@ " in shown.out
    assert "\nBacklog-Item: " in shown.out
    assert "dry run: nothing was written" in shown.err
    assert (data["dry_run"], data["commit"]) == (True, None)
    assert data["diff"].startswith("--- ")
    if command[0] in ("create", "upsert"):
        return
    cli(*command, stdin=PIPED)
    assert changed_lines(data["diff"]) == changed_lines(cli.repo.git("show", "--format="))
    assert cli.repo.git("log", "-1", "--format=%B").strip() == data["message"].strip()


@pytest.mark.sampled(12)
@pytest.mark.parametrize("command", WRITES, ids=" ".join)
def test_the_json_of_a_write_is_the_item_as_it_is_now(cli: Session, command: tuple[str, ...]) -> None:
    """D-20, R-167, D-1."""
    cli("assign", BILLING, "carol")
    answer = cli(*command, "--json", stdin=PIPED, now=LATER)
    data = answer.data
    assert data["commit"] == cli.repo.head()
    assert data["action"] in ("created", "updated", "unchanged")
    (item,) = data["items"] if command[0] == "undo" else [data["item"]]
    assert list(item)[: len(R_167)] == R_167
    assert item == cli.item(item["id"])
    assert item["updated_at"] == (LATER if command[0] != "comment" else "2026-02-16T06:20:00Z")
    assert data["events"]
    assert [list(event) for event in data["events"]] == [["id", "item_id", "ts", "type", "message", "actor", "meta"]]
    assert data["events"] == cli.events(item["id"])[-1:]


def test_with_edits_takes_a_hand_edit_along_as_its_own_event(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "priority: P1", "priority: P0")
    with one_commit(cli.repo, cli.path(GATEWAY)):
        cli("set-status", GATEWAY, "in_progress", "--with-edits")
    assert [event["type"] for event in cli.events(GATEWAY)] == ["created", "status_change", "auto_update"]
    cli.hand_edit(GATEWAY, "owner: oncall", "owner: bob")
    cli("set-status", GATEWAY, "in_progress", "--with-edits")
    assert cli.item(GATEWAY)["owner"] == "bob"
    assert cli.repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize("staged", [False, True])
def test_with_edits_that_come_back_to_the_last_commit_are_no_commit(cli: Session, staged: bool) -> None:
    cli.hand_edit(GATEWAY, "owner: oncall", "owner: bob")
    if staged:
        cli.repo.git("add", "items")
    head = cli.repo.head()
    answer = cli("assign", GATEWAY, "oncall", "--with-edits")
    assert "nothing to change" in answer.out
    assert f"{cli.path(GATEWAY)} is again as it is committed" in answer.err
    assert ("git restore --staged" in answer.err) is staged
    assert cli("assign", GATEWAY, "oncall", "--with-edits", "--json").data["action"] == "unchanged"
    assert (cli.repo.head(), cli.text(GATEWAY)) == (head, PREPARED[GATEWAY])
    assert bool(cli.repo.git("status", "--porcelain")) is staged


def test_with_edits_judges_the_hand_edit_as_well(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "status: open", "status: done")
    with untouched(cli.repo):
        assert "cannot go from open to done" in cli("assign", GATEWAY, "bob", "--with-edits", status=1).err
    cli.hand_edit(GATEWAY, "status: done", "status: in_progress")
    cli("close", GATEWAY, "--with-edits", status=1)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("given", [GATEWAY, GATEWAY[3:], "bl_d", "d", "d8a7", "bl_d8a7874e737"])
def test_any_unique_start_of_an_id_will_do(cli: Session, given: str) -> None:
    assert cli("show", given).out.startswith(GATEWAY)
    cli("assign", given, "bob")
    assert cli("log", given, "--json").data[-1]["item_id"] == GATEWAY


def test_an_id_is_unique_even_if_it_starts_another(cli: Session) -> None:
    assert cli("show", ROUTER).out.startswith(ROUTER)
    assert cli("show", SEARCH[3:]).out.startswith(SEARCH)


# --- reading as JSON


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    "command",
    [
        ("list",), ("list", "--all", "status:done"), ("show", GATEWAY), ("show", GATEWAY, "--at", "HEAD"), ("log",),
        ("log", GATEWAY), ("validate",), ("dashboard",), ("render", "--check"), ("doctor",), ("config", "show"),
        ("config", "show", "--origin", "defaults"), ("promote", "--dry-run"), ("render", "--dry-run"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_read_has_its_json_in_the_envelope(cli: Session, command: tuple[str, ...]) -> None:
    status = 1 if "--check" in command else 0
    answer = cli(*command, "--json", status=status)
    assert list(answer.json)[:2] == ["schema_version", "data"]
    assert answer.data is not None
    assert answer.err == "" or command[0] == "promote"


def test_items_have_their_keys_in_the_order_of_the_reference(cli: Session) -> None:
    for item in (*cli("list", "--json").data, cli.item(GATEWAY)):
        assert list(item)[: len(R_167)] == R_167
    lines = cli("list", "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == cli("list", "--json").data


def test_show_at_a_revision_is_the_item_as_it_was(cli: Session) -> None:
    cli("assign", GATEWAY, "bob", now=LATER)
    was = cli("show", GATEWAY, "--at", "HEAD~1", "--json").data
    assert (was["item"]["owner"], was["item"]["updated_at"]) == ("oncall", "2026-02-16T06:20:00Z")
    assert len(was["events"]) == 1


def test_raw_is_the_file(cli: Session) -> None:
    assert cli("show", GATEWAY, "--raw").out == PREPARED[GATEWAY]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--limit", "0"), []),
        (("--limit", "1"), [ROUTER]),
        (("--offset", "3"), [BILLING]),
        (("--offset", "9"), []),
        (("--limit", "1", "--offset", "1"), [GATEWAY]),
        (("env:staging",), [SEARCH]),
        (("~env:staging", "priority:P1,P2"), [GATEWAY, BILLING]),
        (("--priority", "P1", "--priority", "P0"), [ROUTER, GATEWAY]),
        (("is:overdue",), [ROUTER]),
        (("due:<2026-03-02",), [ROUTER]),
        (("due:<=2026-03-02",), [ROUTER, GATEWAY]),
        (("due:none",), [SEARCH, BILLING]),
        (("--due-before", "2026-03-01"), [ROUTER]),
        (("--due-before", "2026-03-01", "--include-undated"), [ROUTER, SEARCH, BILLING]),
        (("GATEWAY",), [GATEWAY]),
        (("text:drops connections",), [GATEWAY]),
        (("owner:@me",), []),
        (("nothing like it",), []),
    ],
    ids=lambda one: " ".join(one),
)  # fmt: skip
def test_filters_find_what_they_say(cli: Session, arguments: tuple[str, ...], found: list[str]) -> None:
    assert cli("list", "--format", "ids", *arguments).out.split() == found


def test_the_log_is_the_last_events_oldest_first(cli: Session) -> None:
    for owner in ("a", "b", "c"):
        cli("assign", GATEWAY, owner, now=LATER)
    new = [event["meta"]["changes"]["owner"][1] for event in cli.events(GATEWAY)[1:]]
    assert new == ["a", "b", "c"]
    assert len(cli.events(GATEWAY, "--limit", "0")) == 0
    assert [one["meta"] for one in cli.events("--limit", "1")] == [{"changes": {"owner": ["b", "c"]}}]
    assert cli.events(GATEWAY, "--reverse") == cli.events(GATEWAY)[::-1]
    assert len(cli.events("--since", "2026-02-17")) == 3
    assert len(cli.events()) == 3 + len(PREPARED)


def test_a_linked_work_tree_and_a_folder_below_the_root_are_the_same_backlog(cli: Session, tmp_path: Path) -> None:
    (cli.repo.root / "src/deep").mkdir(parents=True)
    below = Session(Repo(cli.repo.root / "src/deep"))
    below("assign", GATEWAY, "bob")
    below("render")
    assert (cli.repo.root / "BACKLOG.md").exists()
    cli.repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    linked = Session(Repo(tmp_path / "linked"))
    linked("assign", GATEWAY, "carol")
    assert (linked.item(GATEWAY)["owner"], cli.item(GATEWAY)["owner"]) == ("carol", "bob")


def test_the_memory_backend_keeps_nothing(cli: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLOG_BACKEND", "memory")
    with untouched(cli.repo):
        assert run("-C", str(cli.repo.root), "create", "x").status == 0
        assert run("-C", str(cli.repo.root), "list").out == "no items\n"


def test_the_directory_on_the_command_line_wins_over_every_setting(
    cli: Session, empty: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "backlogtool").mkdir()
    (tmp_path / "backlogtool/config.yml").write_text(f"repo: {empty.repo.root}\n")
    for name, value in (("XDG_CONFIG_HOME", str(tmp_path)), ("BACKLOG_REPO", str(empty.repo.root))):
        monkeypatch.setenv(name, value)
        assert len(cli("list", "--json").data) == 4
        assert cli("config", "show", "settings.repo", "--origin").out == 'settings.repo = "."  (-C)\n'
        cli("assign", GATEWAY, "bob")
        assert run("list").out == "no items\n"
        monkeypatch.delenv(name)
    assert empty.repo.commits() == 0


def test_without_a_home_there_are_no_personal_settings(cli: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even those in a folder of the repository that looks like one."""
    monkeypatch.delenv("HOME")
    cli.repo.write(".config/backlogtool/config.yml", "format: ids\n")
    assert cli("list").out.startswith("ID ")


def test_a_key_of_an_item_that_cannot_be_read_is_not_given_out_again(cli: Session) -> None:
    cli.hand_edit(BILLING, "status: open", "status: [open")
    cli.repo.commit("a slip", "items")
    with untouched(cli.repo):
        for command in (("create", "x"), ("upsert", "--title", "x")):
            answer = cli(*command, "--dedupe-key", f"key:{BILLING}", status=6)
            assert f"items/{BILLING}.md:5:9:" in answer.err
            assert "backlogtool validate lists what to mend" in answer.err
    cli.create("a key of its own is never taken")


# --- what was deleted


def test_an_item_that_comes_back_says_so(cli: Session) -> None:
    """R-158."""
    command = ("upsert", "--title", "Drain", "--dedupe-key", "k:1", "--service", "gateway")
    item_id = cli(*command, "--json").data["item"]["id"]
    assert "notes" not in cli(*command, "--json").data
    cli.repo.git("rm", "--quiet", f"items/{item_id}.md")
    cli.repo.git("commit", "--quiet", "--message", "gone")
    note = f"{item_id} was deleted by Ann Author on "
    assert note in cli(*command, "--dry-run", "--json").data["notes"][0]
    answer = cli(*command)
    assert f"note: {note}" in answer.err
    assert "created again" in cli.repo.git("log", "-1", "--format=%s")
    assert [event["type"] for event in cli.events(item_id)] == ["created", "deleted", "created"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("given", [GATEWAY, GATEWAY[:6], GATEWAY[3:7]])
def test_the_log_of_an_item_that_was_deleted_is_still_told(cli: Session, given: str) -> None:
    """R-094."""
    cli.repo.git("rm", "--quiet", cli.path(GATEWAY))
    cli.repo.git("commit", "--quiet", "--message", "gone")
    assert [event["type"] for event in cli.events(given)] == ["created", "deleted"]
    assert f"hint: it was deleted: backlogtool log {GATEWAY}" in cli("show", GATEWAY, status=3).err
    assert cli("show", given, "--at", "HEAD~1").out.startswith(GATEWAY)


def test_a_whole_id_that_no_item_has_names_the_close_ones(cli: Session) -> None:
    """R-213."""
    near = GATEWAY[:-2] + GATEWAY[-1] + GATEWAY[-2]
    for command in (("comment", near, "hello"), ("show", near), ("log", near), ("edit", near), ("assign", near, "x")):
        assert f"hint: did you mean {GATEWAY}?" in cli(*command, status=3).err
    assert "--format ids" in cli("log", "bl_000000000000", status=3).err


def test_what_show_prints_can_be_given_back(cli: Session) -> None:
    cli("comment", GATEWAY, "hello")
    shown = cli("show", GATEWAY, "--json")
    with untouched(cli.repo):
        for text in (shown.out, json.dumps(shown.data), json.dumps(shown.data["item"])):
            assert cli("upsert", "-", "--json", stdin=text.encode()).data["action"] == "unchanged"
    item = {**cli("show", BILLING, "--json").data["item"], "title": "Other"}
    assert cli("upsert", "-", "--json", stdin=json.dumps(item).encode()).data["action"] == "updated"
    new = {name: held for name, held in item.items() if name not in ("id", "created_at", "status")}
    new["dedupe_key"] = "k"
    assert cli("create", "-", "--json", stdin=json.dumps(new).encode()).data["item"]["title"] == "Other"
    with untouched(cli.repo):
        new |= {"dedupe_key": "l", "comments": shown.data["item"]["comments"]}
        assert "'comments' cannot be set" in cli("create", "-", stdin=json.dumps(new).encode(), status=2).err


def test_a_json_list_is_no_item_and_a_title_in_brackets_is_one(cli: Session) -> None:
    with untouched(cli.repo):
        for text in (b"[1]", b'\n [{"title": "x"}]\n'):
            assert "not a JSON object" in cli("create", "-", stdin=text, status=6).err
    for title in ("[ARCH] gateway: review", "[x]", "[" * 5000 + "]" * 5000):
        assert cli("create", "-", "--json", stdin=title.encode()).data["item"]["title"] == title


# --- without a terminal


def test_without_a_terminal_no_editor_is_started_that_nobody_named(
    cli: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It would wait for ever."""
    editor(tmp_path, monkeypatch, "touch started", "EDITOR")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for name in ("vim", "nano", "sensible-editor"):
        (tmp_path / name).symlink_to(tmp_path / "editor with a blank")
    monkeypatch.delenv("EDITOR")
    with untouched(cli.repo):
        for command, instead in (
            (("comment", GATEWAY), "TEXT, or - for stdin"),
            (("edit", GATEWAY), "--set FIELD=VALUE"),
            (("create", "--edit"), "- for stdin"),
        ):
            answer = cli(*command, status=2)
            assert "there is no terminal for an editor" in answer.err
            assert instead in answer.err


@pytest.mark.exhaustive
def test_what_hooks_print_is_told_by_every_write(cli: Session) -> None:
    hooks = cli.repo.root / ".git/own-hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\necho a word from the hook\n")
    (hooks / "pre-commit").chmod(0o755)
    cli.repo.git("config", "core.hooksPath", str(hooks))
    digest = {"week": "2026-W08", "env": "prod", "services": [{"service": "ledger", "followups_overdue": 2}]}
    cli.repo.write("ops/reports/platform/2026-W08.json", json.dumps(digest))
    listed = cli.repo.write("listed.md", grouped_file({("infra", "high"): [task(1)]}))
    for command in (("assign", GATEWAY, "bob"), ("render", "--commit"), ("undo",), ("import", str(listed)),
                    ("promote",), ("generate", "weekly")):  # fmt: skip
        assert "a word from the hook" in cli(*command).err, command


def test_a_dry_run_claims_no_fact(cli: Session) -> None:
    text = grouped_file({("infra", "high"): [task(1)]}).replace("# Project", "# Our")
    listed = cli.repo.write("listed.md", text)
    with untouched(cli.repo):
        answer = cli("import", str(listed), "--dry-run")
        data = cli("import", str(listed), "--dry-run", "--json").data
    assert answer.out.startswith("1 tasks in 1 groups: 1 would be created, 0 would be updated\n")
    assert "config/backlog_policy.yml would have backlog_md: title" in answer.out
    assert (data["dry_run"], data["commit"]) == (True, None)
    assert "+++ b/items/TASK-" in data["diff"]
    assert "import listed.md" in data["message"]


def test_the_form_of_the_editor_loses_only_what_nobody_filled_in(
    cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for script, description in (
        ("s/^What is to be done.*/It leaks./", "It leaks."),
        ("s/^- \\[ \\]/- [ ] no drop/", "## Acceptance Criteria\n\n- [ ] no drop"),
        ("s/, and why.$/, and when./", "What is to be done, and when."),
    ):
        editor(tmp_path, monkeypatch, f'sed -i -e "s/^title:/title: x/" -e "{script}" "$1"')
        assert cli("create", "--edit", "--json").data["item"]["description"] == description


def test_a_policy_without_a_closed_status_is_refused(cli: Session) -> None:
    cli.policy("workflow: {closed_statuses: []}\n")
    assert "workflow.closed_statuses" in cli("validate", status=1).out
    with untouched(cli.repo):
        assert "a list of at least one" in cli("close", GATEWAY, status=6).err


def test_list_takes_the_words_of_a_quick_line(cli: Session) -> None:
    made = cli.create("Patch it", "P0", "@alice", "#security", "#tls")
    for words, found in (
        (("P0",), [made, ROUTER]),
        (("P0", "@alice"), [made]),
        (("@me",), []),
        (("#security",), [made]),
        (("#tls",), [made]),
        (("~P0", "~#security", "env:prod"), [GATEWAY, BILLING]),
        (("text:P0",), []),
        (("#1",), []),
        (("@",), []),
    ):
        assert sorted(cli("list", "--format", "ids", *words).out.split()) == sorted(found), words
    assert cli("list", "@me", "--actor", "alice", "--format", "ids").out.split() == [made]


def test_days_of_the_log_look_back(cli: Session) -> None:
    cli("assign", GATEWAY, "bob", now=LATER)
    for since in ("1d", "-1d", "yesterday", "tue", "2026-02-17"):
        assert len(cli("log", "--json", "--since", since, now="2026-02-18T00:00:00Z").data) == 1, since
    assert len(cli("log", "--json", "--since", "1w", now="2026-02-18T00:00:00Z").data) == 5


def test_the_shape_of_a_result_depends_on_the_command_alone(cli: Session) -> None:
    cli.create("New")
    for command in (("undo", "--dry-run"), ("undo",), ("undo",), ("init",), ("promote",)):
        data = cli(*command, "--json").data
        assert isinstance(data["items"], list), command
        assert "item" not in data
    assert cli("list", "status:done", "--json").json["total"] == 0
    assert cli("validate", "--json").json["total"] == 0
