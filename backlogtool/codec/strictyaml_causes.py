"""Why YAML cannot be read: a table from what the parser says to where that began and how to go on.

A line that a fix shows was tried: with it the text can be read on. Where several slips look alike the fix names each,
and where none is known it says what is usual, so that nothing misleads. The words of the table are those of libyaml
and of the parser in Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from backlogtool.codec.strictyaml_enclosed import (
    behind_bracket,
    behind_quote,
    close_quote,
    in_brackets,
    unclosed_quote,
)
from backlogtool.codec.strictyaml_fault import IN_QUOTES, Fault, Place, Token, Way, indent, value_in_quotes
from backlogtool.domain.finding import Finding

_USUAL = "look at this line and the one above; most often a value with `: ` or a special first character needs quotes"
_KEY_VALUE = "write `key: value`; what goes on from the line above is indented more than that"
_KEY = r"[A-Za-z_][A-Za-z0-9_-]{0,63}"
#: A colon with nothing behind it, or with a blank or a colon of another kind, as text processors write them.
_GLUED = rf"({_KEY})([ \t]*(?::|[\uff1a\ufe55\ua789]))(\s*)(?![/:])(\S.*)"
_MOST, _MAX_LINE = 8, 200  # indentations that are tried; characters of a line that is shown


def finding(error: Exception, text: str, first_line: int, stops: Callable[[str], int | None]) -> Finding:
    """What the parser's error is about, at its cause.

    ``first_line`` is the line of the file on which the text starts. ``stops`` gives the line, from 0, at which a text
    cannot be read on, None if it can be read to its end.
    """
    fault = Fault(error, text, stops)
    if fault.at is None:
        return Finding("BL104", f"YAML: {fault.said}", line=first_line, fix=_USUAL)
    way = _way(fault, fault.at)
    place = way.place or fault.at
    given_up = f" on line {fault.at.line + first_line}" if place.line != fault.at.line else ""
    message = f"YAML: {fault.said}{given_up}"
    return Finding("BL104", message, line=place.line + first_line, column=place.column + 1, fix=way.fix)


def _way(fault: Fault, at: Place) -> Way:
    told = f"{fault.doing}: {fault.said}"
    for words, cause in _CAUSES:
        if any(one in told for one in words) and (way := cause(fault, at)):
            return way
    return Way(_USUAL)


# --- characters


def _tab(fault: Fault, at: Place) -> Way:
    outermost = fault.is_mended_by(at.line, fault.lines[at.line].lstrip())
    return Way(f"indent with blanks, not with tabs{', or not at all' if outermost else ''}")


def _character(fault: Fault, at: Place) -> Way:
    """One that no value begins with. A tab is one of them where blanks indent."""
    found = fault.char(at)
    if found == "\t":
        return _tab(fault, at) if fault.starts_line(at) else Way("write a blank here, not a tab")
    if fault.starts_line(at):
        return Way(f"no line begins with {found} here: remove it, or {_KEY_VALUE}")
    mended = fault.in_quotes(*at)
    return Way(f"{IN_QUOTES}: {mended}" if mended else "put the value that begins here in quotes")


def _sign(fault: Fault, at: Place) -> Way:
    """``*``, ``&`` and ``!`` mean more than a character where they begin a value."""
    begun = fault.begun or at
    if dashed := _with_dash(fault, begun):
        return Way(f"an entry of a list begins with a dash: {dashed}", begun)
    mended = fault.in_quotes(*begun)
    return Way(
        f"{IN_QUOTES}: {mended}" if mended else f"put a text that begins with {fault.char(begun)} in quotes", begun
    )


def _with_dash(fault: Fault, begun: Place) -> str:
    """An entry of a list that was written with Markdown's other sign; empty if it is none."""
    line = fault.lines[begun.line]
    if not fault.starts_line(begun) or not line.startswith("* ", begun.column) or len(line) > _MAX_LINE:
        return ""
    mended = f"{line[: begun.column]}-{line[begun.column + 1 :]}"
    return mended.strip() if fault.is_mended_by(begun.line, mended) else ""


def _block_text(fault: Fault, at: Place) -> Way:
    """Text right behind ``|`` or ``>``."""
    begun = fault.begun or at
    below = "begin the text on the next line, indented"
    if fault.goes_on(begun.line):
        return Way(below, begun)
    return Way(f"{value_in_quotes(fault, begun)}, or {below}", begun)


def _escape(_fault: Fault, _at: Place) -> Way:
    return Way("write \\\\ for a backslash inside \"…\"; inside '…' it stands for itself")


def _no_character(_fault: Fault, _at: Place) -> Way:
    return Way("write the character itself; inside '…' a backslash is no escape")


def _bare_colon(_fault: Fault, _at: Place) -> Way:
    return Way("inside brackets put a blank behind the colon, or the text that holds it in quotes")


def _directive(fault: Fault, at: Place) -> Way:
    return Way("no line begins with % here: remove it, or put the text in quotes", fault.begun or at)


# --- colons and dashes


def _second_colon(fault: Fault, at: Place) -> Way:
    """A colon where no key can be."""
    text, before = fault.last(1), fault.last(2)
    if text is None or before is None or text.kind != "Scalar":
        return Way(_colon_in_value(fault, at))
    if text.style and text.start.line != at.line:
        return close_quote(fault, text.start, is_closed=True)
    if before.kind in ("Value", "BlockEntry") and text.start.line != at.line:
        return _indented_too_far(fault, at, before)
    if before.start.line != at.line and fault.starts_line(text.start) and text.start.line == at.line:
        return _indented_too_far(fault, at, before)
    return Way(_colon_in_value(fault, at)) if text.start.line == at.line else _no_colon(fault, text.start)


def _colon_in_value(fault: Fault, at: Place) -> str:
    line = fault.lines[at.line]
    if mended := fault.in_quotes(at.line):
        return f"{IN_QUOTES}: {mended}"
    if fault.goes_on(at.line):
        return "put the whole value in quotes, or, if it is a map, each of its keys on a line of its own below"
    return IN_QUOTES if re.search(r":[ \t]", line[: at.column]) else _USUAL


def _indented_too_far(fault: Fault, at: Place, above: Token) -> Way:
    """A line that reads as more of the value above it."""
    line, column = fault.lines[at.line], indent(fault.lines[above.start.line])
    begin = "indent it less"
    if fault.is_mended_by(at.line, " " * column + line.lstrip(" ")):
        begin = f"begin it in column {column + 1}"
    fix = f"it is indented, so it goes on with the value above: {begin}, or put the whole of that value in quotes"
    return Way(fix, Place(at.line, indent(line)))


def _no_entry(fault: Fault, at: Place) -> Way:
    return _no_colon(fault, fault.begun or at)


def _no_colon(fault: Fault, begun: Place) -> Way:
    """A line that should be an entry and has no colon, or no blank behind the colon or the dash."""
    line = fault.lines[begun.line]
    before, written = line[: begun.column], line[begun.column :].rstrip()
    if len(written) > _MAX_LINE or re.search(r"""[-:]\s*(?:"[^"]*|'[^']*)$""", written):  # a quote is open, too
        return Way(_KEY_VALUE, begun)
    if re.match(r"-[^\s-]", written) and fault.is_mended_by(begun.line, f"{before}- {written[1:]}"):
        return Way(f"put a blank behind the dash: - {written[1:]}", begun)
    if found := re.fullmatch(_GLUED, written):
        mended = f"{found[1]}: {found[4]}"
        if fault.is_mended_by(begun.line, before + mended):
            plain = found[2].strip() == ":" and not found[3]
            way = "put a blank behind the colon" if plain else "write a plain colon and a plain blank behind the key"
            return Way(f"{way}: {mended}", begun)
    return Way(_KEY_VALUE, begun)


def _question(fault: Fault, at: Place) -> Way:
    return Way(value_in_quotes(fault, at))


def _dash(fault: Fault, at: Place) -> Way:
    """A dash right behind a key: the entry of a list, or a text that begins with one."""
    return Way(f"put each entry of a list on a line of its own below, or {value_in_quotes(fault, at)}")


# --- what stands where nothing can stand


def _misplaced(fault: Fault, at: Place) -> Way:
    before = fault.last(1)
    if fault.char(at) == ":" and fault.starts_line(at):
        return Way("write a key before the colon")
    if before is None or (before.end.line != at.line and not fault.starts_line(at)):
        return Way(_USUAL)
    if fault.starts_line(at) and before.end <= Place(at.line, 0):
        return Way(_indented(fault, at, before))
    if before.kind == "Scalar" and before.style in ("'", '"'):
        return behind_quote(fault, at, before)
    if before.kind in ("FlowSequenceEnd", "FlowMappingEnd"):
        return behind_bracket(fault, at)
    return Way(IN_QUOTES)


def _indented(fault: Fault, at: Place, before: Token) -> str:
    """A line whose indentation is that of no line above, or which is no entry of what stands there."""
    line = fault.lines[at.line]
    if line.startswith(("- ", "-\t"), at.column) or line[at.column :] == "-":
        return "put the entries of a list below a key that has no other value, each in the same column"
    columns = fault.columns()[-_MOST:]
    if before.style in ("|", ">"):
        columns.append(indent(next((one for one in fault.lines[before.start.line + 1 :] if one.strip()), "")))
    tried = [column for column in sorted(set(columns)) if fault.is_mended_by(at.line, " " * column + line.lstrip(" "))]
    begin = "begin it in the column of the lines above that it belongs to"
    dashed = ", or with a dash" if fault.is_mended_by(at.line, f"{line[: at.column]}- {line[at.column :]}") else ""
    return begin + (f": {' or '.join(str(column + 1) for column in tried)}" if tried else "") + dashed


def _outside(fault: Fault, at: Place) -> Way:
    """What stands behind the end of everything: a line that is indented less than the first, or a directive above."""
    first = next((number for number, line in enumerate(fault.lines) if fault.bare(number)[0].strip()), at.line)
    if fault.lines[first].startswith("%"):
        return _directive(fault, Place(first, 0))
    if indent(fault.lines[first]) > at.column and first < at.line:
        return Way(f"begin all keys in the same column; the first begins in column {indent(fault.lines[first]) + 1}")
    return Way(_KEY_VALUE)


_CAUSES: tuple[tuple[tuple[str, ...], Callable[[Fault, Place], Way | None]], ...] = (
    (("tab character",), _tab),
    (("cannot start any token",), _character),
    (("scanning an alias", "scanning an anchor", "a tag:", "undefined tag handle"), _sign),
    (("scanning a block scalar",), _block_text),
    (("invalid Unicode character escape",), _no_character),
    (("unknown escape", "hexdecimal number", "hexadecimal number"), _escape),
    (("found unexpected end of stream", "found unexpected document"), unclosed_quote),
    (("directive:",), _directive),
    (("found unexpected ':'",), _bare_colon),
    (("parsing a flow ",), in_brackets),
    (("node content",), _character),
    (("mapping values are not allowed",), _second_colon),
    (("could not find expected ':'",), _no_entry),
    (("mapping keys are not allowed",), _question),
    (("sequence entries are not allowed",), _dash),
    (("did not find expected key", "expected <block end>", "expected '-' indicator"), _misplaced),
    (("<document start>",), _outside),
)
