"""Digests: the JSON that risk and pressure tools write, as signals per service.

Reading trusts nothing: every wrong value is a finding that names the service and the JSON path, all of them
at once, so that a run stops before its first write. What is merely text is made safe for a line of an item.
The shape, and what is an error, stand in REQUIREMENTS.md 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from backlogtool.codec import strictjson
from backlogtool.codec.strictjson import one_line, shown
from backlogtool.domain import calendar
from backlogtool.domain.digest import Digest, ServiceSignals
from backlogtool.domain.fields import NAME_FORM
from backlogtool.domain.finding import Finding, errors

#: Characters of one text, and entries of one list: what an item's file can hold and a person reads.
MAX_TEXT = 300
MAX_LIST = 100

BANDS = ("low", "medium", "high", "critical")
SECTIONS = ("pressure", "risk", "followups")

_BOOLEAN, _BAND, _COUNT = "a boolean", "one of " + ", ".join(BANDS), "a whole number, 0 or more"
#: signal -> what it must be. Any other boolean, number or text is a signal too, of whatever type it has.
_KNOWN = {
    "pressure_requires_arch_review": _BOOLEAN,
    "pressure_band": _BAND,
    "risk_band": _BAND,
    "risk_has_slo_violations": _BOOLEAN,
    "followups_overdue": _COUNT,
}
#: Lists of texts for the description, each with what stands before its entries there.
_TEXTS = (("pressure", "signals", ""), ("risk", "signals", ""), ("risk", "slo_violations", "SLO violated: "))
_RESERVED = ("service", "evidence_refs", *SECTIONS)

_NAME = re.compile(NAME_FORM, re.ASCII)
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)
_FILE = re.compile(r"(\d{4}-W?\d{2})\.json", re.ASCII)


def week_of(name: str) -> str | None:
    """The ISO week that a file's name says, ``2026-W08.json`` or ``2026-08.json``; None if it says none (C-05)."""
    found = _FILE.fullmatch(name.rpartition("/")[2])
    return calendar.normal_week(found[1]) if found else None


def latest(names: Iterable[str], week: str | None = None) -> tuple[str | None, list[Finding]]:
    """The file of the greatest ISO week, or of ``week``, and warnings; None if there is no such file.

    Only names count, never times (R-100). Of two files of one week the ``W`` form is taken (C-05).
    """
    weeks: dict[str, list[str]] = {}
    for name in names:
        if held := week_of(name):
            weeks.setdefault(held, []).append(name)
    wanted = calendar.normal_week(week) if week else max(weeks, default=None)
    chosen = sorted(weeks.get(wanted or "", ()), key=lambda name: ("-W" not in name.rpartition("/")[2], name))
    if not chosen:
        return None, []
    others = [Finding("BL603", f"{chosen[0]} is taken, not {other} of the same week", other) for other in chosen[1:]]
    return chosen[0], others


def read(
    data: bytes | str, path: str, *, env: str | None, week: str | None = None
) -> tuple[Digest | None, list[Finding]]:
    """The digest, and every finding; None if one of them is an error. Never raises for what the data hold.

    ``path`` is where it stands, relative to the repository; ``env`` and ``week`` are what was asked for. A
    digest without a week has that of the request or of its file's name (C-28), one without env that of the request.
    """
    root, repeats = strictjson.read(data)
    reader = _Reader()
    digest = None if root is None else reader.digest(root, path, env, week)
    findings = [finding._replace(path=path) for finding in (*repeats, *reader.findings)]
    return (None if errors(findings) else digest), findings


class _Reader:
    """Turns a JSON object into a digest and collects what is wrong with it."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def digest(self, root: Mapping[str, Any], path: str, env: str | None, week: str | None) -> Digest:
        """The digest as far as it can be read; it counts only if there is no error."""
        if root.get("schema_version", 1) != 1:
            self._doubt("schema_version", "schema_version is not 1; the digest is read as if it were")
        self._moment(root.get("generated_at"))
        return Digest(
            week=self._week(root.get("week"), path, week),
            env=self._env(root.get("env"), env),
            services=self._services(root.get("services")),
            path=path,
        )

    def _week(self, written: Any, path: str, week: str | None) -> str:
        named, asked = week_of(path) or "", (calendar.normal_week(week) or "") if week else ""
        if written is None and (asked or named):
            self._doubt("week", f"the digest names no week; it is taken as {asked or named}")
            return asked or named
        if not isinstance(written, str) or calendar.normal_week(written) != written:
            self._wrong("week", f"week is {shown(written)}, not an ISO week", fix="write it like 2026-W08")
            return ""
        for expected, by in ((asked, "the week asked for"), (named, "the file's name")):
            if expected and written != expected:
                self._wrong("week", f"week {written} contradicts {by}, {expected}")
        return written

    def _env(self, written: Any, asked: str | None) -> str:
        if written is None:
            self._doubt("env", f"the digest names no env; it is taken as {asked or 'the default one'}")
            return asked or ""
        if not isinstance(written, str) or not _NAME.fullmatch(written):
            self._wrong("env", f"env is {shown(written)}, not a plain name")
            return ""
        if asked and written != asked:
            self._wrong("env", f"the digest is of env {written}, not {asked}")
        return written

    def _moment(self, written: Any) -> None:
        if written is not None and not (isinstance(written, str) and calendar.normal_moment(written)):
            self._doubt("generated_at", f"generated_at is {shown(written)}, not a moment; it is left out")

    def _services(self, records: Any) -> tuple[ServiceSignals, ...]:
        if not isinstance(records, list):
            self._wrong("services", "services is missing" if records is None else "services must be a list")
            return ()
        places: dict[str, str] = {}
        return tuple(self._service(record, f"services[{index}]", places) for index, record in enumerate(records))

    def _service(self, record: Any, place: str, places: dict[str, str]) -> ServiceSignals:
        """One record; ``places`` holds where each service stands so far."""
        if not isinstance(record, dict):
            self._wrong(place, f"{place} must be an object")
            return ServiceSignals("", {}, (), {})
        name = self._name(record.get("service"), f"{place}.service", places)
        label = name or place
        sections = {section: self._map(record.get(section), f"{place}.{section}", label) for section in SECTIONS}
        return ServiceSignals(
            service=name,
            signals=self._signals(_entries(record, sections), place, label),
            texts=self._texts(sections, place, label),
            evidence_refs=self._evidence(record.get("evidence_refs"), f"{place}.evidence_refs", label),
        )

    def _name(self, written: Any, place: str, places: dict[str, str]) -> str:
        if not isinstance(written, str) or not _NAME.fullmatch(written):
            told = f"{place} is missing" if written is None else f"service {shown(written)} is not a plain name"
            self._wrong(place, told, fix="give it a name of letters, digits, dot, dash and underscore")
            return ""
        if places.setdefault(written, place) != place:
            self._wrong(place, f"service {written} stands twice, first at {places[written]}")
        return written

    def _signals(self, entries: Iterable[tuple[str, str, Any]], place: str, label: str) -> dict[str, Any]:
        found: dict[str, tuple[str, Any]] = {}
        for name, where, raw in entries:
            held = self._signal(name, raw, f"{place}.{where}", label)
            if held is None:
                continue
            other, first = found.setdefault(name, (where, held))
            if first != held:
                self._wrong(f"{place}.{where}", f"{label}: {other} and {where} differ")
        return {name: held for name, (_, held) in found.items()}

    def _signal(self, name: str, raw: Any, place: str, label: str) -> Any:
        """The value of a signal; None if it is absent, wrong or nothing that a signal can be."""
        kind = _KNOWN.get(name)
        if raw is None or (kind is None and not isinstance(raw, (bool, int, float, str))):
            return None
        held = raw.casefold() if kind == _BAND and isinstance(raw, str) else raw
        if kind and not _fits(kind, held):
            allowed = BANDS if kind == _BAND else ()
            self._wrong(place, f"{label}: {name} must be {kind}, not {shown(raw)}", allowed=allowed)
            return None
        return _line(held) if isinstance(held, str) else held

    def _texts(self, sections: Mapping[str, Mapping[str, Any]], place: str, label: str) -> tuple[str, ...]:
        texts: list[str] = []
        for section, key, before in _TEXTS:
            lines = self._lines(sections[section].get(key), f"{place}.{section}.{key}", label)
            texts += [f"{before}{line}" for line in lines]
        return tuple(dict.fromkeys(texts))

    def _evidence(self, written: Any, place: str, label: str) -> dict[str, tuple[str, ...]]:
        evidence = {}
        for kind, held in sorted(self._map(written, place, label).items()):
            if not _KEY.fullmatch(kind):
                self._wrong(f"{place}.{_line(kind)}", f"{label}: {shown(kind)} is not a kind of evidence")
            elif refs := self._lines(held, f"{place}.{kind}", label):
                evidence[kind] = tuple(sorted(refs))
        return evidence

    def _lines(self, written: Any, place: str, label: str) -> list[str]:
        """A list of texts, each on one line, without repeats and no longer than an item can hold."""
        if written is None:
            return []
        if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
            self._wrong(place, f"{label}: {place} must be a list of texts")
            return []
        lines = [line for line in dict.fromkeys(map(_line, written)) if line]
        if len(lines) > MAX_LIST:
            self._doubt(place, f"{label}: {place} has {len(lines)} entries; the first {MAX_LIST} are used")
        return lines[:MAX_LIST]

    def _map(self, written: Any, place: str, label: str) -> Mapping[str, Any]:
        if written is None or isinstance(written, dict):
            return written or {}
        self._wrong(place, f"{label}: {place} must be an object")
        return {}

    def _wrong(self, place: str, message: str, *, allowed: tuple[str, ...] = (), fix: str = "") -> None:
        self.findings.append(Finding("BL602", message, field=place, allowed=allowed, fix=fix))

    def _doubt(self, place: str, message: str) -> None:
        self.findings.append(Finding("BL603", message, field=place))


def _entries(record: Mapping[str, Any], sections: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, Any]]:
    """What may be a signal, as (name, where in the record, value), by name and nested before flat.

    ``band`` in ``risk`` is ``risk_band``, and so is a flat key of that name.
    """
    found = [(f"{name}_{key}", f"{name}.{key}", raw) for name in SECTIONS for key, raw in sections[name].items()]
    found += [(key, key, raw) for key, raw in record.items() if key not in _RESERVED]
    risk = sections["risk"]
    if risk.get("has_slo_violations") is None and isinstance(risk.get("slo_violations"), list):
        found.append(("risk_has_slo_violations", "risk.slo_violations", bool(risk["slo_violations"])))
    return sorted((entry for entry in found if _KEY.fullmatch(entry[0])), key=lambda entry: entry[:2])


def _fits(kind: str, raw: Any) -> bool:
    if kind == _BOOLEAN:
        return isinstance(raw, bool)
    if kind == _BAND:
        return raw in BANDS
    return isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0


def _line(text: str) -> str:
    """The text on one line of bounded length, without control and invisible characters."""
    clean = one_line(text)
    return clean if len(clean) <= MAX_TEXT else clean[: MAX_TEXT - 1].rstrip() + "…"
