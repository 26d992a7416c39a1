"""What the job of a forge tells about where it runs."""

from __future__ import annotations

from collections.abc import Mapping


def address(environment: Mapping[str, str], commit: str) -> str:
    """Where a forge shows the files of a commit, if a job of one runs this: links in comments need whole addresses."""
    if not commit:
        return ""
    if environment.get("GITLAB_CI"):
        place, folder = environment.get("CI_PROJECT_URL", ""), "-/blob"
    else:
        server, name = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
        place = f"{server}/{name}" if server and name else ""
        folder = "src/commit" if environment.get("GITEA_ACTIONS") else "blob"
    return f"{place}/{folder}/{commit}/" if place.startswith("https://") and _is_plain(place) else ""


def _is_plain(address: str) -> bool:
    """Whether nothing in it could end a link."""
    return all(char.isascii() and (char.isalnum() or char in "-._~:/") for char in address)
