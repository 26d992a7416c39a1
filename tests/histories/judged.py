"""Many histories in one repository, each judged by the tool and by the naive judge."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from backlogtool.app.validation import validate_between
from backlogtool.app.workspace import Workspace
from tests.histories.growing import FAULTS, MALLORY, Grower, History
from tests.histories.naive import Judge, Verdict
from tests.histories.objects import Objects
from tests.repositories import make

#: What both judges know. The tool knows more, the naive judge does not.
COMMON = ("BL301", "BL302", "BL306", "BL307", "BL308", "BL313", "BL315", "BL320")
#: Of these the naive judge knows only that they are.
_ANYWHERE = ("BL306", "BL320")
#: What each planted fault has to be called at least.
CALLED = {fault: "BL302" if fault.endswith("fixed") else "BL301" for fault in FAULTS} | {
    "mailmap": "BL320",
    "stale": "BL313",
    "limit_undone": "BL315",
    **dict.fromkeys(("evil_legal", "evil_tag", "evil_dependency", "evil_text", "evil_title"), "BL308"),
}


class Judged(NamedTuple):
    """A history with what each judge says."""

    history: History
    tool: Verdict
    naive: Verdict

    @property
    def missed(self) -> bool:
        fault = self.history.fault
        return bool(self.naive - self.tool) or (bool(fault) and CALLED[fault] not in {code for code, _ in self.tool})

    @property
    def false_alarm(self) -> bool:
        return bool(self.tool - self.naive) or (not self.history.fault and bool(self.tool))


def judged(place: Path, seed: int, legal: int, planted: int) -> Iterator[Judged]:
    """``legal`` histories without a fault and ``planted`` ones, the faults in turn."""
    choose = random.Random(seed)
    objects, histories, hidden = Objects(), [], []
    faults = ["" for _ in range(legal)] + [FAULTS[n % len(FAULTS)] for n in range(planted)]
    for number, fault in enumerate(faults):
        grower = Grower(objects, choose, number)
        histories.append(grower.history(fault, choose.randrange(4, 16)))
        hidden += grower.replaced
    repo = make(place, bare=True)
    objects.write(repo)
    repo.git("update-ref", "--stdin", stdin="".join(f"create refs/replace/{a} {b}\n" for a, b in hidden).encode())
    (place / "people").write_text(f"Ann <ann@example.org> {MALLORY}\n")
    repo.git("config", "mailmap.file", str(place / "people"))
    space, naive = Workspace.open(place, environment={}), Judge(place)
    for history in histories:
        found = validate_between(space, history.base, history.head)
        tool = frozenset((one.code, "" if one.code in _ANYWHERE else one.item) for one in found if one.code in COMMON)
        yield Judged(history, tool, naive.verdict(history.base, history.head))


def told(one: Judged, seed: int) -> str:
    """One line about a history that the judges do not agree on."""
    fault = one.history.fault or "legal"
    return f"seed {seed}, {fault}, {one.history.base}..{one.history.head}: tool {set(one.tool)}, naive {set(one.naive)}"


def counted(several: list[Judged]) -> Counter[str]:
    """How many histories of each kind there were."""
    return Counter(one.history.fault or "legal" for one in several)
