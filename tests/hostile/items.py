"""Every hostile item file, class by class of ROBUSTNESS.md 2.2.

``▸`` stands before what a finding points at. See ``case`` for what the builders do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.hostile import structure, texts, values
from tests.hostile.case import Case

ITEMS: Mapping[str, Sequence[Case]] = {
    "tags": structure.TAGS,
    "anchors, aliases, merge keys": structure.ALIASES,
    "directives and documents": structure.DOCUMENTS,
    "a key twice": structure.TWICE,
    "nesting": structure.NESTING,
    "limits": structure.LIMITS,
    "sizes": structure.SIZES,
    "numbers": values.NUMBERS,
    "hidden characters": values.HIDDEN,
    "look-alikes": values.LOOKALIKES,
    "surprises of YAML": values.SURPRISES,
    "days and moments": values.DATES,
    "shapes": values.SHAPES,
    "ids": values.IDS,
    "fields that claim": values.CLAIMS,
    "fences": texts.FENCES,
    "encodings": texts.ENCODINGS,
    "conflicts": texts.CONFLICTS,
    "comments": texts.COMMENTS,
    "long texts": texts.LONG,
}
#: Those whose files are large.
LARGE = ("sizes", "long texts", "limits")
