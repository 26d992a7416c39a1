"""Item files changed at random: where the quick way answers, the strict way says the same.

``python -m tests.campaigns.quick [--seconds 60] [--seed S]``: reads and edits of as many files as there is time for.
Prints how many were tried, answered and edited, and the first file of each fault; ends with 1 if there is one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from backlogtool.codec import markdown
from backlogtool.domain.item import Comment, Item
from tests.codec.quickly import edited_alike, read_alike
from tests.hostile.case import numbered
from tests.hostile.items import ITEMS, LARGE

ID = "bl_0123456789ab"
MAX_FAULTS = 20

_FULL = Item(
    ID,
    "[ARCH] gateway: review",
    "2026-02-16T06:20:00Z",
    "open",
    env="prod",
    priority="P1",
    owner="alice",
    due_date="2026-03-01",
    source="digest",
    dedupe_key="key: 'one'",
    rank=3,
    group="012",
    evidence_refs={"alerts": ("al_1", "2026-02-30"), "incidents": ("a: b",)},
    tags=("auto", "rule:arch", "week:2026-W08"),
    meta={"score": 7, "why": {"a": True, "b": [1.5, None, "no"]}, "text": 'say "so"\\'},
    description="A text.\n\n## Plan\n\n1. first",
    comments=(Comment("2026-02-17T09:12:00Z", "bob", "Waiting.\n\n## Not a heading"),),
)
#: What may stand behind a colon, behind a dash or in front of either.
_VALUES = (
    *("", " ", "~", "null", "Null", "true", "no", "7", "-7", "07", "1.5", "1e3", "0x1f", "1_0", "12:30", ".inf", "-.5"),
    *(
        "2026-02-30",
        "2026-02-16T06:20:00Z",
        "2026-02-16 07:20:00+01:00",
        "2026-02-16T06:20.12Z",
        "2026-W08-1T06:20:00Z",
    ),
    *(
        "'a'",
        "'it''s'",
        "'a' b",
        "''",
        '""',
        '"a\\"b"',
        '"a\\\\"',
        '"a\\n"',
        '"\\x41"',
        '"a" # b',
        "'a",
        '"a',
        "a'b",
        '"',
    ),
    *(
        "a: b",
        "a:b",
        "a :b",
        "a #b",
        "a#b",
        "# a",
        "#a",
        "a:",
        ": a",
        "- a",
        "-a",
        "? a",
        "?a",
        "a ",
        " a",
        "a\tb",
        "\ta",
    ),
    *("[]", "[a]", "[a, b]", "[a,b]", "[a, ]", "[,]", "[a: b]", "[7, no, ~]", "[a b, c]", "[[a]]", "['a']", "[a", "a]"),
    *("{}", "{ }", "{a: b}", "{a}", "| ", "|", ">-", "&a b", "*a", "!t a", "%a", "@a", "`a`", "=", "<<", "...", "---"),
    *(
        "é",
        "\u00a0a",
        "a\u00a0",
        "a\u200db",
        "\u202ea",
        "a\u2028b",
        "\u0085",
        "\x7f",
        "\0",
        "👩‍💻",
        "\ufeff",
        "(a)",
        "$a",
        "+1",
    ),
)
_LINES = (
    *(
        "---",
        "--- ",
        "...",
        "",
        " ",
        "  ",
        "#",
        "# a: b",
        "  # a",
        "owner: bob",
        "ownr: bob",
        '"owner": bob',
        "? owner",
    ),
    *("tags:", "- a", "  - a", "    - a", "-", "- ", "-a", "- - a", "- a: b", "meta:", "  a: b", "  a:", "    b: c"),
    *(
        "evidence_refs:",
        "  alerts:",
        "  alerts: []",
        "  alerts: a",
        "rank:",
        "rank: 3",
        "title:",
        "due_date:",
        "list: todo",
    ),
    *(
        "<<<<<<< a",
        ">>>>>>> b",
        "## Comments",
        "### 2026-02-17T09:12:00Z bob",
        "### x",
        "```",
        "~~~",
        "    code",
        "\\## a",
    ),
    *(
        "  <<: a",
        "<<: a",
        "%YAML 1.1",
        "key: |",
        "  text",
        "a",
        "id: bl_0123456789ab",
        "status: open",
        "\tstatus: open",
    ),
)
_CHARACTERS = "-:#'\"[]{}|>&*!%@`?,=~ \n\t\r\\.0ané\u00a0"


def _line_changed(chance: random.Random, line: str) -> str:
    key, colon, _ = line.partition(":")
    dash = line[: line.find("- ") + 2]
    value = chance.choice(_VALUES)
    return chance.choice(
        (
            f"{key}: {value}" if colon else line,
            f"{key}:" if colon else line,
            f"{dash}{value}",
            f"{line}{value}",
            f"{line} # {value}",
            " " * chance.choice((1, 2, 4)) + line,
            line.lstrip(" "),
        )
    )


def changed(chance: random.Random, text: str) -> str:
    """The text with a line or a character more, less or another."""
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    what = chance.randrange(8)
    if what == 0:
        lines.insert(at, chance.choice(_LINES))
    elif what == 1:
        del lines[at]
    elif what == 2:
        lines.insert(at, lines[chance.randrange(len(lines))])
    elif what == 3:
        place = chance.randint(0, len(lines[at]))
        lines[at] = lines[at][:place] + chance.choice(_CHARACTERS) + lines[at][place + chance.randint(0, 1) :]
    elif what == 4 and chance.random() < 0.2:
        return text.replace("\n", "\r\n")
    else:
        lines[at] = _line_changed(chance, lines[at])
    return "\n".join(lines)


_EDITS: Sequence[Callable[[Item, str], dict[str, Any]]] = (
    lambda item, said: {"status": said},
    lambda item, said: {"priority": said, "rank": len(said)},
    lambda item, said: {"title": said, "owner": ""},
    lambda item, said: {"due_date": said},
    lambda item, said: {"due_date": "2026-12-24", "list": "todo", "rank": None},
    lambda item, said: {"tags": (*item.tags, said)},
    lambda item, said: {"tags": item.tags[1:]},
    lambda item, said: {"tags": ()},
    lambda item, said: {"description": said},
    lambda item, said: {"comments": (*item.comments, Comment("2026-02-18T09:12:00Z", "ann", said))},
)


class Campaign:
    """Counts, and the first text of each fault."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.tried = self.answered = self.edited = 0
        self.faults: dict[str, str] = {}

    def run(self, seconds: float) -> None:
        pool = _seeds()
        end = time.monotonic() + seconds
        while len(self.faults) < MAX_FAULTS and time.monotonic() < end:
            for _ in range(100):
                text, item_id = self.chance.choice(pool)
                for _ in range(self.chance.randint(1, 3)):
                    text = changed(self.chance, text)
                self._judge(text, item_id)

    def _judge(self, text: str, item_id: str) -> None:
        self.tried += 1
        try:
            item = read_alike(text, item_id)
        except Exception as fault:
            self._note(fault, text)
            return
        if item is not None:
            self.answered += 1
            if self.chance.random() < 0.2:  # a strict edit takes as long as many reads
                self._judge_edit(text, item)

    def _judge_edit(self, text: str, item: Item) -> None:
        said = self.chance.choice((*_VALUES, "done", "P2", "A text.\n\nAnother."))
        values = self.chance.choice(_EDITS)(item, said)
        try:
            self.edited += edited_alike(text, item, item._replace(**values)) is not None
        except Exception as fault:
            self._note(fault, f"{text!r} {values!r}")

    def _note(self, fault: Exception, where: str) -> None:
        self.faults.setdefault(f"{type(fault).__name__}: {str(fault)[:200]}", where)


def _seeds() -> list[tuple[str, str]]:
    """(text, id): files in the usual form, and every small hostile one."""
    full = markdown.write(_FULL)
    plain = markdown.write(_FULL._replace(meta={}, evidence_refs={}, comments=(), description="A text."))
    hostile = [
        (case.bytes_of(ID).decode("utf-8", "replace"), ID)
        for kind, case in numbered(ITEMS).values()
        if kind not in LARGE
    ]
    return [(full, ID)] * len(hostile) + [(plain, ID)] * len(hostile) + hostile


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    campaign = Campaign(said.seed)
    campaign.run(said.seconds)
    counts = f"{campaign.tried} files, {campaign.answered} read and {campaign.edited} edited the quick way"
    print(f"seed {said.seed}: {counts}, {len(campaign.faults)} faults")
    for fault, text in campaign.faults.items():
        print(f"  {fault}\n    {text!r}")
    return 1 if campaign.faults else 0


if __name__ == "__main__":
    sys.exit(main())
