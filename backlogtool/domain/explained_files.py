"""What the findings about every other file mean: codes from BL400 on (``domain.explanation``)."""

#: code -> (why it is a finding, an example, how to mend it).
FILES: dict[str, tuple[str, str, str]] = {
    "BL401": (
        "A key that nobody reads would be a rule that nobody keeps.",
        "defualts: {env: prod}",
        "Correct it; the known keys are in the message.",
    ),
    "BL402": (
        "Such as text where a number belongs, or a missing key.",
        "defaults: {list_limit: many}",
        "Write what the message asks for.",
    ),
    "BL403": (
        (
            "It names what is defined nowhere, stands twice, contradicts another key, or is a path that leaves "
            "the repository."
        ),
        "defaults: {env: moon}",
        "Do what the message says; it names the other place.",
    ),
    "BL404": (
        "Work in that status could never leave it.",
        "enums: {status: [open, in_progress, blocked, done, canceled, parked]}",
        "Add a row, `[]` if that is meant.",
    ),
    "BL405": (
        "`generation.daily_from_risk_digest: true` asks for items from daily risk digests, and no command makes any.",
        "generation: {daily_from_risk_digest: true}",
        "Set it to `false`, or leave the key out.",
    ),
    "BL406": (
        "With `rbac.enforce: true` an action that no entitlement names is open to everybody, reads and writes alike.",
        "rbac: {enforce: true, entitlements: {tools.backlog.write: [create]}, roles: {}}",
        "Name the action in `rbac.entitlements`, and give that entitlement to the roles that are meant.",
    ),
    "BL501": (
        "One id is one task.",
        (
            "## task_begin\n"
            "### # [id:TASK-20260204-001][type:ops][priority:high][component:server] Logging\n"
            "## task_end\n"
            "## task_begin\n"
            "### # [id:TASK-20260204-001][type:ops][priority:high][component:server] Logging\n"
            "## task_end"
        ),
        "Give one of them another number.",
    ),
    "BL502": (
        "A task that was promoted is in the todo list and no longer here.",
        "TASK-20260204-001 stands in BACKLOG.md, and list: todo in its item",
        "Remove it from the file; or set `list: backlog` in its item.",
    ),
    "BL503": (
        "Ids are `TASK-YYYYMMDD-NNN` with a real date, or another form of item id.",
        "### # [id:TASK-20260231-001][type:ops][priority:high][component:server] Logging",
        "Write one of them.",
    ),
    "BL504": (
        "The next task begins before this one ends.",
        (
            "## task_begin\n"
            "### # [id:TASK-20260204-001][type:ops][priority:high][component:server] Logging\n"
            "## task_begin\n"
            "### # [id:TASK-20260204-002][type:ops][priority:high][component:server] Logging\n"
            "## task_end"
        ),
        "Write `## task_end` before the line.",
    ),
    "BL505": (
        "Its group or the file ends before it does; or a code fence in it is never closed.",
        "## task_begin\n### # [id:TASK-20260204-001][type:ops][priority:high][component:server] Logging\n## group_end",
        "Write `## task_end`, or close the fence.",
    ),
    "BL506": (
        "A line `## task_end` too many.",
        (
            "## task_begin\n"
            "### # [id:TASK-20260204-001][type:ops][priority:high][component:server] Logging\n"
            "## task_end\n"
            "## task_end"
        ),
        "Remove it.",
    ),
    "BL507": (
        "Tasks do not nest.",
        (
            "## task_begin\n"
            "### # [id:TASK-20260204-001][type:ops][priority:high][component:server] Logging\n"
            "## task_begin\n"
            "### # [id:TASK-20260204-002][type:ops][priority:high][component:server] Logging\n"
            "## task_end\n"
            "## task_end"
        ),
        "End the outer task first.",
    ),
    "BL508": (
        "A header belongs between `## task_begin` and `## task_end`.",
        "### # [id:TASK-20260204-001][type:ops][priority:high][component:server] Logging\n**Status:** todo",
        "Write `## task_begin` before it.",
    ),
    "BL509": (
        "The group says type and priority, so a task needs one.",
        (
            "## group_end\n"
            "## task_begin\n"
            "### # [id:TASK-20260204-001][type:ops][priority:high][component:server] Logging\n"
            "## task_end"
        ),
        "Put it between `## group_begin` and `## group_end`; or let `import --assign-groups` do it.",
    ),
    "BL510": (
        "The next group begins, or the file ends, before this one does.",
        "## group_begin [type:ops][priority:high]\n## Operations\n## group_begin [type:ci][priority:low]",
        "Write `## group_end` before the line.",
    ),
    "BL511": (
        "Groups do not nest, and an end needs a beginning.",
        "## group_end\n## group_end",
        "Remove the line, or end the outer group first.",
    ),
    "BL512": (
        "The group keeps it; it is promoted with the group. `also_types` of a group lists further types.",
        (
            "## group_begin [type:security][priority:high]\n"
            "## Security\n"
            "## task_begin\n"
            "### # [id:TASK-20260204-001][type:ops][priority:high][component:server] Logging\n"
            "## task_end\n"
            "## group_end"
        ),
        "Move it to a group of its type; or add the type to `also_types`.",
    ),
    "BL513": (
        "The group keeps it; it is promoted with the group.",
        (
            "## group_begin [type:ops][priority:high]\n"
            "## Operations\n"
            "## task_begin\n"
            "### # [id:TASK-20260204-001][type:ops][priority:low][component:server] Logging\n"
            "## task_end\n"
            "## group_end"
        ),
        "Move it to another group, or change one of the two priorities.",
    ),
    "BL515": (
        "They could not be told apart.",
        (
            "## group_begin [type:ops][priority:high]\n"
            "## Operations\n"
            "## group_end\n"
            "## group_begin [type:ops][priority:high]\n"
            "## Operations\n"
            "## group_end"
        ),
        "Give one another heading, or put them together.",
    ),
    "BL516": (
        "A group is `[type:…][priority:…]`. The wrong order is a warning and is mended.",
        "## group_begin [type:ops][priority:urgent]",
        "Add or correct the tag; `backlog_md.priority_names` lists priorities.",
    ),
    "BL517": (
        "`backlog_md.types` lists the types. On a task it is a warning.",
        "## group_begin [type:cooking][priority:high]",
        "Correct it, or add the type to the policy.",
    ),
    "BL518": (
        "The heading of the policy is taken.",
        "## group_begin [type:ops][priority:high]\n## group_end",
        "Write one: `## heading`.",
    ),
    "BL520": (
        "Only the first header counts, so the second task would be lost.",
        (
            "## task_begin\n"
            "### # [id:TASK-20260204-001][type:ops][priority:high][component:server] Logging\n"
            "### # [id:TASK-20260204-002][type:ops][priority:high][component:server] Logging\n"
            "## task_end"
        ),
        "Write `## task_end` and `## task_begin` before it.",
    ),
    "BL521": (
        "Without a header there is no id and no title.",
        "## task_begin\n**Status:** todo\n## task_end",
        "Write `### # [id:…][type:…][priority:…][component:…] Title`.",
    ),
    "BL522": (
        "A missing id is an error; for other missing tags, a warning, the group's or none is taken.",
        "### # [type:ops][priority:high][component:server] Logging",
        "Add the tag; names are small letters, digits, dot, dash and underscore.",
    ),
    "BL523": (
        "The title stands behind the tags, after a blank.",
        "### # [id:TASK-20260204-001][type:ops][priority:high][component:server]",
        "Write it so.",
    ),
    "BL524": (
        "`promote` wants numbered steps, `backlog_md.min_plan_steps` of them.",
        "**Plan:**\n- look\n- change",
        "Write them: `1. …`. Bullets do not count.",
    ),
    "BL526": (
        "`promote` wants a number of hours, days or weeks.",
        "**Estimated Effort:** soon",
        "Write it, such as `2 days`.",
    ),
    "BL527": (
        "Most unknown fields are misspelt ones.",
        "**Notes:** ask the operators",
        "Correct it; or leave it, it becomes a section.",
    ),
    "BL528": (
        "Which of the two counts cannot be told.",
        "**Plan:**\n1. look\n**Plan:**\n1. change",
        "Put the two together.",
    ),
    "BL529": (
        "`promote` wants a path below `backlog_md.docs_segment` with what is to be found there.",
        "**Relevant Documentation:** `docs/OPS.md`",
        "Write it: `docs/…`, a dash, what it is for.",
    ),
    "BL530": (
        "`backlog_md.status_names` lists statuses. A closed task that is listed is a warning.",
        "**Status:** wip",
        "Correct the status; closed tasks leave the file with the next rendering.",
    ),
    "BL533": (
        "Bytes were lost, so what it was cannot be known.",
        "**Description:** cafâ€",
        "Write what it should be.",
    ),
    "BL534": (
        "Everything behind it would be lost.",
        "<!-- ask the operators",
        "Close it with `-->`.",
    ),
    "BL535": (
        "An indented or misspelt marker would silently be text.",
        "  ## task_begin",
        "Start it at the first column; or put a backslash before the `#` if it is text.",
    ),
    "BL536": (
        "It is neither an item nor in the todo list; it may be misspelt, or have been deleted.",
        "<!-- Task TASK-20260204-007 moved to TODO.md on 2026-02-04 -->",
        "Correct the id, or remove the comment.",
    ),
    "BL537": (
        "A task that was promoted is in the todo list and no longer here; the comment or the task is wrong.",
        (
            "<!-- Task TASK-20260204-009 moved to TODO.md on 2026-02-04 -->\n"
            "## task_begin\n"
            "### # [id:TASK-20260204-009][type:ops][priority:high][component:server] One\n"
            "## task_end"
        ),
        "Take the id out of the comment if the task is still to be done, else remove the task.",
    ),
    "BL538": (
        "It has no place in an item.",
        "Ask the operators.",
        "Put it into a field of a task; until then it stays as a comment of its group.",
    ),
    "BL540": (
        "The file must start with a title such as `# Project Backlog`.",
        "## group_begin [type:ops][priority:high]",
        "Check that it is the right file.",
    ),
    "BL601": (
        "It is no JSON, no object, too large or too deep.",
        '["gateway"]',
        "Let the tool that wrote it write it again.",
    ),
    "BL602": (
        "A digest with one wrong value may be wrong in others, so nothing is written.",
        '{"week": "2026-W60", "env": "prod", "services": []}',
        "Correct the value at the place that the message names.",
    ),
    "BL603": (
        "Such as a missing week, a missing env, or two files of one week.",
        '{"env": "prod", "services": []}    (no week: the name of the file tells it)',
        "Nothing has to be done; check that the right thing was read.",
    ),
    "BL701": (
        "The items changed, or somebody edited the view.",
        "an item was closed, and BACKLOG.md was not rendered since",
        "Import the edits if they are meant, then run `backlogtool render`.",
    ),
    "BL702": (
        "The tool did not write the text, and git does not have it, or it is no grouped file of known tasks.",
        "BACKLOG.md was written by hand, and rendering it would begin anew",
        "Import it, move it away, or use `--force`.",
    ),
    "BL703": (
        (
            "A name that does not exist, a syntax error, something the sandbox forbids, more time, memory or "
            "text than templates may take, or a title that is not one line."
        ),
        "{{ items.owner }    (in a file of templates/)",
        "Correct the template at the line that the message names, or let it do less.",
    ),
}
