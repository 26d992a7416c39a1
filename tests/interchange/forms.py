"""The forms of other tools, told in our words and kept strictly: what must be there, what may, and nothing else.

Each function raises ``AssertionError`` for a report that its tool would not take. Only what we write is known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

Check = Callable[[Any], None]


def record(needed: Mapping[str, Check], more: Mapping[str, Check] | None = None) -> Check:
    """An object with these keys, and maybe those."""

    def check(held: Any) -> None:
        known = {**needed, **(more or {})}
        assert isinstance(held, dict), held
        assert needed.keys() <= held.keys() <= known.keys(), sorted(held)
        for name, one in held.items():
            known[name](one)

    return check


def many(inner: Check) -> Check:
    def check(held: Any) -> None:
        assert isinstance(held, list), held
        for one in held:
            inner(one)

    return check


def words(*allowed: str) -> Check:
    def check(held: Any) -> None:
        assert held in allowed, held

    return check


def text(held: Any) -> None:
    assert isinstance(held, str), held
    assert held.strip()
    held.encode()  # no half of a surrogate pair


def place(held: Any) -> None:
    assert type(held) is int, held
    assert held > 0


def address(held: Any) -> None:
    """A relative reference whose characters need no escape."""
    assert isinstance(held, str), held
    assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", held), held
    assert not held.startswith("/")
    assert unquote_to_bytes(held)


def message(held: Any) -> None:
    """A text whose braces are doubled; an unescaped bracket begins no link."""
    text(held)
    assert re.fullmatch(r"(?:[^{}]|\{\{|\}\})*", held), held
    assert not re.search(r"(?<!\\)(?:\\\\)*\]\(", held), held


def numbered(held: Any) -> None:
    assert type(held) is int, held
    assert held >= 0


_MESSAGE = record({"text": message})
_REGION = record({"startLine": place}, {"startColumn": place})
_ARTIFACT = record({"uri": address, "uriBaseId": words("%SRCROOT%")})
_RULE = record(
    {
        "id": text,
        "shortDescription": _MESSAGE,
        "fullDescription": _MESSAGE,
        "help": record({"text": message, "markdown": text}),
        "defaultConfiguration": record({"level": words("error", "warning")}),
    }
)
_RESULT = record(
    {
        "ruleId": text,
        "ruleIndex": numbered,
        "level": words("error", "warning"),
        "message": _MESSAGE,
        "partialFingerprints": record({"backlogtoolFinding/v1": text}),
    },
    {"locations": many(record({"physicalLocation": record({"artifactLocation": _ARTIFACT, "region": _REGION})}))},
)
_LOG = record(
    {
        "$schema": text,
        "version": words("2.1.0"),
        "runs": many(
            record(
                {
                    "tool": record({"driver": record({"name": text, "version": text, "rules": many(_RULE)})}),
                    "columnKind": words("unicodeCodePoints"),
                    "originalUriBaseIds": record({"%SRCROOT%": record({"description": _MESSAGE})}),
                    "results": many(_RESULT),
                }
            )
        ),
    }
)
_POSITION = record({"line": place}, {"column": place})
_RANGE = record({"start": _POSITION}, {"end": _POSITION})
_DIAGNOSTICS = record(
    {
        "source": record({"name": text}),
        "diagnostics": many(
            record(
                {
                    "message": text,
                    "location": record({"path": text}, {"range": _RANGE}),
                    "severity": words("ERROR", "WARNING"),
                    "code": record({"value": text}),
                    "original_output": text,
                },
                {"suggestions": many(record({"range": _RANGE, "text": lambda held: None}))},
            )
        ),
    }
)
_QUALITY = many(
    record(
        {
            "description": text,
            "check_name": text,
            "fingerprint": text,
            "severity": words("info", "minor", "major", "critical", "blocker"),
            "location": record({"path": text, "lines": record({"begin": place})}),
        }
    )
)


def sarif(log: Any) -> Sequence[dict[str, Any]]:
    """The results of the one run of a log, each of a rule that the run has."""
    _LOG(log)
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    results: list[dict[str, Any]] = run["results"]
    return results


def rdjson(report: Any) -> Sequence[dict[str, Any]]:
    _DIAGNOSTICS(report)
    found: list[dict[str, Any]] = report["diagnostics"]
    return found


def gitlab(report: Any) -> Sequence[dict[str, Any]]:
    """The entries; no two have one fingerprint."""
    _QUALITY(report)
    assert len({one["fingerprint"] for one in report}) == len(report)
    found: list[dict[str, Any]] = report
    return found


#: element -> its attributes, and what may stand in it.
_XML = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "time"}, {"testcase"}),
    "testcase": ({"name", "classname", "time"}, {"failure", "system-out"}),
    "failure": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}


def junit(report: str) -> Sequence[ElementTree.Element]:
    """The cases; every count is right."""
    root = ElementTree.fromstring(report.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, inner = _XML[element.tag]
        assert set(element.attrib) == attributes
        assert {one.tag for one in element} <= inner
        if "tests" in attributes:
            assert int(element.attrib["tests"]) == len(list(element.iter("testcase")))
            assert int(element.attrib["failures"]) == len(list(element.iter("failure")))
    return list(root.iter("testcase"))


_PROPERTY = re.compile(r"(file|line|col|title)=([^:,%\r\n]|%(?:25|0D|0A|3A|2C))+")
_COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::((?:[^%\r\n]|%(?:25|0D|0A))*)")
_ESCAPES = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


def github(log: str) -> Sequence[tuple[str, dict[str, str], str]]:
    """(kind, properties, message) of each command in a log, read as the runner does; other lines are no commands.

    Between a line that stops commands and the one that lets them go on there are none.
    """
    found, stopped = [], ""
    for line in log.split("\n"):
        if stopped:
            stopped = "" if line == f"::{stopped}::" else stopped
            continue
        if line.startswith("::stop-commands::"):
            stopped = line.removeprefix("::stop-commands::")
            assert len(stopped) > 4, line
            continue
        if not line.lstrip().startswith("::"):
            assert "##[" not in line, line
            continue
        command = _COMMAND.fullmatch(line)
        assert command, line
        parts = command[2].split(",")
        assert all(_PROPERTY.fullmatch(part) for part in parts), line
        properties = dict(part.split("=", 1) for part in parts)
        found.append((command[1], {name: _meant(one) for name, one in properties.items()}, _meant(command[3])))
    return found


def _meant(escaped: str) -> str:
    return re.sub("%(?:25|0D|0A|3A|2C)", lambda one: _ESCAPES[one[0]], escaped)


def gcc(report: str, codes: Sequence[str]) -> None:
    """One line a finding, which ends with its code."""
    lines = report.splitlines()
    assert [line[-6:-1] for line in lines] == list(codes)
    assert all(re.search(r": (?:error|warning): .* \[BL\d{3}\]$", line) for line in lines)
