"""Fuzzing of everything that reads what others wrote (ROBUSTNESS.md R9).

``python -m tests.campaigns.fuzz [--seconds 60] [--target reader …] [--seed S]``: every target for that long, with
coverage as the guide where atheris is installed. Prints executions and findings, each with a minimal input; ends with
1 if there are any.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.fuzz.engine import shrunk
from tests.fuzz.targets import TARGETS


def fuzzed(target: str, seconds: float, seed: int) -> dict[str, Any]:
    """The report of one run in a process of its own; inputs that killed it are findings as well."""
    with tempfile.TemporaryDirectory(prefix="backlogtool-fuzz-") as folder:
        command = [sys.executable, "-m", "tests.fuzz.engine", target, str(seconds), str(seed), folder]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=seconds + 60)
            status, said = done.returncode, done.stderr.decode("utf-8", "replace")[-2000:]
        except subprocess.TimeoutExpired:
            status, said = -1, "it did not end"
        report = Path(folder, "report.json")
        told: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {"executions": 0, "found": {}}
        for artifact in Path(folder).glob("artifact-*"):
            told["found"][artifact.name.rpartition("-")[0]] = repr(artifact.read_bytes())
        if status and not told["found"]:
            told["found"][f"ended with {status}: {said}"] = "b''"
        return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each target")
    parser.add_argument("--target", action="append", choices=list(TARGETS))
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    findings = 0
    for target in said.target or TARGETS:
        told = fuzzed(target, said.seconds, said.seed)
        slowest, peak = told.get("slowest", 0.0), told.get("peak", 0)
        print(
            f"{target}, seed {said.seed}: {told['executions']} executions, {len(told['found'])} findings, "
            f"slowest {slowest * 1000:.0f} ms, {peak} MB",
            flush=True,
        )
        for wrong, data in told["found"].items():
            small = (
                data
                if wrong.startswith(("artifact", "ended"))
                else repr(shrunk(TARGETS[target], ast.literal_eval(data)))
            )
            print(f"  {wrong}\n    {small}", flush=True)
        findings += len(told["found"])
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
