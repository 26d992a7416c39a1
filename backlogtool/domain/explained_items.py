"""What the findings about items and their changes mean: codes below BL308 (``domain.explanation``)."""

#: code -> (why it is a finding, an example, how to mend it).
ITEMS: dict[str, tuple[str, str, str]] = {
    "BL101": (
        "The bytes are not UTF-8; guessing another encoding would change the text.",
        "title: caf\\xe9    (the byte of Latin-1, not the two of UTF-8)",
        "Save the file as UTF-8.",
    ),
    "BL102": (
        "The first line must be `---`. Merge conflict markers are reported as BL118.",
        "# Rotate the key\n\nThe first line is a heading.",
        "Start the file with a line `---`, or move it out of `items/`.",
    ),
    "BL103": (
        "There is no second line `---`, so where the text begins is not known.",
        "---\nid: bl_0123456789ab\ntitle: Rotate the key\n\nNo second line of dashes.",
        "Close the frontmatter with a line `---`.",
    ),
    "BL104": (
        "YAML cannot go on. The place is where that began, if it is known: a quote or bracket that is not closed, a "
        "second `: `, a special character at the start of a value, a tab.",
        "title: note: rotate the key",
        "Do what the line below the finding says; most often put the value in quotes.",
    ),
    "BL105": (
        "Two readers could take two different values.",
        "owner: alice\nowner: bob",
        "Remove one of the two lines.",
    ),
    "BL106": (
        "Items and policies are plain values, the same for every reader.",
        "owner: !person alice",
        "Write the value out.",
    ),
    "BL107": (
        "At most 1 MiB a file, be it an item, the policy or a list of signers; 65,536 characters of frontmatter, 8 "
        "levels, 5,000 values, 200 entries a list.",
        "meta: {a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}}",
        "Move the text into the description or another file; leave out of a policy what is the tool's default.",
    ),
    "BL108": (
        "What nobody sees can say one thing to a person and another to a program.",
        "title: pay\u202eload",
        "Remove the character; the column says where it is.",
    ),
    "BL109": (
        "Frontmatter is one `key: value` a line, not a list, a single text or `{…}`.",
        "---\n- id: bl_0123456789ab\n---\n",
        "Write it so.",
    ),
    "BL110": (
        "The file's name is the id, and the id never changes.",
        "id: bl_ba9876543210",
        "Write the file's name behind `id:`, or rename the file back.",
    ),
    "BL111": (
        "Such as a list where one line belongs.",
        "title: [Rotate, the, key]",
        "Write it in the form that the message names; each field has one.",
    ),
    "BL112": (
        "Keys are letters, digits, dash and underscore, at most 64, and start with a letter or an underscore.",
        "due date: 2026-03-02",
        "Rename the key.",
    ),
    "BL113": (
        (
            "A symbolic link, a device or a folder that cannot be read may lead anywhere, so it is not followed. "
            "A submodule below `items/` is none either: its items would be there in some clones and not in others. "
            "Among templates it would hide that the tool's own are used."
        ),
        "items/bl_0123456789ab.md -> /etc/hostname",
        "Put a regular file there.",
    ),
    "BL114": (
        (
            "A file in `items/` that is named otherwise would never be shown, or be another one on a system that "
            "ignores case (`….MD`), a dot or a blank at the end, or what stands behind a colon. Nor is an item looked "
            "for in a folder whose name begins with a dot: one that is committed there would be gone without a word."
        ),
        "items/rotate-the-key.md",
        "Name it after its id, or move it out of `items/`.",
    ),
    "BL115": (
        "Most unknown keys are misspelt ones.",
        "ownr: alice",
        "Correct it; or leave it, it stays as it is.",
    ),
    "BL116": (
        "Text below `## Comments` that stands before the first `### <moment> <name>` belongs to nobody.",
        "## Comments\n\nWho says this?",
        "Give it such a heading, or move it above the section.",
    ),
    "BL117": (
        'YAML takes ` #` for the start of a comment: `title: fix #12` is the title "fix".',
        "title: fix #12",
        "Put the whole value in quotes.",
    ),
    "BL118": (
        "git left both sides of a merge in the file.",
        "<<<<<<< HEAD\nstatus: open\n=======\nstatus: done\n>>>>>>> branch",
        "Resolve the conflict and remove the markers.",
    ),
    "BL119": (
        (
            "Descriptions and comments are Markdown, and views show them as they are written. Forges leave out "
            "scripts, handlers such as `onerror=` and `javascript:` links; other viewers may not. Not every "
            "spelling is seen."
        ),
        "<img src=x onerror=alert(1)>",
        "Put it into code, between backticks, or leave it out.",
    ),
    "BL120": (
        (
            "On macOS and Windows `Items/` is `items/`: what stands in it would be read there and not here, or take "
            "the place of what stands here. So it is with `Config/`, `Templates/` and `config/Backlog_Policy.yml`, "
            "and with names that end in a dot. A folder that holds nothing of the tool's is nobody's business."
        ),
        "Items/bl_0123456789ab.md    (beside items/)",
        "Move it to that name in small letters, or name it otherwise.",
    ),
    "BL121": (
        (
            "By `working-tree-encoding`, `filter` and `ident` git puts other bytes into a work tree than the commit "
            "holds. What is judged in a pull request or on a server is then not what people read: an item that is "
            "well there may be unreadable in every clone."
        ),
        "items/*.md working-tree-encoding=UTF-16LE    (in .gitattributes)",
        "Take the attribute out, or leave `items/` out of its pattern.",
    ),
    "BL201": (
        "The field table says which values must be there.",
        'owner: ""',
        "Add the line that the message names.",
    ),
    "BL202": (
        "The policy lists the values.",
        "priority: P9",
        "Take one of them, or add the value to the policy.",
    ),
    "BL203": (
        "Days and moments are compared as text, so they have one form.",
        "due_date: 2026-02-30",
        "Write `YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM:SSZ`.",
    ),
    "BL204": (
        "The name becomes part of a key or a path.",
        "service: the gateway",
        "Use letters, digits, dot, dash and underscore.",
    ),
    "BL205": (
        "Which of the two is the item cannot be told.",
        "items/bl_0123456789ab.md and items/team/bl_0123456789ab.md",
        "Keep one; if it is other work, `backlogtool renumber PATH` gives it an id of its own.",
    ),
    "BL206": (
        "The key is what makes work the same work.",
        "dedupe_key: manual:gateway    (in two files)",
        (
            "Change the item that has it, or give this one a key of its own. A committed one keeps its key: take it "
            "back with `backlogtool undo COMMIT`, then create it with another one."
        ),
    ),
    "BL207": (
        "See the forms of ids.",
        "id: 42",
        "Give the item an id of one of them.",
    ),
    "BL208": (
        "`enums.evidence_refs` lists the kinds.",
        "evidence_refs: {tickets: [T-1]}",
        "Correct it, or add the kind to the policy.",
    ),
    "BL301": (
        "`workflow.allowed_transitions` has no such step.",
        "status: open -> done",
        (
            "Go the way that the message names, one step after the other; a final status has none. A commit that "
            "stands already is taken out of the branch, as `git rebase -i` does."
        ),
    ),
    "BL302": (
        "Id, time of creation, source and dedupe key say which item it is.",
        "dedupe_key: manual:gateway -> manual:router",
        (
            "Before it is committed put the old value back; a commit is taken out of the branch, as `git rebase -i` "
            "does. What could be no value may be put right."
        ),
    ),
    "BL303": (
        "A deleted item cannot be found; a canceled one can.",
        "git rm items/bl_0123456789ab.md    (its status: open)",
        "Restore the file and cancel the item.",
    ),
    "BL304": (
        (
            "Its earlier story is not told. A status that the policy does not know is none, so an item may also begin "
            "after it."
        ),
        "status: done    (in a new file)",
        "Create it in the initial status and move it; or leave it.",
    ),
    "BL305": (
        "A commit message was edited or squashed in another order; what the changes show counts.",
        'Backlog-Meta: {"new_status": "done", "old_status": "open"}    (in a commit that moves nothing)',
        "Nothing has to be done; keep the trailers of squashed commits in their order, oldest first.",
    ),
    "BL306": (
        (
            "A file in `config/` or `templates/` differs from the merge base. Its rules judge the commits, not "
            "the new ones."
        ),
        "config/backlog_policy.yml differs between the merge base and the branch",
        "Read that change with care; bring it in first where commits need it.",
    ),
    "BL307": (
        (
            "What happened to the item there cannot be told. What follows is judged against the last version "
            "that could be read."
        ),
        "one commit breaks the frontmatter, the next one mends it",
        "Mend that commit, for example with `git rebase -i`.",
    ),
}
