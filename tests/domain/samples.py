"""An ordinary item, of which tests say only what matters to them."""

from __future__ import annotations

from typing import Any

from backlogtool.domain.item import Item

ITEM = Item(
    id="bl_0123456789ab",
    title="Rotate the signing key",
    created_at="2026-02-16T06:20:00Z",
    status="open",
    env="prod",
    priority="P1",
    service="gateway",
    owner="alice",
    category="security",
    due_date="2026-03-01",
    source="manual",
    dedupe_key="manual:2026-W08:prod:gateway:security",
    tags=("auth", "keys"),
    description="The certificate ends in spring.",
)


def item(**values: Any) -> Item:
    """The item, with other values."""
    return ITEM._replace(**values)
