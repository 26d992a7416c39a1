"""Every example in the documents runs, and prints what the document says."""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path

import pytest

from backlogtool.app.demo import START
from backlogtool.cli.demo import _program
from tests.docs.conftest import Demo
from tests.docs.documents import MANUAL, PAGES, README, Block, blocks, read, short
from tests.docs.transcripts import LEFT_OUT, Step, Transcript, run, steps
from tests.repositories import Repo

_DEMO = "demo transcript"
_FILE = "file: "
#: What stands before a command that .ci/run takes out of README.
_COMMANDS = ("main command", "test command")


def play(path: Path, known: list[str]) -> int:
    """Runs a document in the current directory: writes its files, plays its transcripts; how many steps it has."""
    transcript, played = Transcript(known), 0
    for block in blocks(path):
        if block.note.startswith(_FILE):
            file = Path(block.note.removeprefix(_FILE))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.language == "console" and block.note != _DEMO:
            for step in steps(block):
                transcript.play(step)
                played += 1
    return played


def test_the_lines_of_readmes_demo_are_lines_of_the_real_one(demo: Demo) -> None:
    (block,) = [one for one in blocks(README) if one.note == _DEMO]
    lines = [r"(?:.*\n)*" if line == LEFT_OUT else f"{re.escape(line)}\n" for line in block.lines]
    assert re.fullmatch("".join(lines), demo.printed), demo.printed
    assert sum(line != LEFT_OUT for line in block.lines) > 20


def test_the_demo_writes_into_its_own_repository_whatever_the_settings_say(demo: Demo) -> None:
    assert demo.elsewhere.commits() == 0
    assert sorted(path.name for path in demo.elsewhere.root.iterdir()) == [".git"]
    assert (demo.root / "DASHBOARD.md").exists()
    assert "eve" not in Repo(demo.root).git("log")


def test_the_demo_ends_with_a_command_that_works_from_anywhere(
    demo: Demo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    look = demo.printed.rstrip().rpartition(" && ")[2]
    assert look.endswith(f" --now {START} dashboard")
    assert f"cd {demo.root} && git log --stat && {look}" in demo.printed
    tool = tmp_path / "bin" / "backlogtool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    for path, started, named in (
        (str(tool.parent), "elsewhere/backlogtool", "backlogtool"),
        ("/nowhere", str(tool), str(tool)),
        ("/nowhere", "pytest", f"{sys.executable} -m backlogtool"),
    ):
        monkeypatch.setenv("PATH", path)
        monkeypatch.setattr(sys, "argv", [started])
        assert _program() == named


@pytest.mark.exhaustive
def test_readme_shows_how_to_work_in_an_empty_repository(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.root)
    monkeypatch.setenv("BACKLOG_NOW", START)
    assert play(README, []) > 8


@pytest.mark.sampled(4)
@pytest.mark.parametrize("path", sorted(MANUAL.glob("*.md")), ids=short)
def test_the_manuals_examples_print_what_they_say(path: Path, in_demo: Path) -> None:
    play(path, [item.stem for item in in_demo.glob("items/*.md")])


def test_nearly_every_page_of_the_manual_has_an_example() -> None:
    without = {path.name for path in MANUAL.glob("*.md") if "$ backlogtool" not in read(path)}
    assert without == {"README.md", "python.md"}


def test_no_transcript_stands_where_nothing_runs_it() -> None:
    elsewhere = [path for path in PAGES if path != README and path.parent != MANUAL]
    assert [short(path) for path in elsewhere if any(one.language == "console" for one in blocks(path))] == []


def test_the_manuals_python_gives_what_it_says(in_demo: Path) -> None:
    path = MANUAL / "python.md"
    text = "\n".join(one.text for one in blocks(path) if one.language == "pycon")
    told: list[str] = []
    example = doctest.DocTestParser().get_doctest(text, {}, path.name, str(path), 0)
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example, out=told.append)
    assert result.attempted > 20
    assert not result.failed, "".join(told)


@pytest.mark.parametrize("note", _COMMANDS)
def test_readmes_commands_stand_where_the_build_looks_for_them(note: str) -> None:
    """``.ci/run`` takes the third line from the comment on."""
    lines = read(README).split("\n")
    start = lines.index(f"<!-- {note} -->")
    assert (lines[start + 1], lines[start + 3]) == ("```sh", "```")
    assert lines[start + 2].startswith("python3 -m venv .venv && .venv/bin/pip install -q ")


def test_a_transcript_that_says_something_else_is_seen(in_demo: Path) -> None:
    """The runner itself: a wrong line, a wrong id, a missing line."""
    real = run("backlogtool list category:arch_review --format ids").split()
    assert real == ["bl_87e820f5b3c2", "bl_d8a7874e737d"]
    for printed in (["bl_87e820f5b3c2"], [*real, "more"], [real[0], "bl_87e820f5b3c2"], [LEFT_OUT, "nothing"]):
        with pytest.raises(AssertionError):
            Transcript(real).play(_step("backlogtool list category:arch_review --format ids", printed))
    for printed in (real, [LEFT_OUT], [real[0], LEFT_OUT], ["bl_0000000000aa", "bl_0000000000bb"], ["bl_…", "…d"]):
        Transcript(real).play(_step("backlogtool list category:arch_review --format ids", printed))


def _step(command: str, printed: list[str]) -> Step:
    return next(steps(Block("console", "", 1, [f"$ {command}", *printed])))
