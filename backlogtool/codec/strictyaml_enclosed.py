"""Quotes and brackets that are not closed, and what stands inside and behind them (``codec.strictyaml_causes``)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from backlogtool.codec.strictyaml_fault import IN_QUOTES, Fault, Place, Token, Way, value_in_quotes

_ENDS = {"[": "]", "{": "}"}
_OPENING, _CLOSING = ("FlowSequenceStart", "FlowMappingStart"), ("FlowSequenceEnd", "FlowMappingEnd")
_QUOTES = ("'", '"')
_MOST = 8  # brackets that are tried


def unclosed_quote(fault: Fault, at: Place) -> Way:
    """The parser knows where it began, unless an earlier one was closed by the first quote of a later value."""
    begun = fault.begun or at
    first = _first_text(fault.tokens, begun)
    return close_quote(fault, first, is_closed=first != begun)


def _first_text(tokens: Sequence[Token], begun: Place) -> Place:
    """Texts in quotes one right behind the other: all but the first are what is left between two quotes."""
    for token in reversed(tokens):
        if token.start >= begun:
            continue
        if token.style not in _QUOTES or token.start.line == token.end.line or token.end.line != begun.line:
            break
        begun = token.start
    return begun


def close_quote(fault: Fault, begun: Place, *, is_closed: bool) -> Way:
    """Of a quote that ends nowhere, or in another line, where the next one stands."""
    quote = fault.char(begun)
    other = '"' if quote == "'" else "'"
    told = "ends only at the next one, further down" if is_closed else "is not closed"
    way = f"write {quote} where the text ends, or put the whole text in {other}…{other} if the {quote} belongs to it"
    return Way(f"the quote that begins here {told}: {way}", begun)


def behind_quote(fault: Fault, at: Place, before: Token) -> Way:
    """Text right behind a closing quote, on its line."""
    if before.start.line != before.end.line:
        return close_quote(fault, _first_text(fault.tokens, before.start), is_closed=True)
    way = value_in_quotes(fault, before.start)
    if not fault.lines[at.line].rstrip().endswith(before.style):
        return Way(f"text stands behind the closing quote: {way}")
    twice = "write '' for a ' inside '…'" if before.style == "'" else 'write \\" for a " inside "…"'
    return Way(f"text stands behind a closing quote: {twice}, or {way}")


def in_brackets(fault: Fault, at: Place) -> Way | None:
    """A list or map in brackets that is not closed, or holds what it may not."""
    opened = _opened(fault.tokens)
    if not opened:
        return None
    unclosed = _unclosed(fault, at, opened)
    if unclosed is None and fault.is_at_end(at):
        unclosed = fault.begun if fault.begun in opened else opened[-1]
    return _close_bracket(fault, unclosed) if unclosed else Way(_inside(fault, at, opened[-1]))


def _opened(tokens: Sequence[Token]) -> list[Place]:
    """Where the brackets stand that are open, the outermost first."""
    opened: list[Place] = []
    for token in tokens:
        if token.kind in _OPENING:
            opened.append(token.start)
        elif token.kind in _CLOSING and opened:
            opened.pop()
    return opened


def _unclosed(fault: Fault, at: Place, opened: Sequence[Place]) -> Place | None:
    """The outermost bracket with which closed, in its line or before that of the fault, the text can be read on."""
    firsts = {place.line: place for place in reversed(opened)}
    for first in sorted(firsts.values())[:_MOST]:
        own = [place for place in opened if place.line == first.line]
        if _is_closed_by(fault, first.line, own):
            return first
        last = _last_before(fault, at.line)
        if last > first.line and _is_closed_by(fault, last, [place for place in opened if place >= first]):
            return first
    return None


def _last_before(fault: Fault, line: int) -> int:
    """The last line before one that holds more than a comment; -1 if there is none."""
    return next((number for number in range(line - 1, -1, -1) if fault.bare(number)[0].strip()), -1)


def _is_closed_by(fault: Fault, line: int, opened: Sequence[Place]) -> bool:
    bare, comment = fault.bare(line)
    ends = "".join(_ENDS[fault.char(place)] for place in reversed(opened))
    return fault.is_mended_by(line, f"{bare}{ends}{comment}", but_not_at="]}")


def _close_bracket(fault: Fault, begun: Place) -> Way:
    close = f"the bracket that begins here is not closed: write {_ENDS[fault.char(begun)]} where it ends"
    if re.search(r"[\[{,]\s+#", fault.lines[begun.line]):
        return Way(f"{close}; a # behind a blank begins a comment", begun)
    holds = fault.char(begun) == "[" and fault.lines[begun.line][begun.column + 1 :].strip()
    mended = fault.in_quotes(*begun) if holds else ""
    return Way(f"{close}, or, if it belongs to a text, {IN_QUOTES}: {mended}" if mended else close, begun)


def _inside(fault: Fault, at: Place, opened: Place) -> str:
    found, bracket = fault.char(at), fault.char(opened)
    if found == ",":
        return "write a value before this comma, or remove the comma"
    if found in _ENDS.values():
        return (
            f"write a value before it, or remove the {found}" if found == _ENDS[bracket] else _crossed(bracket, found)
        )
    return "part two values by a comma; put a text with a colon, a bracket or a special first character in quotes"


def _crossed(bracket: str, found: str) -> str:
    return f"what begins with {bracket} ends with {_ENDS[bracket]}: write that before the {found}, or in its place"


def behind_bracket(fault: Fault, at: Place) -> Way:
    """Text behind a closing bracket, on its line; most often all of it is one text."""
    begun = _start_of_last(fault.tokens)
    if begun.line != at.line:
        return Way(f"text stands behind the closing bracket: remove it, or, if all is one text, {IN_QUOTES}")
    return Way(f"text stands behind the closing bracket: {value_in_quotes(fault, begun)}")


def _start_of_last(tokens: Sequence[Token]) -> Place:
    """Where the bracket opens that the last token closes."""
    depth = 0
    for token in reversed(tokens):
        depth += (token.kind in _CLOSING) - (token.kind in _OPENING)
        if not depth:
            return token.start
    return tokens[-1].start
