"""The page about JSON has the shape of every command that prints it."""

from __future__ import annotations

import re

from tests.docs.documents import MANUAL, rows, sections
from tests.docs.test_manual import LEAVES


def test_every_command_that_takes_json_has_a_row_and_no_other() -> None:
    cells = [row[0] for row in rows(sections(MANUAL / "json.md")["The envelope"])]
    told = {re.sub(" --[a-z]+$", "", name) for cell in cells for name in re.findall("`([^`]+)`", cell)}
    meant = {name for name, command in LEAVES.items() if any("--json" in one.opts for one in command.params)}
    assert told == meant
