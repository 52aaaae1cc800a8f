"""mautrix gives out what it has decrypted as if it had come in clear, also of what was sent out
before the bot listened.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.homeserver import Stored

from ..commands.commanding import ADMIN, CONFIG, ROOM
from ..room.encrypting import Sender, crypto
from ..room.rooms import said
from .hearing import Hearing, until

SET = "!llm set trigger all"
FIRST = "$heard1"  # as `Hearing` calls the first event that comes


@pytest.fixture
async def admin() -> Sender:
    return Sender()


@pytest.fixture
async def room(tmp_path: Path, admin: Sender) -> AsyncIterator[Hearing]:
    """An encrypted one."""
    async with Hearing.laid_in(tmp_path) as hearing:
        await encrypt(hearing, admin)
        yield hearing


async def encrypt(room: Hearing, admin: Sender) -> None:
    client = room.bot.instance.client
    await room.encrypt()
    client.crypto = await crypto(client, admin, of=ADMIN)


def server_has(room: Hearing, content: dict[str, Any], kind: str) -> None:
    room.bot.town.events.append(Stored(FIRST, ROOM, kind, content, time.time(), ADMIN))


def told(room: Hearing) -> list[str]:
    return [str(one.content.get("body")) for one in room.bot.town.events if one.sender != ADMIN]


def trigger(room: Hearing) -> str:
    return room.bot.instance.configuration.current.for_room(ROOM).trigger


async def test_a_copy_of_what_was_encrypted_before_counts_as_that(
    room: Hearing, admin: Sender
) -> None:
    server_has(room, admin.encrypted(said(SET)), "m.room.encrypted")
    room.comes(ADMIN, said(SET))
    await until(lambda: trigger(room) == "all")


async def test_of_a_copy_only_what_was_encrypted_counts(room: Hearing, admin: Sender) -> None:
    server_has(room, admin.encrypted(said("Good morning")), "m.room.encrypted")
    await room.hears(ADMIN, said(SET))
    assert trigger(room) == "mention"
    assert told(room) == []


async def test_what_the_server_has_in_clear_came_in_clear(tmp_path: Path, admin: Sender) -> None:
    config = f"{CONFIG}    clear_text_in_encrypted_rooms: true\n"
    async with Hearing.laid_in(tmp_path, config) as room:
        await encrypt(room, admin)
        server_has(room, said(SET), "m.room.message")
        room.comes(ADMIN, said(SET))
        await until(lambda: trigger(room) == "all")


@pytest.mark.usefixtures("at_once")
async def test_nobody_is_told_of_what_nobody_knows(room: Hearing) -> None:
    room.bot.town.says_nothing = True
    await room.hears(ADMIN, said(SET))
    room.bot.town.says_nothing = False
    assert trigger(room) == "mention"
    assert told(room) == []
