"""Bad input: a clear message, the exit code of DESIGN.md §10, the next step, and nothing written."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from backlogtool.cli import main as command_line
from tests.cli.session import BILLING, GATEWAY, ROUTER, SEARCH, Session, item_text, run, untouched
from tests.repositories import Repo, make

READS = [("list",), ("show", "bl_d8"), ("log",), ("validate",), ("dashboard",), ("render", "--check"), ("doctor",),
         ("config", "show")]  # fmt: skip
WRITES = [
    ("init",),
    ("create", "x"),
    ("edit", GATEWAY, "--set", "owner=bob"),
    ("set-status", GATEWAY, "in_progress"),
    ("assign", GATEWAY, "bob"),
    ("comment", GATEWAY, "hello"),
    ("close", GATEWAY, "--status", "canceled"),
    ("upsert", "--title", "x", "--dedupe-key", "k"),
    ("undo",),
    ("promote",),
    ("render",),
    ("generate", "weekly"),
]


@pytest.mark.parametrize("command", [*READS, *WRITES], ids=" ".join)
def test_outside_a_repository_every_command_says_so(command: tuple[str, ...], tmp_path: Path) -> None:
    answer = run("-C", str(tmp_path), *command)
    assert (answer.status, answer.out) == (3, "")
    assert "is not in a git repository" in answer.err
    assert "hint: run git init, then backlogtool init" in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "command",
    [
        *(one for one in WRITES if one[0] in ("create", "upsert", "promote", "generate", "render")),
        ("render", "--check"), ("render", "--print"), ("validate",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_without_a_backlog_what_needs_one_says_how_to_make_one(empty: Session, command: tuple[str, ...]) -> None:
    for name in ("before the first commit", "after it"):
        with untouched(empty.repo):
            answer = empty(*command, status=3)
        assert "there is no backlog in this repository yet" in answer.err
        assert "hint: make one: backlogtool init" in answer.err
        empty.repo.write("README.md", name)
        empty.repo.commit("code")


@pytest.mark.parametrize("command", [one for one in READS if one[0] not in ("show", "render", "validate")],
                         ids=" ".join)  # fmt: skip
def test_reading_where_there_is_no_commit_yet_is_no_error(empty: Session, command: tuple[str, ...]) -> None:
    with untouched(empty.repo):
        empty(*command)


@pytest.mark.sampled(9)
@pytest.mark.parametrize("command", [one for one in WRITES if one[0] not in ("init", "generate", "render", "promote")],
                         ids=" ".join)  # fmt: skip
def test_without_an_identity_nothing_is_written(cli: Session, command: tuple[str, ...]) -> None:
    for name in ("user.name", "user.email"):
        cli.repo.git("config", "--unset", name)
    cli.repo.git("config", "user.useConfigOnly", "true")
    with untouched(cli.repo):
        for actor in ((), ("--actor", "alice")):
            answer = cli(*command, *actor, status=7)
            assert "git does not know who you are" in answer.err
            assert 'hint: git config user.name "Your Name"' in answer.err


@pytest.mark.sampled(15)
@pytest.mark.parametrize("command", ["show", "log", "edit", "assign", "comment", "close", "set-status"])
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("zzz", "no item 'zzz'"),
        ("", "no item ''"),
        ("bl_000000000000", "no item bl_000000000000"),
        ("../items/x", "no item '../items/x'"),
        ("bl_3651", f"'bl_3651' matches 2 items: {ROUTER}, {SEARCH}"),
        ("3651", f"'3651' matches 2 items: {ROUTER}, {SEARCH}"),
        ("bl_", f"'bl_' matches 4 items: {ROUTER}, {SEARCH}, {BILLING}, {GATEWAY}"),
    ],
)
def test_an_id_that_matches_none_or_several_names_the_candidates(
    cli: Session, command: str, given: str, told: str
) -> None:
    more = {"edit": ("--set", "owner=x"), "assign": ("x",), "comment": ("x",), "set-status": ("blocked",)}
    with untouched(cli.repo):
        answer = cli(command, given, *more.get(command, ()), status=3)
        as_json = cli(command, given, *more.get(command, ()), "--json", status=3)
    assert answer.out == ""
    assert f"error: {told}" in answer.err
    assert as_json.err == ""
    assert as_json.json["error"] == told
    if "matches" in told:
        assert as_json.json["candidates"] == sorted(told.partition(": ")[2].split(", "))


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("command", "status", "told"),
    [
        (("edit", GATEWAY, "--set", "ownr=x"), 2, ["unknown field 'ownr'", "did you mean 'owner'?"]),
        (("edit", GATEWAY, "--add", "tag=x"), 2, ["'tag' is no set", "did you mean 'tags'?"]),
        (("edit", GATEWAY, "--remove", "tags=x"), 3, ["has no tags 'x'", "hint: it has no tags at all"]),
        (("edit", GATEWAY, "--set", "owner"), 2, ["'owner' is not NAME=VALUE"]),
        (("edit", GATEWAY, "--set", "meta.=x"), 2, ["'meta.' names no key of meta", "meta.KEY=VALUE"]),
        (("edit", GATEWAY, "--set", "evidence_refs.=x"), 2, ["names no key of evidence_refs"]),
        (("edit", GATEWAY, "--add", "evidence_refs.=x"), 2, ["names no key of evidence_refs"]),
        (("edit", GATEWAY, "--set", "meta=x"), 2, ["meta is a map"]),
        (("edit", GATEWAY, "--set", "comments=x"), 2, ["comments are added, not set"]),
        (("edit", GATEWAY, "--set", "rank=two"), 2, ["rank 'two' is not a whole number"]),
        (("edit", GATEWAY, "--set", "rank=²"), 2, ["is not a whole number"]),
        (("edit", GATEWAY, "--set", "rank=" + "9" * 30), 2, ["is not a whole number"]),
        (("edit", GATEWAY, "--set", "due_date=someday"), 2, ["'someday' is not a day", "YYYY-MM-DD"]),
        (("edit", GATEWAY, "--set", "status=opne"), 2, ["status 'opne' is unknown", "did you mean 'open'?"]),
        (("upsert", "--dedupe-key", "k", "--title", "x", "--priority", "P9"), 2, ["priority 'P9' is unknown"]),
        (("edit", GATEWAY, "--set", "priority=P9"), 2, ["priority 'P9' is unknown", "allowed: P0, P1, P2, P3"]),
        (("edit", GATEWAY, "--set", "title="), 1, ["title is missing"]),
        (("edit", GATEWAY, "--set", "title=a\nb"), 2, ["title must be one line"]),
        (("edit", GATEWAY, "--set", "title=a\x1b[31mb"), 2, ["title holds U+001B", "leave it out"]),
        (("edit", GATEWAY, "--set", "owner=a\u202eb"), 2, ["owner holds U+202E"]),
        (("edit", GATEWAY, "--set", "description=a\x00b"), 2, ["description holds U+0000"]),
        (("edit", GATEWAY, "--add", "tags=a\u200bb"), 2, ["tags holds U+200B"]),
        (("edit", GATEWAY, "--set", "id=bl_000000000001"), 1, ["id never changes"]),
        (("edit", GATEWAY, "--set", "created_at=2020-01-01T00:00:00Z"), 1, ["created_at never changes"]),
        (("assign", GATEWAY, ""), 1, ["owner is missing"]),
        (("set-status", GATEWAY, "opne"), 2, ["status 'opne' is unknown", "did you mean 'open'?"]),
        (("set-status", GATEWAY, "cancelled"), 2, ["did you mean 'canceled'?"]),
        (("close", GATEWAY, "--status", "open"), 2, ["'open' does not close an item", "done, canceled"]),
        (("comment", GATEWAY, ""), 2, ["an empty comment"]),
        (("comment", GATEWAY, " \n\t "), 2, ["an empty comment"]),
        (("comment", GATEWAY, "-"), 2, ["an empty comment"]),
        (("create", ""), 2, ["title is missing", 'hint: say what is to be done: backlogtool create "']),
        (("create", "P0"), 2, ["title is missing"]),
        (("create",), 2, ["title is missing"]),
        (("create", "x", "due:someday"), 2, ["'someday' is not a day"]),
        (("create", "x", "--env", "production"), 2, ["env 'production' is unknown", "prod, staging, dev"]),
        (("create", "x", "--category", "securty"), 2, ["did you mean 'security'?"]),
        (("create", "x", "--service", "a:b"), 1, ["service 'a:b' is not a plain name"]),
        (("create", "x", "--dedupe-key", f"key:{GATEWAY}"), 1, [f"is already used by {GATEWAY}"]),
        (("upsert", "--title", "x"), 2, ["upsert needs a dedupe_key"]),
        (("upsert", "file.json"), 2, ["'file.json' cannot be read", "use - for stdin"]),
        (("list", "stats:open"), 2, ["unknown filter 'stats:'", "did you mean 'status'?"]),
        (("list", "status:opne"), 2, ["did you mean 'open'?"]),
        (("list", "--priority", "P9"), 2, ["priority 'P9' is unknown"]),
        (("list", "--status", ""), 2, ["needs a value"]),
        (("list", "due:<soon"), 2, ["'<soon' is not a day"]),
        (("list", "--due-before", "2026-3-1"), 2, ["is not a day"]),
        (("list", "is:late"), 2, ["is 'late' is unknown"]),
        (("list", "--limit", "-1"), 2, ["-1 is not in the range"]),
        (("list", "--offset", "-1"), 2, ["-1 is not in the range"]),
        (("list", "--format", "xml"), 2, ["'xml' is not one of"]),
        (("list", "--frmat", "csv"), 2, ["--format"]),
        (("show",), 2, ["Missing argument 'ITEM'"]),
        (("show", GATEWAY, "--at", "nowhere"), 3, ["no commit 'nowhere'"]),
        (("show", GATEWAY, "--at=--help"), 3, ["no commit '--help'"]),
        (("log", "--since", "whenever"), 2, ["'whenever' is not a day"]),
        (("log", "--limit", "x"), 2, ["'x' is not a valid integer"]),
        (("validate", "--since", "nowhere"), 3, ["no commit 'nowhere'"]),
        (("undo", "nowhere"), 3, ["no commit 'nowhere'", "a commit id"]),
        (("dashboard", "--env", "prd"), 2, ["env 'prd' is unknown", "did you mean 'prod'?"]),
        (("dashboard", "--env", ""), 2, ["env '' is unknown"]),
        (("dashboard", "--date", "never"), 2, ["'never' is not a day"]),
        (("render", "NOPE.md"), 3, ["no view 'NOPE.md'", "views: BACKLOG.md"]),
        (("render", "../x"), 3, ["no view '../x'"]),
        (("promote", "--group", "nope"), 3, ["no group 'nope'"]),
        (("import", "nope.md"), 3, ["nope.md cannot be read: No such file"]),
        (("import", "."), 3, [". cannot be read: Is a directory"]),
        (("config", "show", "nope"), 3, ["no value 'nope'"]),
        (("config", "shwo"), 2, ["shwo"]),
        (("generate", "daily"), 2, ["There is no 'generate daily' yet"]),
        (("generate", "daly"), 2, ["No such command 'daly'"]),
        (("generate", "weekly", "--week", "nonsense"), 2, ["'nonsense' is not a week", "2026-W08"]),
        (("frobnicate",), 2, ["No such command 'frobnicate'", "backlogtool --help"]),
        (("creat", "x"), 2, ["Did you mean 'create'?"]),
        (("set_status", GATEWAY, "open"), 2, ["Did you mean 'set-status'?"]),
    ],
    ids=lambda one: " ".join(one)[:60] if isinstance(one, tuple) else None,
)  # fmt: skip
def test_what_is_wrong_is_named_with_the_way_on(
    cli: Session, command: tuple[str, ...], status: int, told: list[str]
) -> None:
    with untouched(cli.repo):
        answer = cli(*command, status=status)
    assert answer.out == ""
    for words in told:
        assert words in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("command", [("create", "-"), ("upsert", "-"), ("comment", GATEWAY, "-"),
                                     ("edit", GATEWAY, "--from", "-")], ids=" ".join)  # fmt: skip
@pytest.mark.parametrize(
    ("data", "told"),
    [(b"caf\xe9", "not UTF-8"), (b"\xff\xfeT\x00", "not UTF-8"), (b"x" * (5 << 20), "may have")],
    ids=["latin-1", "utf-16", "5 MB"],
)
def test_input_that_is_no_text_is_refused(cli: Session, command: tuple[str, ...], data: bytes, told: str) -> None:
    with untouched(cli.repo):
        assert told in cli(*command, stdin=data, status=6).err


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        ("{", 6, "not JSON"),
        ('{"title": "x", "title": "y"}', 6, 'the key "title" stands twice'),
        ('{"title": "x", "meta": {"a": NaN}}', 6, "not a finite number"),
        ("[" * 100 + "]" * 100, 1, ""),
        ('{"a":' * 100 + "1" + "}" * 100, 6, "nested"),
        ('{"item": []}', 6, "'item' must be a JSON object"),
        ('{"titel": "x"}', 2, "did you mean 'title'?"),
        ('{"title": "x", "status": "done"}', 2, "'status' cannot be set on a new item"),
        ('{"title": ["x"]}', 6, "title must be one text"),
        ('{"title": "x", "tags": "a"}', 6, "tags must be a list of texts"),
        ('{"title": "x", "rank": 1.5}', 6, "rank must be one text"),
        ('{"title": "x", "due_date": "2026-02-30"}', 2, "'2026-02-30' is not a day"),
        ('{"title": "x", "tags": ["a\\u0000b"]}', 2, "tags holds U+0000"),
        ('{"title": "\\ud800"}', 2, "title holds U+D800"),
        ('{"env": "staging", "item": {"title": "x", "env": "prod"}}', 2, "differ"),
        ("---\ntitle: x\ntitle: y\n---\n", 6, "BL105"),
        ("---\ntitle: x\n", 6, "BL103"),
        ("---\ntitle: [x\n---\n", 6, "BL104"),
        ("---\ntitel: x\n---\n", 2, "did you mean 'title'?"),
        ("---\nid: bl_000000000001\ntitle: x\n---\n", 2, "'id' cannot be set on a new item"),
        ("", 1, "title is missing"),
    ],
)
def test_a_piped_item_that_is_wrong_is_refused(cli: Session, text: str, status: int, told: str) -> None:
    if not told:
        return
    with untouched(cli.repo):
        assert told in cli("create", "-", stdin=text.encode(), status=status).err


def test_stdin_that_is_closed_or_a_folder_is_told(cli: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    class Folder(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, into: object) -> int:
            raise IsADirectoryError(21, "Is a directory")

    arguments = ["-C", str(cli.repo.root), "create", "-"]
    with untouched(cli.repo):
        monkeypatch.setattr(sys, "stdin", None)
        assert command_line.main(arguments) == 2
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Folder())))
        assert command_line.main(arguments) == 7


@pytest.mark.exhaustive
def test_a_template_that_fails_is_named_with_its_line_and_nothing_is_rendered(cli: Session) -> None:
    cases = {
        "templates/AGES.md.j2": ("# Ages\n\n{{ items[0].age }}\n", "AGES.md.j2:3: "),
        "templates/SYNTAX.md.j2": ("{% if %}\n", "SYNTAX.md.j2:1: "),
        "templates/LOST.md.j2": ('\n{% include "_gone.md.j2" %}\n', "LOST.md.j2:2: "),
        "templates/BOMB.md.j2": ("{{ 'x' * 10 ** 9 }}\n", "BOMB.md.j2:1: "),
        "templates/ESCAPE.md.j2": ("{{ ''.__class__ }}\n", "ESCAPE.md.j2:1: "),
        "templates/bad name.md.j2": ("x", "bad name.md.j2"),
    }
    for path, (text, told) in cases.items():
        cli.repo.write(path, text)
        with untouched(cli.repo):
            answer = cli("render", status=6)
            found = cli("render", "--json", status=6).json["findings"]
        assert f"templates/{told}" in answer.err, path
        assert found[0]["path"] == path
        (cli.repo.root / path).unlink()
    (cli.repo.root / "templates/LATIN.md.j2").write_bytes(b"caf\xe9")
    assert "templates/LATIN.md.j2 is not UTF-8" in cli("render", status=6).err


@pytest.mark.parametrize("path", ["items/x.md", "config/x.yml", "templates/x"])
def test_a_template_cannot_write_where_views_do_not_belong(cli: Session, path: str) -> None:
    cli.repo.write(f"templates/{path}.j2", "x\n")
    with untouched(cli.repo):
        assert f"'{path}' cannot be the path of a view" in cli("render", status=6).err


def test_a_template_in_a_hidden_folder_is_none(cli: Session) -> None:
    cli.repo.write("templates/.git/x.j2", "x\n")
    cli.repo.write("templates/.github/x.j2", "x\n")
    assert cli("render").out.count("rendered ") == 4


def test_uncommitted_edits_are_refused_with_the_way_to_take_them_along(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "priority: P1", "priority: P0")
    with untouched(cli.repo):
        answer = cli("set-status", GATEWAY, "in_progress", status=1)
    assert f"items/{GATEWAY}.md: has edits that are not committed" in answer.err
    assert "--with-edits" in answer.err


@pytest.mark.parametrize("going_on", ["MERGE_HEAD", "CHERRY_PICK_HEAD", "rebase-merge", "BISECT_LOG"])
def test_in_the_middle_of_an_operation_a_write_waits_for_its_end(cli: Session, going_on: str) -> None:
    (cli.repo.root / ".git" / going_on).write_text(cli.repo.head())
    with untouched(cli.repo):
        answer = cli("assign", GATEWAY, "bob", status=7)
        cli("list")
    assert "in the middle of a" in answer.err
    assert "hint: finish it first: git " in answer.err


def test_a_bare_repository_is_read_and_not_written(cli: Session, tmp_path: Path) -> None:
    cli.repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    bare = Session(Repo(tmp_path / "bare.git"))
    bare.repo.git("config", "user.name", "Ann")
    bare.repo.git("config", "user.email", "ann@example.org")
    assert len(bare("list", "--json").data) == 4
    bare("show", GATEWAY)
    bare("validate")
    bare("dashboard")
    assert "bare repository" in bare("assign", GATEWAY, "bob", status=7).err
    assert bare("create", "x", status=7)


def test_settings_that_are_wrong_name_their_source(cli: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value, told in (
        ("BACKLOG_BACKEND", "postgers", "backend 'postgers' ($BACKLOG_BACKEND) is unknown"),
        ("BACKLOG_NOW", "noon", "now 'noon' ($BACKLOG_NOW) is not a moment"),
        ("BACKLOG_LOCK_WAIT", "long", "lock_wait 'long' ($BACKLOG_LOCK_WAIT)"),
        ("BACKLOG_LOCK_WAIT", ".", "lock_wait '.'"),
        ("BACKLOG_LOCK_WAIT", "²", "lock_wait '²'"),
        ("BACKLOG_FORMAT", "tabel", "did you mean 'table'?"),
        ("BACKLOG_COLOR", "pink", "color 'pink'"),
    ):
        monkeypatch.setenv(variable, value)
        answer = run("-C", str(cli.repo.root), "list")
        assert (answer.status, answer.out) == (2, "")
        assert told in answer.err
        monkeypatch.delenv(variable)


def test_personal_settings_that_are_wrong_name_their_file(
    cli: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "backlogtool/config.yml"
    path.parent.mkdir()
    for text, status, told in (
        (b"formt: csv\n", 6, "unknown setting 'formt'"),
        (b"format: [\n", 6, str(path)),
        (b"\xff\n", 6, "is not UTF-8"),
        (b"- a\n", 6, str(path)),
        (b"format: [csv]\n", 6, "format must be one value"),
        (b"format: cvs\n", 2, "did you mean 'csv'?"),
    ):
        path.write_bytes(text)
        answer = run("-C", str(cli.repo.root), "list")
        assert (answer.status, answer.out) == (status, ""), answer
        assert told in answer.err
    path.write_text("format: ids\n")
    assert cli("list").out.split() == [ROUTER, GATEWAY, SEARCH, BILLING]


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    assert run("-C", gone, "list").err == f"error: {gone}: No such file or directory\n"
    assert run("-C", gone, "list").status == 3


def test_a_folder_that_cannot_be_written_to_is_told_before_anything_happens(cli: Session) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    (cli.repo.root / "items").chmod(0o500)
    with untouched(cli.repo):
        assert "cannot be written" in cli("create", "x", status=7).err


def test_a_file_in_the_place_of_a_folder_is_told(empty: Session) -> None:
    empty.repo.write("config", "a file\n")
    empty.repo.write("items", "another\n")
    for command in (("init",), ("create", "x"), ("list",), ("validate",)):
        answer = empty(*command, status={"list": 6, "validate": 1}.get(command[0], 6))
        assert "Traceback" not in answer.err
    assert empty.repo.read("items") == "another\n"


def test_errors_are_json_on_stdout_where_json_was_asked_for(cli: Session) -> None:
    answer = cli("edit", GATEWAY, "--set", "status=done", "--set", "title=", "--json", status=1)
    assert answer.err == ""
    told = json.loads(answer.out)
    assert told["error"] == "2 things speak against it"
    assert {one["code"] for one in told["findings"]} == {"BL301", "BL201"}


def test_without_git_it_says_so(cli: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = run("-C", str(cli.repo.root), "list")
    assert answer.status == 7
    assert "git is not installed" in answer.err


def test_a_repository_of_somebody_else_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    repo = make(tmp_path / "theirs")
    repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY))
    for path in (repo.root, *repo.root.rglob("*")):
        shutil.chown(path, user=65534)
    answer = run("-C", str(repo.root), "list")
    assert (answer.status, answer.out) == (7, "")
    assert "safe.directory" in answer.err


def test_validate_warns_of_html_that_acts(cli: Session) -> None:
    cli("edit", GATEWAY, "--set", "description=Look:\n\n<img src=x onerror=alert(1)>")
    answer = cli("validate")
    assert f"{cli.path(GATEWAY)}:18:1: warning: '<img src=x onerror=' acts where a viewer" in answer.out
    assert "[BL119]" in cli("validate", "--strict", status=1).out
