"""How much memory a git takes that reads: a few small trees can make it hold a hundred million paths before it speaks.

Where the system tells (Linux), somebody looks while git is silent for seconds; quick commands are never looked at.
"""

from __future__ import annotations

import re
from contextlib import suppress

from backlogtool.errors import UnavailableError

#: Bytes that git may hold; what it maps of files does not count. A history of a million commits takes half of it.
MOST = 1 << 30
_HELD = re.compile(rb"^RssAnon:\s*(\d{1,15}) kB$", re.MULTILINE)


def refuse_outgrown(process: int, most: int = MOST) -> None:
    """Raises ``UnavailableError`` if the process of that id holds more memory than git needs."""
    with suppress(OSError), open(f"/proc/{process}/status", "rb") as file:
        held = _HELD.search(file.read())
        if held and int(held[1]) << 10 > most:
            hint = "something in the repository is made to be too large: look for folders nested many times"
            raise UnavailableError(f"git takes more than {most >> 20} MiB of memory for this", hint=hint)
