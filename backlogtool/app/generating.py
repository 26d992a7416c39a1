"""The verb ``generate weekly``: items from the newest digest, in one commit, without doubling any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from backlogtool.app import packaged, rendering
from backlogtool.app.reading import readable
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.codec import digest, markdown
from backlogtool.domain import calendar
from backlogtool.domain.digest import Digest
from backlogtool.domain.finding import errors
from backlogtool.domain.outcome import UNCHANGED
from backlogtool.errors import InvalidError, NotFoundError, UsageError
from backlogtool.generation.candidate import Render, candidates
from backlogtool.generation.run import plan, skipped
from backlogtool.stores.base import Stored, Write
from backlogtool.views.renderer import Job

NO_DIGEST = "No platform digest found. Run architecture_pressure_tool.digest first."


def weekly(space: Workspace, env: str, week: str, options: Options) -> tuple[dict[str, Any], Result | None]:
    """Runs the generator; the report is plain JSON data. No result where nothing had to be written.

    ``week`` picks a digest; empty is the newest. Raises ``NotFoundError`` (R-101), ``InvalidError`` for a
    digest or a backlog that cannot be used, ``RefusedError``; then nothing is written.
    """
    space.require("auto_generate_weekly")
    space.require_backlog()
    policy = space.policy
    if env not in policy.enums.env:
        raise UsageError(f"env '{env}' is unknown", hint="allowed: " + ", ".join(policy.enums.env))
    if week and calendar.normal_week(week) is None:
        raise UsageError(f"'{week}' is not a week", hint="write YYYY-Www, such as 2026-W08")
    off = skipped(policy)
    if off:
        return off, None
    read, doubts = _digest(space, env, week)
    today, now = space.today, space.now
    description, render = _rendered(
        space, lambda noted, description: candidates(read, policy, today, now, noted, description)
    )
    with space.store.writing(dry=options.dry_run):
        found = readable(space)
        made = plan(
            read, policy, found.items, today, now, render, description, dry_run=options.dry_run, warnings=doubts
        )
        held = {one.item.id: one for one in found.stored}
        writes = [_write(held, one.item) for one in made.outcomes if one.action != UNCHANGED]
        if not writes:
            return made.report, None
        created, updated = len(made.report["created"]), len(made.report["updated"])
        summary = f"generate {read.week}: {created} created, {updated} updated"
        return made.report, apply(space, writes, summary, options, action="generated")


def _rendered(space: Workspace, run: Callable[[Render, str], object]) -> tuple[str, Render]:
    """The template of descriptions, and a ``Render`` that has the text for everything that ``run`` asks for.

    All is rendered in one go, since a process of its own for each text would take long: ``run`` is given a
    ``Render`` that only notes what it is asked, and whoever asks the same in the same order gets the texts.
    """
    own = rendering.own_templates(space)
    description = {**packaged.templates(), **own}[rendering.GENERATED_ITEM]
    jobs: list[Job] = []

    def note(text: str, values: Mapping[str, Any]) -> str:
        named = text == description
        jobs.append(Job(rendering.GENERATED_ITEM if named else text, values, is_text=not named))
        return "noted"

    with suppress(InvalidError):  # it will be raised again, with what there is to say about the texts
        run(note, description)
    titles = {category.title for category in space.policy.categories.values()}
    ours = {category.title for category in Workspace.in_memory(settings=space.settings).policy.categories.values()}
    with rendering.in_repository(own):
        texts = iter(rendering.renderer(own, texts_are_ours=titles <= ours).texts(jobs))
    return description, lambda text, values: next(texts)  # noqa: ARG005 - what is asked is known


def _write(held: dict[str, Stored], item: Any) -> Write:
    stored = held.get(item.id)
    return Write(stored, markdown.normal(item, stored.item if stored else None))


def _digest(space: Workspace, env: str, week: str) -> tuple[Digest, list[str]]:
    """The digest to use and the doubts about it."""
    folder = space.policy.generation.digest_dir
    names = {
        path.rpartition("/")[2]: path for path in space.store.names(folder) if path.count("/") == folder.count("/") + 1
    }
    name, doubts = digest.latest(names, week or None)
    if name is None:
        raise NotFoundError(NO_DIGEST if not week else f"no digest of {week} in {folder}")
    data = space.store.file(names[name])
    read, findings = digest.read(data or b"", names[name], env=env)
    if read is None:
        raise InvalidError(f"{names[name]} cannot be used: {errors(findings)[0].message}", findings)
    return read, [finding.message for finding in (*doubts, *findings)]
