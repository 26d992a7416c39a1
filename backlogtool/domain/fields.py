"""The one table of fields: name, type, default, who may change it, what it means.

Codec, rules, command line, JSON and manual all read this table; there is no second list of fields. Its
order is the order in a new file. It keeps a line that never changes between every two that do, so that
two people's one-field edits merge in plain git (D-14).
"""

from typing import NamedTuple

from backlogtool.domain.item import Item

# How a value is written in the file.
LINE = "line"  # one line of text
NAME = "name"  # letters, digits, dot, dash, underscore: safe inside a dedupe key and a path
ENUM = "enum"  # one of the policy's list of the same name
DAY = "day"  # YYYY-MM-DD, may be empty
MOMENT = "moment"  # YYYY-MM-DDTHH:MM:SSZ
NUMBER = "number"  # a whole number
SET = "set"  # sorted list of lines without repeats
REFS = "refs"  # kind of evidence -> set
MAP = "map"  # free-form mapping

#: A name, whole: read with ``re.ASCII``.
NAME_FORM = "[A-Za-z0-9._-]{1,128}"

# Who may change a value after the item is created.
NOBODY = "nobody"
ANYONE = "anyone"
WORKFLOW = "workflow"  # anyone, along the table of transitions
TOOL = "tool"  # written by commands such as promote; a hand edit is allowed and judged alike


class Field(NamedTuple):
    """One frontmatter key.

    ``required``: must be there and non-empty. ``always``: stands in every new file even when empty, so
    that the lines around it stay apart. ``setter``: one of NOBODY, ANYONE, WORKFLOW, TOOL.
    """

    name: str
    kind: str
    doc: str
    required: bool = False
    always: bool = False
    setter: str = ANYONE


FIELDS: tuple[Field, ...] = (
    Field("id", LINE, "Identifier and stem of the file name.", required=True, always=True, setter=NOBODY),
    Field("title", LINE, "What is to be done, in one line.", required=True, always=True),
    Field("created_at", MOMENT, "When the item was created, UTC.", required=True, always=True, setter=NOBODY),
    Field("status", ENUM, "Where the work stands.", required=True, always=True, setter=WORKFLOW),
    Field("env", ENUM, "The environment it concerns.", required=True, always=True),
    Field("priority", ENUM, "P0 (most urgent) to P3.", required=True, always=True),
    Field("service", NAME, "The service it concerns.", always=True),
    Field("owner", LINE, "Who answers for it.", required=True, always=True),
    Field("category", ENUM, "Kind of engineering work; one of the policy's categories.", always=True),
    Field("due_date", DAY, "The day it should be closed by.", always=True),
    Field("source", ENUM, "Where it came from.", required=True, always=True, setter=NOBODY),
    Field(
        "dedupe_key",
        LINE,
        "What makes it the same work; unique in the backlog.",
        required=True,
        always=True,
        setter=NOBODY,
    ),
    Field("list", ENUM, "backlog (unscheduled) or todo (promoted).", setter=TOOL),
    Field("type", NAME, "Type of task in the grouped backlog."),
    Field("rank", NUMBER, "Place inside its group.", setter=TOOL),
    Field("component", NAME, "Part of the code base it touches."),
    Field("group", NAME, "Key of its group in the grouped backlog."),
    Field("promoted_at", DAY, "The day it moved to the todo list.", setter=TOOL),
    Field("promoted_from", NAME, "The group it was promoted from.", setter=TOOL),
    Field("dependencies", SET, "Ids of the items that this one waits for."),
    Field("evidence_refs", REFS, "References to alerts, incidents, release checks, artifacts, follow-ups."),
    Field("tags", SET, "Free labels; auto, week:… and rule:… belong to the generator."),
    Field("meta", MAP, "Free-form details."),
)
BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}

#: Values that only `list` takes; every other enum is the policy's.
LISTS = ("backlog", "todo")

#: The item's text, beside its frontmatter keys.
DESCRIPTION = "description"
COMMENTS = "comments"


def value(item: Item, name: str) -> object:
    """The value of a field or of an unknown key; None if the item has no such key."""
    if name in BY_NAME or name in (DESCRIPTION, COMMENTS):
        return getattr(item, name)
    return item.extra.get(name)
