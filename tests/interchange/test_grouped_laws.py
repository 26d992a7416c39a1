"""What holds for every backlog, whatever its items say."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from backlogtool.codec import markdown, mojibake
from backlogtool.domain import body
from backlogtool.domain.item import Item
from backlogtool.interchange.grouped import changes
from tests import strategies as some
from tests.codec.test_grouped_lines import TRICKY
from tests.interchange.samples import LATER, NOW, backlog, grouped, imported, packaged, with_layout

slugs = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
BROKEN = ["\u00e2\u20ac\u201d", "\u00c3\u00a9", "\u00c2\u00a0", "\u00c2\u00a0x", "\u00f0\u0178\u201d", "\u00e2\u20ac"]
prose = st.lists(st.one_of(st.sampled_from([*TRICKY, *BROKEN]), some.line), max_size=6).map("\n".join)
titles = st.one_of(
    st.sampled_from(
        [*BROKEN, "[ARCH] a] b [c", "`x` | y", "{{ x }} {% raw %}", "100% <300ms", "<!-- a", "\\<!-- b --> c", "TBD"]
    ),
    some.title,
)
parts = st.one_of(
    prose,
    st.lists(st.sampled_from(["- [ ] a", "- [x] b", "1. c", "2. d", "- `docs/e` — f", "- `g`"]), max_size=5).map(
        "\n\n".join
    ),
)
headings = st.sampled_from(
    [*body.TASK_SECTIONS, "Notes", "Status", "\\Status", "Description", "\\Comments", "a*b", "x:**", "é", *BROKEN]
)
sections = st.lists(st.builds(body.Section, heading=headings, text=parts), max_size=5)
descriptions = st.one_of(st.builds(body.join, lead=prose, sections=sections), some.text)


item = st.builds(
    lambda **values: Item(**values),  # what is not named here keeps its default
    id=some.identifier,
    title=titles,
    created_at=st.just(NOW),
    status=st.sampled_from(["open", "in_progress", "done"]),
    env=st.just("prod"),
    priority=st.sampled_from(["P0", "P1", "P2", "P3"]),
    service=st.sampled_from(["", "gateway", "tbd"]),
    owner=st.just("oncall"),
    category=st.sampled_from(["", "security", "refactor"]),
    source=st.just("manual"),
    dedupe_key=st.just("k"),
    list=st.sampled_from(["", "backlog", "todo"]),
    type=st.sampled_from(["", "ops", "docs", "op", "unheard", "Ci"]),
    rank=st.one_of(st.none(), st.integers(-2, 5)),
    component=st.one_of(st.just(""), slugs, some.name),
    group=st.sampled_from(["", "infra-high", "docs-low", "gone"]),
    promoted_from=st.sampled_from(["", "infra-high", "gone"]),
    promoted_at=st.sampled_from(["", "2026-02-04", "2026-02-05"]),
    description=descriptions,
).map(markdown.normal)
#: A backlog: any items that files can hold, in any list, group and order.
backlogs = st.lists(item, max_size=4, unique_by=lambda one: one.id)


@given(backlogs)
def test_a_view_that_nobody_edited_imports_as_nothing(items: list[Item]) -> None:
    """C-32: whatever the items hold, their block reads back as what it shows."""
    policy = packaged()
    made = changes(grouped(backlog(items, policy), policy), items, policy, LATER)
    assert (made.items, made.changed, made.findings) == ((), (), ())
    assert made.layout.differences(policy.backlog_md) == {}


@given(backlogs)
def test_showing_what_was_imported_gives_the_same_file(items: list[Item]) -> None:
    text = backlog(items, packaged())
    assume(mojibake.repair(text)[0] == text)
    again, policy = imported(text)
    assert backlog(again, policy) == text
    assert imported(backlog(again, policy)) == (again, policy)


@given(backlogs)
def test_imported_items_can_be_written(items: list[Item]) -> None:
    again, _ = imported(backlog(items, packaged()))
    for item in again:
        assert markdown.read(markdown.write(item), item.id).item == item


@given(backlogs, backlogs)
def test_after_an_import_the_file_says_nothing_new(items: list[Item], others: list[Item]) -> None:
    """However different the items were, their blocks then say what the file says."""
    old = [item._replace(list="", status="open") for item in items]
    new = [other._replace(id=item.id, list="", status="open") for item, other in zip(old, others, strict=False)]
    file = grouped(backlog(new, packaged()), packaged())
    made = changes(file, old, packaged(), LATER)
    assert made.items == ()
    changed = {item.id: item for item in made.changed}
    after = [changed.get(item.id, item) for item in old]
    again = changes(file, after, with_layout(packaged(), made.layout), LATER)
    assert (again.items, again.changed, again.findings) == ((), (), ())


@given(backlogs)
def test_a_section_is_changed_without_touching_another(items: list[Item]) -> None:
    for item in items:
        before = item._replace(list="", status="open")
        held = body.split(before.description)[1]
        after = before._replace(description=body.join("New lead.", held))
        [changed] = changes(grouped(backlog([after], packaged()), packaged()), [before], packaged(), LATER).changed or [
            before
        ]
        assert body.split(changed.description)[1] == held
        assert changed._replace(description="") == before._replace(description="")


@given(titles, prose, st.dictionaries(st.sampled_from(["infra-high", "docs-low"]), st.lists(prose, max_size=3)), titles)
def test_the_policy_s_own_words_come_back(title: str, preamble: str, notes: dict[str, list[str]], heading: str) -> None:
    """Title, preamble, notes and headings say in the file what they say in the policy, whatever that is."""
    groups = (packaged().backlog_md.groups[0]._replace(heading=heading), *packaged().backlog_md.groups[1:])
    told = {key: tuple(some) for key, some in notes.items() if "".join(some).strip()}
    rules = packaged().backlog_md._replace(title=title, preamble=preamble, groups=groups, group_notes=told)
    policy = packaged()._replace(backlog_md=rules)
    made = changes(grouped(backlog([], policy), policy), [], policy, LATER)
    assert made.layout.differences(rules) == {}
