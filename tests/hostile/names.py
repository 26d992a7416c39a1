"""Hostile names below items/, class by class of ROBUSTNESS.md 2.2 and 2.3.

Each stands for a file with a sound item in it: what is wrong is its name or its kind, never its text.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

_ID = "bl_0000000000%02d"

#: class -> what it is -> name. None of them is an id, so none is read and each is told (BL114).
NO_IDS: Mapping[str, Mapping[str, str]] = {
    "devices of Windows": {"the console": "CON.md", "nothing": "nul.md", "a port": "com1.md"},
    "paths in a name": {
        "up, of Windows": "x\\..\\..\\y.md", "up, escaped": "%2e%2e%2fx.md", "up, escaped twice": "%252e%252e%252fx.md",
        "a drive": "C:x.md", "an id and up": "bl_000000000001\\..\\x.md", "two dots": "x..md",
        "a stream of NTFS": "bl_000000000001.md:x.md",
    },
    "options and patterns": {
        "an option": "--output=canary.md", "short options": "-rf.md", "a pattern of git": ":(exclude)x.md",
        "the top of git": ":(top)x.md", "any number": "*.md", "any of some": "[a-z].md",
        "any one": "bl_00000000000?.md", "a revision": "HEAD^{}.md", "a refspec": "@{-1}.md",
    },
    "commands": {
        "a substitution": "$(touch canary).md", "backticks": "`touch canary`.md", "a semicolon": "x;touch canary;.md",
        "quotes": "\"'x.md", "a template": "{{ 7*7 }}.md", "a format": "%s%n.md", "HTML": "<img src=x>.md",
        "a command of GitHub": "::set-output name=x::.md",
    },
    "what is seen": {
        "an escape sequence": "\x1b[2J.md", "a line feed": "bl_000000000001.md\nx.md", "a tab": "a\tb.md",
        "a carriage return": "a\rb.md", "another direction": "\u202edm.x.md", "a blank without width": "bl\u200b_x.md",
        "bytes that are no text": "caf\udce9.md", "a next line": "a\x85b.md", "a delete": "a\x7fb.md",
    },
    "look-alikes": {
        "full width": "bl_\uff10\uff11234567890a.md", "digits of another script": "bl_٠١234567890a.md",
        "a Cyrillic letter": "bl_0000000000а1.md", "an accent in one": "caf\u00e9.md",
        "an accent in two": "cafe\u0301.md",
        "capitals": "BL_000000000001.md", "capital digits": "bl_ABCDEF000001.md", "another README": "readme.md",
    },
    "nearly ids": {
        "a digit too few": "bl_00000000001.md", "a digit too many": "bl_0000000000001.md",
        "no digit": "bl_00000000000g.md",
        "a blank behind it": "bl_000000000001 .md", "a dot behind it": "bl_000000000001..md",
        "a suffix twice": "bl_000000000001.md.md", "a task of no number": "TASK-20260216-1.md",
        "a plan with capitals": "pln_Plan.md", "a plan that is too long": f"pln_{'x' * 65}.md",
        "a plan of nothing": "pln_.md", "250 characters": f"{'x' * 247}.md",
    },
    "an item's file on another system": {
        "where case is nothing": "bl_00000000000a.MD", "where a dot at the end is nothing": "bl_00000000000a.md.",
        "where a blank at the end is nothing": "bl_00000000000a.md ", "a stream": "bl_00000000000a.md:x",
        "all of it": "bl_00000000000a.Md . .:x", "full width": "bl_00000000000a.\uff4d\uff44",
    },
}  # fmt: skip
#: Nobody's items: not read, not told (docs/manual/item-file.md).
LEFT_ALONE: Mapping[str, str] = {
    "the explanation": "README.md", "an editor's copy": ".bl_000000000001.md.swp", "a backup": "bl_000000000001.md~",
    "a hidden file": ".bl_000000000001.md", "another suffix": "bl_000000000001.txt",
    "another explanation": "README.MD", "no suffix": "bl_000000000001", "only a stream": ":x",
}  # fmt: skip


def _link(to: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(to)


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # the name of a socket may be 100 bytes long
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


#: what it is -> name, and how it is made. None is read or followed, each is told (BL113).
NO_FILES: Mapping[str, tuple[str, Callable[[Path], None]]] = {
    "a link out": (f"{_ID % 30}.md", _link("/etc/passwd")),
    "a link to another item": (f"{_ID % 31}.md", _link("bl_d8a7874e737d.md")),
    "a link to itself": (f"{_ID % 32}.md", _link(f"{_ID % 32}.md")),
    "a link to nothing": (f"{_ID % 33}.md", _link("nowhere")),
    "a link to a device": (f"{_ID % 34}.md", _link("/dev/zero")),
    "a folder that is a link": ("linked", _link("/etc")),
    "a folder that links up": ("up", _link("..")),
    "a pipe": (f"{_ID % 35}.md", lambda path: os.mkfifo(path)),
    "a socket": (f"{_ID % 36}.md", _socket),
}
