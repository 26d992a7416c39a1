"""HTML that would act is told at its line; what only looks like it is not."""

from __future__ import annotations

import pytest

from backlogtool.codec.active_html import findings
from tests.codec.timing import assert_linear

HEAD = "---\nid: bl_000000000001\n---\n"


@pytest.mark.parametrize(
    "line",
    [
        *("<script>x</script>", "<SCRIPT src=x>", "a <img src=x onerror=alert(1)> b", "<svg/onload=x>"),
        *('<a href="javascript:x">y</a>', "[y](javascript:x)", "<iframe>", "`a` <base href=x> `b`", "<style>"),
    ],
)
def test_what_acts_is_told_at_its_line(line: str) -> None:
    [finding] = findings(f"{HEAD}text\n\n{line}\n\nmore\n")
    assert (finding.code, finding.line) == ("BL119", 6)
    assert not finding.is_error
    assert finding.column > 0


@pytest.mark.parametrize(
    "text",
    [
        *("<b>bold</b> <details><br>", "`<script>`", "```\n<script>\n```", "a < b on = c", "<scripting>"),
        *("javascript: the good parts", "an <em class=x>icon = y</em>", "the onerror= handler"),
    ],
)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert findings(f"{HEAD}{text}\n") == []


@pytest.mark.parametrize("piece", ["<a ", "`", "<a on", "javascript:", "<"])
def test_it_takes_time_in_proportion(piece: str) -> None:
    assert_linear(findings, lambda size: HEAD + piece * size, 10_000)
