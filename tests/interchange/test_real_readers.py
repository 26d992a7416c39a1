"""Reports as real programs read them, where such a program is here: each gives back what the findings say."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from junitparser import Error, Failure, JUnitXml

from backlogtool.domain.finding import Finding
from backlogtool.interchange.reports import gcc
from backlogtool.interchange.reports_junit import junit

ITEM = "items/bl_d8a7874e737d.md"
FINDINGS = [
    Finding("BL202", "priority 'P5' is unknown: no such", ITEM, 7, 3, fix="allowed: P0, P1"),
    Finding("BL115", "unknown key 'ownr', 50% sure", ITEM, 9, 1),
    Finding("BL301", "from open to done", "items/a b.md", 5, 12),
]
#: What vim's own file for compilers of the GNU collection has for lines with a column.
_FORMAT = r"%f:%l:%c:\ %trror:\ %m,%f:%l:%c:\ %tarning:\ %m"


def test_vim_jumps_to_the_place_of_each_finding(tmp_path: Path) -> None:
    vim = shutil.which("vim")
    if vim is None:
        pytest.skip("vim is not here")
    (tmp_path / "report").write_text(gcc(FINDINGS))
    listed = "map(getqflist(), {_, one -> [bufname(one.bufnr), one.lnum, one.col, one.type, one.text]})"
    told = f'call writefile([json_encode({listed})], "read.json")'
    asked = [vim, "-N", "-u", "NONE", "-i", "NONE", "-es", "-c", f"set errorformat={_FORMAT}", "-c", "cgetfile report"]
    subprocess.run([*asked, "-c", told, "-c", "qa!"], cwd=tmp_path, check=False, stdin=subprocess.DEVNULL, timeout=60)
    assert json.loads((tmp_path / "read.json").read_text()) == [
        [ITEM, 7, 3, "e", "priority 'P5' is unknown: no such (allowed: P0, P1) [BL202]"],
        [ITEM, 9, 1, "w", "unknown key 'ownr', 50% sure [BL115]"],
        ["items/a b.md", 5, 12, "e", "from open to done [BL301]"],
    ]


def test_a_reader_of_junit_counts_errors_as_failures_and_names_their_codes() -> None:
    suites = list(JUnitXml.fromstring(junit(FINDINGS).encode()))
    assert [(suite.name, suite.tests, suite.failures) for suite in suites] == [(ITEM, 2, 1), ("items/a b.md", 1, 1)]
    results = [result for suite in suites for case in suite for result in case.result]
    assert [one.type for one in results if isinstance(one, Failure)] == ["BL202", "BL301"]
    assert not any(isinstance(one, Error) for one in results)
