"""Schemas and the editor's files, as a person gets them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from backlogtool.app.setup_editor import PLACED, WHOLE, with_line, without_line
from tests.cli.session import GATEWAY, POLICY, Session, item_text

WRITTEN = [
    ".vscode/backlog.code-snippets",
    ".vscode/extensions.json",
    ".vscode/tasks.json",
    "config/schemas/backlog_policy.schema.json",
    "config/schemas/item.schema.json",
    "config/schemas/rbac.schema.json",
]


def _plain(text: str) -> object:
    """JSON with a last line that only editors take for a comment."""
    return json.loads(re.sub(r"\n//[^\n]*\n$", "\n", text))


def test_a_schema_is_printed_or_written(backlog: Session, tmp_path: Path) -> None:
    printed = backlog("schema", "export", "item").out
    jsonschema.Draft7Validator.check_schema(json.loads(printed))
    told = backlog("schema", "export", "--dir", str(tmp_path / "new/schemas")).out
    assert (tmp_path / "new/schemas/item.schema.json").read_text() == printed
    assert all(path.name in told for path in (tmp_path / "new/schemas").iterdir())
    assert "name one of" in backlog("schema", "export", status=2).err
    assert "backlog_policy" in backlog("schema", "export", "recipe", status=2).err
    (tmp_path / "file").write_text("")
    assert "cannot be written" in backlog("schema", "export", "--dir", str(tmp_path / "file/x"), status=7).err


def test_a_schema_is_written_through_no_link(backlog: Session, tmp_path: Path) -> None:
    """A repository may hold one that leads to a file of the person who writes the schemas there."""
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    (backlog.repo.root / "item.schema.json").symlink_to(victim)
    told = backlog("schema", "export", "item", "--dir", str(backlog.repo.root), status=7)
    assert "cannot be written" in told.err
    assert victim.read_text() == "mine\n"


def test_the_editor_is_set_up_once_and_taken_out_again(backlog: Session) -> None:
    before = backlog.repo.read(POLICY) if (backlog.repo.root / POLICY).exists() else ""
    backlog("init", "--editor", "vscode", "--dry-run")
    assert not (backlog.repo.root / ".vscode").exists()
    backlog("init", "--editor", "vscode")
    assert backlog.repo.git("status", "--porcelain") == ""
    for path in WRITTEN:
        _plain(backlog.repo.read(path))
    assert "already" in backlog("init", "--editor", "vscode").out
    backlog("init", "--editor", "vscode", "--remove")
    assert not any((backlog.repo.root / path).exists() for path in WRITTEN)
    assert (backlog.repo.read(POLICY) if before else "") == before
    assert "already" in backlog("init", "--editor", "vscode", "--remove").out


def test_the_first_line_of_the_policy_names_a_schema_that_it_keeps(backlog: Session) -> None:
    backlog("init")
    backlog("init", "--editor", "vscode")
    text = backlog.repo.read(POLICY)
    named = text.partition("\n")[0].partition("$schema=")[2]
    schema = json.loads((backlog.repo.root / POLICY).parent.joinpath(named).read_text())
    assert jsonschema.Draft7Validator(schema).is_valid(yaml.safe_load(text))
    assert not jsonschema.Draft7Validator(schema).is_valid({"defaultz": {}})
    assert backlog("validate").status == 0


def test_a_schema_follows_the_policy_when_it_is_set_up_again(backlog: Session) -> None:
    backlog("init", "--editor", "vscode")
    backlog.policy("enums: {env: [prod, staging, dev, lab]}\n")
    backlog("init", "--editor", "vscode")
    schema = json.loads(backlog.repo.read("config/schemas/item.schema.json"))
    assert "lab" in schema["properties"]["env"]["enum"]


def test_a_checkout_with_other_line_ends_has_the_files_as_they_were_written(backlog: Session) -> None:
    backlog("init", "--editor", "vscode")
    backlog.repo.git("config", "core.autocrlf", "true")
    for path in WRITTEN:
        (backlog.repo.root / path).unlink()
    backlog.repo.git("checkout", "--quiet", "--", ".")
    assert b"\r\n" in (backlog.repo.root / WRITTEN[0]).read_bytes()
    answer = backlog("init", "--editor", "vscode")
    assert ("already" in answer.out, answer.err) == (True, "")


def test_what_somebody_has_written_stays(backlog: Session) -> None:
    backlog.repo.write(".vscode/tasks.json", "{}\n")
    backlog.repo.commit("ours")
    answer = backlog("init", "--editor", "vscode")
    assert ".vscode/tasks.json is not as backlogtool wrote it" in answer.err
    assert backlog.repo.read(".vscode/tasks.json") == "{}\n"
    path = "config/schemas/rbac.schema.json"
    backlog.repo.write(path, backlog.repo.read(path).replace('"title"', '"titel"'))
    backlog.repo.commit("a schema of our own")
    assert path in backlog("init", "--editor", "vscode", "--remove").err
    assert (backlog.repo.root / path).exists()


@pytest.mark.parametrize("text", ["a: 1\n", "a: 1\r\nb: 2\r\n", "\ufeffa: 1\n", "", "# x\na: 1"])
def test_the_line_goes_out_as_it_came_in(text: str) -> None:
    data = text.encode()
    pointed = with_line(data, "rbac")
    assert pointed.count(b"$schema=schemas/rbac.schema.json") == 1
    assert with_line(pointed, "rbac") == pointed
    assert without_line(pointed) == data


def test_the_problem_matcher_reads_what_validate_prints(backlog: Session) -> None:
    """Also of odd names; what is about no file is for the terminal."""
    backlog.repo.write("items/odd name: 3: x.md", "text\n")
    backlog.repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY, status="closed", priority="P9"))
    printed = backlog.answer("validate", "--format", "gcc").out.splitlines()
    assert len(printed) > 2
    for line in printed:
        placed, whole = re.match(PLACED, line), re.match(WHOLE, line)
        assert bool(placed) != bool(whole) or "odd name" in line, line
        found = placed or whole
        assert found is not None, line
        assert re.fullmatch(r"BL\d{3}", found.groups()[-1])
    assert any(re.match(PLACED, line) for line in printed)
    assert re.match(PLACED, f"items/{GATEWAY}.md:5:1: error: said [BL202]")
    assert re.match(WHOLE, "items/x.md: warning: said [BL303]")
    assert not re.match(WHOLE, "backlogtool: error: said [BL303]")
