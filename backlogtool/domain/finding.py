"""Findings: what is wrong with somebody's backlog, as values that are collected and listed.

A finding says where (path, line, column, field), what, what is allowed and how to fix it. Codes are
stable; ``CODES`` is the one table of them and the manual lists each.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

ERROR = "error"
WARNING = "warning"

#: code -> (severity, what it means). Hundreds: 1 reading, 2 values, 3 steps, 4 policy, 5 grouped file,
#: 6 digest, 7 views.
CODES: dict[str, tuple[str, str]] = {
    "BL101": (ERROR, "the file is not UTF-8 text"),
    "BL102": (ERROR, "the file does not start with frontmatter"),
    "BL103": (ERROR, "the frontmatter is not closed"),
    "BL104": (ERROR, "the YAML cannot be read"),
    "BL105": (ERROR, "a key stands twice"),
    "BL106": (ERROR, "a YAML feature that items do not use: tag, anchor, alias, merge key, directive"),
    "BL107": (ERROR, "larger, longer or deeper than such a file may be"),
    "BL108": (ERROR, "an invisible or control character"),
    "BL109": (ERROR, "not one `key: value` a line"),
    "BL110": (ERROR, "the id in the file is not the file's name"),
    "BL111": (ERROR, "the value has the wrong shape for its field"),
    "BL112": (ERROR, "a key with characters that keys may not have"),
    "BL113": (ERROR, "not a regular file"),
    "BL114": (ERROR, "the file's name is no item id"),
    "BL115": (WARNING, "an unknown key; it is kept as it is"),
    "BL116": (WARNING, "the comments section holds text outside any comment"),
    "BL117": (WARNING, "the value ends at an unquoted #"),
    "BL118": (ERROR, "merge conflict markers"),
    "BL119": (WARNING, "HTML that acts where a viewer shows it as it is"),
    "BL120": (ERROR, "a name that is one of ours where letters of either case are the same"),
    "BL121": (WARNING, "attributes of git that make work trees hold other bytes in items than commits do"),
    "BL201": (ERROR, "a required value is missing"),
    "BL202": (ERROR, "the value is not one of the allowed ones"),
    "BL203": (ERROR, "not a date or time"),
    "BL204": (ERROR, "a name with characters that cannot stand in a key or path"),
    "BL205": (ERROR, "two files have one id"),
    "BL206": (ERROR, "two items have one dedupe key"),
    "BL207": (ERROR, "not an item id"),
    "BL208": (WARNING, "an unknown kind of evidence; it is kept as it is"),
    "BL301": (ERROR, "the workflow does not allow this change of status"),
    "BL302": (ERROR, "a field that never changes has changed"),
    "BL303": (WARNING, "an item was deleted that was not closed"),
    "BL304": (WARNING, "an item was created in a status other than the initial one"),
    "BL305": (WARNING, "a commit's trailers claim what its changes do not show"),
    "BL306": (WARNING, "the rules or templates have changed among the commits that are judged"),
    "BL307": (ERROR, "a commit leaves a version of an item that cannot be read"),
    "BL308": (ERROR, "a merge holds what no side has"),
    "BL309": (WARNING, "a merge leaves out what one side did"),
    "BL310": (ERROR, "a guard wants acceptance criteria that are all ticked"),
    "BL311": (ERROR, "a guard wants what the item waits for to be closed"),
    "BL312": (ERROR, "a guard wants a field to be filled"),
    "BL313": (ERROR, "a guard wants somebody to say why"),
    "BL314": (ERROR, "a guard leaves the move to certain roles"),
    "BL315": (ERROR, "more items are in a status at a time than its limit allows"),
    "BL316": (WARNING, "an item waits for one that is not there"),
    "BL317": (ERROR, "an item waits for itself, through what it waits for"),
    "BL320": (ERROR, "a commit by an author who is none of the people that the roles know"),
    "BL321": (ERROR, "a commit does what its author's role may not"),
    "BL322": (ERROR, "a commit makes a change that a rule keeps for other roles or kinds"),
    "BL323": (ERROR, "a commit is not signed by a key of one of the people that the roles know"),
    "BL324": (ERROR, "the list of allowed signers cannot be used"),
    "BL330": (ERROR, "a push would delete a protected branch"),
    "BL331": (ERROR, "a push would take commits out of a protected branch"),
    "BL332": (ERROR, "a push would make a branch of what is no commit"),
    "BL333": (ERROR, "a push cannot be judged"),
    "BL401": (ERROR, "an unknown key in the policy"),
    "BL402": (ERROR, "a policy value of the wrong type or form"),
    "BL403": (ERROR, "a policy value that may not stand there: unknown name, repeat, contradiction, unsafe path"),
    "BL404": (WARNING, "a status without a row in the table of transitions"),
    "BL405": (WARNING, "a policy value that has no effect yet"),
    "BL406": (WARNING, "a write that roles do not guard although they are enforced"),
    "BL501": (ERROR, "two tasks of a grouped file have one id"),
    "BL502": (ERROR, "a task stands in both lists, or in the wrong one"),
    "BL503": (ERROR, "not an id that a task can have"),
    "BL504": (ERROR, "a task has no end before the next one begins"),
    "BL505": (ERROR, "a task has no end before its group or the file ends"),
    "BL506": (ERROR, "the end of a task that did not begin"),
    "BL507": (ERROR, "a task inside a task"),
    "BL508": (ERROR, "the header of a task outside a task"),
    "BL509": (ERROR, "a task outside a group"),
    "BL510": (ERROR, "a group has no end"),
    "BL511": (ERROR, "a group inside a group, or the end of a group that did not begin"),
    "BL512": (WARNING, "a task of another type than its group"),
    "BL513": (WARNING, "a task of another priority than its group"),
    "BL515": (ERROR, "two groups have the same tags and heading"),
    "BL516": (ERROR, "a tag of a group is missing or out of order, or a priority is unknown"),
    "BL517": (ERROR, "an unknown type of work"),
    "BL518": (WARNING, "a group without a heading"),
    "BL520": (ERROR, "a second header in one task"),
    "BL521": (ERROR, "a task without a header"),
    "BL522": (ERROR, "a tag of a header is missing or not a plain name"),
    "BL523": (ERROR, "a task without a title, or without a blank before it"),
    "BL524": (WARNING, "a task that cannot be promoted: its plan has too few steps"),
    "BL526": (WARNING, "a task that cannot be promoted: its effort is missing or no time"),
    "BL527": (WARNING, "an unknown field of a task; it is kept as it is"),
    "BL528": (ERROR, "a field stands twice in one task"),
    "BL529": (WARNING, "a task that cannot be promoted: no documentation says what it is for"),
    "BL530": (ERROR, "an unknown status, or a closed task that is still listed"),
    "BL533": (WARNING, "text that was read in the wrong encoding and cannot be repaired"),
    "BL534": (ERROR, "a comment that never ends"),
    "BL535": (ERROR, "a line that looks like a marker and is none"),
    "BL536": (WARNING, "a comment tells of the promotion of a task that nobody knows"),
    "BL537": (ERROR, "a comment tells of the promotion of a task that is still listed"),
    "BL538": (WARNING, "text that belongs to no task; it is kept as a comment"),
    "BL540": (ERROR, "not a grouped backlog file"),
    "BL601": (ERROR, "the digest is not a JSON object"),
    "BL602": (ERROR, "the digest has a missing, wrong or contradicting value"),
    "BL603": (WARNING, "the digest can be used, with a doubt"),
    "BL701": (ERROR, "a view is not what its items render to"),
    "BL702": (ERROR, "a view would overwrite text that is not in any item"),
    "BL703": (ERROR, "a template fails"),
}


class _Finding(NamedTuple):
    code: str
    message: str
    path: str
    line: int
    column: int
    item: str
    field: str
    allowed: tuple[str, ...]
    fix: str
    severity: str


class Finding(_Finding):
    """One thing that is wrong. ``line`` and ``column`` count from 1; 0 means the whole file.

    ``severity`` is that of the code, unless another is given.
    """

    __slots__ = ()

    def __new__(
        cls,
        code: str,
        message: str,
        path: str = "",
        line: int = 0,
        column: int = 0,
        item: str = "",
        field: str = "",
        allowed: tuple[str, ...] = (),
        fix: str = "",
        severity: str = "",
    ) -> "Finding":
        known = severity or CODES[code][0]
        return super().__new__(cls, code, message, path, line, column, item, field, allowed, fix, known)

    @property
    def is_error(self) -> bool:
        return self.severity == ERROR

    def at(self, path: str, line: int = 0, column: int = 0) -> "Finding":
        """The same finding at a place in a file."""
        return self._replace(path=path, line=line, column=column)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        return f"{place + ': ' if place else ''}{self.severity}: {self.message} [{self.code}]"


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Only those that forbid."""
    return [finding for finding in findings if finding.is_error]


def tally(findings: Iterable[Finding]) -> str:
    """How many errors and warnings there are, in words."""
    some = list(findings)
    wrong = len(errors(some))
    return f"{counted(wrong, 'error')}, {counted(len(some) - wrong, 'warning')}"


def counted(number: int, word: str) -> str:
    """A number with a word that takes an s where it is not one."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def few(some: Sequence[str], most: int = 3) -> str:
    """The first of them, and how many more there are."""
    return ", ".join(some[:most]) + (f" and {len(some) - most} more" if len(some) > most else "")


def by_place(findings: Iterable[Finding]) -> list[Finding]:
    """In the order a person reads files."""
    return sorted(findings, key=lambda f: (f.path, f.line, f.column, f.code, f.message))
