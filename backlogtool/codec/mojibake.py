"""Repair of text whose UTF-8 bytes were once read as Windows-1252.

Only runs of characters that such bytes leave are looked at, one by one, because right text stands beside
them: source 003 holds both ``â€”`` and real em dashes. Windows-1252 has no character for five bytes, which
are lost, so some emoji cannot be decoded; ``TABLE`` says what they really are. Source: R-289,
REQUIREMENTS.md 2.6.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from backlogtool.codec.scalars import HIDDEN
from backlogtool.domain.finding import Finding

#: What is seen -> what it really is (REQUIREMENTS.md 2.6). The last five lost a byte; their meaning was chosen.
TABLE: dict[str, str] = {
    "\u00e2\u20ac\u201d": "\u2014",  # em dash
    "\u00f0\u0178\u00a7\u00b0": "\U0001f9f0",  # toolbox
    "\u00f0\u0178\u0161\u20ac": "\U0001f680",  # rocket
    "\u00e2\u0153\u2026": "\u2705",  # check mark
    "\u00f0\u0178\u00a7\u00aa": "\U0001f9ea",  # test tube
    "\u00f0\u0178\u00a7\u00b1": "\U0001f9f1",  # brick
    "\u00f0\u0178\u201c\u0161": "\U0001f4da",  # books
    "\u00f0\u0178\u203a\u00a1\u00ef\u00b8": "\U0001f6e1\ufe0f",  # shield
    "\u00f0\u0178\u00b7\u00ef\u00b8": "\U0001f3f7\ufe0f",  # label
    "\u00f0\u0178\u201d": "\U0001f510",  # closed lock with key
    "\u00f0\u0178\u00b3": "\U0001f433",  # whale
    "\u00f0\u0178\u00a7": "\U0001f9e0",  # brain
}


def _characters(first: int, last: int) -> str:
    return bytes(range(first, last + 1)).decode("cp1252", "ignore")


_LEADS = _characters(0xC2, 0xF4)
_TAILS = _characters(0x80, 0xBF)
# Letters that seldom stand before a sign, but lead the bytes of accented letters, dashes, quotes and emoji.
_TELLING = "\u00c2\u00c3\u00e2\u00ef"
# What follows an accented letter in right text: „Spaß“, café…, Nestlé®, umíš.
_NATURAL = "\u00a0€‚„…‹‘’“”•–—›«»·®©™°²³¹ªºŠŒŽšœžŸƒ"
_STRANGE = "".join(sorted(set(_TAILS) - set(_NATURAL)))

_RUN = re.compile(f"[{re.escape(_characters(0x80, 0xFF))}]{{2,}}")
_BROKEN = re.compile(f"[{_TELLING}][{re.escape(_TAILS)}]|\u00f0\u0178|[{_LEADS}][{re.escape(_STRANGE)}]")
_TAIL = f"[{re.escape(_TAILS)}]"
_SEQUENCES = {4: f"\u00f0\u0178{_TAIL}{_TAIL}", 3: f"[\u00e2\u00ef]{_TAIL}{_TAIL}", 2: f"[\u00c2\u00c3]{_TAIL}"}
_PIECE = re.compile(
    "|".join(
        part
        for length in range(max(map(len, TABLE)), 1, -1)
        for part in [*(re.escape(seen) for seen in TABLE if len(seen) == length), _SEQUENCES.get(length, "")]
        if part
    )
)

# Text that was misread twice or three times needs as many passes; what needs more is no text.
_PASSES = 3
_SHOWN = 12


def repair(text: str) -> tuple[str, list[Finding]]:
    """The text with every broken run repaired, and a BL533 warning with line and column for each that stays.

    Repairing twice is repairing once. Takes time linear in the text.
    """
    findings: list[Finding] = []
    if text.isascii():
        return text, findings
    place = _places(text)

    def replaced(found: re.Match[str]) -> str:
        run = found[0]
        fixed = _settled(run)
        if not _BROKEN.search(fixed):
            return fixed
        findings.append(_stays(run, *place(found.start())))
        return run

    return _RUN.sub(replaced, text), findings


def _settled(run: str) -> str:
    """The run repaired so that another pass would change nothing; the run itself if that cannot be had."""
    text = run
    for _ in range(_PASSES):
        text, before = _RUN.sub(lambda found: _once(found[0]), text), text
        if text == before:
            return text
    return run if _RUN.sub(lambda found: _once(found[0]), text) != text else text


def _once(run: str) -> str:
    whole = _decoded(run)
    if whole is not None and _BROKEN.search(run):
        return whole
    return _PIECE.sub(lambda found: TABLE.get(found[0]) or _decoded(found[0]) or found[0], run)


def _decoded(run: str) -> str | None:
    """The text whose UTF-8 bytes the run shows; None if they are none, or nobody could see the result."""
    try:
        text = run.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
    return None if HIDDEN.search(text) else text


def _stays(run: str, line: int, column: int) -> Finding:
    points = " ".join(f"U+{ord(char):04X}" for char in run[:_SHOWN])
    more = " …" if len(run) > _SHOWN else ""
    message = f"'{run[:_SHOWN]}{more.strip()}' looks like text read in the wrong encoding: {points}{more}"
    return Finding("BL533", message, line=line, column=column, fix="write what it should be")


def _places(text: str) -> Callable[[int], tuple[int, int]]:
    """Line and column of offsets that are asked for in rising order."""
    line, start, reached = 1, 0, 0

    def place(offset: int) -> tuple[int, int]:
        nonlocal line, start, reached
        line += text.count("\n", reached, offset)
        start = max(start, text.rfind("\n", reached, offset) + 1)
        reached = offset
        return line, offset - start + 1

    return place
