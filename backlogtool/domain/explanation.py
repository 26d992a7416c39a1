"""What each code of a finding means: why it is one, an example, how to mend it. One table beside ``CODES``."""

from typing import NamedTuple

from backlogtool.domain.explained_files import FILES
from backlogtool.domain.explained_items import ITEMS
from backlogtool.domain.explained_steps import STEPS
from backlogtool.domain.finding import CODES
from backlogtool.domain.spelling import nearest
from backlogtool.errors import UsageError


class Explanation(NamedTuple):
    """What there is to say about a code. In ``example`` a remark may stand in brackets behind four blanks."""

    code: str
    severity: str
    meaning: str
    why: str
    example: str
    fix: str


#: code -> (why it is a finding, an example, how to mend it).
REASONS = {**ITEMS, **STEPS, **FILES}


def explanation(code: str) -> Explanation:
    """What there is to say about a code, in whatever letters it is written.

    Raises ``UsageError`` for an unknown one, with the code that was meant or those of its hundred.
    """
    known = code.strip().upper()
    if known not in CODES:
        raise UsageError(f"there is no finding '{code}'", hint=_instead(known))
    return Explanation(known, *CODES[known], *REASONS[known])


def _instead(code: str) -> str:
    """The code that is nearest; digits alone are taken for one as well."""
    wanted = f"BL{code}" if code.isascii() and code.isdigit() else code
    close = wanted if wanted in CODES else nearest(wanted, CODES, within=1)
    alike = [one for one in CODES if one.startswith(wanted[:3])] if wanted.startswith("BL") else []
    if close:
        return f"did you mean '{close}'?"
    return f"there are {', '.join(alike)}" if alike and len(wanted) > 2 else "backlogtool explain lists them all"
