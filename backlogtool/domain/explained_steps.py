"""What the findings about commits, moves, roles and refs mean: codes from BL308 to BL399 (``domain.explanation``)."""

#: code -> (why it is a finding, an example, how to mend it).
STEPS: dict[str, tuple[str, str, str]] = {
    "BL308": (
        (
            "Git took one item for another one renamed, or somebody edited in the merge itself. It is a warning where "
            "both sides changed the field, and somebody had to decide."
        ),
        "status: done    (and both sides say open)",
        "Take what one side has; make other changes in a commit of their own, where they are judged.",
    ),
    "BL309": (
        "One side changed it, the other did not, and the merge does not have the change.",
        "priority: P2    (P2 before, P0 on the branch that was merged)",
        "Take the change over, unless it was left out on purpose.",
    ),
    "BL310": (
        (
            "A guard of `workflow.guards` requires `criteria`: every box in the section Acceptance Criteria ticked, "
            "and one box at least."
        ),
        "- [ ] the dashboard shows it    (status: done)",
        "Tick what is met, do what is not, or take out a criterion that no longer counts, where a reviewer sees it.",
    ),
    "BL311": (
        "A guard requires `dependencies`, and something in the item's `dependencies` is not closed or not there.",
        "dependencies: [bl_52c7050367b7]    (which is in_progress)",
        "Close the other item first, or take it out of `dependencies` if nothing waits for it.",
    ),
    "BL312": (
        "A guard lists `fields` that have to be filled before this move.",
        'service: ""    (and the status becomes done)',
        "Fill the field, in the same commit or an earlier one.",
    ),
    "BL313": (
        "A guard requires `comment`: the commit that makes the move says why.",
        "backlogtool set-status bl_d8a7 blocked    (without --message)",
        (
            "Say it with `--message`; by hand, below the first line of the commit's message, or as a comment in the "
            "item in the same commit."
        ),
    ),
    "BL314": (
        "A guard lists the `roles` that may make this move.",
        "backlogtool --actor alice close bl_d8a7    (the guard says cto)",
        "Ask somebody who has the role.",
    ),
    "BL315": (
        (
            "`workflow.wip_limits` says how many there may be, all together or of one owner. Two branches that are "
            "fine alone may be too many together."
        ),
        "wip_limits: {in_progress: {per_owner: 1}}    (and alice has two)",
        "Move as many on as are too many, or give them to somebody else; for a command choose fewer.",
    ),
    "BL316": (
        "Its id is misspelt, or it was deleted.",
        "dependencies: [bl_000000000000]    (there is no such item)",
        "Correct the id, or take it out of `dependencies`.",
    ),
    "BL317": (
        "None of the items in such a circle could ever be the first to be closed.",
        "dependencies: [bl_d8a7874e737d]    (in bl_d8a7874e737d itself)",
        "Take one of the dependencies of the circle out.",
    ),
    "BL320": (
        (
            "With `rbac.commits: author` whoever changes items or rules is one of `rbac.people`, by an e-mail "
            "address that is the same letter by letter. No mailmap counts."
        ),
        "Author: Ann <ann@laptop.local>    (`rbac.people` has ann@example.org)",
        (
            "Make the commit anew with the right address, as `git commit --amend --author` does; or add the "
            "address to `rbac.people`, in an earlier change."
        ),
    ),
    "BL321": (
        (
            "What a commit does is told from its changes. Its author, or with `rbac.commits: signature` its "
            "signer, needs the entitlement for it by the rules of the base as it stands."
        ),
        "status: done    (in a commit by somebody whose role lacks tools.backlog.write)",
        "Let somebody who may do it make that commit; or give the role the entitlement, in an earlier change.",
    ),
    "BL322": (
        "Every rule of `rbac.rules` that matches a change has to allow the role and the kind of whoever makes it.",
        "priority: P0    (the rule says roles: [cto])",
        "Let somebody for whom the rule is make that commit.",
    ),
    "BL323": (
        (
            "With `rbac.commits: signature` a commit that changes items or rules bears an SSH signature by a key "
            "that the list of allowed signers had before, for an address of one of `rbac.people`, valid when it "
            "was committed."
        ),
        "git commit --no-gpg-sign    (where signatures count)",
        (
            "Sign the commits, as `git rebase --force-rebase -S BASE` does with `gpg.format` set to `ssh`; a new key "
            "is added in an earlier change."
        ),
    ),
    "BL324": (
        (
            "It is missing, or a line says something else than an e-mail address, a type of key and a key. A "
            "pattern, a certificate authority or a key that stands twice would make one person of several, so "
            "then no signature counts."
        ),
        "*@example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI    (in config/allowed_signers)",
        (
            "Write one line for each key. Where the base has such a list already, nobody can sign the mend: who can "
            "change the server lets it in."
        ),
    ),
    "BL330": (
        (
            "What is protected stays: the default branch, or those that `backlogtool.protected` names in the "
            "configuration of the repository that receives the push."
        ),
        "git push origin :main",
        "Leave it; or let the owner of that repository change the setting.",
    ),
    "BL331": (
        (
            "A protected branch only moves on. What was judged once stays part of its history, with the rules "
            "that it brought."
        ),
        "git push --force origin main    (after git commit --amend)",
        "Fetch, merge or rebase onto it, and push without `--force`.",
    ),
    "BL332": (
        "A branch stands at a commit; an annotated tag, a file or a folder has no steps to judge.",
        "git push origin v1:refs/heads/release    (v1 is an annotated tag)",
        "Push a commit; for a tag the one that it stands at: `v1^{commit}:refs/heads/release`.",
    ),
    "BL333": (
        (
            "Part of the history is missing, as in a shallow clone, or git cannot read it, or a folder is not as git "
            "writes it. What cannot be seen is refused."
        ),
        "git push origin main    (from git clone --depth 1 of another repository)",
        "Do what the message says: mostly `git fetch --unshallow` before pushing again.",
    ),
}
