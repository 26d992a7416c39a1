"""``backlogtool search``: what it finds, how it says so, and that the index changes no answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backlogtool.app.searching import search
from backlogtool.app.workspace import Workspace
from backlogtool.codec import markdown
from backlogtool.domain.item import Comment
from backlogtool.errors import BacklogError
from tests.cli.session import BILLING, GATEWAY, NOW, ROUTER, SEARCH, Session, item_text, run, untouched
from tests.domain.samples import item
from tests.repositories import make

LOST = "bl_00000000abcd"


def _ids(cli: Session, *words: str) -> list[str]:
    return cli("search", "--format", "ids", *words).out.split()


# --- what is found


def test_words_are_looked_for_in_every_text_of_an_item(cli: Session) -> None:
    cli.repo.write(
        f"items/{LOST}.md",
        item_text(LOST, "It fell.\n\n## Comments\n\n### 2026-02-17T09:12:00Z zoe\n\nBehind the sofa.\n",
                  title="Find it", tags="[cutlery]", owner="yannick", service="kitchen", component="drawer"),
    )  # fmt: skip
    for word in ("find", "fell", "sofa", "zoe", "cutlery", "yannick", "kitchen", "drawer", "00000000a*", LOST, "FELL"):
        assert _ids(cli, word) == [LOST], word
    assert _ids(cli, "fell", "sofa") == [LOST]
    assert _ids(cli, "fell", "nowhere") == []


def test_phrases_beginnings_fields_and_what_must_not_be_there(cli: Session) -> None:
    assert _ids(cli, "gateway drops") == _ids(cli, '"gateway drops"') == _ids(cli, "description:gateway") == [GATEWAY]
    assert _ids(cli, "drops gateway") == _ids(cli, "title:drops") == _ids(cli, "dro") == []
    assert _ids(cli, "drop*") == _ids(cli, "gateway dro*") == _ids(cli, 'title:"review the" drop*') == [GATEWAY]
    assert set(_ids(cli, "re*")) == {GATEWAY, ROUTER}
    assert (
        _ids(cli, "re*", "~router") == _ids(cli, "re*", "--", "-router") == _ids(cli, 're* -"the router"') == [GATEWAY]
    )
    assert set(_ids(cli, "~re*")) == {BILLING, SEARCH}


def test_filters_of_a_list_stand_beside_the_words(cli: Session) -> None:
    assert _ids(cli, "the", "priority:P0") == _ids(cli, "the", "P0") == _ids(cli, 'the priority:P0 ""') == [ROUTER]
    assert _ids(cli, "the", "~P0") == _ids(cli, "the", "'#arch_review'".strip("'")) == [GATEWAY]
    assert _ids(cli, "the", "due:<2026-02-11") == _ids(cli, "the", "is:overdue") == [ROUTER]
    assert _ids(cli, "the", "owner:nobody") == []
    assert _ids(cli, "env:staging") == [SEARCH]


def test_the_title_weighs_more_than_the_text_and_equally_good_items_stand_as_in_a_list(cli: Session) -> None:
    ids = [f"bl_00000000000{number}" for number in range(4)]
    cli.repo.write(f"items/{ids[0]}.md", item_text(ids[0], "The invoice is late.", title="Money", priority="P0"))
    cli.repo.write(f"items/{ids[1]}.md", item_text(ids[1], "It is late.", title="Send invoice", priority="P3"))
    cli.repo.write(f"items/{ids[2]}.md", item_text(ids[2], "It is late.", title="Send invoice", priority="P1"))
    cli.repo.write(f"items/{ids[3]}.md", item_text(ids[3], "It is late.", title="Other", tags="[invoice]"))
    assert _ids(cli, "invoice") == [ids[2], ids[1], ids[3], ids[0]]
    assert _ids(cli, "invoice", "--limit", "1") == [ids[2]]


def test_a_slip_is_mended_only_where_the_word_stands_nowhere_and_it_is_said(cli: Session) -> None:
    told = cli("search", "gatway", "--format", "ids")
    assert (told.out.split(), told.err) == ([GATEWAY], "nothing for 'gatway'; showing 'gateway'\n")
    assert cli("search", "refactr", "rotuer", "--format", "ids").out.split() == [ROUTER]
    answer = cli("search", "gatway", "--json")
    assert answer.json["instead"] == {"gatway": "gateway"}
    for words in (["stagin", "gateway"], ["gatway", "nowhere"], ['"gatway"', "status:done"], ["~gatway", "nowhere"]):
        quiet = cli("search", *words)
        assert (quiet.out, quiet.err) == ("no items\n", "")


# --- what is typed


@pytest.mark.parametrize("typed", ["🎉", '""', "***", "-", "~", ""])
def test_what_holds_no_letter_or_digit_is_left_out_and_it_is_said(cli: Session, typed: str) -> None:
    told = cli("search", "drops", "--format", "ids", "--", typed)
    assert (told.out.split(), told.err) == (
        [GATEWAY],
        f"'{typed}' holds no letter or digit, so it is not searched for\n",
    )
    assert "nothing to search for" in cli("search", "--", typed, status=2).err


def test_a_misspelt_filter_is_refused_and_an_address_is_text(cli: Session) -> None:
    assert "did you mean 'status'?" in cli("search", "staus:open", status=2).err
    assert "did you mean 'title'?" in cli("search", 'titel:"a b"', status=2).err
    assert "status 'opne' is unknown" in cli("search", "a", "status:opne", status=2).err
    for text in ("https://example.org/gateway?a=b", "3:1", "NEAR:x", "error: gone", '"assignee:bob"'):
        assert cli("search", text).out == "no items\n"


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "typed",
    ['"', '"""', "NEAR(a b)", "a AND", "OR", "^a", "{title}: a", "a' OR 1=1 --", "(", "a\x00b", "\x1b[31m", "\u202e",
     "a\ud800", "x" * 100_000, "'; DROP TABLE words; --", "%s{0}", "*", "a\nb"],
    ids=lambda one: ascii(one)[:30],
)  # fmt: skip
def test_nothing_that_is_typed_fails(cli: Session, typed: str) -> None:
    with untouched(cli.repo):
        assert cli.answer("search", "--", typed).status in (0, 2)
        assert cli.answer("search", "gateway", "--", typed).status == 0


def test_too_many_words_are_refused(cli: Session) -> None:
    assert "70 words to search for" in cli("search", *["word"] * 70, status=2).err


# --- what is printed


def test_the_table_shows_why_an_item_was_found_and_how_many_there_are(cli: Session) -> None:
    assert cli("search", "gateway").out == (
        "ID               P   STATUS  DUE         OWNER   SERVICE  TITLE\n"
        "bl_d8a7874e737d  P1  open    2026-03-02  oncall  gateway  Review the gateway\n"
        "    description: The gateway drops connections.\n"
        "1 item\n"
    )
    assert cli("search", "the", "--limit", "1").out.endswith("\n1 of 2 items; --limit 2 shows every one\n")
    assert cli("search", "the", "--limit", "0").out == "none of 2 items here\n"
    assert cli("search", "nowhere").out == "no items\n"


def test_what_was_found_is_bold_where_there_are_colours(cli: Session) -> None:
    line = cli_colored(cli, "search", "drop*").split("\n")[2]
    assert line == "    \x1b[36mdescription\x1b[0m: The gateway \x1b[1mdrops\x1b[0m connections."


def cli_colored(cli: Session, *arguments: str) -> str:
    return run("-C", str(cli.repo.root), "--now", NOW, "--color", "always", *arguments).out


def test_json_has_the_items_with_the_piece_of_text(cli: Session) -> None:
    answer = cli("search", "gateway", "--json")
    assert (answer.json["total"], set(answer.json)) == (1, {"schema_version", "data", "total"})
    (hit,) = answer.data
    assert (hit["field"], hit["snippet"]) == ("description", "The gateway drops connections.")
    assert hit["item"] == cli.item(GATEWAY)
    lines = cli("search", "gateway", "--format", "jsonl").out.split("\n")
    assert (json.loads(lines[0]), lines[1:]) == (hit, [""])
    assert cli("search", "priority:P0", "--json").data[0]["snippet"] is None


@pytest.mark.parametrize("layout", ["plain", "csv", "md", "ids"])
def test_other_formats_are_those_of_a_list(cli: Session, layout: str) -> None:
    assert cli("search", "gateway", "--format", layout).out == cli("list", "service:gateway", "--format", layout).out


def test_hostile_text_in_a_piece_is_escaped(cli: Session) -> None:
    text = "needle \x1b[31m red \u202e left \x07 bell \x9b2J <script> {{ 7*7 }} **bold**"
    cli.repo.write(
        f"items/{LOST}.md", item_text(LOST, text.replace("\x1b", "").replace("\x07", "").replace("\x9b", ""))
    )
    shown = cli("search", "needle").out
    assert "needle [31m red \\u{202e} left" in shown
    assert "\\u202e" in cli("search", "needle", "--json").out


def test_an_item_that_cannot_be_read_is_named_and_the_others_are_found(cli: Session) -> None:
    cli.repo.write(f"items/{LOST}.md", "gateway")
    told = cli("search", "gateway", "--format", "ids", status=6)
    assert told.out.split() == [GATEWAY]
    assert f"items/{LOST}.md" in told.err
    assert cli("search", "gateway", "--json", status=6).json["findings"][0]["item"] == LOST


# --- the index


@pytest.fixture
def read_only(cli: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session that keeps nothing in the git directory."""
    monkeypatch.setenv("BACKLOG_INDEX", "off")
    return cli


def test_without_an_index_the_answer_is_the_same(read_only: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [["gateway"], ["the", "--json"], ["re*", "~router"], ["gatway"], ["~re*"], ["the", "priority:P0"]]
    without = [read_only("search", *words) for words in asked]
    assert not (read_only.repo.root / ".git/backlogtool/cache/search.db").exists()
    monkeypatch.delenv("BACKLOG_INDEX")
    assert [read_only("search", *words) for words in asked] == without
    assert (read_only.repo.root / ".git/backlogtool/cache/search.db").exists()


def test_edits_by_hand_and_by_command_are_found_at_once(cli: Session) -> None:
    assert _ids(cli, "sofa") == []
    cli.hand_edit(GATEWAY, "drops", "sofa")
    assert _ids(cli, "sofa") == [GATEWAY]
    cli("comment", BILLING, "behind the sofa")
    assert set(_ids(cli, "sofa")) == {GATEWAY, BILLING}
    cli.repo.git("checkout", "--quiet", "--", cli.path(GATEWAY))
    assert _ids(cli, "sofa") == [BILLING]
    cli.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    assert _ids(cli, "sofa") == []
    (cli.repo.root / cli.path(ROUTER)).unlink()
    assert _ids(cli, "router") == []


@pytest.mark.parametrize("name", ["items.db", "search.db"])
@pytest.mark.parametrize("instead", ["nothing", "garbage", "a folder", "a link"])
def test_whatever_becomes_of_the_index_the_answer_is_the_same(cli: Session, name: str, instead: str) -> None:
    meant = cli("search", "the").out
    file = cli.repo.root / ".git/backlogtool/cache" / name
    file.unlink()
    if instead == "garbage":
        file.write_bytes(b"\x00garbage" * 999)
    elif instead == "a folder":
        file.mkdir()
    elif instead == "a link":
        file.symlink_to(cli.repo.root / "precious")
        (cli.repo.root / "precious").write_text("precious")
    assert cli("search", "the").out == meant
    if instead == "a link":
        assert (cli.repo.root / "precious").read_text() == "precious"


_text = st.lists(
    st.one_of(
        st.sampled_from(["key", "Keys", "Schlüssel", "漢字", "字", "한국어", "cafe\u0301", "Straße", "P0", "due:"]),
        st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=5),
    ),
    max_size=5,
).map(" ".join)  # fmt: skip
_items = st.lists(
    st.builds(
        item,
        id=st.integers(0, 9).map(lambda number: f"bl_{number:012x}"),
        title=_text.map(lambda one: " ".join(one.split()) or "x"),
        priority=st.sampled_from(["P0", "P1"]),
        due_date=st.sampled_from(["", "2026-03-01"]),
        description=_text,
        comments=st.lists(_text.map(lambda one: Comment(NOW, "bob", one.strip() or "x")), max_size=1).map(tuple),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)
_asked = st.lists(
    st.one_of(
        _text.map(lambda one: " ".join(one.split()) or "key"),
        st.sampled_from(["ke*", "~key", "-keys", "title:key", 'description:"key key"', "status:open", "P0", "~P0"]),
        st.sampled_from(["schlusel", "schlussel", "漢", "국어", "strasse*", "cafée", "CAFE"]),
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def empty_backlog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("searched") / "repo").root


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_items, st.lists(_asked, min_size=1, max_size=2))
def test_searching_with_and_without_the_index_gives_the_same(
    empty_backlog: Path, items: list[object], asked: list[list[str]]
) -> None:
    """The same items in the same order, the same count, the same words that are meant, the same refusals."""
    folder = empty_backlog / "items"
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for one in items:
        (folder / f"{one.id}.md").write_text(markdown.write(one))  # type: ignore[attr-defined, arg-type]
    for words in asked:
        for limit in (None, 2):
            with_index, without = (
                _answer(Workspace.open(empty_backlog, environment={"BACKLOG_INDEX": index}), words, limit)
                for index in ("auto", "off")
            )
            assert with_index == without


def _answer(space: Workspace, words: list[str], limit: int | None) -> object:
    try:
        return search(space, words, limit=limit)
    except BacklogError as error:
        return type(error), str(error)
    finally:
        space.store.close()
