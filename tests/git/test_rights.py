"""Who may make which commit: the declared matrix of roles, actions and authors, checked on real commits.

The expectations come from the tables below, which are written as a person would, not from the rules under test.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backlogtool.app.validation import validate_between
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding
from backlogtool.errors import UnavailableError
from tests.cli.session import item_text
from tests.git.signing import Key, commit_object, make_key, signed, tree_of, with_signature, write_commit
from tests.repositories import Repo
from tests.tiers import amounts

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed")

#: role -> what it may do; the packaged roles (R-069…R-071, R-136).
_WRITE = {"create", "upsert", "set_status", "close", "add_comment"}
_ADMIN = {"auto_generate_weekly", "cleanup"}
_RULES = {"change_rules"}
MAY = {"cto": _WRITE | _ADMIN | _RULES, "oncall": _WRITE, "interface": set[str](), "scheduler": _ADMIN}
ACTIONS = sorted(_WRITE | _ADMIN | _RULES)
KINDS = ("person", "bot", "agent")
#: Who the author of a commit is where authors count -> whether the roles know him.
AUTHORS = {"known": True, "another name": True, "forged name": False, "unknown": False, "other letters": False}
#: What the signature of a commit is like where signatures count -> whether it counts.
SIGNATURES = {"right": True, "right, forged author": True, "unsigned": False, "taken off": False, "expired": False}
RULE = "{name: people_close, field: status, to: [done], kinds: [person]}"
AT = 1_771_222_800


def email(role: str, kind: str) -> str:
    return f"{role}.{kind}@example.org"


def rules(commits: str) -> str:
    people = "".join(
        f"  {role} {kind}: {{role: {role}, kind: {kind}, "
        f"emails: [{email(role, kind)}, {role}.{kind}@old.example.org]}}\n"
        for role, kind in itertools.product(MAY, KINDS)
    )
    return f"commits: {commits}\npeople:\n{people}rules:\n- {RULE}\n"


@dataclass(frozen=True)
class Case:
    """One commit: who makes it, how that is shown, and what it does to one item."""

    role: str
    kind: str
    shown: str
    action: str

    @property
    def known(self) -> bool:
        return {**AUTHORS, **SIGNATURES}[self.shown]

    def meant(self, refused: str) -> set[str]:
        """The codes that the declared matrix asks for."""
        if not self.known:
            return {refused}
        lacking = {"BL321"} if self.action not in MAY[self.role] else set()
        ruled = {"BL322"} if self.action == "close" and self.kind != "person" else set()
        return lacking | ruled


def item_id(number: int) -> str:
    return f"bl_{number:012x}"


def before(action: str, number: int) -> str | None:
    """The item that the action is done to."""
    status = {"close": "in_progress", "cleanup": "canceled"}.get(action, "open")
    new = action in ("create", "auto_generate_weekly", "change_rules")
    return None if new else item_text(item_id(number), status=status)


def after(action: str, number: int) -> str | None:
    made = item_id(number)
    return {
        "create": item_text(made),
        "upsert": item_text(made, title="Another title", priority="P0"),
        "set_status": item_text(made, status="in_progress"),
        "close": item_text(made, status="done"),
        "add_comment": item_text(made, "## Comments\n\n### 2026-02-17T09:12:00Z alice\n\nWell."),
        "auto_generate_weekly": item_text(made, source="digest", service="gateway", tags="[auto]"),
        "cleanup": None,
    }[action]


def path_of(case: Case, number: int) -> str:
    return f"config/notes-{number}.txt" if case.action == "change_rules" else f"items/{item_id(number)}.md"


def start(repo: Repo, cases: list[Case], settings: str, signers: str = "") -> str:
    """The commit that all cases start from."""
    repo.write("config/rbac.yml", settings)
    repo.write("config/allowed_signers", signers)
    for number, case in enumerate(cases):
        text = before(case.action, number)
        if text:
            repo.write(f"items/{item_id(number)}.md", text)
    return repo.commit("base")


def chain(repo: Repo, cases: list[Case], authors: list[str]) -> list[str]:
    """One commit a case, one upon the other."""
    told = []
    for number, (case, author) in enumerate(zip(cases, authors, strict=True)):
        text = "a note\n" if case.action == "change_rules" else after(case.action, number)
        path, data = path_of(case, number), (text or "").encode()
        change = f"M 100644 inline {path}\ndata {len(data)}\n{data.decode()}\n" if text else f"D {path}\n"
        begin = "from refs/heads/main^0\n" if not number else ""
        head = f"commit refs/heads/cases\nauthor {author} {AT} +0000\ncommitter {author} {AT} +0000\n"
        told.append(f"{head}data 1\nm\n{begin}{change}\n")
    repo.git("fast-import", "--quiet", "--force", stdin="".join(told).encode())
    return repo.git("rev-list", "--reverse", "main..cases").split()


def judged(repo: Repo, base: str, head: str) -> list[Finding]:
    found = validate_between(Workspace.open(repo.root, environment={}), base, head)
    return [one for one in found if re.fullmatch("BL32.", one.code)]


def codes(found: list[Finding], commits: list[str]) -> list[set[str]]:
    return [{one.code for one in found if f"commit {commit[:10]}" in one.message} for commit in commits]


# --- the matrix


def author_of(case: Case) -> str:
    address = email(case.role, case.kind)
    return {
        "known": f"{case.role} <{address}>",
        "another name": f"Somebody Else <{case.role}.{case.kind}@old.example.org>",
        "forged name": f"{case.role} {case.kind} <mallory@example.org>",
        "unknown": "Nobody <nobody@example.org>",
        "other letters": f"{case.role} <{address.upper()}>",
    }.get(case.shown, f"{case.role} <{address}>")


@pytest.mark.parametrize("step", amounts(71, exhaustive=23))
def test_a_commit_is_its_authors_to_make_where_authors_count(repo: Repo, step: int) -> None:
    """Role × action × author: 4 × 8 × (3 kinds × 2 ways to be known, 3 to be unknown)."""
    ways = [(kind, shown) for kind in KINDS for shown in AUTHORS if kind == "person" or AUTHORS[shown]]
    cases = [Case(role, *way, action) for role in MAY for way in ways for action in ACTIONS]
    base = start(repo, cases, rules("author"))
    commits = chain(repo, cases, [author_of(case) for case in cases])
    told = codes(judged(repo, base, commits[-1]), commits)
    wrong = [(case, said) for case, said in zip(cases, told, strict=True) if said != case.meant("BL320")]
    assert wrong == []
    for number in range(1, len(cases), step):  # and each alone, as a push of one commit is judged
        assert codes(judged(repo, commits[number - 1], commits[number]), commits[number:][:1]) == [told[number]]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Key]:
    place = tmp_path_factory.mktemp("keys")
    names = [email(role, kind) for role, kind in itertools.product(MAY, KINDS)]
    return {name: make_key(place / f"{number}") for number, name in enumerate([*names, "off", "expired", "unnamed"])}


def signers_of(keys: dict[str, Key]) -> str:
    lines = [f'{name} namespaces="git" {key.public}' for name, key in keys.items() if "@" in name]
    past = time.strftime("%Y%m%d", time.gmtime(AT - 86_400 * 2))
    return "\n".join([*lines, f'{email("cto", "person")} valid-before="{past}" {keys["expired"].public}', ""])


def key_of(case: Case, keys: dict[str, Key]) -> Key | None:
    """The key that a case's commit is signed by."""
    if case.shown == "unsigned":
        return None
    return keys[{"taken off": "off", "expired": "expired"}.get(case.shown, email(case.role, case.kind))]


def sign_all(repo: Repo, cases: list[Case], commits: list[str], keys: dict[str, Key]) -> list[str]:
    """The same commits with signatures, one upon the other."""
    trees = repo.git("log", "--reverse", "--format=%T", "main..cases").split()
    parent, made = repo.head(), []
    for case, tree, _ in zip(cases, trees, commits, strict=True):
        author = "cto <cto.person@example.org>" if "forged" in case.shown else author_of(case)
        raw = commit_object(tree, [parent], author, at=AT)
        key = key_of(case, keys)
        parent = write_commit(repo, signed(raw, key) if key else raw)
        made.append(parent)
    return made


@pytest.mark.parametrize("step", amounts(5, exhaustive=1))
def test_a_commit_is_its_signers_to_make_where_signatures_count(repo: Repo, keys: dict[str, Key], step: int) -> None:
    """Role × action × signature: whoever signed it counts, whoever the author is said to be."""
    ways = [(kind, shown) for kind in KINDS for shown in SIGNATURES if kind == "person" or shown == "right"]
    cases = [Case(role, *way, action) for role in MAY for way in ways for action in ACTIONS][::step]
    base = start(repo, cases, rules("signature"), signers_of(keys))
    commits = sign_all(repo, cases, chain(repo, cases, [author_of(case) for case in cases]), keys)
    told = codes(judged(repo, base, commits[-1]), commits)
    wrong = [(case, said) for case, said in zip(cases, told, strict=True) if said != case.meant("BL323")]
    assert wrong == []


# --- one commit after the other


@pytest.fixture
def work(repo: Repo) -> Repo:
    """A backlog of one item in progress, where authors count: lee leads, dev works, ci is a bot."""
    repo.write("config/rbac.yml", TEAM)
    repo.write(ITEM, item_text(ONE, status="in_progress"))
    repo.commit("base")
    repo.git("tag", "base")
    return repo


ONE = item_id(1)
ITEM = f"items/{ONE}.md"
TEAM = """\
commits: author
people:
  lee: {role: cto, emails: [lee@example.org]}
  dev: {role: oncall, emails: [dev@example.org]}
  ci: {role: oncall, emails: [ci@example.org], kind: bot}
rules:
- {name: leads_close, field: status, to: [done, canceled], roles: [cto]}
- {field: priority, to: [P0], roles: [cto]}
- {field: status, leaving: [blocked], kinds: [person]}
"""


def by(repo: Repo, who: str, body: str = "", **fields: Any) -> str:
    """A commit by hand that leaves the item with these values."""
    if fields or body:
        repo.write(ITEM, item_text(ONE, body, **({"status": "in_progress"} | fields)))
    repo.git("add", "--all")
    named = {"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": f"{who}@example.org"}
    repo.git("commit", "--quiet", "--allow-empty", "--message", "m", extra=named)
    return repo.head()


def told(repo: Repo, base: str = "base") -> list[tuple[str, str]]:
    """(code, commit) of each finding about rights."""
    found = judged(repo, base, "HEAD")
    return sorted((one.code, match[1]) for one in found if (match := re.search("commit ([0-9a-f]{10})", one.message)))


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("who", "fields", "meant"),
    [
        ("lee", {"status": "done"}, []),
        ("dev", {"status": "done"}, ["BL322"]),
        ("dev", {"status": "blocked"}, []),
        ("dev", {"priority": "P0"}, ["BL322"]),
        ("dev", {"priority": "P1"}, []),
        ("dev", {"priority": "P0", "status": "canceled"}, ["BL322", "BL322"]),
        ("lee", {"priority": "P0", "status": "canceled"}, []),
        ("eve", {"priority": "P1", "status": "blocked"}, ["BL320"]),
        ("eve", {}, []),
    ],
)
def test_a_rule_keeps_a_value_for_those_it_names(
    work: Repo, who: str, fields: dict[str, str], meant: list[str]
) -> None:
    by(work, who, **fields)
    assert [code for code, _ in told(work)] == meant


def test_a_rule_about_what_is_left_looks_at_the_status_before(work: Repo) -> None:
    by(work, "ci", status="blocked")
    back = by(work, "ci", status="in_progress")
    by(work, "dev", status="blocked")
    by(work, "dev", status="in_progress")
    assert told(work) == [("BL322", back[:10])]


def test_a_new_item_has_to_be_allowed_its_values_but_not_its_first_status(work: Repo) -> None:
    work.write(f"items/{item_id(2)}.md", item_text(item_id(2)))
    by(work, "dev")
    assert told(work) == []
    work.write(f"items/{item_id(3)}.md", item_text(item_id(3), priority="P0"))
    work.write(f"items/{item_id(4)}.md", item_text(item_id(4), status="done"))
    urgent = by(work, "dev")
    assert told(work) == [("BL322", urgent[:10])] * 2


def test_a_finding_stands_at_the_line_of_what_was_moved_and_says_who_and_why(work: Repo) -> None:
    made = by(work, "dev", status="done")
    (finding,) = judged(work, "base", "HEAD")
    assert (finding.path, finding.line, finding.item, finding.field) == (ITEM, 5, ONE, "status")
    assert finding.message == (
        f"commit {made[:10]}: leads_close: status to done, canceled is for role cto; "
        "dev <dev@example.org> is a person in the role oncall"
    )


def test_who_lets_himself_in_within_the_range_is_judged_by_the_rules_before(work: Repo) -> None:
    work.write("config/rbac.yml", TEAM.replace("  dev: {role: oncall", "  dev: {role: cto"))
    lets_in = by(work, "dev")
    closes = by(work, "dev", status="done")
    assert told(work) == [("BL321", lets_in[:10]), ("BL322", closes[:10])]
    work.write("config/rbac.yml", "commits: off\n")
    off = by(work, "eve")
    assert told(work) == [("BL320", off[:10]), ("BL321", lets_in[:10]), ("BL322", closes[:10])]


def test_once_the_rules_have_changed_they_count(work: Repo) -> None:
    work.write("config/rbac.yml", TEAM.replace("  dev: {role: oncall", "  dev: {role: cto"))
    changed = by(work, "lee")
    closes = by(work, "dev", status="done")
    assert told(work) == [("BL322", closes[:10])]
    assert told(work, changed) == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize("path", ["templates/BACKLOG.md.j2", "config/allowed_signers", "config/deep/er.txt"])
def test_templates_and_keys_are_rules(work: Repo, path: str) -> None:
    work.write(path, "x\n")
    made = by(work, "dev")
    assert told(work) == [("BL321", made[:10])]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("path", ["README.md", "src/config/x", "items/README.md", "configuration/x"])
def test_what_is_no_item_and_no_rule_needs_no_right(work: Repo, path: str) -> None:
    work.write(path, "x\n")
    by(work, "eve")
    assert told(work) == []


def test_moving_a_file_changes_no_item(work: Repo) -> None:
    work.git("mv", ITEM, f"items/00-{ONE}.md", check=False)
    (work.root / "items/deep").mkdir()
    work.git("mv", f"items/00-{ONE}.md", f"items/deep/{ONE}.md")
    by(work, "eve")
    assert told(work) == []


def test_an_item_that_is_deleted_and_made_anew_needs_both(work: Repo) -> None:
    text = work.read(ITEM)
    work.git("rm", "--quiet", ITEM)
    gone = by(work, "dev")
    work.write(ITEM, text.replace("in_progress", "done"))
    made = by(work, "dev")
    assert told(work) == [("BL321", gone[:10]), ("BL322", made[:10])]


# --- taking back


def test_taking_a_step_back_needs_what_the_step_needed(work: Repo) -> None:
    closed = by(work, "lee", status="done")
    work.git("revert", "--no-edit", closed)
    work.git("commit", "--quiet", "--amend", "--no-edit", "--author", "dev <dev@example.org>")
    assert told(work) == [("BL322", work.head()[:10])]
    work.git("commit", "--quiet", "--amend", "--no-edit", "--author", "lee <lee@example.org>")
    assert told(work) == []


def test_who_made_an_item_may_take_that_back_and_others_need_to_clean_up(work: Repo) -> None:
    work.write(f"items/{item_id(2)}.md", item_text(item_id(2)))
    made = by(work, "dev")
    work.git("revert", "--no-edit", made)
    work.git("commit", "--quiet", "--amend", "--no-edit", "--author", "dev <dev@example.org>")
    assert told(work) == []
    work.git("commit", "--quiet", "--amend", "--message", "no claim", "--author", "dev <dev@example.org>")
    assert told(work) == [("BL321", work.head()[:10])]


# --- merges


def fork(repo: Repo, *, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Two branches on which lee gave the item these values; ``main`` is the one that stands."""
    repo.git("checkout", "--quiet", "-b", "side")
    by(repo, "lee", **theirs)
    repo.git("checkout", "--quiet", "main")
    by(repo, "lee", **ours)


def merge(repo: Repo, who: str, **fields: Any) -> str:
    """A merge by somebody, whose item has these values."""
    repo.git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    return by(repo, who, **fields)


def test_a_clean_merge_needs_no_right(work: Repo) -> None:
    fork(work, ours={"status": "done"}, theirs={"priority": "P0", "tags": "[a]"})
    merge(work, "eve", status="done", priority="P0", tags="[a]")
    assert told(work) == []


def test_a_merge_that_keeps_the_tags_and_lines_of_both_sides_needs_no_right(work: Repo) -> None:
    fork(work, ours={"tags": "[a]", "body": "one"}, theirs={"tags": "[b]", "body": "two"})
    merge(work, "eve", tags="[a, b]", body="one\ntwo")
    assert told(work) == []


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        ({"status": "in_progress", "priority": "P1"}, ["BL320"]),  # takes back what one side did
        ({"status": "done", "priority": "P3"}, ["BL320"]),  # makes what no side made
        ({"status": "done", "priority": "P1", "tags": "[c]"}, ["BL320"]),
        ({"status": "done", "priority": "P1", "body": "own words"}, ["BL320"]),
        ({"status": "done", "priority": "P1", "x": "1"}, ["BL320"]),
    ],
)
def test_what_a_merge_makes_beyond_its_sides_is_its_own(work: Repo, fields: dict[str, Any], meant: list[str]) -> None:
    fork(work, ours={"status": "done"}, theirs={"priority": "P1"})
    made = merge(work, "eve", **fields)
    assert told(work) == [(code, made[:10]) for code in meant]


def test_a_merge_may_settle_a_conflict_with_what_a_side_has_and_with_nothing_else(work: Repo) -> None:
    fork(work, ours={"owner": "ann"}, theirs={"owner": "bob"})
    merge(work, "eve", owner="bob")
    assert told(work) == []
    third = by(work, "eve")
    work.git("reset", "--quiet", "--hard", f"{third}~2")
    made = merge(work, "eve", owner="eve")
    assert told(work) == [("BL320", made[:10])]


def test_a_merge_that_deletes_or_makes_an_item_does_that_itself(work: Repo) -> None:
    fork(work, ours={"owner": "ann"}, theirs={"title": "x"})
    work.git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    work.git("rm", "--quiet", "--force", ITEM)
    work.write(f"items/{item_id(2)}.md", item_text(item_id(2)))
    made = by(work, "dev")
    assert told(work) == [("BL321", made[:10])]


def test_a_merge_that_brings_back_what_a_side_deleted_makes_it_anew(work: Repo) -> None:
    work.git("checkout", "--quiet", "-b", "side")
    work.git("rm", "--quiet", ITEM)
    by(work, "lee")
    work.git("checkout", "--quiet", "main")
    work.write("README.md", "x\n")
    by(work, "lee")
    made = merge(work, "eve")
    assert told(work) == [("BL320", made[:10])]


def rule_fork(repo: Repo, ours: str, theirs: str) -> None:
    repo.git("checkout", "--quiet", "-b", "side")
    repo.write("config/rbac.yml", TEAM + theirs)
    by(repo, "lee")
    repo.git("checkout", "--quiet", "main")
    repo.write("config/rbac.yml", TEAM + ours)
    by(repo, "lee")


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    ("ours", "theirs", "result", "meant"),
    [
        ("", "# theirs\n", "# theirs\n", False),
        ("# ours\n", "", "# ours\n", False),
        ("# same\n", "# same\n", "# same\n", False),
        ("", "# theirs\n", "", True),  # takes back what a side did
        ("# ours\n", "", "", True),
        ("", "# theirs\n", "# third\n", True),
        ("# ours\n", "# theirs\n", "# ours\n", True),  # somebody chose
        ("", "", "# own\n", True),
    ],
)
def test_a_merge_may_take_over_rules_and_not_choose_them(
    work: Repo, ours: str, theirs: str, result: str, *, meant: bool
) -> None:
    rule_fork(work, ours, theirs)
    work.git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    work.write("config/rbac.yml", TEAM + result)
    made = by(work, "dev")
    assert told(work) == ([("BL321", made[:10])] if meant else [])


# --- what a repository may try


def test_neither_a_mailmap_nor_a_replaced_commit_makes_somebody_of_anybody(work: Repo) -> None:
    work.write(".mailmap", "lee <lee@example.org> <eve@example.org>\n")
    made = by(work, "eve", status="done")
    raw = commit_object(tree_of(work), [work.git("rev-parse", "base").strip()], "lee <lee@example.org>")
    work.git("replace", made, write_commit(work, raw))
    assert told(work) == [("BL320", made[:10])]


@pytest.mark.sampled(12)
@pytest.mark.parametrize(
    "author",
    [
        "lee <lee@example.org> <eve@example.org>",
        "lee <eve@example.org> <lee@example.org>",
        "lee <lee@example.org>>",
        "lee <lee@example.org",
        "lee@example.org",
        "lee <>",
        "lee < lee@example.org>",
        "lee <lee@example.org\0>",
        "eve <eve@example.org> 1 +0000\nauthor lee <lee@example.org>",
        "lee <LEE@example.org>",
        "lee <l\u0435e@example.org>",
    ],
)
def test_an_author_of_another_form_than_gits_is_nobody(work: Repo, author: str) -> None:
    work.write(ITEM, item_text(ONE, status="done"))
    work.git("add", "--all")
    tree = work.git("write-tree").strip()
    head = "author lee <lee@example.org> 1 +0000"
    raw = commit_object(tree, [work.head()], "lee <lee@example.org>").replace(head.encode(), b"")
    raw = re.sub(rb"\nauthor [^\n]*", b"\nauthor " + author.encode() + b" 1771222800 +0000", raw, count=1)
    work.git("update-ref", "refs/heads/main", write_commit(work, raw))
    assert [code for code, _ in told(work)] == ["BL320"]


# --- signatures


@pytest.fixture
def trusting(work: Repo, keys: dict[str, Key]) -> Repo:
    """The same backlog, where signatures count."""
    work.write("config/rbac.yml", TEAM.replace("author", "signature"))
    work.write("config/allowed_signers", f"lee@example.org {keys[LEE].public}\ndev@example.org {keys[DEV].public}\n")
    by(work, "lee")
    work.git("tag", "--force", "base")
    return work


LEE, DEV = email("cto", "person"), email("oncall", "person")


def closing(repo: Repo) -> bytes:
    """An unsigned commit that closes the item, said to be lee's."""
    repo.write(ITEM, item_text(ONE, status="done"))
    repo.git("add", "--all")
    return commit_object(repo.git("write-tree").strip(), [repo.head()], "lee <lee@example.org>")


def stands(repo: Repo, raw: bytes) -> list[Finding]:
    repo.git("update-ref", "refs/heads/main", write_commit(repo, raw))
    return judged(repo, "base", "HEAD")


def test_the_signer_counts_and_not_the_author(trusting: Repo, keys: dict[str, Key]) -> None:
    raw = closing(trusting)
    assert stands(trusting, signed(raw, keys[LEE])) == []
    trusting.git("reset", "--quiet", "--hard", "base")
    (finding,) = stands(trusting, signed(closing(trusting), keys[DEV]))
    assert finding.code == "BL322"
    assert "dev, who signed it, is a person in the role oncall" in finding.message


@pytest.mark.exhaustive
def test_a_signature_over_anything_else_is_none(trusting: Repo, keys: dict[str, Key]) -> None:
    raw, key = closing(trusting), keys[LEE]
    right = key.sign(raw)
    for made, said in [
        (with_signature(raw, key.sign(raw + b" ")), "not right"),
        (with_signature(raw, key.sign(raw, "file")), "not right"),
        (with_signature(raw.replace(b"\n\nm", b"\n\nmore"), right), "not right"),
        (with_signature(with_signature(raw, right), right), "is not signed"),
        (with_signature(raw, right, b"gpgsig-sha256"), "is not signed"),
        (with_signature(with_signature(raw, right), b"x", b"gpgsig-sha256"), "is not signed"),
        (with_signature(raw, b"-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----"), "another way"),
        (with_signature(raw, right[:-40]), "another way"),
        (with_signature(raw, right.replace(b"\n", b"\r\n")), "another way"),
        (with_signature(raw, b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----"), "another way"),
        (raw + b"\n" + right, "is not signed"),
        (raw, "is not signed"),
    ]:
        (finding,) = stands(trusting, made)
        assert (finding.code, said in finding.message) == ("BL323", True), finding
        trusting.git("update-ref", "refs/heads/main", "base")


@pytest.mark.exhaustive
def test_a_time_that_the_key_is_not_valid_at_is_the_committers(trusting: Repo, keys: dict[str, Key]) -> None:
    lines = f'lee@example.org valid-after="20260101",valid-before="20260301" {keys[LEE].public}\n'
    trusting.write("config/allowed_signers", lines)
    by(trusting, "lee")
    trusting.git("tag", "--force", "base")
    raw = closing(trusting)
    for day, meant in [("2025-12-31", 1), ("2026-01-01", 0), ("2026-02-28", 0), ("2026-03-01", 1)]:
        seconds = int(time.mktime(time.strptime(f"{day} 12:00", "%Y-%m-%d %H:%M")) - time.timezone)
        moved = raw.replace(str(AT).encode(), str(seconds).encode())
        assert len(stands(trusting, signed(moved, keys[LEE]))) == meant, day
        trusting.git("update-ref", "refs/heads/main", "base")


def test_a_key_that_is_put_on_the_list_within_the_range_does_not_count(trusting: Repo, keys: dict[str, Key]) -> None:
    trusting.write("config/allowed_signers", f"lee@example.org {keys['unnamed'].public}\n")
    found = stands(trusting, signed(closing(trusting), keys["unnamed"]))
    assert {one.code for one in found} == {"BL323"}
    assert "a key that config/allowed_signers does not have" in found[0].message


@pytest.mark.sampled(12)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("* {lee}", "'*' is not one e-mail address"),
        ("*@example.org {lee}", "patterns stand for nobody"),
        ("!dev@example.org,lee@example.org {lee}", "patterns stand for nobody"),
        ('"lee@example.org" {lee}', "patterns stand for nobody"),
        ("lee@example.org cert-authority {lee}", "certificates are not looked at"),
        ("lee@example.org {lee}\ndev@example.org {lee}", "on another line too, for lee@example.org"),
        ("lee@example.org", "not an e-mail address, a type of key and a key"),
        ("lee@example.org ssh-ed25519 AAAA", "no such key"),
        ("lee@example.org ssh-rsa {key}", "no such key"),
        ("\0\xff", "not an e-mail address"),
    ],
)
def test_a_list_that_would_make_somebody_of_everybody_is_refused_whole(
    trusting: Repo, keys: dict[str, Key], text: str, said: str
) -> None:
    public = keys[LEE].public
    trusting.write("config/allowed_signers", text.format(lee=public, key=public.split(" ")[1]) + "\n")
    by(trusting, "lee")
    trusting.git("tag", "--force", "base")
    found = stands(trusting, signed(closing(trusting), keys[LEE]))
    assert {one.code for one in found} == {"BL324"}
    assert said in found[0].message
    assert found[0].path == "config/allowed_signers"


def test_without_a_list_nobody_has_signed(trusting: Repo, keys: dict[str, Key]) -> None:
    trusting.git("rm", "--quiet", "config/allowed_signers")
    by(trusting, "lee")
    trusting.git("tag", "--force", "base")
    (finding,) = stands(trusting, signed(closing(trusting), keys[LEE]))
    assert (finding.code, finding.path) == ("BL324", "config/allowed_signers")


def test_a_key_of_somebody_whom_the_roles_do_not_know_counts_for_nobody(trusting: Repo, keys: dict[str, Key]) -> None:
    trusting.write("config/allowed_signers", f"eve@example.org {keys[LEE].public}\n")
    by(trusting, "lee")
    trusting.git("tag", "--force", "base")
    (finding,) = stands(trusting, signed(closing(trusting), keys[LEE]))
    assert finding.code == "BL323"
    assert "signed for eve@example.org: that is none of rbac.people" in finding.message


def test_no_program_that_the_repository_names_is_run(
    trusting: Repo, keys: dict[str, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither gpg.ssh.program nor what lies in a relative folder of PATH."""
    evil = trusting.write("bin/ssh-keygen", f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 0\n")
    evil.chmod(0o755)
    for name in ("gpg.ssh.program", "gpg.program", "gpg.x509.program"):
        trusting.git("config", name, str(evil))
    trusting.git("config", "gpg.ssh.allowedSignersFile", str(tmp_path / "other"))
    trusting.git("config", "log.showSignature", "true")
    raw = closing(trusting)
    forged = with_signature(raw, keys[LEE].sign(b"something else"))
    monkeypatch.setenv("PATH", f"bin:.:{trusting.root}/none:{os.environ['PATH']}")
    monkeypatch.chdir(trusting.root)
    (finding,) = stands(trusting, forged)
    assert finding.code == "BL323"
    assert not (tmp_path / "ran").exists()


def test_without_ssh_keygen_the_check_fails_and_says_so(
    trusting: Repo, keys: dict[str, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = signed(closing(trusting), keys[LEE])
    commit = write_commit(trusting, raw)
    git = shutil.which("git")
    assert git
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(git)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(UnavailableError, match="ssh-keygen is not installed"):
        judged(trusting, "base", commit)


def test_a_key_generator_that_dies_is_no_yes(
    trusting: Repo, keys: dict[str, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = write_commit(trusting, signed(closing(trusting), keys[LEE]))
    program = tmp_path / "bin/ssh-keygen"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with pytest.raises(UnavailableError, match="ended by signal 9"):
        judged(trusting, "base", commit)


def test_a_range_without_items_and_rules_asks_nobody(trusting: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backlogtool.stores.git.signatures._program", lambda: pytest.fail("asked"))
    trusting.write("README.md", "x\n")
    by(trusting, "eve")
    assert told(trusting) == []


def test_git_and_we_agree_about_what_git_has_signed(trusting: Repo, keys: dict[str, Key], tmp_path: Path) -> None:
    """What `git commit -S` makes is accepted here, and what is written here `git verify-commit` accepts."""
    for name, held in {
        "gpg.format": "ssh",
        "user.signingKey": str(keys[LEE].path),
        "gpg.ssh.allowedSignersFile": str(trusting.root / "config/allowed_signers"),
    }.items():
        trusting.git("config", name, held)
    trusting.write(ITEM, item_text(ONE, status="done"))
    trusting.git("add", "--all")
    trusting.git("commit", "--quiet", "-S", "--message", "close\n\nÜber alles")
    assert judged(trusting, "base", "HEAD") == []
    trusting.git("reset", "--quiet", "--hard", "base")
    commit = write_commit(trusting, signed(closing(trusting), keys[LEE]))
    trusting.git("verify-commit", commit)


@pytest.mark.exhaustive
def test_it_is_the_same_in_a_repository_of_longer_ids(tmp_path: Path, keys: dict[str, Key]) -> None:
    root = tmp_path / "sha256"
    root.mkdir()
    repo = Repo(root)
    repo.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    for name, held in {"gpg.format": "ssh", "user.signingKey": str(keys[DEV].path), "user.name": "x"}.items():
        repo.git("config", name, held)
    repo.git("config", "user.email", "lee@example.org")
    repo.write("config/rbac.yml", TEAM.replace("author", "signature"))
    repo.write("config/allowed_signers", f"dev@example.org {keys[DEV].public}\n")
    repo.write(ITEM, item_text(ONE, status="in_progress"))
    repo.commit("base")
    repo.git("tag", "base")
    repo.write(ITEM, item_text(ONE, status="blocked"))
    repo.git("commit", "--quiet", "--all", "-S", "--message", "signed")
    assert told(repo) == []
    repo.write(ITEM, item_text(ONE, status="canceled"))
    repo.git("commit", "--quiet", "--all", "-S", "--message", "signed")
    assert [code for code, _ in told(repo)] == ["BL322"]
    repo.write(ITEM, item_text(ONE, status="canceled", title="x"))
    repo.git("commit", "--quiet", "--all", "--message", "not signed")
    assert [code for code, _ in told(repo)] == ["BL322", "BL323"]


def test_rules_are_off_unless_they_are_asked_for(repo: Repo) -> None:
    repo.write(ITEM, item_text(ONE))
    repo.commit("base")
    repo.git("tag", "base")
    by(repo, "eve", status="in_progress")
    assert told(repo) == []
