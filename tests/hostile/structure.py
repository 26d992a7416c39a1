"""Hostile structure of YAML: what a reader must not follow, merge, nest or take in without end (ROBUSTNESS.md 2.2)."""

from __future__ import annotations

from typing import Any

from backlogtool.codec.frontmatter import MAX_FILE, MAX_FRONTMATTER
from backlogtool.codec.strictyaml import MAX_DEPTH, MAX_LIST, MAX_NODES
from tests.hostile.case import HEAD, OPEN, PLAIN, below, value, whole

_LAUGHS = "\n".join(f"l{step}: &l{step} [{', '.join([f'*l{step - 1}'] * 9)}]" for step in range(1, 10))
_MERGES = "\n".join(f"m{step}: {{<<: [*m{step - 1}, *m{step - 1}]}}" for step in range(1, 25))
#: A value of each node of PLAIN: the map itself, its keys and their values.
_NODES = 1 + 2 * 12

TAGS = [
    below("a standard tag", "x: ▸!!str y", "BL106"),
    below("an object of Python", 'x: ▸!!python/object/apply:os.system ["touch canary"]', "BL106"),
    below("a name of Python", "x: ▸!!python/name:os.system", "BL106"),
    below("a tag whose value cannot be made", "x: ▸!!bool zz", "BL106"),
    below("a moment that is none", "x: ▸!!timestamp x", "BL106"),
    below("bytes", "x: ▸!!binary AAAA", "BL106"),
    below("a set", "x: ▸!!set {a, b}", "BL106"),
    below("a tag in full", "x: ▸!<tag:yaml.org,2002:str> y", "BL106"),
    below("a private tag on a map", "meta: ▸!x\n  a: 1", "BL106"),
    below("the tag that says nothing", "x: ▸! 12", "BL106"),
    below("a tag on a key", "▸!!str x: y", "BL106"),
    below("a tag inside a list on one line", "tags: [a, ▸!x b]", "BL106"),
]
ALIASES = [
    below("an anchor nobody uses", "x: ▸&a 1", "BL106"),
    below("an alias", "x: 1\ny: ▸*x", "BL106"),
    below("a list that holds itself", "x: ▸&a [*a]", "BL106"),
    below("an alias as a key", "▸*x : 1", "BL106"),
    below("a billion laughs", f"l0: ▸&l0 x\n{_LAUGHS}", "BL106"),
    below("a merge key", "meta:\n  ▸<<: {a: 1}", "BL106"),
    below("merge keys that double each other", f"m0: ▸&m0 {{a: 1}}\n{_MERGES}", "BL106"),
    below("a merge key at the top overrides nothing", "▸<<: {status: done}", "BL106"),
    below("a merge key in quotes is a key", "meta:\n  '<<': x", meta={"<<": "x"}),
    below("a quoted merge key at the top", "▸'<<': x", "BL112"),
    value("a title that starts with an alias", "title", "▸*urgent* fix", "BL104"),
]
DOCUMENTS = [
    whole("a version directive", f"---\n▸%YAML 1.1\n--- \n{HEAD}", "BL104"),
    whole("a directive and a document on one line", f"---\n▸%TAG ! tag:x,2000:\n--- {{}}\n{HEAD}", "BL106"),
    whole("a directive between keys", f"{OPEN}%YAML 1.2\n▸---\n", "BL104"),
    below("a second document", "▸--- {a: 1}", "BL106"),
    below("the end of the document", "▸...", "BL106"),
    below("the end of the document and hidden keys behind it", "▸...\nstatus: done", "BL106"),
]
TWICE = [
    below("the same key", "▸status: done", "BL105"),
    below("the same key in quotes", "▸'status': done", "BL105"),
    below("the same key by an escape", '▸"st\\x61tus": done', "BL105"),
    below("the same key with a blank before the colon", "▸status : done", "BL105"),
    below("the same key as a question", "? ▸status\n: done", "BL105"),
    below("the same id", "▸id: bl_000000000000", "BL105"),
    below("twice inside a map", "meta:\n  a: 1\n  ▸a: 2", "BL105"),
    below("twice inside a map on one line", "meta: {a: 1, ▸'a': 2}", "BL105"),
    below("twice three levels down", "meta: {a: {b: {c: 1, ▸c: 2}}}", "BL105"),
    below("twice inside a list", "meta: {a: [{b: 1, ▸b: 2}]}", "BL105"),
    below("two keys twice, both are told", "▸env: dev\n▸owner: mallory", "BL105", "BL105"),
    below("another case is another key, which does not count", "▸Status: done", "BL115", status="open"),
]


def _maps(depth: int, inside: str) -> str:
    """A key with ``depth`` maps inside each other, the innermost of which holds ``inside``."""
    return "meta:\n" + "".join(f"{'  ' * step}k:\n" for step in range(1, depth)) + f"{'  ' * depth}k: {inside}"


def _nested(depth: int, thing: Any) -> Any:
    return {"k": _nested(depth - 1, thing)} if depth else thing


# The map of the whole file is a level, and so is a value.
_DEEP = MAX_DEPTH - 2
NESTING = [
    below("as deep as the limit but one", _maps(_DEEP - 1, "x"), meta=_nested(_DEEP - 1, "x")),
    below("as deep as the limit", _maps(_DEEP, "x"), meta=_nested(_DEEP, "x")),
    below("deeper than the limit", f"{_maps(_DEEP, '')}\n{'  ' * (_DEEP + 1)}▸k: x", "BL107"),
    below("lists as deep as the limit", f"meta: {{k: {'[' * (_DEEP - 1)}x{']' * (_DEEP - 1)}}}"),
    below("lists deeper than the limit", f"meta: {{k: {'[' * _DEEP}▸x{']' * _DEEP}}}", "BL107"),
    below("50,000 brackets", f"x: {'[' * (MAX_DEPTH - 1)}▸[{'[' * 50_000}", "BL107"),
    below("20,000 dashes", f"x:\n{'- ' * (MAX_DEPTH - 1)}▸{'- ' * 20_000}", "BL107"),
    below("maps inside maps without end", f"x: {'{a: ' * (MAX_DEPTH - 2)}{{▸a: {'{a: ' * 10_000}", "BL107"),
    below("questions without end", f"x:\n{'? ' * MAX_DEPTH}▸{'? ' * 20_000}", "BL107"),
]


def _values(count: int) -> str:
    """Lines that make the frontmatter hold exactly ``count`` nodes, the last of them marked."""
    left = count - _NODES - 2 - 2  # meta and its map, the key of the last entry and its value
    pairs, odd = divmod(left, 2)
    lines = [f"  k{number}: v" for number in range(pairs - odd)] + ["  list: [v]"] * odd
    return "\n".join(["meta:", *lines, f"  last: {'▸' if count > MAX_NODES else ''}v"])


LIMITS = [
    below("as many values as the limit but one", _values(MAX_NODES - 1)),
    below("as many values as the limit", _values(MAX_NODES)),
    below("more values than the limit", _values(MAX_NODES + 1), "BL107"),
    below("a list one shorter than the limit", f"tags: [{', '.join(f't{one}' for one in range(MAX_LIST - 1))}]"),
    below("a list as long as the limit", "tags:\n" + "\n".join(f"- t{one:03}" for one in range(MAX_LIST)),
          tags=[f"t{one:03}" for one in range(MAX_LIST)]),
    below("a list longer than the limit", f"tags: [{'t, ' * MAX_LIST}▸t]", "BL107"),
]  # fmt: skip


def _filled(size: int, text: str = OPEN, fill: str = "#") -> str:
    return f"{text}{fill * (size - len(text))}"


SIZES = [
    whole("frontmatter one smaller than the limit", f"{_filled(MAX_FRONTMATTER + 2)}\n---\n"),
    whole("frontmatter as large as the limit", f"{_filled(MAX_FRONTMATTER + 3)}\n---\n"),
    whole("frontmatter larger than the limit", f"▸{_filled(MAX_FRONTMATTER + 4)}\n---\n", "BL107"),
    whole("a file one smaller than the limit", f"{PLAIN}{'x' * (MAX_FILE - 1 - len(PLAIN))}"),
    whole("a file as large as the limit", f"{PLAIN}{'x' * (MAX_FILE - len(PLAIN))}"),
    whole("a file larger than the limit", f"{PLAIN}{'x' * (MAX_FILE + 1 - len(PLAIN))}", "BL107"),
    whole("10 MB", f"{PLAIN}{'x' * (10 << 20)}", "BL107"),
    value("a title of 60,000 characters", "title", "x" * 60_000, title="x" * 60_000),
]
