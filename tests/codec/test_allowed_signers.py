"""The list of allowed signers: whose a key is, and which lists cannot be used."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec.allowed_signers import Signers, read, signed_by

PATH = "config/allowed_signers"


def wire(*parts: bytes) -> bytes:
    return b"".join(len(one).to_bytes(4, "big") + one for one in parts)


def key(kind: str = "ssh-ed25519", secret: bytes = b"x" * 32) -> str:
    return base64.b64encode(wire(kind.encode(), secret)).decode()


KEY, OTHER = key(), key(secret=b"y" * 32)


def said(text: str) -> Signers:
    return read(text.encode(), PATH)


@pytest.mark.parametrize(
    "line",
    [
        f"a@x.org ssh-ed25519 {KEY}",
        f"  a@x.org\tssh-ed25519\t{KEY}  \r",
        f"a@x.org ssh-ed25519 {KEY} Ann's laptop, the new one",
        f"a@x.org ssh-ed25519 {KEY} ssh-ed25519 {OTHER}",
        f'a@x.org namespaces="git" ssh-ed25519 {KEY} a comment',
        f'a@x.org namespaces="git,file",valid-before="20270101" ssh-ed25519 {KEY}',
        f'a@x.org namespaces="git  and more" ssh-ed25519 {KEY} c',
    ],
)
def test_a_line_says_whose_a_key_is(line: str) -> None:
    assert said(f"# keys\n\n{line}\n\n") == Signers({KEY: ("a@x.org",)}, ())


@pytest.mark.parametrize(
    "kind",
    ["ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"],
)
def test_every_kind_of_key_is_read(kind: str) -> None:
    assert said(f"a@x,b@x {kind} {key(kind)}").keys == {key(kind): ("a@x", "b@x")}


@pytest.mark.parametrize(
    "line",
    [
        "a@x.org",
        f"a@x.org {KEY}",
        f"ssh-ed25519 {KEY}",
        f"a@x.org ssh-rsa {KEY}",
        f"a@x.org ssh-ed25519 {KEY[:-8]}",
        f"a@x.org ssh-ed25519 {KEY[:20]}!{KEY[20:]}",
        f"ann ssh-ed25519 {KEY}",
        f"*@x.org ssh-ed25519 {KEY}",
        f"a@x.org,* ssh-ed25519 {KEY}",
        f"a@x.org,!b@x.org ssh-ed25519 {KEY}",
        f"a@x.org, ssh-ed25519 {KEY}",
        f'"a@x.org" ssh-ed25519 {KEY}',
        f"a@x.org cert-authority ssh-ed25519 {KEY}",
        f'a@x.org namespaces="git",CERT-AUTHORITY ssh-ed25519 {KEY}',
        f"\u0430@x.org ssh-ed25519 {KEY}",
        "nonsense",
    ],
)
def test_a_line_of_any_other_kind_is_a_finding_at_its_place(line: str) -> None:
    found = said(f"b@x.org ssh-ed25519 {OTHER}\n{line}\n")
    assert [(one.code, one.path, one.line) for one in found.findings] == [("BL324", PATH, 2)]
    assert KEY not in found.keys


def test_a_key_of_two_lines_is_a_finding() -> None:
    (finding,) = said(f"a@x ssh-ed25519 {KEY}\nb@x ssh-ed25519 {KEY} c\n").findings
    assert (finding.line, finding.message) == (2, "the key stands on another line too, for a@x")


@given(st.binary(max_size=200))
def test_nothing_raises(data: bytes) -> None:
    read(data, PATH)
    signed_by(data.decode("latin-1"))
    signed_by(f"-----BEGIN SSH SIGNATURE-----\n{base64.b64encode(data).decode()}\n-----END SSH SIGNATURE-----")


def armoured(data: bytes) -> str:
    text = base64.b64encode(data).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----"])


def test_a_signature_names_its_key() -> None:
    data = b"SSHSIG\0\0\0\1" + wire(base64.b64decode(KEY), b"git", b"", b"sha512", b"signature")
    assert signed_by(armoured(data)) == KEY
    assert signed_by(armoured(data) + "\n") == KEY
    for wrong in (data[1:], data.replace(b"\0\0\0\1", b"\0\0\0\2", 1), data[:20], b"", data[:10]):
        assert signed_by(armoured(wrong)) == ""
    assert signed_by("") == ""
    assert signed_by(armoured(data).replace("SSH", "PGP")) == ""
