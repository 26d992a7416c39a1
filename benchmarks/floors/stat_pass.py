"""The interpreter, ``import click`` and one pass of scandir and stat over a folder: ``python stat_pass.py FOLDER``."""

import os
import sys

import click  # noqa: F401 - what it costs is meant


def look(folder: str) -> int:
    seen = 0
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            seen += look(entry.path)
        else:
            entry.stat(follow_symlinks=False)
            seen += 1
    return seen


sys.stdout.write(f"{look(sys.argv[1])}\n")
