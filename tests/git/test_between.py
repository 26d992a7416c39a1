"""``validate --base --head`` on real git: what lies between two commits, read without a work tree."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backlogtool.app.validation import validate_between
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding, errors
from backlogtool.errors import NotFoundError, UnavailableError
from tests.cli.session import GATEWAY, POLICY, item_text, run
from tests.repositories import Repo, make

PATH = f"items/{GATEWAY}.md"
TWIN = "bl_52c7050367b7"
LOOSE = (
    "version: 1\n"
    "workflow: {allowed_transitions: {open: [done], in_progress: [], blocked: [], done: [], canceled: []}}\n"
)


@pytest.fixture
def work(repo: Repo) -> Repo:
    """A repository with one open item, and a branch ``base`` that stays there."""
    step(repo, "base")
    repo.git("branch", "base")
    return repo


def step(repo: Repo, message: str = "work", path: str = PATH, **fields: Any) -> str:
    repo.write(path, item_text(GATEWAY, **fields))
    return repo.commit(message)


def told(place: Path, base: str = "base", head: str = "main") -> list[Finding]:
    return validate_between(Workspace.open(place, environment={}), base, head)


def codes(place: Path, base: str = "base", head: str = "main") -> list[str]:
    return sorted({one.code for one in told(place, base, head)})


def bare(work: Repo, place: Path) -> Path:
    """A bare clone of it all."""
    work.git("clone", "--quiet", "--bare", str(work.root), str(place))
    return place


# --- what is looked at


def test_a_bare_repository_tells_what_a_work_tree_tells(work: Repo, tmp_path: Path) -> None:
    step(work, status="in_progress")
    step(work, status="open", created_at="2020-01-01T00:00:00Z")
    work.write(POLICY, LOOSE)
    work.commit("looser")
    here, there = told(work.root), told(bare(work, tmp_path / "bare.git"))
    assert here == there
    assert {one.code for one in here} == {"BL301", "BL302", "BL306"}


def test_what_stands_in_the_work_tree_does_not_count(work: Repo) -> None:
    step(work, status="in_progress")
    work.write(PATH, "---\nbroken: [\n")
    work.write(POLICY, "version: [\n")
    assert told(work.root) == []
    assert codes(work.root, "main", "base") == []


def test_a_head_that_is_not_checked_out_is_judged(work: Repo) -> None:
    step(work, status="done")
    work.git("checkout", "--quiet", "base")
    assert codes(work.root) == ["BL301"]
    assert codes(work.root, "base", "base") == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize("spelled", ["base", "refs/heads/base", "main~1", "main^", "id"])
def test_any_spelling_of_a_revision_will_do(work: Repo, spelled: str) -> None:
    step(work, status="done")
    base = work.git("rev-parse", "base").strip() if spelled == "id" else spelled
    assert codes(work.root, base) == ["BL301"]


def _link(repo: Repo) -> None:
    (repo.root / f"items/{TWIN}.md").symlink_to("elsewhere.md")


def _named(path: str, **fields: Any) -> Callable[[Repo], None]:
    def change(repo: Repo) -> None:
        repo.write(path, item_text(GATEWAY, **fields))

    return change


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (_link, "BL113"),
        (_named("items/notes.md", dedupe_key="other"), "BL114"),
        (_named(f"items/{TWIN}.md", dedupe_key="other"), "BL110"),
        (_named(f"items/deep/{GATEWAY}.md"), "BL205"),
        (lambda repo: repo.write(f"items/{TWIN}.md", item_text(TWIN, dedupe_key=f"key:{GATEWAY}")), "BL206"),
        (_named(PATH, priority="P9"), "BL202"),
        (lambda repo: repo.write(PATH, "---\nid: [\n"), "BL307"),
        (lambda repo: repo.write(POLICY, "version: 1\nnonsense: 1\n"), "BL401"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_plain_validate_says_of_what_differs_is_said_here(
    work: Repo, change: Callable[[Repo], None], wanted: str
) -> None:
    change(work)
    work.commit("change")
    assert wanted in {one.code for one in told(work.root)}


def test_what_does_not_differ_is_not_looked_at_but_for_its_keys_and_its_ids(work: Repo) -> None:
    work.write("items/notes.md", "no item")
    work.write(f"items/{TWIN}.md", item_text(TWIN, priority="P9", dedupe_key="twin"))
    work.commit("odd already")
    work.git("branch", "--force", "base")
    work.write("items/bl_87e820f5b3c2.md", item_text("bl_87e820f5b3c2", dedupe_key="twin"))
    work.commit("another with that key")
    (found,) = told(work.root)
    assert (found.code, found.item) == ("BL206", "bl_87e820f5b3c2")
    assert TWIN in found.message


def test_an_item_that_gets_rid_of_its_second_file_is_judged_as_it_stands(work: Repo) -> None:
    step(work, "twice", f"items/deep/{GATEWAY}.md", priority="P9")
    work.git("branch", "--force", "base")
    (work.root / PATH).unlink()
    work.commit("one of them")
    assert "BL202" in codes(work.root)


def test_templates_that_are_no_files_are_told_if_they_differ(work: Repo) -> None:
    (work.root / "templates").mkdir()
    (work.root / "templates/report.md.j2").symlink_to("../elsewhere")
    work.commit("a link")
    assert codes(work.root) == ["BL113", "BL306"]
    work.git("branch", "--force", "base")
    step(work, owner="bob")
    assert codes(work.root) == []


# --- where it starts


def test_nothing_before_means_that_every_commit_is_judged_by_the_policy_of_the_head(work: Repo) -> None:
    assert codes(work.root, "") == []
    work.write(POLICY, LOOSE)
    work.commit("looser")
    step(work, status="done")
    assert codes(work.root, "") == []
    (work.root / POLICY).unlink()
    work.commit("as it was")
    assert codes(work.root, "") == ["BL301"]


def test_a_base_that_does_not_lie_behind_is_judged_as_the_merge_would_be(work: Repo) -> None:
    work.git("checkout", "--quiet", "base")
    step(work, "forward", status="canceled")
    work.git("checkout", "--quiet", "main")
    step(work, status="done")
    (found,) = told(work.root)
    assert found.code == "BL301"
    assert "open to done" in found.message


def test_a_rewritten_branch_has_the_rules_of_the_merge_base(work: Repo) -> None:
    work.write(POLICY, LOOSE)
    work.commit("looser")
    work.git("branch", "old")
    work.git("reset", "--quiet", "--hard", "base")
    step(work, status="done")
    assert codes(work.root, "old") == ["BL301"]


def test_what_is_no_commit_or_has_no_common_ancestor_is_an_error(work: Repo) -> None:
    blob = work.git("rev-parse", f"HEAD:{PATH}").strip()
    for base, head in (("nowhere", "main"), ("base", "nowhere"), (blob, "main"), ("base", blob), ("0" * 40, "main")):
        with pytest.raises(NotFoundError):
            told(work.root, base, head)
    work.git("checkout", "--quiet", "--orphan", "other")
    work.commit("another beginning")
    with pytest.raises(NotFoundError, match="no common ancestor"):
        told(work.root, "base", "other")


def test_a_store_without_commits_does_not_pretend_to_judge_them() -> None:
    with pytest.raises(UnavailableError):
        validate_between(Workspace.in_memory(), "a", "b")


# --- no way around


def test_a_replaced_or_grafted_commit_is_judged_as_it_is(work: Repo) -> None:
    """ROBUSTNESS.md 2.3."""
    bad = step(work, status="done")
    innocent = work.git("commit-tree", "base^{tree}", "-p", "base", "-m", "nothing").strip()
    work.git("replace", bad, innocent)
    assert codes(work.root) == ["BL301"]
    work.git("replace", "--delete", bad)
    last = step(work, status="done", owner="bob")
    (work.root / ".git/info").mkdir(exist_ok=True)
    (work.root / ".git/info/grafts").write_text(f"{last} {work.git('rev-parse', 'base').strip()}\n")
    assert "BL301" in {one.code for one in told(work.root)}


def test_rules_that_change_twice_judge_nothing_and_are_told_if_they_stay(work: Repo) -> None:
    work.write(POLICY, LOOSE)
    work.commit("looser")
    step(work, status="done")
    work.write(POLICY, "version: 1\ndefaults: {env: staging}\n")
    work.commit("something else")
    assert codes(work.root) == ["BL301", "BL306"]


def test_a_root_inside_the_range_is_judged(work: Repo) -> None:
    work.git("checkout", "--quiet", "--orphan", "other")
    work.git("rm", "-r", "--quiet", "--force", ".")
    work.write(f"items/{TWIN}.md", item_text(TWIN, status="in_progress"))
    work.commit("a root")
    work.write(f"items/{TWIN}.md", item_text(TWIN, status="open"))
    work.commit("back")
    work.git("checkout", "--quiet", "main")
    work.git("merge", "--quiet", "--no-edit", "--allow-unrelated-histories", "other")
    assert codes(work.root) == ["BL301", "BL304"]


def test_a_squash_may_only_jump_along_the_path_that_its_message_tells(work: Repo) -> None:
    def told_of(old: str, new: str) -> str:
        meta = f'{{"old_status": "{old}", "new_status": "{new}"}}'
        trailers = f"Backlog-Item: {GATEWAY}\nBacklog-Event: status_change\nBacklog-Meta: {meta}\nBacklog-Actor: ann"
        return f"{old} to {new}\n\n{trailers}"

    legal = "squashed\n\n" + "\n\n".join((told_of("open", "in_progress"), told_of("in_progress", "done")))
    step(work, legal, status="done")
    assert codes(work.root) == []
    work.git("reset", "--quiet", "--hard", "base")
    step(work, "squashed", status="done")
    assert codes(work.root) == ["BL301"]


def test_an_item_that_goes_and_comes_back_elsewhere_is_the_same_item(work: Repo) -> None:
    work.git("rm", "--quiet", PATH)
    work.commit("gone")
    work.git("branch", "--force", "base")
    step(work, "back", f"items/deep/{GATEWAY}.md", status="in_progress", source="digest", service="x")
    assert "BL302" in {one.code for one in told(work.root)}
    run("-C", str(work.root), "log")
    assert "BL302" in {one.code for one in told(work.root)}, "an index of events says the same"


# --- on a server


HOOK = f"""#!{sys.executable}
import sys
from backlogtool.app.validation import validate_between
from backlogtool.app.workspace import Workspace

for line in sys.stdin:
    old, new, ref = line.split()
    found = validate_between(Workspace.open("."), old.strip("0") and old, new)
    print(*found, sep="\\n")
    if found:
        sys.exit(1)
"""


@pytest.fixture(params=[True, False], ids=["bare", "work tree"])
def server(work: Repo, tmp_path: Path, request: pytest.FixtureRequest) -> Repo:
    """What ``work`` can push to: a repository whose hook asks."""
    served = make(tmp_path / "server", bare=request.param)
    git_dir = served.root if request.param else served.root / ".git"
    served.git("config", "receive.denyCurrentBranch", "ignore")
    hook = git_dir / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK)
    hook.chmod(0o755)
    work.git("remote", "add", "origin", str(served.root))
    return served


def push(work: Repo, *words: str) -> tuple[int, str]:
    done = subprocess.run(["git", "push", "origin", *words], cwd=work.root, capture_output=True, check=False, text=True)
    return done.returncode, done.stderr


@pytest.mark.sampled(2)
def test_a_push_is_judged_while_its_objects_are_in_quarantine(work: Repo, server: Repo) -> None:
    """ROBUSTNESS.md 2.3: the variables of receive-pack reach git, and nothing is left behind."""
    assert push(work, "main")[0] == 0
    legal = step(work, status="in_progress")
    assert push(work, "main")[0] == 0
    step(work, status="open")
    status, said = push(work, "main")
    assert status != 0
    assert "cannot go from in_progress to open" in said
    assert server.git("rev-parse", "main").strip() == legal


@pytest.mark.sampled(2)
def test_a_server_that_asks_for_explicit_bare_repositories_is_no_obstacle(
    work: Repo, server: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured = Path(os.environ["GIT_CONFIG_GLOBAL"]).read_text()
    strict = work.root.parent / "strict"
    strict.write_text(f"{configured}[safe]\n\tbareRepository = explicit\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(strict))
    status, said = push(work, "main")
    assert status == 0, said
    assert server


def test_quarantine_variables_that_lead_elsewhere_count_for_nothing(
    work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step(work, status="done")
    hidden = work.head()
    elsewhere = make(tmp_path / "elsewhere")
    for name, value in (
        ("GIT_QUARANTINE_PATH", f"{work.root}/.git/objects"),
        ("GIT_OBJECT_DIRECTORY", f"{work.root}/.git/objects"),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", f"{work.root}/.git/objects"),
    ):
        monkeypatch.setenv(name, value)
    with pytest.raises(NotFoundError):
        told(elsewhere.root, "", hidden)


# --- the command


def test_the_command_says_what_it_has_judged(work: Repo, tmp_path: Path) -> None:
    step(work, status="in_progress")
    place = str(bare(work, tmp_path / "bare.git"))
    done = run("-C", place, "validate", "--base", "base", "--head", "main")
    base = work.git("rev-parse", "base")[:10]
    assert (done.status, done.err) == (0, f"1 commit after {base}, 1 item, all well\n")
    step(work, status="open")
    work.git("push", "--quiet", place, "main")
    done = run("-C", place, "validate", "--base", "base", "--head", "main", "--format", "gcc")
    assert done.status == 1
    assert done.out.startswith(f"{PATH}:5:")


@pytest.mark.sampled(9)
@pytest.mark.parametrize("layout", ["json", "gcc", "github", "gitlab", "junit", "sarif", "rdjson"])
def test_every_format_looks_at_the_head(work: Repo, layout: str) -> None:
    step(work, status="doen")
    work.git("checkout", "--quiet", "base")
    done = run("-C", str(work.root), "validate", "--base", "base", "--head", "main", "--format", layout)
    assert done.status == 1
    assert "BL202" in done.out


@pytest.mark.parametrize(
    "words",
    [
        ("--since", ""),
        ("--base", ""),
        ("--base", "base", "--head", ""),
        ("--head", "main"),
        ("--since", "base", "--base", "base"),
    ],
)
def test_a_revision_that_is_not_given_is_refused(work: Repo, words: tuple[str, ...]) -> None:
    """A variable that nobody has set must not make the check smaller."""
    step(work, status="done")
    done = run("-C", str(work.root), "validate", *words)
    assert done.status == 2
    assert "all well" not in done.out + done.err


def test_errors_are_errors(work: Repo) -> None:
    step(work, status="done")
    assert errors(told(work.root))
