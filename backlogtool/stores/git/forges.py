"""Where a forge opens a pull request, worked out from a remote's URL. Nothing of a person's login is ever in it.

Which forge a host runs is known for the public ones; any other is named in git's configuration
(``backlogtool.HOST.forge``), for the same address may be anything.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

#: forge -> the page below the repository's own that opens a pull request.
_PAGES = {
    "github": "compare/{base}...{branch}?expand=1",
    "gitlab": "-/merge_requests/new?merge_request%5Bsource_branch%5D={source}"
    "&merge_request%5Btarget_branch%5D={target}",
    "gitea": "compare/{base}...{branch}",
    "forgejo": "compare/{base}...{branch}",
    "bitbucket": "pull-requests/new?source={source}&dest={target}&t=1",
}
FORGES = tuple(_PAGES)
#: host -> (its forge, the host of its pages): some take ssh at another one.
_KNOWN = {
    "github.com": ("github", "github.com"),
    "ssh.github.com": ("github", "github.com"),
    "gitlab.com": ("gitlab", "gitlab.com"),
    "altssh.gitlab.com": ("gitlab", "gitlab.com"),
    "bitbucket.org": ("bitbucket", "bitbucket.org"),
    "altssh.bitbucket.org": ("bitbucket", "bitbucket.org"),
    "codeberg.org": ("forgejo", "codeberg.org"),
    "gitea.com": ("gitea", "gitea.com"),
}
_SCHEMES = ("https", "http", "ssh", "git", "git+ssh", "ssh+git")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
#: user@host:path, as ssh has it.
_SHORT = re.compile(r"(?:[^@/:]+@)?(?P<host>[^@/:\[\]]+):(?P<path>(?!//).+)", re.DOTALL)


class Address(NamedTuple):
    """Where a repository is on a host. ``port`` is that of its pages; empty for the usual one."""

    host: str
    port: str
    path: str


def address(url: str) -> Address | None:
    """The address in a remote's URL; None for a folder of this machine and for what is none."""
    if "://" in url:
        try:
            told = urlsplit(url)
            host, number = (told.hostname or "").lower(), told.port
        except ValueError:
            return None
        if told.scheme.lower() not in _SCHEMES:
            return None
        port, path = f":{number}" if number and told.scheme.lower() == "https" else "", told.path
    else:
        short = _SHORT.fullmatch(url)
        if short is None:
            return None
        host, port, path = short["host"].lower(), "", short["path"]
    path = path.strip("/").removesuffix(".git")
    return Address(host, port, path) if _HOST.fullmatch(host) and _is_repository(path) else None


def link(url: str, base: str, branch: str, forge: str = "") -> str:
    """The page that opens a pull request of ``branch`` into ``base``; empty where the forge is not known.

    ``forge`` is what a person configured for the host, one of ``FORGES``.
    """
    place = address(url)
    if place is None:
        return ""
    known, host = _KNOWN.get(place.host, ("", place.host + place.port))
    page = _PAGES.get(forge or known)
    if page is None:
        return ""
    in_path = {"base": quote(base), "branch": quote(branch)}
    in_query = {"source": quote(branch, safe=""), "target": quote(base, safe="")}
    return f"https://{host}/{quote(place.path)}/{page.format(**in_path, **in_query)}"


def _is_repository(path: str) -> bool:
    """Whether it has an owner and a name, and none of the names that lead elsewhere."""
    parts = path.split("/")
    return len(parts) > 1 and all(part not in ("", ".", "..") for part in parts)
