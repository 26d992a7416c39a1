"""Three-way merging of item files: field by field, comment by comment, section by section (ROBUSTNESS.md section 4).

Nothing is lost and nothing is guessed: what one side changed is taken, sets keep what either added and lose what either
took out, and where both changed one thing differently both versions stand between markers. It does not matter for a
result without conflicts which side is which. Every result is proved by reading it back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from backlogtool.codec.canonical import MAX_FILE, has_one_line_end
from backlogtool.codec.comments import HEADING
from backlogtool.codec.merging_body import Body, merge_bodies
from backlogtool.codec.merging_head import Conflict, Head, merge_heads
from backlogtool.codec.merging_lines import Pieces, Region, differing, merge_lines, regions, sides, with_markers
from backlogtool.codec.merging_parts import Parts, cut
from backlogtool.domain.body import lines_outside_code
from backlogtool.domain.event import same

_BOM = "\ufeff"
Value = TypeVar("Value")


class Merged(NamedTuple):
    """The text with the changes of both sides.

    ``conflicts`` are fields (or ``description`` and ``comments``) that stand between markers in it; ``problem`` says
    why nothing could be merged, and then all that differs stands between markers.
    """

    text: str
    conflicts: tuple[Conflict, ...] = ()
    problem: str = ""

    @property
    def clean(self) -> bool:
        return not self.conflicts and not self.problem


def merge(base: str | None, ours: str, theirs: str, item_id: str) -> Merged:
    """The file of an item that two sides changed. Never raises for what the texts hold.

    ``base`` is what both came from: None if it is not known, and then every difference but new text is a conflict;
    empty if there was none, and then the sides are two items with one id. Markers in it are left out: a merge of
    several bases leaves them, and what they surround is no version that anybody had.
    """
    if ours == theirs or theirs == base:
        return Merged(ours)
    if ours == base:
        return Merged(theirs)
    if base == "":
        return refuse(ours, theirs, "two branches made an item with this id")
    texts = [None if base is None else _without_markers(base), ours, theirs]
    if not all(text is None or _is_even(text) for text in texts):
        return _merge_uneven(base, ours, theirs, item_id)
    old, mine, other = (None if text is None else cut(_plain(text), item_id) for text in texts)
    if mine is None or other is None or (old is None and base is not None):
        whose = "our" if mine is None else "their" if other is None else "the common"
        return refuse(ours, theirs, f"{whose} version cannot be read")
    form = _three(None if base is None else _form(base), _form(ours), _form(theirs), max)
    return _put_together(old, mine, other, form) or refuse(
        ours, theirs, "both changes together make no item that can be read"
    )


def merge_text(base: str, ours: str, theirs: str) -> Merged:
    """Lines of a file that is no item, as git merges them."""
    pieces = merge_lines(base.split("\n"), ours.split("\n"), theirs.split("\n"))
    found = tuple(_conflict("text", region) for region in regions(pieces))
    return Merged("\n".join(with_markers(pieces)), found)


def refuse(ours: str, theirs: str, problem: str) -> Merged:
    """Both versions in one text, with markers around all that differs."""
    mine, other = (text.removesuffix("\n").split("\n") if text else [] for text in (ours, theirs))
    return Merged("\n".join(with_markers(differing(mine, other))) + "\n", (), problem)


# --- line ends and the byte order mark


def _is_even(text: str) -> bool:
    return len(text) <= MAX_FILE and ("\r" not in text or has_one_line_end(text))


def _plain(text: str) -> str:
    return text.removeprefix(_BOM).replace("\r\n", "\n")


def _form(text: str) -> tuple[bool, bool]:
    """Whether it has a byte order mark, and lines that end with a carriage return."""
    return text.startswith(_BOM), "\r" in text


def _three(base: Value | None, ours: Value, theirs: Value, choose: Callable[[Value, Value], Value]) -> Value:
    """The version that one side changed; the choice among those that both changed."""
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else choose(ours, theirs)


def _without_markers(base: str) -> str:
    found = sides(base) if "<<<<<<< " in base else None
    return found.common if found else base


def _merge_uneven(base: str | None, ours: str, theirs: str, item_id: str) -> Merged:
    """Files whose lines end in several ways are merged as lines, and only if that gives an item."""
    found = merge_text(base, ours, theirs) if base is not None else None
    if found and found.clean and cut(found.text, item_id):
        return found
    return refuse(ours, theirs, "its lines end in several ways, and they do not merge as lines")


# --- putting together


def _put_together(base: Parts | None, ours: Parts, theirs: Parts, form: tuple[bool, bool]) -> Merged | None:
    """None if what comes out does not read as what was put in."""
    head = merge_heads(base, ours, theirs)
    body = merge_bodies(base.body if base else None, ours.body, theirs.body)
    opening, closing = _three(base.fences if base else None, ours.fences, theirs.fences, min)
    text = _text(opening, head.pieces, closing, body)
    conflicts = (*head.conflicts, *(_conflict(_place(body.pieces, at), at) for at in regions(body.pieces)))
    if not conflicts and not _is_proved(text, ours.item.id, head, body):
        return None
    marked, returned = form
    text = text.replace("\n", "\r\n") if returned else text
    return Merged(_BOM + text if marked else text, conflicts)


def _text(opening: str, head: Pieces, closing: str, body: Body) -> str:
    lines = "".join(f"{line}\n" for line in with_markers(head))
    rest = "\n".join(with_markers(body.pieces)) + body.ending
    if rest and not closing.endswith("\n"):
        closing += "\n"
    return f"{opening}{lines}{closing}{rest}"


def _is_proved(text: str, item_id: str, head: Head, body: Body) -> bool:
    again = cut(text, item_id)
    return (
        again is not None
        and len(again.item.comments) == body.comments
        and all(same(again.value(name), value) for name, value in head.values.items())
    )


def _place(pieces: Pieces, region: Region) -> str:
    """Whether a region stands among the comments."""
    before = pieces[: next(at for at, one in enumerate(pieces) if one is region)]
    lines = lines_outside_code("\n".join(one for one in before if isinstance(one, str)))
    headings = [line.rstrip() for _, line, outside in lines if outside and line.startswith("## ")]
    return "comments" if headings and headings[-1] == HEADING else "description"


def _conflict(field: str, region: Region) -> Conflict:
    return Conflict(field, *(" ".join(line.strip() for line in side if line.strip()) for side in region))
