"""Invites as maubot gives them out: what is kept of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ..commands.commanding import ALICE, CONFIG
from .hearing import Hearing

NEW = "!new:here"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Hearing]:
    config = CONFIG.replace("access:", 'access:\n    users: ["@alice:here"]')
    async with Hearing.laid_in(tmp_path, config) as hearing:
        yield hearing


async def invited(room: Hearing, sender: str, **content: Any) -> None:
    member = {
        "type": "m.room.member",
        "sender": sender,
        "state_key": room.bot.instance.client.mxid,
        "content": {"membership": "invite", **content},
    }
    await room.syncs({"rooms": {"invite": {NEW: {"invite_state": {"events": [member]}}}}})


async def test_an_invite_to_a_direct_chat_is_kept_until_we_leave(room: Hearing) -> None:
    await invited(room, ALICE, is_direct=True)
    assert room.bot.town.account_data["m.direct"] == {ALICE: [NEW]}
    me = room.bot.instance.client.mxid
    await room.hears(ALICE, {"membership": "leave"}, "m.room.member", state_key=me, room_id=NEW)
    assert room.bot.town.account_data["m.direct"] == {}


@pytest.mark.parametrize(
    ("sender", "content"),
    [(ALICE, {}), (ALICE, {"is_direct": "yes"}), ("@bob:here", {"is_direct": True})],
)
async def test_no_other_invite_is(room: Hearing, sender: str, content: dict[str, Any]) -> None:
    await invited(room, sender, **content)
    assert "m.direct" not in room.bot.town.account_data
