"""The 45 lint cases of the grouped backlog as a table (REQUIREMENTS.md 2.7), and the files that it is written with.

``▸`` stands before the place, line and column, that a finding names; it is not part of the file.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.interchange.samples import item

MARK = "▸"
INFRA, INFRA_HEADING = "[type:infra][priority:high]", "🐳 Infrastructure (Unscheduled) — High"
SECURITY, SECURITY_HEADING = "[type:security][priority:high]", "🔐 Security — HIGH"
DOCS = "**Relevant Documentation:** `docs/LOGS.md` — how  \n"
PLAN = "**Plan:**  \n1. install\n2. configure\n3. document\n"
EFFORT = "**Estimated Effort:** 1 week\n"
LEAD = (
    "**Status:** todo  \n"
    "**Description:** Write logs.  \n"
    "**Acceptance Criteria:**  \n"
    "- [ ] there are logs\n"
    "**Relevant Files:** `server/logger.ts` (new)  \n"
)
FIELDS = LEAD + DOCS + PLAN + EFFORT


def ident(number: int) -> str:
    return f"TASK-20260204-{number:03}"


def task(number: int = 1, tags: str = "", title: str = " Logging", fields: str = FIELDS) -> str:
    """A task block in its usual form; ``tags`` in place of all of them."""
    tags = tags or f"[id:{ident(number)}][type:ops][priority:high][component:server]"
    return f"## task_begin\n### # {tags}{title}\n{fields}## task_end\n"


def group(*tasks: str, tags: str = INFRA, heading: str = f"## {INFRA_HEADING}\n", note: str = "") -> str:
    """A group in its usual form, with a comment in front of its tasks."""
    blocks = "".join(f"{one}\n---\n\n" for one in tasks)
    return f"## group_begin {tags}\n{heading}\n{note and f'{note}{chr(10)}{chr(10)}'}{blocks}## group_end\n"


def file(*groups: str) -> str:
    return "# Project Backlog\n" + "".join(f"\n{one}" for one in groups)


def changed(old: str, new: str, text: str) -> str:
    """The text with one place of it changed, which must be there."""
    assert old in text, old
    return text.replace(old, new, 1)


def at(place: str, text: str) -> str:
    """The text with a mark before a place of it."""
    return changed(place, f"{MARK}{place}", text)


def lacking(field: str, instead: str) -> str:
    """The file with a task that has something else in the place of a field."""
    return file(group(task(fields=changed(field, instead, FIELDS))))


CLEAN = file(group(task()))
MOVED = f"<!-- Task {ident(7)} moved to TODO.md on 2026-02-04 -->"
BEGIN = "## task_begin\n"
END = "## task_end\n"
#: What ``fmt`` makes of a file: it stays as it is, or it is left alone because of a finding.
SAME, LEFT = "same", "left"


class Case(NamedTuple):
    """A file and what is said of it.

    ``codes`` are those of its findings, errors with an exclamation mark, in the order of the marks. ``fmt`` is SAME,
    LEFT or the text that ``fmt`` makes of it. ``items`` are in the backlog already, ``todo`` is the todo file.
    """

    text: str
    codes: str = ""
    fmt: str = SAME
    items: tuple[object, ...] = ()
    todo: str = ""


TODO = "# Project TODO\n\n" + group(task(7))

CASES = {
    "L-01 the same id twice": Case(file(group(task(), at("[id", task()))), "BL501!", LEFT),
    "L-02 a task whose item is in the todo list": Case(
        at(BEGIN, CLEAN), "BL502!", items=(item(1, list="todo", promoted_from="infra-high"),)
    ),
    "L-02 a task that the todo file has, without an item": Case(
        file(group(task(), at(BEGIN, task(7)))), "BL502!", todo=TODO
    ),
    "L-03 an impossible date": Case(
        file(group(task(tags="▸[id:TASK-20260231-001][type:ops][priority:high][component:server]"))), "BL503!", LEFT
    ),
    "L-03 a bad form": Case(
        file(group(task(tags="▸[id:TASK-1][type:ops][priority:high][component:server]"))), "BL503!", LEFT
    ),
    "L-04 no end before the next task": Case(
        file(group(changed(END, "", task()) + at(BEGIN, task(2)))), "BL504!", LEFT
    ),
    "L-05 no end before the group's": Case(at("## group_end", changed(END, "", CLEAN)), "BL505!", LEFT),
    "L-05 no end before the file's": Case(
        changed("\n---\n\n## group_end\n", "", changed(END, f"{MARK}{MARK}text", CLEAN)), "BL505! BL510!", LEFT
    ),
    "L-06 an end too many": Case(file(group(f"{task()}{MARK}{END}")), "BL506!", LEFT),
    "L-07 a task in a task": Case(file(group(changed(END, at(BEGIN, task(2)) + END, task()))), "BL507!", LEFT),
    "L-08 a header outside a task": Case(
        file(group(changed(BEGIN, MARK, task()).replace(END, ""))), "BL508!", LEFT
    ),
    "L-09 a task outside a group": Case(file(at(BEGIN, task())), "BL509!", LEFT),
    "L-10 no end before the next group": Case(
        file(changed("## group_end\n", "", group()), at("##", group(tags=SECURITY))), "BL510!", LEFT
    ),
    "L-10 no end before the file's": Case(changed("---\n\n## group_end", "▸---", CLEAN), "BL510!", LEFT),
    "L-11 a group in a group": Case(
        file(changed("## group_end", at("##", group(tags=SECURITY)) + "## group_end", group())), "BL511!", LEFT
    ),
    "L-11 an end too many": Case(f"{CLEAN}{MARK}## group_end\n", "BL511!", LEFT),
    "L-12 another type than the group": Case(
        file(group(at("[type:ops", task()), tags=SECURITY, heading=f"## {SECURITY_HEADING}\n")), "BL512"
    ),
    "L-12 a type that the group has too": Case(CLEAN),
    "L-12 the item is there and has not changed": Case(
        file(group(at("[type:ops", task()), tags=SECURITY, heading=f"## {SECURITY_HEADING}\n")), "BL512",
        items=(item(1, component="server", group="security-high"),),
    ),
    "L-13 another priority than the group": Case(
        at("[priority:medium", changed("[priority:high][component", "[priority:medium][component", CLEAN)), "BL513"
    ),
    "L-14 two groups with the same tags": Case(file(group(), group(heading="## Other — High\n"))),
    "L-15 two groups with the same tags and heading": Case(file(group(), at("##", group())), "BL515!", LEFT),
    "L-16 tags in the wrong order": Case(
        at("## group_begin", file(group(task(), tags="[priority:high][type:infra]"))), "BL516", CLEAN
    ),
    "L-16 no type": Case(file(at("##", group(tags="[priority:high]"))), "BL516!", LEFT),
    "L-16 no priority": Case(file(at("##", group(tags="[type:infra]"))), "BL516!", LEFT),
    "L-16 an unknown priority": Case(file(group(tags="[type:infra]▸[priority:urgent]")), "BL516!", LEFT),
    "L-16 an unknown priority of a task": Case(
        changed("[priority:high][comp", "▸[priority:urgent][comp", CLEAN), "BL516!", LEFT
    ),
    "L-17 an unknown type of a task": Case(changed("[type:ops", "▸[type:foobar", CLEAN), "BL517"),
    "L-17 an unknown type of a group": Case(file(group(tags="▸[type:foobar][priority:high]")), "BL517!", LEFT),
    "L-18 no heading": Case(at("## group_begin", file(group(task(), heading=""))), "BL518", CLEAN),
    "L-19 an empty group": Case(file(group())),
    "L-19 an empty group with left-over separators": Case(
        changed("## group_end", "---\n\n\n\n---\n## group_end", file(group())), fmt=file(group())
    ),
    "L-20 two headers in a task": Case(
        changed("**Status", f"▸### # [id:{ident(2)}][type:ops][priority:high][component:server] More\n**Status", CLEAN),
        "BL520!", LEFT,
    ),
    "L-21 no header": Case(file(group(f"{MARK}{BEGIN}{FIELDS}{END}")), "BL521!", LEFT),
    "L-22 no id": Case(
        file(group(at("###", task(tags="[type:ops][priority:high][component:server]")))), "BL522!", LEFT
    ),
    "L-22 no type": Case(
        file(group(at("###", task(tags=f"[id:{ident(1)}][priority:high][component:server]")))), "BL522",
        changed("[type:ops", "[type:infra", CLEAN),
    ),
    "L-22 no priority": Case(
        file(group(at("###", task(tags=f"[id:{ident(1)}][type:ops][component:server]")))), "BL522", CLEAN
    ),
    "L-22 no component": Case(
        file(group(at("###", task(tags=f"[id:{ident(1)}][type:ops][priority:high]")))), "BL522",
        changed("[component:server", "[component:TBD", CLEAN),
    ),
    "L-23 no title": Case(changed(" Logging", MARK, CLEAN), "BL523!", LEFT),
    "L-23 no blank before the title": Case(changed(" Logging", "▸Logging", CLEAN), "BL523!", CLEAN),
    "L-24 a plan of two steps": Case(lacking(PLAN, "▸**Plan:**  \n1. install\n2. configure\n"), "BL524"),
    "L-24 no plan": Case(at("[id", lacking(PLAN, "")), "BL524", lacking(PLAN, "**Plan:** TBD  \n")),
    "L-25 bullets in place of steps": Case(
        lacking(PLAN, "▸**Plan:**  \n- install\n- configure\n- document\n"), "BL524"
    ),
    "L-26 an effort that nobody gave": Case(lacking(EFFORT, "▸**Estimated Effort:** TBD\n"), "BL526"),
    "L-26 an empty effort": Case(
        lacking(EFFORT, "▸**Estimated Effort:**\n"), "BL526", lacking(EFFORT, "**Estimated Effort:** TBD\n")
    ),
    "L-26 an effort in words": Case(lacking(EFFORT, "▸**Estimated Effort:** soon\n"), "BL526"),
    "L-26 an effort in another unit": Case(lacking(EFFORT, "▸**Estimated Effort:** 3 sprints\n"), "BL526"),
    "L-27 an unknown field": Case(lacking(EFFORT, f"{EFFORT}▸**Notes:** ask  \n"), "BL527"),
    "L-27 an unknown field between the others": Case(
        lacking(PLAN, f"▸**Notes:** ask\n{PLAN}"), "BL527", lacking(EFFORT, f"{EFFORT}**Notes:** ask  \n")
    ),
    "L-28 the same field twice": Case(lacking(PLAN, f"{PLAN}▸{PLAN}"), "BL528!", LEFT),
    "L-29 documentation that is not below docs/": Case(
        lacking(DOCS, "▸**Relevant Documentation:** `server/LOGS.md` — how  \n"), "BL529"
    ),
    "L-29 documentation without what it is for": Case(
        lacking(DOCS, "▸**Relevant Documentation:** `docs/LOGS.md`  \n"), "BL529"
    ),
    "L-29 no documentation": Case(
        at("[id", lacking(DOCS, "")), "BL529", lacking(DOCS, "**Relevant Documentation:** TBD  \n")
    ),
    "L-30 an unknown status": Case(changed("**Status:** todo", "▸**Status:** wip", CLEAN), "BL530!", LEFT),
    "L-30 a closed task": Case(
        changed("**Status:** todo", "▸**Status:** done", CLEAN), "BL530", items=(item(1, status="done"),)
    ),
    "L-31 another line end, a mark of the encoding, no last line end": Case(
        "\ufeff" + CLEAN.rstrip("\n").replace("\n", "\r\n"), fmt=CLEAN
    ),
    "L-32 markers in a comment": Case(file(group(task(), note="<!--\n## task_begin\n## group_end\n-->"))),
    "L-32 markers in code": Case(
        changed("Write logs.  \n", "Write logs.  \n```\n## task_end\n```\n", CLEAN),
    ),
    "L-33 text that cannot be repaired": Case(changed("Write logs", "Write ▸\u00e2\u20ac logs", CLEAN), "BL533"),
    "L-34 a comment that never ends": Case(
        changed("## task_begin", "▸<!-- never\n## task_begin", CLEAN), "BL534!", LEFT
    ),
    "L-35 an indented marker": Case(
        at(END, changed("## task_begin\n", "▸  ## task_begin\n▸", CLEAN)), "BL535! BL508! BL506!", CLEAN
    ),
    "L-35 a marker without a blank": Case(
        at(END, changed("## task_begin\n", "▸##task_begin\n▸", CLEAN)), "BL535! BL508! BL506!", CLEAN
    ),
    "L-35 a marker too many": Case(changed("## task_end\n", "▸ ## task_begin\n## task_end\n", CLEAN), "BL535!", LEFT),
    "L-36 a promotion that nobody knows": Case(file(group(task(), note=at(ident(7), MOVED))), "BL536"),
    "L-36 each of several that nobody knows": Case(
        file(
            group(note=f"<!-- Tasks ▸{ident(6)}, {ident(7)},\n   ▸{ident(8)} moved to TODO.md on 2026-02-04 -->"),
        ),
        "BL536 BL536", items=(item(7),),
    ),
    "L-36 one that is in the todo file": Case(file(group(task(), note=MOVED)), todo=TODO),
    "L-36 one that is an item": Case(file(group(task(), note=MOVED)), items=(item(7, list="todo"),)),
    "L-36 a comment of another kind": Case(file(group(note=MOVED.replace("TODO.md", "the cellar")))),
    "L-37 a promotion of what is still listed": Case(file(group(task(7), note=at(ident(7), MOVED))), "BL537!"),
    "L-37 listed in another group": Case(
        file(
            group(note=at(ident(7), MOVED)),
            group(changed("[priority:high", "[priority:low", task(7)), tags="[type:infra][priority:low]"),
        ),
        "BL537!",
    ),
    "L-37 no second finding where L-02 tells": Case(
        file(group(at(BEGIN, task(7)), note=MOVED)), "BL502!", items=(item(7, list="todo"),)
    ),
    "L-38 stray text": Case(changed("## task_begin", "▸stray\nmore\n\n## task_begin", CLEAN), "BL538", LEFT),
    "L-39 brackets and marks in a title": Case(
        changed(" Logging", " Fix [ARCH] a] | `b` {{ c }} {% raw %} 100% <300ms", CLEAN)
    ),
    "L-39 brackets and marks in a text": Case(
        changed("Write logs.", "p95 <300ms | `x` {{ y }} {% raw %} 1% [z] ]", CLEAN)
    ),
    "L-40 no title": Case(at("##", group(task())), "BL540!", LEFT),
    "L-40 an empty file": Case(MARK, "BL540!", LEFT),
    "L-40 a title alone": Case(file()),
    "L-44 the status of the file": Case(changed("**Status:** todo", "**Status:** open", CLEAN), fmt=CLEAN),
}  # fmt: skip
