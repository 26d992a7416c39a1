"""A crowd in one clone: writers that run commands, a person with plain git, and git's own housekeeping.

``python -m tests.concurrency.crowd ROOT LOGS --writers 8 --amount 25 --items 1 --seed 1`` forks them all and
ends with the last of them. Each process tells what it did in a file of its own below LOGS, one JSON object a line,
before it goes on: what stands there was acknowledged. ``tests.concurrency.ledger`` compares it with what git holds.

It is a program of its own because it forks, which only a process without threads may do.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.session import Session, item_text
from tests.repositories import Repo

#: Two titles for everybody: what an item is called must not matter to its id or dedupe key.
TITLES = ("Patch the gateway", "Rotate the keys")
#: What some kinds of commands are given; the shared items are never closed, so that they stay in use.
VALUES = {"create": TITLES, "move": ("open", "in_progress", "blocked"), "close": ("canceled", "done")}
KEYS = 3
PERSON_PAUSE, GC_PAUSE = 0.25, 2.0  # seconds; they leave room for the others


def shared_id(number: int) -> str:
    """The id of one of the items that everybody works on."""
    return f"bl_{number:012x}"


def prepare(repo: Repo, items: int) -> None:
    """A backlog of ``items`` shared items, and notes of the person beside it."""
    Session(repo)("init")
    for number in range(items):
        repo.write(f"items/{shared_id(number)}.md", item_text(shared_id(number), owner="nobody"))
    repo.write("notes/0.txt", "none yet\n")
    repo.commit("a backlog")


@dataclass(frozen=True, slots=True)
class Told:
    """Where one process writes down what it did."""

    path: Path

    def __call__(self, **what: Any) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")


def writer(repo: Repo, told: Told, name: str, amount: int, items: int, chance: random.Random) -> None:
    """Runs commands of every kind on items of its own, on shared dedupe keys and on the shared items.

    Every second command on a shared item is on the first, so that there is always one that all want.
    """
    session = Session(repo)
    own = [shared_id(0)]
    for number in range(amount):
        kind = chance.choice(["create", "owner", "editor", "comment", "comment", "move", "move", "close", "upsert"])
        item, value = shared_id(chance.choice([0, chance.randrange(items)])), f"{name}-{number}"
        if kind == "close":
            item = own[-1]
        if kind in VALUES:
            value = chance.choice(VALUES[kind])
        key = f"key:{chance.randrange(KEYS)}"
        os.environ["EDITOR"] = f"sed -i -e 's/^owner: .*/owner: {value}/'"
        answer = session.answer(*_words(kind, item, value, key), "--json")
        shown = answer.data if answer.status == 0 else answer.json
        commit = shown.get("commit") or ""
        item = shown["item"]["id"] if kind in ("create", "upsert") and answer.status == 0 else item
        told(
            kind=kind,
            item=item,
            value=value,
            key=key,
            status=answer.status,
            commit=commit,
            error=shown.get("error", ""),
        )
        if kind == "create" and commit:
            own.append(item)


def _words(kind: str, item: str, value: str, key: str) -> tuple[str, ...]:
    return {
        "create": ("create", "--title", value),
        "owner": ("edit", item, "--set", f"owner={value}"),
        "editor": ("edit", item),
        "comment": ("comment", item, value),
        "move": ("set-status", item, value),
        "close": ("close", item, "--status", value),
        "upsert": ("upsert", "--dedupe-key", key, "--title", value),
    }[kind]


def person(repo: Repo, told: Told, over: Callable[[], bool]) -> None:
    """Writes notes and commits them with plain git, now all at once, now only what is staged."""
    number = 0
    while not over():
        number += 1
        path, text = f"notes/{number % 4}.txt", f"note {number}\n"
        repo.write(path, text)
        repo.git("status", check=False)
        added = _works(repo, "add", "--", path)
        everything = ("--all",) if number % 3 == 0 else ()
        made = _works(repo, "commit", "--quiet", *everything, "--message", f"person {number}")
        told(kind="person", path=path, text=text, subject=f"person {number}", added=added, status=0 if made else 1)
        time.sleep(PERSON_PAUSE)


def housekeeping(repo: Repo, told: Told, over: Callable[[], bool]) -> None:
    """Packs objects and refs while the others write."""
    while not over():
        told(kind="gc", status=0 if _works(repo, "gc", "--quiet") else 1)
        time.sleep(GC_PAUSE)


def _works(repo: Repo, *arguments: str) -> bool:
    try:
        repo.git(*arguments)
    except AssertionError:
        return False
    return True


def crowd(root: Path, logs: Path, *, writers: int, amount: int, items: int, seed: int) -> int:
    """Forks everybody and waits; how many of them failed."""
    repo = Repo(root)
    finished = logs / "finished"
    working = [
        _fork(writer, repo, Told(logs / f"w{n}.jsonl"), f"w{n}", amount, items, random.Random(f"{seed}/{n}"))
        for n in range(writers)
    ]
    beside = [_fork(one, repo, Told(logs / f"{one.__name__}.jsonl"), finished.exists) for one in (person, housekeeping)]
    failed = _failed(working)
    finished.touch()
    return failed + _failed(beside)


def _fork(work: Callable[..., None], *arguments: Any) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work(*arguments)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _failed(children: list[int]) -> int:
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("logs", type=Path)
    for name in ("writers", "amount", "items", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    return 1 if crowd(**vars(parser.parse_args())) else 0


if __name__ == "__main__":
    sys.exit(main())
