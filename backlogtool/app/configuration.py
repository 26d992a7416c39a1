"""The verb ``config show``: every value of the policy and the settings, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backlogtool.app.workspace import Workspace


def show(space: Workspace) -> dict[str, dict[str, Any]]:
    """dotted name -> {"value", "origin"}; settings stand under ``settings.``."""
    policy = space.policy
    found = {
        name: {"value": _plain(_value(policy, name)), "origin": origin}
        for name, origin in sorted(space.loaded.origin.items())
    }
    for name, value in space.settings.values.items():
        found[f"settings.{name}"] = {"value": value, "origin": space.settings.origin[name]}
    return found


def _value(policy: Any, name: str) -> Any:
    held = policy
    for part in name.split("."):
        held = held[part] if isinstance(held, Mapping) else getattr(held, part)
    return held


def _plain(held: Any) -> Any:
    if hasattr(held, "_asdict"):
        return _plain(held._asdict())
    if isinstance(held, Mapping):
        return {str(key): _plain(one) for key, one in held.items()}
    return [_plain(one) for one in held] if isinstance(held, (list, tuple)) else held
