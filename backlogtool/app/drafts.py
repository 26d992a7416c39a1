"""What a person or a program writes down for a new item, as field values.

Four ways in, one result: a quick line, flags, Markdown with or without frontmatter, a JSON object.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backlogtool.app.items import typed
from backlogtool.codec import frontmatter, strictjson
from backlogtool.codec.comments import outer
from backlogtool.codec.plain import DERIVED
from backlogtool.domain.fields import BY_NAME, COMMENTS, DESCRIPTION, MAP, REFS, SET
from backlogtool.domain.finding import errors
from backlogtool.domain.policy import Policy
from backlogtool.domain.spelling import did_you_mean
from backlogtool.errors import InvalidError, UsageError

#: The keys of an item's JSON that are no fields: it is read as it is printed.
_BESIDE = (COMMENTS, "extra")
#: field:value words of a quick line; anything else with a colon belongs to the title.
_WORDS = {
    "due": "due_date", "owner": "owner", "priority": "priority", "service": "service", "env": "env",
    "category": "category", "type": "type", "component": "component", "group": "group", "tag": "tags",
}  # fmt: skip


def from_words(words: Iterable[str], policy: Policy, *, today: str, me: str) -> dict[str, Any]:
    """Values from a line such as ``Patch gateway P0 @cto due:fri #security service:gateway``.

    ``#word`` is the category of that name where the policy has one and none is given yet, else a tag.
    """
    title: list[str] = []
    values: dict[str, Any] = {}
    for word in words:
        head, colon, rest = word.partition(":")
        if " " in word.strip() or not word.strip():
            title.append(word)
        elif word in policy.enums.priority:
            values["priority"] = word
        elif word.startswith("@") and len(word) > 1:
            values["owner"] = me if word == "@me" else word[1:]
        elif word.startswith("#") and len(word) > 1 and not word[1:].isdigit():
            _hash(values, word[1:], policy)
        elif colon and rest and head in _WORDS:
            _word(values, _WORDS[head], rest, today)
        else:
            title.append(word)
    said = " ".join(" ".join(title).split())
    return {**values, **({"title": said} if said else {})}


def from_any(text: str, *, today: str) -> dict[str, Any]:
    """Values from JSON or Markdown, whichever it is. Raises what ``from_json`` and ``from_text`` raise."""
    is_json = text.lstrip().startswith("{") or _is_list(text)
    return (from_json if is_json else from_text)(text, today=today)


def _is_list(text: str) -> bool:
    """Whether it is a JSON list, which is no item; a title may start with a bracket too: ``[ARCH] gateway``."""
    try:
        return text.lstrip().startswith("[") and isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False


def from_text(text: str, *, today: str) -> dict[str, Any]:
    """Values from Markdown: frontmatter if it starts with ``---``, else the first line is the title.

    Raises ``InvalidError`` with every finding, or ``UsageError`` for a field that does not exist.
    """
    if not text.removeprefix(frontmatter.BOM).startswith("---"):
        lines = text.strip().split("\n")
        title = lines[0].lstrip("# ").strip()
        body = outer(lines[1:])
        return {key: one for key, one in (("title", title), (DESCRIPTION, body)) if one}
    document, findings = frontmatter.parse(text)
    if document is None:
        raise InvalidError("the item cannot be read", findings)
    body = outer(document.body.split("\n"))
    return {**from_mapping(document.values, today=today), **({DESCRIPTION: body} if body else {})}


def from_json(text: str, *, today: str) -> dict[str, Any]:
    """Values from a JSON object: an item, ``{"env": …, "item": {…}}`` (R-081, C-48), or what ``show --json`` prints.

    Raises ``InvalidError`` if it is no such object, ``UsageError`` for a field that does not exist.
    """
    data, findings = strictjson.read(text)
    if data is None or errors(findings):
        raise InvalidError("the item cannot be read", findings)
    if "schema_version" in data and isinstance(data.get("data"), dict):
        data = data["data"]
    env = data.get("env")
    item = data.get("item", data)
    if not isinstance(item, dict):
        raise InvalidError("'item' must be a JSON object")
    if item is not data and env is not None:
        if item.get("env", env) != env:
            raise UsageError(f"env '{env}' and item.env '{item['env']}' differ", hint="give it once")
        item = {**item, "env": env}
    return from_mapping(item, today=today)


def from_mapping(values: Mapping[str, Any], *, today: str) -> dict[str, Any]:
    """Field values of a mapping, each checked for its shape.

    What only history tells is passed over; comments and unknown keys are left to the verb, where there are any.
    """
    said = {name: held for name, held in values.items() if held is not None and name not in DERIVED}
    return {name: _value(name, held, today) for name, held in said.items() if held or name not in _BESIDE}


def _value(name: str, held: Any, today: str) -> Any:
    if name in _BESIDE:
        return held
    if name not in BY_NAME and name != DESCRIPTION:
        raise UsageError(f"unknown field '{name}'", hint=did_you_mean(name, [*BY_NAME, DESCRIPTION]))
    kind = BY_NAME[name].kind if name in BY_NAME else ""
    if kind == SET:
        return tuple(_texts(name, held))
    if kind == REFS and isinstance(held, Mapping):
        return {str(one): tuple(_texts(f"{name}.{one}", refs)) for one, refs in held.items()}
    if kind == MAP and isinstance(held, Mapping):
        return dict(held)
    if kind in (REFS, MAP):
        raise InvalidError(f"{name} must be a map")
    if isinstance(held, (bool, list, dict, float)):
        raise InvalidError(f"{name} must be one text")
    return typed(name, str(held), today)


def _texts(name: str, held: Any) -> Sequence[str]:
    if not isinstance(held, (list, tuple)) or any(not isinstance(one, str) for one in held):
        raise InvalidError(f"{name} must be a list of texts")
    return held


def _hash(values: dict[str, Any], word: str, policy: Policy) -> None:
    if word in policy.categories and "category" not in values:
        values["category"] = word
    else:
        values["tags"] = (*values.get("tags", ()), word)


def _word(values: dict[str, Any], name: str, text: str, today: str) -> None:
    if name == "tags":
        values["tags"] = (*values.get("tags", ()), *typed("tags", text, today))
    else:
        values[name] = typed(name, text, today)
