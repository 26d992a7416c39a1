"""A hostile digest is refused as a whole, or is read as harmless lines (ROBUSTNESS.md 2.2, 2.6)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from backlogtool.codec import digest
from backlogtool.codec.digest import MAX_LIST, MAX_TEXT
from backlogtool.codec.strictjson import MAX_DEPTH, MAX_SIZE
from tests.hostile.test_output import acted_on

PATH = "ops/reports/platform/2026-W08.json"


def _of(**service: Any) -> str:
    return json.dumps({"week": "2026-W08", "env": "prod", "services": [{"service": "a", **service}]})


def _raw(written: str) -> str:
    """A digest whose only service has this written behind the name of a signal."""
    return f'{{"week": "2026-W08", "env": "prod", "services": [{{"service": "a", "x": {written}}}]}}'


def _deep(depth: int) -> str:
    return _raw("[" * (depth - 3) + "]" * (depth - 3))


#: class -> what it is -> data, codes of the errors.
REFUSED: dict[str, dict[str, tuple[str | bytes, list[str]]]] = {
    "JSON": {
        "nothing": ("", ["BL601"]), "a list": ("[]", ["BL601"]), "a text": ('"x"', ["BL601"]),
        "two values": ("{} {}", ["BL601"]), "a comma too many": ('{"a": 1,}', ["BL601"]),
        "a comment": ("{} // x", ["BL601"]), "single quotes": ("{'a': 1}", ["BL601"]),
        "a line feed in a text": ('{"a": "\n"}', ["BL601"]), "not a number": (_raw("NaN"), ["BL601"]),
        "infinity": (_raw("Infinity"), ["BL601"]), "less than anything": (_raw("-Infinity"), ["BL601"]),
        "a number beyond all": (_raw("1e999"), ["BL601"]), "5,000 digits": (_raw("9" * 5000), ["BL601"]),
        "a key twice": ('{"week": "2026-W08", "week": "2026-W08", "env": "prod", "services": []}', ["BL602"]),
        "a key twice below": (_raw('{"a": 1, "a": 2}'), ["BL602"]),
        "a key twice by an escape": ('{"env": "prod", "week": "2026-W08", "services": [], "\\u0065nv": "prod"}',
                                     ["BL602"]),
        "deeper than the limit": (_deep(MAX_DEPTH + 1), ["BL601"]),
        "100,000 brackets": ("[" * 100_000, ["BL601"]), "100,000 objects": ('{"a":' * 100_000, ["BL601"]),
        "larger than the limit": (_of(x="x" * MAX_SIZE), ["BL601"]),
        "Latin-1": (_of(x="caf").encode() + b"\xe9", ["BL601"]), "UTF-16": (_of().encode("utf-16"), ["BL601"]),
        "two byte order marks": ("\ufeff\ufeff" + _of(), ["BL601"]),
    },
    "a service": {
        "leads up": (_of(service="../../etc"), ["BL602"]), "has a line feed": (_of(service="a\nb"), ["BL602"]),
        "breaks a key": (_of(service="a:b"), ["BL602"]), "is nothing": (_of(service=""), ["BL602"]),
        "is a number": (_of(service=1), ["BL602"]), "is a look-alike": (_of(service="аpi"), ["BL602"]),
        "is long": (_of(service="s" * 129), ["BL602"]), "is an option of HTML": (_of(service="<b>"), ["BL602"]),
        "stands twice": ('{"week": "2026-W08", "env": "prod", "services": [{"service": "a"}, {"service": "a"}]}',
                         ["BL602"]),
        "is no object": ('{"week": "2026-W08", "env": "prod", "services": [1]}', ["BL602"]),
        "is not in a list": ('{"week": "2026-W08", "env": "prod", "services": {"a": {}}}', ["BL602"]),
    },
    "a signal": {
        "is text for a switch": (_of(pressure_requires_arch_review="true"), ["BL602"]),
        "is one for a switch": (_of(risk_has_slo_violations=1), ["BL602"]),
        "is true for a count": (_of(followups_overdue=True), ["BL602"]),
        "is below zero": (_of(followups_overdue=-1), ["BL602"]),
        "is a fraction of a count": (_of(followups_overdue=1.5), ["BL602"]),
        "is a band that is none": (_of(risk={"band": "severe"}), ["BL602"]),
        "says two things": (_of(risk={"band": "low"}, risk_band="high"), ["BL602"]),
        "is true and one": (_of(risk={"x": True}, risk_x=1.5), ["BL602"]),
        "is a list for a section": (_of(risk=["high"]), ["BL602"]),
        "is a text for a list": (_of(pressure={"signals": "x"}), ["BL602"]),
        "is a number in a list": (_of(pressure={"signals": [1]}), ["BL602"]),
        "names evidence with a path": (_of(evidence_refs={"../x": ["a"]}), ["BL602"]),
    },
    "a place": {
        "in another week": ('{"week": "2026-W09", "env": "prod", "services": []}', ["BL602"]),
        "in a week that is none": ('{"week": "2026-W54", "env": "prod", "services": []}', ["BL602"]),
        "in a week that is a number": ('{"week": 202608, "env": "prod", "services": []}', ["BL602"]),
        "in another environment": ('{"week": "2026-W08", "env": "dev", "services": []}', ["BL602"]),
        "in an environment that leads up": ('{"week": "2026-W08", "env": "../x", "services": []}', ["BL602"]),
    },
}  # fmt: skip
TABLE = {f"{kind}: {name}": one for kind, some in REFUSED.items() for name, one in some.items()}


def _read(data: str | bytes) -> tuple[Any, list[Any]]:
    start = time.process_time()
    found, findings = digest.read(data, PATH, env="prod")
    assert time.process_time() - start < 2
    assert all(one.path == PATH for one in findings)
    assert not acted_on("".join(f"{one.message}{one.fix}{one.field}" for one in findings))
    return found, findings


@pytest.mark.parametrize(("data", "codes"), TABLE.values(), ids=TABLE)
def test_a_digest_is_refused_as_the_table_says(data: str | bytes, codes: list[str]) -> None:
    found, findings = _read(data)
    assert found is None
    assert [one.code for one in findings if one.is_error] == codes


#: Texts of a signal -> the line that the item shows.
LINES = {
    "an escape sequence": ("a\x1b[2Jb", "a [2Jb"),
    "line feeds": ("a\n## Comments\n### x", "a ## Comments ### x"),
    "an override": ("a\u202eb", "a b"),
    "half a character": ("a\ud800b", "a b"),
    "a tag letter": ("a\U000e0041b", "a b"),
    "a template": ("{{ 7*7 }}", "{{ 7*7 }}"),
    "a long text": ("x" * 1000, "x" * (MAX_TEXT - 1) + "…"),
}


@pytest.mark.parametrize(("text", "line"), LINES.values(), ids=LINES)
def test_a_text_of_a_digest_becomes_one_harmless_line(text: str, line: str) -> None:
    found, _ = _read(_of(pressure={"signals": [text]}))
    assert found.services[0].texts == (line,)


READ: dict[str, tuple[str | bytes, str]] = {
    "a byte order mark": ("\ufeff" + _of(), ""),
    "as deep as the limit": (_deep(MAX_DEPTH), ""),
    "as large as the limit": (_of() + " " * (MAX_SIZE - len(_of())), ""),
    "brackets in a text": (_of(x="[" * 1000), ""),
    "a longer list than is shown": (_of(pressure={"signals": [f"s{one}" for one in range(MAX_LIST + 1)]}), "BL603"),
    "a moment that is none": (_of()[:-1] + ', "generated_at": "soon"}', "BL603"),
    "another version": (_of()[:-1] + ', "schema_version": 9}', "BL603"),
    "a key of the language": (_of(__class__={"__init__": 1}), ""),
}


@pytest.mark.parametrize(("data", "doubt"), READ.values(), ids=READ)
def test_a_digest_with_a_doubt_at_most_is_read(data: str | bytes, doubt: str) -> None:
    found, findings = _read(data)
    assert found is not None
    assert [one.code for one in findings] == ([doubt] if doubt else [])
