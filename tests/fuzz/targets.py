"""What is fuzzed: each target takes bytes and raises if a promise does not hold.

Anything raised here is a crash, an ``AssertionError`` of a target included: errors on purpose, which come from
``backlogtool.errors``, are part of a target and end it quietly. Nothing of a test framework is imported.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from backlogtool.app import drafts
from backlogtool.codec import digest, frontmatter, grouped, markdown, plain, policy, trailers
from backlogtool.codec.grouped_tags import Words
from backlogtool.domain import fields, query
from backlogtool.domain.event import Event, diff
from backlogtool.domain.finding import Finding, errors
from backlogtool.domain.item import Comment, Item
from backlogtool.domain.policy import Policy
from backlogtool.errors import BacklogError
from backlogtool.interchange import grouped as tasks

ID, NOW, TODAY = "bl_d8a7874e737d", "2026-02-16T06:20:00Z", "2026-02-16"
ROOT = Path(__file__).resolve().parent.parent.parent


@cache
def packaged() -> policy.Layer:
    return policy.Layer((ROOT / "config/backlog_policy.yml").read_text(encoding="utf-8"), "packaged")


@cache
def rules() -> Policy:
    """The packaged policy."""
    loaded = policy.load([packaged()])
    assert loaded.policy is not None
    return loaded.policy


def reader(data: bytes) -> None:
    """A file reads as an item or says where it does not; an unchanged one is written as it was."""
    reading = markdown.read(data, ID)
    _placed(reading.findings, data)
    assert (reading.item is None) == bool(errors(reading.findings))
    if reading.item is None or reading.document is None:
        return
    assert reading.document.whole.encode() == data
    assert markdown.edit(reading, reading.item) == reading.document.whole
    json.dumps(plain.item(reading.item), allow_nan=False)
    try:
        again = markdown.read(markdown.write(reading.item), ID).item
    except BacklogError:
        return
    assert again == markdown.normal(reading.item)


#: The first byte chooses one: a field and how its new value is made of a line.
_EDITS: Sequence[tuple[str, Callable[[str], object]]] = (
    ("title", str),
    ("status", str),
    ("owner", str),
    ("due_date", str),
    ("tags", lambda line: tuple(sorted(set(line.split(","))))),
    ("rank", lambda line: len(line) or None),
    ("evidence_refs", lambda line: {"alerts": tuple(sorted(set(line.split(","))))}),
    ("meta", lambda line: {"note": line, "list": line.split(",")}),
    ("description", lambda line: line.replace(",", "\n")),
    ("comments", str),
)


def edits(data: bytes) -> None:
    """An edit reads back as what was wanted and leaves every byte outside its field; or it is refused.

    The first line is the edit, its first byte the field; the file follows.
    """
    head, _, file = data.partition(b"\n")
    reading = markdown.read(file, ID)
    if not head or reading.item is None or reading.document is None:
        return
    name, made = _EDITS[head[0] % len(_EDITS)]
    line = head[1:].decode("utf-8", "replace")
    try:
        after = _changed(reading.item, name, made(line))
        text = markdown.edit(reading, after)
    except BacklogError:
        return
    assert markdown.read(text.encode(), ID).item == markdown.normal(after, reading.item)
    _untouched(reading.document, text, name)


def _changed(item: Item, name: str, value: object) -> Item:
    if name == "comments":
        return item._replace(comments=(*item.comments, Comment(NOW, "ann", str(value))))
    return item._replace(**{name: value})  # type: ignore[arg-type]


def _untouched(document: frontmatter.Document, text: str, name: str) -> None:
    """Everything in front of the first and behind the last changed line belongs to other fields."""
    old, new = (one.removeprefix(frontmatter.BOM).split("\n") for one in (document.whole, text))
    same = next(
        (n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
    body = document.text.count("\n", 0, document.body_start)
    if name in (fields.DESCRIPTION, fields.COMMENTS):
        assert same >= min(body, len(old) - 1), "the frontmatter changed"
        return
    if name not in document.root.entries:
        removed = [line for line in old if line not in new]
        assert len(removed) <= 1, removed  # a last line may get an end
        return
    first = document.locate(name)[0] - 1
    later = [node.line - 1 for node, _ in document.root.entries.values() if node.line - 1 > first]
    end = min([*later, document.text.count("\n", 0, document.yaml_end)])
    assert old[:first] == new[:first], "lines above the field changed"
    assert old[end:] == new[len(new) - len(old) + end :], "lines below the field changed"


def grouped_file(data: bytes) -> None:
    """A grouped file reads or says where it does not; what it holds becomes items that files can hold."""
    text, bad = frontmatter.decode(data)
    if bad:
        return
    read, findings = grouped.read(text, "BACKLOG.md", Words.of(rules()))
    _placed(findings, text.replace("\r\n", "\n").replace("\r", "\n").encode())
    assert (read is None) == bool(errors(findings))
    if read is None:
        return
    made = tasks.changes(read, (), rules(), NOW)
    _placed(made.findings, data)
    if errors(made.findings):
        return
    for item in made.items:
        try:
            text = markdown.write(markdown.normal(item))
        except BacklogError:
            continue
        assert markdown.read(text, item.id).item == markdown.normal(item)
    again = tasks.changes(read, [markdown.normal(item) for item in made.items], rules(), NOW)
    assert not again.items, "a second import makes new items"


_EVENTS = (
    Event("", ID, NOW, "status_change", "", "ann", {"old_status": "open", "new_status": "done"}),
    Event("", ID, NOW, "comment", "", "ann", {}),
)


def messages(data: bytes) -> None:
    """A message claims what it claims; nothing that a person says adds to the claims of ours."""
    text = data.decode("utf-8", "replace")
    said, claims = trailers.read(text)
    assert len(claims) <= text.count("Backlog-Item")
    trailers.undone(text)
    subject, _, note = text.partition("\n")
    for actor in (subject, note):
        made = trailers.compose(subject, note, actor, _EVENTS)
        told = trailers.read(made)[1]
        assert [(one.item_id, one.type) for one in told] == [(ID, "status_change"), (ID, "comment")], told
        assert told[0].meta == _EVENTS[0].meta
        assert not trailers.undone(trailers.compose(subject, "", actor, _EVENTS))
    assert said.count("\n") <= text.count("\n") + text.count("\r")


_ITEMS = (
    Item(id=ID, title="Review", created_at=NOW, status="open", due_date="2026-03-02", tags=("tls",), priority="P1"),
    Item(id="bl_000000000001", title="", created_at="", status="done", service="billing"),
)


def queries(data: bytes) -> None:
    """Words are a query or a usage error; a query answers for every item, and its negation the opposite."""
    words = _words(data)
    try:
        made = query.parse(words, rules(), today=TODAY, me="ann")
    except BacklogError:
        return
    for item in _ITEMS:
        told = made.matches(item)
        assert told == all(query.Query((term,), made.today, made.closed).matches(item) for term in made.terms)
        for term in made.terms:
            opposite = term._replace(negated=not term.negated)
            one, other = (query.Query((held,), made.today, made.closed).matches(item) for held in (term, opposite))
            assert one != other


def policies(data: bytes) -> None:
    """A policy loads, with a place for every key; or every finding says where."""
    text = data.decode("utf-8", "surrogateescape")
    loaded = policy.load([packaged(), policy.Layer(text, "own")])
    _placed([one for one in loaded.findings if one.path == "own"], data)
    assert (loaded.policy is None) == bool(errors(loaded.findings))
    if loaded.policy is not None:
        Words.of(loaded.policy)
        query.sort_key(_ITEMS[0], loaded.policy)


def digests(data: bytes) -> None:
    """A digest reads, its texts each on a line; or there is an error."""
    read, findings = digest.read(data, "ops/2026-W08.json", env="prod")
    assert (read is None) == bool(errors(findings))
    for service in read.services if read else ():
        for text in (
            service.service,
            *service.texts,
            *(one for refs in service.evidence_refs.values() for one in refs),
        ):
            assert "\n" not in text
            assert len(text) <= digest.MAX_TEXT


def quick_lines(data: bytes) -> None:
    """A quick line, and a text from stdin, is values of known fields or an error on purpose."""
    text = data.decode("utf-8", "replace")
    for said in (
        lambda: drafts.from_words(_words(data), rules(), today=TODAY, me="ann"),
        lambda: drafts.from_any(text, today=TODAY),
    ):
        try:
            values = said()
        except BacklogError:
            continue
        assert set(values) <= {*fields.BY_NAME, fields.DESCRIPTION}
        try:
            item = markdown.normal(_ITEMS[0]._replace(**values))
            written = markdown.read(markdown.write(item), item.id).item
        except BacklogError:
            continue
        assert written is not None
        diff(None, written)


def _words(data: bytes) -> list[str]:
    """As a shell splits them; a line that no shell would take is split at blanks."""
    text = data.decode("utf-8", "replace")
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _placed(findings: Iterable[Finding], data: bytes) -> None:
    """Every finding stands inside the file, or is about all of it."""
    lines = data.decode("utf-8", "replace").removeprefix(frontmatter.BOM).split("\n")
    for one in findings:
        assert 0 <= one.line <= len(lines), one
        assert 0 <= one.column <= (len(lines[one.line - 1]) + 1 if one.line else 0), one


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "reader": reader,
    "edits": edits,
    "grouped": grouped_file,
    "trailers": messages,
    "query": queries,
    "policy": policies,
    "digest": digests,
    "quickline": quick_lines,
}
