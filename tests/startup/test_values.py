"""Values that are tuples with names: nothing takes them for lists, and they are equal by what they say."""

from __future__ import annotations

import copy
import pickle

import pytest

from backlogtool.app import packaged
from backlogtool.codec.policy import Layer, load
from backlogtool.domain.event import Claim, plain
from backlogtool.domain.finding import CODES, Finding
from backlogtool.domain.item import Comment, Item
from backlogtool.domain.policy import Category, Rule
from backlogtool.domain.value import Value
from backlogtool.stores.base import Stamps, Write
from backlogtool.views.renderer import Job, _with_plain_values

ITEM = Item(id="bl_000000000000", title="t", created_at="", status="open", comments=(Comment("a", "b", "c"),))


class Sample(Value):
    first: int
    second: str = "two"
    third: tuple[str, ...] = ()


def test_a_value_is_made_by_place_or_name_and_what_is_missing_or_unknown_is_refused() -> None:
    assert Sample(1) == Sample(first=1, second="two", third=()) == Sample(1, "two", third=())
    assert (Sample(1).first, Sample(1, third=("x",)).third) == (1, ("x",))
    for values, named in (((), {}), ((1, "a", (), 4), {}), ((1,), {"first": 2}), ((1,), {"fourth": 4})):
        with pytest.raises(TypeError, match="Sample takes first, second, third"):
            Sample(*values, **named)  # type: ignore[arg-type]


def test_a_value_does_not_change() -> None:
    for name in ("first", "other"):
        with pytest.raises(AttributeError):
            setattr(Sample(1), name, 2)
    with pytest.raises(TypeError):
        Sample(1)[0] = 2  # type: ignore[index]
    assert Sample(1)._replace(second="b") == Sample(1, "b")
    with pytest.raises(TypeError):
        Sample(1)._replace(fourth=1)


def test_a_value_is_copied_pickled_and_shown_as_itself() -> None:
    one = Sample(1, third=("x",))
    for other in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert other == one
        assert type(other) is Sample
    assert repr(one) == "Sample(first=1, second='two', third=('x',))"
    assert one._asdict() == {"first": 1, "second": "two", "third": ("x",)}


@pytest.mark.parametrize("value", [ITEM, Finding("BL101", ""), Stamps(), Write(None, ITEM), Category("P0", 0, "")],
                         ids=lambda one: type(one).__name__)  # fmt: skip
def test_a_value_with_names_is_true_whatever_it_holds_and_no_plain_value_of_a_template(value: object) -> None:
    assert value
    with pytest.raises(TypeError, match="plain values only"):
        _with_plain_values([Job("x", {"value": value}, True)])


def test_a_comment_is_told_by_its_names_and_not_as_a_list() -> None:
    assert plain(ITEM.comments) == [{"at": "a", "actor": "b", "text": "c"}]


def test_claims_are_equal_whatever_message_they_stand_in() -> None:
    one = Claim("bl_000000000000", "comment", "ann", {})
    assert one == one._replace(message=3)
    assert (one != one._replace(message=3)) is False
    assert one != one._replace(actor="bob")
    assert one != tuple(one)


@pytest.mark.parametrize("code", CODES)
def test_a_finding_has_the_severity_of_its_code_unless_another_is_given(code: str) -> None:
    severity = CODES[code][0]
    assert Finding(code, "m").severity == severity
    assert Finding(code, "m", severity="warning").severity == "warning"
    assert Finding(code, "m").at("p", 1, 2) == Finding(code, "m", "p", 1, 2)


def test_sections_of_the_policy_know_their_defaults() -> None:
    policy = load([Layer(packaged.policy_text(), "p")]).policy
    assert policy is not None
    assert Rule("a", "b", ()).priority is None
    assert policy.is_closed("done")
    assert policy._replace(version=2).version == 2
