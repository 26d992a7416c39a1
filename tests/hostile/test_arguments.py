"""What is typed is no safer than what is read: ids, filters, revisions, paths, settings (ROBUSTNESS.md 2.2, 2.3)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.session import GATEWAY, Session, copied, run, template, untouched
from tests.hostile.test_output import safe

__all__ = ["template"]


@pytest.fixture(scope="module")
def there(template: object, tmp_path_factory: pytest.TempPathFactory) -> Session:
    return copied(template, tmp_path_factory.mktemp("arguments"))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _nothing_is_written(there: Session) -> Iterator[None]:
    with untouched(there.repo):
        yield
    assert not list(there.repo.root.rglob("canary*"))


NINES = "9" * 30
#: class -> what it is -> arguments, exit code, words of the answer.
COMMANDS: dict[str, dict[str, tuple[tuple[str, ...], int, str]]] = {
    "an id": {
        "is an option": (("show", "--output=canary"), 2, "No such option"),
        "is an option behind --": (("show", "--", "--output=canary"), 3, "no item '--output=canary'"),
        "is a pattern of git": (("show", ":(exclude)*"), 3, "no item ':(exclude)*'"),
        "is a pattern of the shell": (("show", "bl_*"), 3, "no item 'bl_*'"),
        "leads up": (("show", "../../etc/passwd"), 3, "no item '../../etc/passwd'"),
        "leads from the root": (("show", "/etc/passwd"), 3, "no item '/etc/passwd'"),
        "leads up behind an id": (("show", f"{GATEWAY}/../x"), 3, "no item"),
        "has a suffix": (("show", f"{GATEWAY}.md"), 3, "no item"),
        "names a stream": (("show", f"{GATEWAY}:x"), 3, "no item"),
        "is in capitals": (("show", GATEWAY.upper()), 3, "no item"),
        "has digits of full width": (("show", GATEWAY.replace("8", "８")), 3, "no item"),
        "ends with a line feed": (("show", f"{GATEWAY}\n"), 3, "no item"),
        "is a template": (("show", "{{ 7*7 }}"), 3, "no item '{{ 7*7 }}'"),
        "is a format": (("show", "%s%n{0}"), 3, "no item '%s%n{0}'"),
        "is long": (("show", "x" * 100_000), 3, "no item"),
        "is blank": (("show", " "), 3, "no item ' '"),
        "is to be changed and is an option": (("set-status", "--exec=touch canary", "done"), 2, "No such option"),
    },
    "a revision": {
        "is an option of help": (("show", GATEWAY, "--at=--help"), 3, "no commit '--help'"),
        "is an option that writes": (("show", GATEWAY, "--at=--output=canary"), 3, "no commit"),
        "is a file in a commit": (("show", GATEWAY, "--at", f"HEAD:items/{GATEWAY}.md"), 3, "no commit"),
        "is a tree": (("show", GATEWAY, "--at", "HEAD^{tree}"), 3, "no commit"),
        "is a range": (("show", GATEWAY, "--at", "HEAD~1..HEAD"), 3, "no commit"),
        "runs a command": (("show", GATEWAY, "--at", "ext::sh -c touch% canary"), 3, "no commit"),
        "has a line feed": (("show", GATEWAY, "--at", "HEAD\nHEAD"), 3, "no commit"),
        "is the start of a check": (("validate", "--since=--upload-pack=touch canary"), 3, "no commit"),
        "is taken back": (("undo", "--", "--exec=canary"), 3, "no commit"),
        "has no bounds": (("validate", "--since", f"HEAD~{NINES}"), 3, "no commit"),
    },
    "a filter": {
        "has no value": (("list", "owner:"), 2, "needs a value"),
        "has an empty value among others": (("list", "status:open,"), 2, "needs a value"),
        "has no such field": (("list", "__class__:x"), 2, "unknown filter '__class__:'"),
        "is a method": (("list", "matches:x"), 2, "unknown filter"),
        "has an unknown value": (("list", "status:*"), 2, "status '*' is unknown"),
        "is a day without end": (("list", "due:<9999y"), 2, "is not a day"),
        "is a day of another script": (("list", "due:<٢٠٢٦-٠١-٠١"), 2, "is not a day"),
        "is an expression that explodes elsewhere": (("list", "text:(a+)+$"), 0, "no items"),
        "is long": (("list", "x" * 100_000), 0, "no items"),
        "is negated and empty": (("list", "~"), 2, "an empty filter"),
        "has no bounds": (("list", "--limit", NINES, "--offset", NINES), 0, "none of 4 items here"),
        "asks for more than a line": (("list", "owner:a\nb"), 0, "no items"),
    },
    "a log": {
        "has no bounds": (("log", "--limit", NINES), 0, GATEWAY),
        "begins before time": (("log", "--since", "-9999y"), 2, "is not a day"),
    },
    "a quick line": {
        "is an option": (("create", "--exec=canary", "-n"), 2, "No such option"),
        "runs a command": (("create", "$(touch canary)", "-n"), 0, "$(touch canary)"),
        "is a template": (("create", "{{ 7*7 }}", "-n"), 0, "{{ 7*7 }}"),
        "has an owner that is none": (("create", "x", "@", "-n"), 0, "title: x @"),
        "has a tag with a bell": (("create", "x", "#a\x07", "-n"), 2, "U+0007"),
        "has a title with an override": (("create", "x\u202e", "-n"), 2, "U+202E"),
        "has a service that leads up": (("create", "x", "service:../..", "-n"), 1, "is not a plain name"),
        "is due after the end": (("create", "x", "due:9999y", "-n"), 2, "is not a day"),
        "has no letters": (("create", " ", "-n"), 2, "title is missing"),
        "has a status": (("create", "x", "status:done", "-n"), 0, "title: x status:done"),
        "has half a character": (("create", "x\ud800", "-n"), 2, "U+D800"),
        "has a line of a trailer": (("create", "x\nBacklog-Actor: cto", "-n"), 0, "title: \"x Backlog-Actor: cto\""),
    },
    "a path": {
        "of a view leads up": (("render", "../x.md"), 3, "no view '../x.md'"),
        "of a view leads into git": (("render", ".git/config"), 3, "no view '.git/config'"),
        "of a view leads from the root": (("render", "--print", "/etc/passwd"), 3, "no view"),
        "of an import leads to a folder": (("import", "items"), 3, "Is a directory"),
        "of an import is nothing": (("import", ""), 3, "cannot be read"),
        "of an upsert leads to a folder": (("upsert", "items"), 2, "cannot be read"),
        "of the directory is none": (("-C", "/nonexistent", "list"), 3, "No such file"),
    },
    "a setting": {
        "of now is no moment": (("--now", "tomorrow", "list"), 2, "is not a moment"),
        "of now lies after the end": (("--now", "10000-01-01T00:00:00Z", "list"), 2, "is not a moment"),
        "of now is the first second": (("--now", "0001-01-01T00:00:00Z", "dashboard"), 0, "3 active"),
        "of now is the last second": (("--now", "9999-12-31T23:59:59Z", "dashboard"), 0, "3 active"),
        "of now leaves no time for an item": (
            ("--now", "9999-12-31T00:00:00Z", "create", "x", "#security", "-n"), 0, "due_date: 9999-12-31"
        ),
        "of now leaves no Friday": (("--now", "9999-12-31T00:00:00Z", "create", "x", "due:fri", "-n"), 2, "not a day"),
        "of now has no Friday before it": (("--now", "0001-01-03T00:00:00Z", "log", "--since", "fri"), 0, "created"),
        "of a day is the last": (("dashboard", "--date", "9999-12-31"), 0, "3 active"),
        "of a day is the first": (("render", "--print", "--date", "0001-01-01"), 0, "# Dashboard"),
        "of a color is a command": (("--color", "$(touch canary)", "list"), 2, "is not one of"),
        "is nobody's": (("config", "show", "__class__"), 3, "no value"),
    },
}  # fmt: skip
TABLE = {f"{kind} {name}": one for kind, some in COMMANDS.items() for name, one in some.items()}


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("arguments", "status", "words"), TABLE.values(), ids=TABLE)
def test_what_is_typed_has_the_answer_of_the_table(
    there: Session, arguments: tuple[str, ...], status: int, words: str
) -> None:
    answer = safe(there.answer(*arguments))
    assert answer.status == status, answer
    assert words in answer.out + answer.err


ENVIRONMENT: dict[str, tuple[dict[str, str], int]] = {
    "a width that is no number": ({"COLUMNS": "wide"}, 0),
    "a width of digits of another script": ({"COLUMNS": "٨٠"}, 0),
    "a width below nothing": ({"COLUMNS": "-5"}, 0),
    "a width of 5,000 digits": ({"COLUMNS": "9" * 5000}, 0),
    "a moment that is none": ({"BACKLOG_NOW": "\x1b[2J"}, 0),
    "a format that is none": ({"BACKLOG_FORMAT": "../x"}, 2),
    "a wait without end": ({"BACKLOG_LOCK_WAIT": "inf"}, 2),
    "a wait of another script": ({"BACKLOG_LOCK_WAIT": "٥"}, 2),
    "a store that is none": ({"BACKLOG_BACKEND": "pickle"}, 2),
    "an actor of several lines": ({"BACKLOG_ACTOR": "a\nBacklog-Actor: cto"}, 0),
    "a place of settings that is a file": ({"XDG_CONFIG_HOME": "/etc/passwd"}, 0),
}


@pytest.mark.parametrize(("given", "status"), ENVIRONMENT.values(), ids=ENVIRONMENT)
def test_the_environment_cannot_break_a_command(
    there: Session, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], status: int
) -> None:
    for name, held in given.items():
        monkeypatch.setenv(name, held)
    assert safe(there.answer("list")).status == status


SETTINGS: dict[str, tuple[bytes, str]] = {
    "no text": (b"\xff", "is not UTF-8 text"),
    "an unknown key": (b"colour: never\n", "did you mean 'color'?"),
    "a tag": (b"actor: !!python/name:os.system\n", "BL106"),
    "a key twice": (b"actor: a\nactor: b\n", "BL105"),
    "a list": (b"actor: [a]\n", "must be one value"),
    "50,000 brackets": (b"actor: " + b"[" * 50_000, "BL107"),
    "a hidden key": (b"actor: a\xe2\x80\xa8color: never\n", "BL108"),
}


@pytest.mark.parametrize(("data", "words"), SETTINGS.values(), ids=SETTINGS)
def test_a_hostile_file_of_settings_is_refused_by_name(
    there: Session, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, data: bytes, words: str
) -> None:
    home = tmp_path_factory.mktemp("settings")
    (home / "backlogtool").mkdir()
    (home / "backlogtool/config.yml").write_bytes(data)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    answer = safe(run("-C", str(there.repo.root), "list"))
    assert answer.status == 6
    assert words in answer.err
    assert "config.yml" in answer.err


@pytest.mark.parametrize("command", [("import",), ("edit", GATEWAY, "--from")], ids=" ".join)
@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda path: path.symlink_to("/dev/zero"), "is not a regular file"),
        (os.mkfifo, "is not a regular file"),
        (lambda path: (path.touch(), os.truncate(path, 1 << 33)), "bytes it may have"),
    ],
    ids=["a device", "a pipe", "a file of 8 GiB"],
)
def test_a_named_file_without_an_end_is_refused(
    there: Session, tmp_path: Path, command: tuple[str, ...], made: Callable[[Path], object], words: str
) -> None:
    made(tmp_path / "x")
    answer = safe(there.answer(*command, str(tmp_path / "x")))
    assert answer.status == 6
    assert words in answer.err


def test_settings_without_an_end_are_refused_and_a_relative_place_of_them_is_ignored(
    there: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "backlogtool").mkdir()
    (tmp_path / "backlogtool/config.yml").symlink_to("/dev/zero")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert "is not a regular file" in safe(there.answer("list")).err
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", ".")
    assert safe(there.answer("list")).status == 0
