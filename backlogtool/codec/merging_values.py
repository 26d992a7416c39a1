"""Three-way merging of values: what both sides did to a field, if the two go together (ROBUSTNESS.md section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backlogtool.domain.event import same
from backlogtool.domain.fields import BY_NAME, NOBODY, REFS, SET

#: In the place of a base that is not known: every difference of the sides is one that nobody can settle.
UNKNOWN = object()
_ABSENT = object()


class Clash(Exception):  # noqa: N818 - it never leaves the merging of an item
    """Both sides changed one value, and not to the same."""


def merge_field(name: str, base: Any, ours: Any, theirs: Any) -> Any:
    """The value of a field. Raises ``Clash``.

    Sets are united, and what a side took out stays out; maps are merged key by key. Anything else is one value, and
    no side wins. What never changes after an item is created clashes if a side changed it.
    """
    field = BY_NAME.get(name)
    if field and field.setter == NOBODY and not same(ours, theirs):
        raise Clash
    known = base is not UNKNOWN
    if field and field.kind == SET and known:
        return _merge_sets(base, ours, theirs)
    if field and field.kind == REFS and known:
        kinds = dict.fromkeys((*ours, *theirs))
        united = {kind: _merge_sets(*(side.get(kind, ()) for side in (base, ours, theirs))) for kind in kinds}
        return {kind: refs for kind, refs in united.items() if refs}
    return _merge(base, ours, theirs)


def _merge(base: Any, ours: Any, theirs: Any) -> Any:
    if same(ours, theirs) or same(theirs, base):
        return ours
    if same(ours, base):
        return theirs
    if not isinstance(ours, Mapping) or not isinstance(theirs, Mapping):
        raise Clash
    old: Mapping[str, Any] = base if isinstance(base, Mapping) else {}
    absent = UNKNOWN if base is UNKNOWN else _ABSENT
    keys = dict.fromkeys((*ours, *theirs))
    merged = {key: _merge(old.get(key, absent), ours.get(key, _ABSENT), theirs.get(key, _ABSENT)) for key in keys}
    return {key: value for key, value in merged.items() if value is not _ABSENT}


def _merge_sets(base: Any, ours: Any, theirs: Any) -> tuple[str, ...]:
    removed = (set(base) - set(ours)) | (set(base) - set(theirs))
    return tuple(sorted({*base, *ours, *theirs} - removed))
