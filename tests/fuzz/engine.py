"""Runs a target on many inputs: guided by coverage where atheris can be imported, else by mutating the corpus.

``python -m tests.fuzz.engine TARGET SECONDS SEED FOLDER`` is one run; it keeps ``FOLDER/report.json`` up to date, so
that a run which dies has told what it did. Findings of one kind are told once.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
HANG, MEMORY = 2.0, 512  # seconds, MB
MAX_INPUT = 4096
_REPORT_EVERY = 1.0  # seconds


def corpus(target: str) -> list[bytes]:
    """The kept inputs of a target."""
    return _literals(HERE / "corpus" / f"{target}.txt")


def words(target: str) -> list[bytes]:
    """Pieces of a target's language, for the engine to put together."""
    return _literals(HERE / "words" / f"{target}.txt")


def _literals(path: Path) -> list[bytes]:
    """A file with one literal of bytes a line."""
    return [ast.literal_eval(line) for line in path.read_text(encoding="ascii").splitlines() if line]


def judge(run: Callable[[bytes], None], data: bytes) -> tuple[str, float]:
    """(what is wrong, seconds); the first is empty if nothing is, and names the kind of fault, not the input."""
    start = time.perf_counter()
    try:
        run(data)
    except Exception as error:  # every error is a finding
        return _kind(error), time.perf_counter() - start
    seconds = time.perf_counter() - start
    return (f"hang: over {HANG} s" if seconds > HANG else ""), seconds


def _kind(error: Exception) -> str:
    """The error and where it was raised, as far as our own code goes."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "backlogtool" in frame.filename or "fuzz" in frame.filename
    ]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].name}" if frames else "?"
    return f"{type(error).__name__} in {place}"


@dataclass(slots=True)
class Watch:
    """Runs inputs and remembers: how many, the slowest, and the shortest input of each kind of fault."""

    run: Callable[[bytes], None]
    report: Path
    executions: int = 0
    slowest: float = 0.0
    found: dict[str, bytes] = field(default_factory=dict)
    _told: float = 0.0

    def __call__(self, data: bytes) -> None:
        wrong, seconds = judge(self.run, data)
        self.executions += 1
        self.slowest = max(self.slowest, seconds)
        if wrong and (wrong not in self.found or len(data) < len(self.found[wrong])):
            self.found[wrong] = data
        if time.monotonic() - self._told > _REPORT_EVERY:
            self.tell()

    def tell(self) -> None:
        self._told = time.monotonic()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        if peak > MEMORY:
            self.found.setdefault(f"memory: over {MEMORY} MB", b"")
        told = {
            "executions": self.executions,
            "slowest": self.slowest,
            "peak": peak,
            "found": {wrong: repr(data) for wrong, data in self.found.items()},
        }
        self.report.with_suffix(".new").write_text(json.dumps(told))
        self.report.with_suffix(".new").replace(self.report)


def shrunk(run: Callable[[bytes], None], data: bytes, seconds: float = 20) -> bytes:
    """A shorter input with the same fault: pieces are left out as long as it stays."""
    wrong, deadline, size = judge(run, data)[0], time.monotonic() + seconds, max(1, len(data) // 2)
    while size and time.monotonic() < deadline:
        at = 0
        while at < len(data) and time.monotonic() < deadline:
            less = data[:at] + data[at + size :]
            if judge(run, less)[0] == wrong:
                data = less
            else:
                at += size
        size //= 2
    return data


def mutations(seeds: Sequence[bytes], pieces: Sequence[bytes], chance: random.Random) -> Iterator[bytes]:
    """Inputs without end: seeds changed at a few places; what is new may be changed further."""
    pool = [*seeds, *pieces, b""]
    while True:
        data = bytearray(chance.choice(pool))
        for _ in range(chance.randint(1, 6)):
            _mutate(data, pool, pieces, chance)
        made = bytes(data[:MAX_INPUT])
        if chance.random() < 0.01:
            pool[chance.randrange(len(seeds), len(pool))] = made
        yield made


def _mutate(data: bytearray, pool: Sequence[bytes], pieces: Sequence[bytes], chance: random.Random) -> None:
    at = chance.randint(0, len(data))
    end = min(len(data), at + chance.choice([1, 1, 2, 4, 16, 64]))
    kind = chance.randrange(6)
    if kind == 0:
        del data[at:end]
    elif kind == 1:
        data[at:at] = chance.choice(pieces)
    elif kind == 2:
        data[at:end] = bytes(chance.randrange(256) for _ in range(end - at))
    elif kind == 3:
        data[at:at] = data[at:end] * chance.choice([1, 2, 8, 100])
    elif kind == 4:
        other = chance.choice(pool)
        cut = chance.randint(0, len(other))
        data[at:] = other[cut:]
    elif at < len(data):
        data[at] ^= 1 << chance.randrange(8)


def fuzz(target: str, seconds: float, seed: int, folder: Path) -> None:
    """One run of one target, for about as many seconds."""
    try:
        import atheris
    except ImportError:
        _mutating(target, seconds, seed, folder)
    else:
        with atheris.instrument_imports(include=["backlogtool"]):
            from tests.fuzz.targets import TARGETS
        _guided(atheris, Watch(TARGETS[target], folder / "report.json"), target, seconds, seed, folder)


def _mutating(target: str, seconds: float, seed: int, folder: Path) -> None:
    from tests.fuzz.targets import TARGETS

    watch = Watch(TARGETS[target], folder / "report.json")
    deadline = time.monotonic() + seconds
    for data in mutations(corpus(target), words(target), random.Random(seed)):
        watch(data)
        if time.monotonic() > deadline:
            break
    watch.tell()


def _guided(atheris: Any, watch: Watch, target: str, seconds: float, seed: int, folder: Path) -> None:
    """libFuzzer ends the process: with an artifact in the folder if an input hangs or kills it."""
    seeds = folder / "seeds"
    seeds.mkdir(exist_ok=True)
    for number, data in enumerate(corpus(target)):
        (seeds / str(number)).write_bytes(data)
    escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in words(target))
    (folder / "words").write_text("".join(f'"{word}"\n' for word in escaped))
    options = [
        *(f"-max_total_time={seconds:.0f}", f"-seed={seed}", f"-max_len={MAX_INPUT}", f"-dict={folder}/words"),
        *(
            f"-artifact_prefix={folder}/artifact-",
            f"-timeout={HANG * 5:.0f}",
            f"-rss_limit_mb={MEMORY}",
            "-print_final_stats=1",
        ),
    ]
    atheris.Setup([sys.argv[0], *options, str(seeds)], watch)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("seconds", type=float)
    parser.add_argument("seed", type=int)
    parser.add_argument("folder", type=Path)
    said = parser.parse_args()
    fuzz(said.target, said.seconds, said.seed, said.folder)


if __name__ == "__main__":
    main()
