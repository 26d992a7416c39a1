"""A strict JSON reader for files that other tools wrote.

It refuses what JSON readers disagree about or what exhausts them: a key twice in one object, numbers that are
not finite, other encodings than UTF-8, great size and great depth (ROBUSTNESS.md 2.6). Depth is counted before
anything is built. The findings have the codes of digests, the only JSON files the tool reads.
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import Any

from backlogtool.codec.scalars import HIDDEN
from backlogtool.domain.finding import Finding

MAX_SIZE = 1 << 22
MAX_DEPTH = 16

# A string is one token, closed or not, so that brackets inside it do not count.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)
_NESTING = {"[": 1, "{": 1, "]": -1, "}": -1}


def read(data: bytes | str) -> tuple[dict[str, Any] | None, list[Finding]]:
    """The JSON object that the data hold, and what is wrong; none if they hold no object.

    Never raises for what the data hold. Of a key that stands twice the last value is in the object.
    """
    findings: list[Finding] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, held in pairs:
            if key in found:
                findings.append(_repeated(key))
            found[key] = held
        return found

    try:
        root = json.loads(
            _text(data), object_pairs_hook=unique, parse_constant=_number, parse_int=_whole, parse_float=_number
        )
    except json.JSONDecodeError as error:
        return None, [Finding("BL601", f"not JSON: {error.msg}", "", error.lineno, error.colno)]
    except ValueError as error:
        return None, [Finding("BL601", f"not JSON that can be read: {error}")]
    if isinstance(root, dict):
        return root, findings
    return None, [Finding("BL601", "not a JSON object", line=1)]


def shown(raw: Any) -> str:
    """A JSON value in a message: bounded, on one line, without control and invisible characters."""
    if isinstance(raw, str):
        return json.dumps(one_line(raw)[:80], ensure_ascii=False)
    return json.dumps(raw)[:80]


def one_line(text: str) -> str:
    """The text on one line, with a blank for each run of control, invisible and blank characters."""
    return " ".join(HIDDEN.sub(" ", text).split())


def _repeated(key: str) -> Finding:
    message = f"the key {shown(key)} stands twice in one object"
    return Finding("BL602", message, field=one_line(key)[:80], fix="keep one of them")


def _text(data: bytes | str) -> str:
    """The text of the data; ``ValueError`` if it is not UTF-8, or larger or deeper than it may be."""
    if len(data) > MAX_SIZE:
        raise ValueError(f"larger than {MAX_SIZE} bytes")
    text = (data if isinstance(data, str) else data.decode("utf-8")).removeprefix("\ufeff")
    steps = (_NESTING.get(found[0], 0) for found in _TOKEN.finditer(text))
    if max(accumulate(steps), default=0) > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")
    return text


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is not a finite number")
    return number


def _whole(text: str) -> float:
    """A whole number; one that no item could hold is only about right (a key that nobody reads may have it)."""
    return int(text) if len(text) <= 18 else _number(text)
