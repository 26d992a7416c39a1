"""The jobs of a backlog that enforces roles: they act as somebody who may do what they do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from backlogtool.app.setup_ci import PATHS, Actors, actors, jobs
from backlogtool.codec.policy import Layer, load
from backlogtool.domain.policy import Rbac
from tests.ci import gitlab
from tests.ci.forge import JUDGE, VIEWS, Done, Forge, document, forge, steps
from tests.cli.session import GATEWAY, Session

ROLES = "config/rbac.yml"
KINDS = ("action", "github", "gitea", "gitlab")
#: What the packaged roles give: who may read, and who may write as well.
FOUND = Actors("interface", "oncall")
NOBODY = Actors()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def hub(cli: Session, tmp_path: Path) -> Forge:
    """A forge whose backlog enforces roles, with a branch that keeps the rules; no job's author has a role."""
    cli.repo.write(ROLES, "enforce: true\n")
    cli.repo.commit("roles", ROLES)
    cli.repo.git("checkout", "--quiet", "-b", "good")
    cli("--actor", "oncall", "set-status", GATEWAY, "in_progress")
    cli.repo.git("checkout", "--quiet", "main")
    return forge(cli.repo, tmp_path / "forge")


def judged(hub: Forge, kind: str, acting: Actors, **inputs: str) -> Done:
    repo = hub.clone("origin/good")
    base, head = (hub.hub.git("rev-parse", one).strip() for one in ("main", "good"))
    if kind == "gitlab":
        job = yaml.safe_load(jobs(kind, source="", branch="", acting=acting))[gitlab.JUDGE]
        return gitlab.run(job, hub, repo, CI_COMMIT_SHA=head, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    event = {"pull_request": {"base": {"sha": base}, "head": {"sha": head}}}
    return hub.run(steps(document(kind, acting))[JUDGE], repo, "pull_request", event, **inputs)


def rendered(hub: Forge, kind: str, acting: Actors, **inputs: str) -> Done:
    repo = hub.clone("origin/main")
    if kind == "gitlab":
        job = yaml.safe_load(jobs(kind, source="", branch="", acting=acting))[gitlab.RENDER]
        return gitlab.run(job, hub, repo, CI_COMMIT_SHA=repo.head())
    return hub.run(steps(document(kind, acting))[VIEWS], repo, "push", {"before": "x"}, ref_name="main", **inputs)


@pytest.mark.exhaustive
def test_what_is_written_into_the_file_is_enough(hub: Forge, kind: str) -> None:
    """The Action has no such file: its input says it."""
    for run, actor in ((judged, FOUND.reader), (rendered, FOUND.writer)):
        done = run(hub, kind, FOUND, **({"actor": actor} if kind == "action" else {}))
        assert done.status == 0, done.out
    assert "BACKLOG.md" in hub.hub.git("ls-tree", "--name-only", "main")


@pytest.mark.sampled(4)
def test_the_variable_of_the_forge_wins(hub: Forge, kind: str) -> None:
    for run in (judged, rendered):
        actor = {"actor": "cto"} if kind == "action" else {}
        done = run(replace(hub, variables={"BACKLOG_ACTOR": "cto"}), kind, Actors("x", "y"), **actor)
        assert done.status == 0, done.out


@pytest.mark.sampled(4)
def test_without_an_actor_who_may_nothing_is_called_well(hub: Forge, kind: str) -> None:
    for run in (judged, rendered):
        done = run(hub, kind, Actors("eve", "eve"), **({"actor": "eve"} if kind == "action" else {}))
        assert done.status == 4, done.out
        assert "lacks tools.backlog.read" in done.out


@pytest.mark.parametrize("forge_name", sorted(PATHS))
def test_init_names_the_roles_and_tells_of_the_variable(cli: Session, forge_name: str) -> None:
    cli.repo.write(ROLES, "enforce: true\n")
    cli.repo.commit("roles", ROLES)
    told = cli("--actor", "oncall", "init", "--ci", forge_name)
    assert "the jobs act as interface and oncall" in told.err
    assert f"the variable BACKLOG_ACTOR at {forge_name} names another" in told.err
    assert cli.repo.read(PATHS[forge_name]) == _marked(forge_name, cli, FOUND)


def _marked(forge_name: str, cli: Session, acting: Actors) -> str:
    from backlogtool.codec.marks import marked

    return marked(PATHS[forge_name], jobs(forge_name, source="", branch="main", acting=acting))


def test_without_enforced_roles_there_is_nothing_to_tell(cli: Session) -> None:
    assert "BACKLOG_ACTOR" not in cli("init", "--ci", "github").err
    assert cli.repo.read(PATHS["github"]) == _marked("github", cli, NOBODY)


def rules(text: str) -> Rbac:
    from backlogtool.app import packaged

    loaded = load([Layer(packaged.policy_text(), packaged.POLICY_PATH), Layer(f"version: 1\nrbac: {text}\n", "x")])
    assert loaded.policy is not None, loaded.findings
    return loaded.policy.rbac


WRITES = "create, upsert, set_status, add_comment, close, auto_generate_weekly, cleanup, change_rules"
OWN = f"entitlements: {{r: [list, get, dashboard], w: [{WRITES}]}}"


@pytest.mark.parametrize(("text", "wanted"), [
    ("{}", NOBODY),
    ("{enforce: true}", FOUND),
    # Who is called so has another role.
    ("{enforce: true, members: {interface: scheduler, oncall: cto}}", Actors("interface", "oncall")),
    ("{enforce: true, members: {interface: nothing}, roles: {nothing: [], cto: [tools.backlog.read]}}",
     Actors("cto", "")),
    (f"{{enforce: true, {OWN}, roles: {{lead: [r, w], looker: [r]}}}}", Actors("looker", "lead")),
    (f"{{enforce: true, {OWN}, roles: {{writer: [w], reader: [r]}}}}", Actors("reader", "")),
])  # fmt: skip
def test_the_role_that_may_and_holds_the_least_is_taken(text: str, wanted: Actors) -> None:
    assert actors(rules(text)) == wanted


def test_where_no_role_may_init_says_which_job_stops(cli: Session) -> None:
    cli.repo.write(ROLES, f"enforce: true\n{OWN}\nroles: {{writer: [w], reader: [r]}}\n")
    cli.repo.commit("roles", ROLES)
    told = cli("--actor", "writer", "init", "--ci", "github").err
    assert "the jobs act as reader;" in told
    assert "the job that renders stops, as rbac.enforce is true: set the variable BACKLOG_ACTOR" in told
