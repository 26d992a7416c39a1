"""What was found in an item once, by rules that have not changed, in a file that has not changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from backlogtool.domain.finding import Finding
from backlogtool.stores.git.index import rows
from backlogtool.stores.git.index.database import Connection
from backlogtool.stores.git.index.work import REPEATED

_RULES = "rules"
_OPEN = "SELECT number, folder, id, blob FROM items WHERE number NOT IN (SELECT number FROM verdicts)"
_TOLD = "SELECT folder, id, verdicts.findings FROM verdicts JOIN items USING (number) WHERE verdicts.findings <> ''"


def judged(
    connection: Connection,
    rules: str,
    judge: Callable[[Iterable[str]], Iterable[tuple[str, bytes, list[Finding]]]],
    folders: Mapping[int, str],
) -> list[Finding]:
    """The findings in every item of which there is one file. What is judged now is kept. Raises ``sqlite3.Error``."""
    repeated = (_note(connection, REPEATED) or "").split()
    others = _note(connection, _RULES) != rules
    connection.execute("BEGIN IMMEDIATE" if others else "BEGIN")
    if others:
        connection.execute("DELETE FROM verdicts")
        connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (_RULES, rules))
    kept = [
        (item_id, _placed(f"{folders[folder]}/{item_id}.md", told))
        for folder, item_id, told in connection.execute(_TOLD)
    ]
    waiting = {
        f"{folders[folder]}/{item_id}.md": (number, blob)
        for number, folder, item_id, blob in connection.execute(_OPEN)
        if item_id not in repeated
    }
    connection.execute("COMMIT")
    fresh: list[Finding] = []
    if waiting:
        _keep(connection, rules, list(_new(judge, waiting, fresh)))
    return [finding for item_id, told in kept if item_id not in repeated for finding in told] + fresh


def _placed(path: str, told: str) -> list[Finding]:
    """With the path of today: another process may have put an equal file of another folder under the same number."""
    return [one._replace(path=path) if one.path else one for one in rows.unpacked(told)]


def _new(
    judge: Callable[[Iterable[str]], Iterable[tuple[str, bytes, list[Finding]]]],
    waiting: Mapping[str, tuple[int, bytes]],
    fresh: list[Finding],
) -> Iterator[tuple[int, bytes, str]]:
    """The verdicts that may be kept: those on what the index knows. All of them go to ``fresh``."""
    for path, data, findings in judge(waiting):
        fresh += findings
        number, blob = waiting[path]
        if rows.blob_id(data) == blob:
            yield number, blob, rows.packed(findings)


def _keep(connection: Connection, rules: str, verdicts: Iterable[tuple[int, bytes, str]]) -> None:
    """Another process may have put another item, or other rules, in the place meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    if _note(connection, _RULES) == rules:
        connection.executemany(
            "INSERT OR REPLACE INTO verdicts SELECT number, ?3 FROM items WHERE number = ?1 AND blob = ?2", verdicts
        )
    connection.execute("COMMIT")


def _note(connection: Connection, name: str) -> Any:
    held = connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
    return held[0] if held else None
