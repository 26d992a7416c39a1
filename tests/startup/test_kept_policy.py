"""The policy that is kept for the next command is the one that its texts give, or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.app import packaged
from backlogtool.app.workspace import Workspace
from backlogtool.codec.policy import load
from backlogtool.codec.policy_compiled import compiled, restored
from backlogtool.codec.policy_layers import Layer, Loaded
from backlogtool.stores.git.index.kept import keep, read_kept
from tests.repositories import Repo

DEFAULT = Layer(packaged.policy_text(), "packaged default")
OWN = """\
version: 1
defaults: {env: staging, list_limit: 7}
backlog_md:
  preamble: |
    two lines \\n and a backslash \\
    "quotes"
generation:
  rules:
  - {name: a, category: security, when: {x: 1, y: 1.5, z: [p, 2, true], w: no, v: {gte: 3}}, priority: P0, due_days: 0}
  - {name: b, category: security, when: {x: {exists: false}}}
"""
LAYERS = (DEFAULT, Layer(OWN, "config/backlog_policy.yml"))


def _kept(layers: tuple[Layer, ...] = LAYERS) -> tuple[Loaded, bytes]:
    loaded = load(layers)
    data = compiled(loaded, layers, "1.0")
    assert data is not None, loaded.findings
    return loaded, data


@pytest.mark.parametrize("layers", [LAYERS[:1], LAYERS], ids=["packaged", "own"])
def test_what_was_kept_is_the_same_policy_to_the_type_of_each_value(layers: tuple[Layer, ...]) -> None:
    loaded, data = _kept(layers)
    assert repr(restored(data, layers, "1.0")) == repr(loaded)


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text("ab\\\n\r\u2028 é", max_size=8), max_size=3))
def test_any_text_comes_back(overrides: dict[str, str]) -> None:
    loaded = load(LAYERS)
    assert loaded.policy is not None
    ownership = loaded.policy.ownership._replace(overrides=overrides)
    changed = loaded._replace(policy=loaded.policy._replace(ownership=ownership))
    data = compiled(changed, LAYERS, "1.0")
    assert data is not None
    assert restored(data, LAYERS, "1.0") == changed


def test_another_text_or_tool_has_no_use_for_it() -> None:
    _, data = _kept()
    assert restored(data, LAYERS[:1], "1.0") is None
    assert restored(data, LAYERS, "1.1") is None
    assert restored(data, (DEFAULT, LAYERS[1]._replace(text=f"{OWN}\n")), "1.0") is None
    assert restored(data, (DEFAULT, LAYERS[1]._replace(path="elsewhere.yml")), "1.0") is None


def test_another_build_of_the_same_version_has_no_use_for_it(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout, or what was installed from one, changes its rules and keeps its version."""
    Workspace.open(repo.root, environment={})
    before = read_kept(str(repo.root / ".git"), "policy")
    assert before is not None
    monkeypatch.setattr(packaged, "build", lambda: "0 another")
    Workspace.open(repo.root, environment={})
    after = read_kept(str(repo.root / ".git"), "policy")
    assert after is not None
    assert after != before
    assert restored(before, LAYERS[:1], "0 another") is None
    assert restored(after, LAYERS[:1], "0 another") is not None


def test_a_policy_with_a_doubt_is_not_kept_so_that_it_is_told_each_time() -> None:
    layers = (DEFAULT, Layer("generation: {daily_from_risk_digest: true}\n", "p"))
    loaded = load(layers)
    assert loaded.policy is not None
    assert [one.code for one in loaded.findings] == ["BL405"]
    assert compiled(loaded, layers, "1.0") is None


@given(st.data())
def test_damage_of_any_byte_gives_the_same_policy_or_none(data: st.DataObject) -> None:
    loaded, kept = _kept()
    at = data.draw(st.integers(0, len(kept)))
    new = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from([b"\n", b"99999999999", b"-1", b"True", b"\\"])))
    cut = data.draw(st.sampled_from([0, 1, 2, 9, 4096, len(kept)]))
    found = restored(kept[:at] + new + kept[at + cut :], LAYERS, "1.0")
    assert found is None or repr(found) == repr(loaded)


@given(st.integers(1, 8192), st.integers(0, 1 << 14))
def test_a_block_that_the_disk_lost_is_seen(length: int, start: int) -> None:
    """A file system that went down may give back zeros, or the end of a file cut off."""
    _, kept = _kept()
    start = min(start, len(kept) - 1)
    lost = kept[:start] + bytes(len(kept[start : start + length])) + kept[start + length :]
    assert lost == kept or restored(lost, LAYERS, "1.0") is None
    assert restored(kept[:start], LAYERS, "1.0") is None


@given(st.data())
def test_a_forged_file_gives_a_policy_of_the_right_types_or_none(data: st.DataObject) -> None:
    """Whoever can write into the cache folder can make the sum right as well; nothing raises, nothing is half there."""
    _, kept = _kept()
    lines = kept[kept.rindex(_last_of_the_begin(kept)) :].split(b"\n")[3:]
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at : at + data.draw(st.integers(0, 2))] = data.draw(st.lists(_LINES, max_size=2))
        lines = lines or [b""]
    found = restored(_forged(kept, b"\n".join(lines)), LAYERS, "1.0")
    if found is not None and found.policy is not None:
        assert compiled(found, LAYERS, "1.0") is not None
        assert type(found.policy.defaults.list_limit) is int
        assert type(found.policy.rbac.enforce) is bool
        assert all(type(one) is str for one in (*found.policy.enums.status, *found.origin, *found.origin.values()))


_LINES = st.one_of(
    st.binary(max_size=5),
    st.sampled_from(
        [b"1", b"0", b"-1", b"9" * 39, b"9" * 5000, b"True", b"several", b"fraction", b"nan", b"1e999", b"\\"]
    ),
)


def _last_of_the_begin(kept: bytes) -> bytes:
    """The line before the sum: the path of the last layer."""
    return b"\nconfig/backlog_policy.yml\n" if kept.count(b"\nconfig/backlog_policy.yml\n") == 1 else b""


def _forged(kept: bytes, told: bytes) -> bytes:
    """Other lines, with the sum that belongs to them."""
    mark = _last_of_the_begin(kept)
    begin = kept[: kept.rindex(mark) + len(mark)]
    return begin + b"%d\n" % (int.from_bytes(told, "big") % ((1 << 64) - 59)) + told


def test_the_forger_of_these_tests_knows_the_form() -> None:
    _, kept = _kept()
    told = b"\n".join(kept[kept.rindex(_last_of_the_begin(kept)) :].split(b"\n")[3:])
    assert _forged(kept, told) == kept


def test_a_command_that_has_kept_it_needs_no_yaml_and_says_the_same(repo: Repo) -> None:
    repo.write(packaged.POLICY_PATH, OWN)
    first = Workspace.open(repo.root, environment={}).loaded
    kept = read_kept(str(repo.root / ".git"), "policy")
    assert kept is not None
    assert Workspace.open(repo.root, environment={}).loaded == first
    repo.write(packaged.POLICY_PATH, OWN.replace("staging", "dev"))
    policy = Workspace.open(repo.root, environment={}).policy
    assert policy.defaults.env == "dev"


def test_without_the_index_nothing_is_kept(repo: Repo) -> None:
    Workspace.open(repo.root, environment={"BACKLOG_INDEX": "off"})
    assert not (repo.root / ".git" / "backlogtool").exists()


def test_what_came_with_a_copied_repository_is_not_read(repo: Repo, tmp_path: Path) -> None:
    git_dir, other = repo.root / ".git", tmp_path / "other"
    keep(str(git_dir), "policy", b"data")
    assert read_kept(str(git_dir), "policy") == b"data"
    cache = other / "backlogtool" / "cache"
    cache.mkdir(parents=True)
    (cache / "policy").write_bytes((git_dir / "backlogtool" / "cache" / "policy").read_bytes())
    assert read_kept(str(other), "policy") is None


def test_links_and_folders_in_its_place_are_left_alone(repo: Repo, tmp_path: Path) -> None:
    git_dir, target = str(repo.root / ".git"), tmp_path / "target"
    keep(git_dir, "policy", b"data")
    cache = repo.root / ".git" / "backlogtool" / "cache"
    target.write_bytes((cache / "policy").read_bytes())
    (cache / "policy").unlink()
    (cache / "policy").symlink_to(target)
    before = target.read_bytes()
    assert read_kept(git_dir, "policy") is None
    (cache / "policy.new").symlink_to(target)
    keep(git_dir, "policy", b"again")
    keep(git_dir, "policy", b"again")
    assert target.read_bytes() == before
    assert read_kept(git_dir, "policy") == b"again"


def test_what_a_killed_process_left_half_written_does_not_last(repo: Repo) -> None:
    git_dir = str(repo.root / ".git")
    keep(git_dir, "policy", b"data")
    (repo.root / ".git" / "backlogtool" / "cache" / "policy.new").write_bytes(b"half")
    keep(git_dir, "policy", b"more")
    keep(git_dir, "policy", b"more")
    assert read_kept(git_dir, "policy") == b"more"
