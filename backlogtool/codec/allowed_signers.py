"""The file of allowed signers, as OpenSSH has it: whose keys sign what (ssh-keygen(1), ALLOWED SIGNERS).

Read here to find whose a key is and to refuse what would make somebody of everybody; ``ssh-keygen`` itself decides
about options and signatures. And the little of a signature that says by which key it was made.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from backlogtool.codec.policy_layers import MAX_FILE, too_large
from backlogtool.codec.policy_table import EMAIL
from backlogtool.domain.finding import Finding

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG\0\0\0\1"
#: Principals, options (blanks only inside quotes), type, key, comment; the first word that can be a type is one.
_LINE = re.compile(
    r'(\S+)[ \t]+(?:((?:[^\s"]|"[^"]*")+)[ \t]+)??((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+)[ \t]+(\S+)(?:[ \t].*)?'
)
_ADDRESS = re.compile(EMAIL.pattern)


class Signers(NamedTuple):
    """Key (base64) -> the e-mail addresses that it signs for; and what is wrong with the file."""

    keys: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]


def read(data: bytes | None, path: str) -> Signers:
    """What the file says, None where there is none. A finding is an error: then nobody's signature counts."""
    if data is None:
        fix = "add it, or set rbac.allowed_signers to where it is"
        return Signers({}, (Finding("BL324", f"{path} is not there, and rbac.commits is signature", path, fix=fix),))
    if len(data) > MAX_FILE:
        return Signers({}, (too_large(path, len(data)),))
    keys: dict[str, tuple[str, ...]] = {}
    findings: list[Finding] = []
    for number, raw in enumerate(data.split(b"\n"), start=1):
        line = raw.decode("ascii", "replace").strip(" \t\r")
        if not line or line.startswith("#"):
            continue
        names, key, problem = _line(line)
        problem = problem or (f"the key stands on another line too, for {', '.join(keys[key])}" if key in keys else "")
        if problem:
            findings.append(Finding("BL324", problem, path, number, fix="write  EMAIL KEYTYPE KEY, a line a key"))
        else:
            keys[key] = names
    return Signers(keys, tuple(findings))


def signed_by(signature: str) -> str:
    """The key (base64) by which a signature says it was made; empty for anything that is no SSH signature."""
    lines = signature.strip("\n").split("\n")
    if len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):
        return ""
    data = _decoded("".join(lines[1:-1]))
    key = next(_strings(data[len(_MAGIC) :]), b"") if data.startswith(_MAGIC) else b""
    return base64.b64encode(key).decode()


def _line(line: str) -> tuple[tuple[str, ...], str, str]:
    """(addresses, key, what is wrong) of one line."""
    found = _LINE.fullmatch(line)
    if not found:
        return (), "", "the line is not an e-mail address, a type of key and a key"
    names = tuple(found[1].split(","))
    odd = [one for one in names if not _ADDRESS.fullmatch(one)]
    if odd:
        return (), "", f"'{odd[0]}' is not one e-mail address: patterns stand for nobody here"
    if "cert-authority" in (found[2] or "").lower():
        return (), "", "certificates are not looked at: name each key"
    key = _decoded(found[4])
    parts = list(_strings(key))
    whole = sum(4 + len(part) for part in parts) == len(key)
    if not whole or parts[:1] != [found[3].encode()]:
        return (), "", f"what follows {found[3]} is no such key"
    return names, base64.b64encode(key).decode(), ""


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _strings(data: bytes) -> Iterator[bytes]:
    """The strings of SSH's wire format, as long as they are whole."""
    while len(data) >= 4:
        end = 4 + int.from_bytes(data[:4], "big")
        if end > len(data):
            return
        yield data[4:end]
        data = data[end:]
