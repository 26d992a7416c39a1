"""``backlogtool count`` counts what ``list`` lists."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.cli.session import Session, item_text


def _listed(cli: Session, *words: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(cli("list", "--all", "--json", *words).out)["data"]
    return found


@pytest.mark.sampled(3)
@pytest.mark.parametrize("words", [(), ("is:active",), ("priority:P0,P1",), ("~is:active",), ("text:nowhere",)])
def test_a_count_is_the_number_of_items_that_list_shows(cli: Session, words: tuple[str, ...]) -> None:
    listed = _listed(cli, *words)
    assert int(cli("count", *words).out) == len(listed)
    for field in ("status", "owner", "service", "type"):
        told = json.loads(cli("count", *words, "--by", field, "--json").out)
        assert told["data"] == Counter(one.get(field, "") for one in listed)
        assert told["total"] == sum(told["data"].values()) == len(listed)


def test_the_most_frequent_value_stands_first_and_an_empty_one_has_a_name(cli: Session) -> None:
    lines = cli("count", "--by", "service").out.splitlines()
    numbers = [int(line.split()[0]) for line in lines]
    assert numbers == sorted(numbers, reverse=True)
    cli.repo.write("items/bl_00000000abcd.md", item_text("bl_00000000abcd", "Text.", service=""))
    assert any(line.split()[1] == "(none)" for line in cli("count", "--by", "service").out.splitlines())


def test_what_cannot_be_read_is_named_and_does_not_count(cli: Session) -> None:
    before = int(cli("count").out)
    cli.repo.write("items/bl_00000000abcd.md", "no item\n")
    after = cli("count", status=6)
    assert int(after.out) == before
    assert "items/bl_00000000abcd.md" in after.err
