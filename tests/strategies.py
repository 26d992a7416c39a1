"""Hypothesis strategies: items as people and tools could write them."""

from __future__ import annotations

from hypothesis import strategies as st

from backlogtool.domain.item import Comment, Item

_HIDDEN = (
    [chr(code) for code in range(0x20)]
    + [chr(code) for code in range(0x7F, 0xA0)]
    + ["\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u200b", "\u200e", "\u200f"]
    + ["\u2028", "\u2029", "\u3164", "\ufeff", "\uffa0"]
    + [chr(code) for code in (*range(0x180B, 0x1810), *range(0x202A, 0x202F), *range(0x2060, 0x2070))]
    + [chr(code) for code in (*range(0xFFF0, 0xFFFC), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B))]
    + [chr(code) for code in range(0xE0000, 0xE1000)]
)
_TRICKY = [
    "no",
    "Yes",
    "null",
    "~",
    "12:30",
    "010",
    "1e3",
    "2026-03-02",
    "0x1f",
    "=",
    "<<",
    "[ARCH] a: b",
    "fix #12",
    "- a",
    "? b",
    "'quoted'",
    '"both\'"',
    "a: b",
    "a:",
    ": a",
    "{x}",
    "%YAML",
    "@cto",
    "`code`",
    "| pipe",
    "> fold",
    "trailing \\",
    "emoji 👩‍💻 —",
    "true",
    "1_000",
    ".inf",
    "...",
    "---",
    "*star",
    "&amp",
    "!tag",
    "a\u00a0b",
]
line = st.one_of(
    st.sampled_from(_TRICKY),
    st.text(
        st.characters(codec="utf-8", exclude_characters=_HIDDEN, exclude_categories=["Cs", "Cn", "Co"]), max_size=40
    ),
)
title = line.filter(lambda text: text.strip() and text == text.strip())
name = st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True)
day = st.dates().map(str)
moment = st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z")
paragraph = st.one_of(
    line,
    st.sampled_from(
        ["## Plan", "## Notes", "- [ ] box", "```\n## Comments\n### x\n```", "### sub", "---", "\\## x", "    code"]
    ),
)
text = st.lists(paragraph, max_size=6).map("\n\n".join)
plain_value = st.recursive(
    st.one_of(line, st.integers(-(10**17), 10**17), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(name, inner, max_size=3)),
    max_leaves=6,
)
comments = st.lists(st.builds(Comment, at=moment, actor=title, text=text.map(lambda one: one or "x")), max_size=3).map(
    tuple
)
identifier = st.from_regex(r"bl_[0-9a-f]{12}", fullmatch=True)
refs = st.dictionaries(
    st.sampled_from(["alerts", "incidents", "release_checks", "artifacts", "followups"]),
    st.lists(title, min_size=1, max_size=3, unique=True).map(lambda some: tuple(sorted(some))),
    max_size=3,
)


def items() -> st.SearchStrategy[Item]:
    """Any item a file can hold; values need not be legal."""
    return st.builds(
        lambda **values: Item(**values),  # what is not named here keeps its default
        id=identifier,
        title=title,
        created_at=moment,
        status=st.sampled_from(["open", "in_progress", "blocked", "done", "canceled"]),
        env=st.sampled_from(["prod", "staging", "dev"]),
        priority=st.sampled_from(["P0", "P1", "P2", "P3"]),
        service=st.one_of(st.just(""), name),
        owner=title,
        category=st.sampled_from(["", "security", "refactor"]),
        due_date=st.one_of(st.just(""), day),
        source=st.sampled_from(["manual", "digest"]),
        dedupe_key=title,
        list=st.sampled_from(["", "backlog", "todo"]),
        rank=st.one_of(st.none(), st.integers(-5, 10**6)),
        group=st.one_of(st.just(""), name),
        dependencies=st.lists(identifier, max_size=2).map(lambda some: tuple(sorted(set(some)))),
        evidence_refs=refs,
        tags=st.lists(title, max_size=4).map(lambda some: tuple(sorted(set(some)))),
        meta=st.dictionaries(name, plain_value, max_size=3),
        extra=st.dictionaries(
            st.from_regex(r"x_[a-z0-9_]{1,10}", fullmatch=True),
            plain_value.filter(lambda one: one is not None),
            max_size=3,
        ),
        description=text,
        comments=comments,
    )
