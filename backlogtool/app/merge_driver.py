"""What git starts to merge one file that both sides changed: ``python -I -m backlogtool.app.merge_driver %O %A %B %P``.

git starts it once for every file, so it loads no more than merging needs: no click, and YAML only for unusual files
(PERFORMANCE.md 8). It asks nothing of git and writes nothing but the result. ``-I`` keeps Python from loading modules
out of the work tree, in which git starts it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from backlogtool.codec.canonical import MAX_FILE
from backlogtool.codec.merging import Merged, merge, merge_text, refuse
from backlogtool.codec.scalars import visible
from backlogtool.domain.layout import id_of
from backlogtool.views.marker import marker_date

CLEAN, CONFLICT = 0, 1
_SHOWN = 100  # characters of a value in a message
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def main(arguments: Sequence[str]) -> int:
    """Merges the files that git names: base, ours, which gets the result, theirs; then the path in the repository.

    Gives git's exit code: 0 if all is merged, 1 if a person has to look at it. Never more, which would end the merge.
    """
    if len(arguments) != 4:
        _tell("usage: merge_driver BASE OURS THEIRS PATH")
        return CONFLICT
    *places, path = arguments
    try:
        base, ours, theirs = (_content(place) for place in places)
        merged = _merged(path, base, ours, theirs)
        if merged.text != ours:
            _replace(places[1], merged.text.encode())
    except (OSError, ValueError) as error:
        _tell(f"{path}: not merged: {error}")
        return CONFLICT
    for line in told(merged):
        _tell(f"{path}: {line}")
    return CLEAN if merged.clean else CONFLICT


def told(merged: Merged) -> list[str]:
    """What a person has to settle, one line a field."""
    lines = [f"{one.field}: ours is {_short(one.ours)}, theirs is {_short(one.theirs)}" for one in merged.conflicts]
    return [merged.problem, *lines] if merged.problem else lines


def _short(text: str) -> str:
    return f"'{text}'" if len(text) <= _SHOWN else f"'{text[:_SHOWN]}…'"


def _merged(path: str, base: str, ours: str, theirs: str) -> Merged:
    item_id = id_of(path)
    if item_id:
        try:
            return merge(base, ours, theirs, item_id)
        except Exception as error:  # a bug of ours must not make one side win
            return refuse(ours, theirs, f"backlogtool has a bug, sorry: {type(error).__name__}: {error}")
    if marker_date(ours) and marker_date(theirs):
        _tell(f"{path}: kept as it was; make it anew after the merge: backlogtool render")
        return Merged(ours)
    return merge_text(base, ours, theirs)


def _content(place: str) -> str:
    """The text of a regular file. Raises ``OSError`` or ``ValueError`` for what is none."""
    handle = os.open(place, _READ)
    with open(handle, "rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ValueError(f"it has more than {MAX_FILE} bytes")
    if b"\0" in data:
        raise ValueError("it is no text")
    return data.decode("utf-8")


def _replace(place: str, data: bytes) -> None:
    """The whole result or what was there before, so that a full disk never leaves a half."""
    temporary = f"{place}.backlogtool"
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        os.replace(temporary, place)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _tell(text: str) -> None:
    """One line for whoever called git. Nothing that a terminal would act on."""
    with suppress(OSError):
        os.write(2, f"backlogtool: {visible(text.replace(chr(10), ' '))}\n".encode("utf-8", "backslashreplace"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
