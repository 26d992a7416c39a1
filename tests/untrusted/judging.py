"""What is wrong with how the commands ended in an odd repository."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from backlogtool.codec.scalars import HIDDEN
from tests.cli.session import Answer
from tests.untrusted.case import Case
from tests.untrusted.commands import COMMANDS, DRY_RUNS
from tests.untrusted.ground import SECRET, Snapshot

_CONTROL = re.compile(f"{HIDDEN.pattern}|\r")
#: Its output holds an id that no other run has.
_ANEW = "create"
#: A dry run is the write without its last step: it waits its turn, and the file of the turn stays (stores/git/lock.py).
_TURN = re.compile(r"(/backlogtool(/lock)?|/\.git|\.git|/modules/[a-z]+)$")

_DERIVED = re.compile(r"/backlogtool/cache(/[^/]*)?$")


def complaints(case: Case, directory: Path, told: Mapping[str, Answer], healthy: Mapping[str, str]) -> Iterator[str]:
    """Whatever the case does not expect of the answers. ``healthy`` is what a healthy repository gives."""
    for name, answer in told.items():
        kind = COMMANDS[name][0]
        output = answer.out + answer.err
        if answer.status != case.ends.get(kind, 0):
            yield f"{name} ends with {answer.status} and not {case.ends.get(kind, 0)}: {output[:300]}"
        if "backlogtool has a bug" in output or "Traceback" in output:
            yield f"{name} has a bug: {output[-600:]}"
        if answer.status and not output.strip():
            yield f"{name} does not say why it ends with {answer.status}"
        if _CONTROL.search(output):
            yield f"{name} prints what a terminal acts on: {output!a}"
        if SECRET in output:
            yield f"{name} shows a file that stands outside"
        if (
            case.same
            and kind not in (*case.differs, "doctor")
            and name != _ANEW
            and plain(answer, directory) != healthy[name]
        ):
            yield f"{name} does not say what it says in a healthy repository: {output[:300]}"
    if case.says and not any(case.says in answer.out + answer.err for answer in told.values()):
        yield f"nothing says '{case.says}'"


def plain(answer: Answer, directory: Path) -> str:
    """All that a command printed, with a word for the repository's place."""
    return f"{answer.status}\n{answer.out}\n{answer.err}".replace(str(directory), "PLACE")


def changes(before: Snapshot, after: Snapshot, *, dry_run: bool = False) -> list[str]:
    """The paths that are not what they were; what is derived may be made anew at any time, in a folder of its own."""
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    paths = [path for path in paths if not _DERIVED.search(path) and not _got_the_folder(path, before, after)]
    return [path for path in paths if not (dry_run and _TURN.search(path))]


def _got_the_folder(path: str, before: Snapshot, after: Snapshot) -> bool:
    """Whether it is a folder that differs by having got the one in which derived things are."""
    if not {f"{path}/backlogtool/cache", f"{path.removesuffix('/backlogtool')}/backlogtool/cache"} & after.keys():
        return False
    old, new = before.get(path), after.get(path)
    mode, owner = 0, 3
    return new is not None and (old is None or (old[mode], old[owner]) == (new[mode], new[owner]))


READS = [name for name in COMMANDS if COMMANDS[name][0] not in DRY_RUNS]
TRIES = [name for name in COMMANDS if COMMANDS[name][0] in DRY_RUNS]
