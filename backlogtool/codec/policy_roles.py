"""What is wrong with roles, people and rules as a whole: what would protect less than it says (ROBUSTNESS.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from backlogtool.codec.held import Held, finding
from backlogtool.domain.fields import BY_NAME, ENUM, LISTS
from backlogtool.domain.finding import Finding
from backlogtool.domain.rbac import ACTIONS, OFF, READS
from backlogtool.domain.spelling import did_you_mean


def of_roles(root: Held) -> Iterator[Finding]:
    """Every contradiction and gap."""
    yield from _open_to_all(root)
    yield from _two_people(root)
    yield from _two_roles(root)
    yield from _rules(root)


def set_twice(read: Sequence[Held], section: str) -> Iterator[Finding]:
    """Each key of a section that has a file of its own and that stands in the policy's file too.

    ``read`` are a repository's own files, that of the section last. Which of the two was meant cannot be told.
    """
    for name, here in _keys(read[-1], section).items():
        for other in read[:-1]:
            there = _keys(other, section).get(name)
            if there:
                message = f"{here.field} stands in {there.head.path} too, on line {there.head.line}"
                yield finding("BL403", message, here.head, here.field, fix="keep it in one of the two files")


def _keys(held: Held, section: str) -> Mapping[str, Held]:
    found = held.find(section)
    return found.parts if found else {}


def _open_to_all(root: Held) -> Iterator[Finding]:
    """A write that no entitlement names is open to everybody, which whoever enforces roles hardly means (R-070)."""
    enforce, commits, named = (root.find(f"rbac.{name}") for name in ("enforce", "commits", "entitlements"))
    asked = [one for one, off in ((enforce, False), (commits, OFF)) if one and not one.problems and one.value != off]
    if not asked or named is None or list(named.every_problem()):
        return
    kept = {action.value for actions in named.parts.values() for action in actions.parts.values()}
    missing = [action for action in ACTIONS if action not in kept and action not in READS]
    if missing:
        said = f"{asked[0].field} is {str(asked[0].value).lower()}"
        message = f"{said}, but no entitlement names {', '.join(missing)}: everybody may do that"
        fix = "name the action in an entitlement, and give that to the roles that are meant"
        yield finding("BL406", message, named.head, named.field, fix=fix)


def _two_people(root: Held) -> Iterator[Finding]:
    """One address stands for one of the people."""
    people = root.find("rbac.people")
    seen: dict[str, Held] = {}
    for name, person in people.parts.items() if people else ():
        emails = person.parts.get("emails")
        for one in emails.parts.values() if emails else ():
            first = seen.setdefault(str(one.value).lower(), one)
            if first is not one and not one.problems and first.field != one.field:
                message = f"{one.field}: '{one.value}' belongs to another of the people, on line {first.place.line}"
                yield finding("BL403", message, one.place, one.field, fix=f"take it from {name} or from the other")


def _two_roles(root: Held) -> Iterator[Finding]:
    """Whoever is one of the people has the role that stands there."""
    people, members = root.find("rbac.people"), root.find("rbac.members")
    for name, member in members.parts.items() if people and members else ():
        if people and name in people.parts:
            message = f"'{name}' stands in rbac.members and in rbac.people"
            later = max(member, people.parts[name], key=lambda one: one.head.rank)
            yield finding("BL403", message, later.head, later.field, fix="keep the one in rbac.people")


def _rules(root: Held) -> Iterator[Finding]:
    """A rule that is for everybody, or about a value that nothing can have, protects nothing."""
    rules = root.find("rbac.rules")
    for rule in rules.parts.values() if rules else ():
        if not rule.problems and not {"roles", "kinds"} & rule.parts.keys():
            message = f"{rule.field} says for whom it is neither by roles nor by kinds"
            yield finding("BL403", message, rule.place, rule.field, fix="add a line  roles: […]  or  kinds: […]")
        field = rule.parts.get("field")
        if field and not field.problems and BY_NAME[field.value].kind == ENUM:
            yield from _unknown_values(rule, field.value, root)


def _unknown_values(rule: Held, field: str, root: Held) -> Iterator[Finding]:
    allowed = _values(field, root)
    for name in ("to", "leaving"):
        for one in rule.parts[name].parts.values() if name in rule.parts else ():
            if allowed and not one.problems and one.value not in allowed:
                message = f"{one.field}: no {field} is '{one.value}'"
                yield finding("BL403", message, one.place, one.field, allowed, did_you_mean(one.value, allowed))


def _values(field: str, root: Held) -> tuple[str, ...]:
    """What an enum field may hold; empty if that is not certain."""
    if field == "list":
        return LISTS
    named = root.find("categories" if field == "category" else f"enums.{field}")
    if named is None or list(named.every_problem()):
        return ()
    return tuple(named.parts) if field == "category" else tuple(one.value for one in named.parts.values())
