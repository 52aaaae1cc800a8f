"""In an encrypted room only what was encrypted, by its sender, counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ..commands.commanding import ADMIN, ALICE, CONFIG, ROOM
from ..room.encrypting import Sender, crypto
from ..room.rooms import said
from .hearing import Hearing, until

SET = "!llm set trigger all"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Hearing]:
    async with Hearing.laid_in(tmp_path) as hearing:
        yield hearing


async def encrypt(room: Hearing, sender: Sender, *, of: str) -> None:
    client = room.bot.instance.client
    await room.encrypt()
    client.crypto = await crypto(client, sender, of=of)


def trigger(room: Hearing) -> str:
    return room.bot.instance.configuration.current.for_room(ROOM).trigger


async def waits_for_a_yes(room: Hearing) -> asyncio.Task[bool]:
    """An answer to Alice asks whether it may call a tool, and the room sees that."""
    answer = room.bot.writes(ALICE)
    answer.messages.append("$answer")
    asked: asyncio.Queue[str] = asyncio.Queue()
    asking = asyncio.create_task(answer.approvals("rm", asked.put_nowait))
    answer.approvals.shown("$answer", await asked.get())
    return asking


def reaction(key: str) -> dict[str, object]:
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$answer", "key": key}}


async def test_a_command_in_clear_text_is_not_obeyed(room: Hearing) -> None:
    await room.encrypt()
    await room.hears(ADMIN, said(SET))
    assert trigger(room) == "mention"


@pytest.mark.slow
async def test_a_command_that_its_sender_encrypted_is_obeyed(room: Hearing) -> None:
    admin = Sender()
    await encrypt(room, admin, of=ADMIN)
    room.comes(ADMIN, admin.encrypted(said(SET)), "m.room.encrypted")
    await until(lambda: trigger(room) == "all")


async def test_what_another_encrypted_is_not_obeyed_under_the_admins_name(room: Hearing) -> None:
    alice = Sender()
    await encrypt(room, alice, of=ALICE)
    await room.hears(ADMIN, alice.encrypted(said(SET)), "m.room.encrypted")
    assert trigger(room) == "mention"


async def test_a_server_cannot_mark_clear_text_as_decrypted(room: Hearing) -> None:
    await room.encrypt()
    mark = {"was_encrypted": True, "trust_state": 300, "forwarded_keys": False}
    await room.hears(ADMIN, said(SET), mautrix=mark)
    await room.hears(ADMIN, {**said(SET), "mautrix": mark})
    assert trigger(room) == "mention"


async def test_clear_text_counts_where_the_admin_wants_that(tmp_path: Path) -> None:
    config = f"{CONFIG}    clear_text_in_encrypted_rooms: true\n"
    async with Hearing.laid_in(tmp_path, config) as room:
        await room.encrypt()
        await room.hears(ADMIN, said(SET))
        assert trigger(room) == "all"


async def test_a_question_in_clear_text_is_not_answered(room: Hearing) -> None:
    await room.encrypt()
    await room.hears(ALICE, said("!ask why?"))
    assert not list(room.bot.instance.running)


async def test_a_yes_in_clear_text_lets_no_tool_run_and_a_no_does_stop_it(room: Hearing) -> None:
    await room.encrypt()
    asking = await waits_for_a_yes(room)
    await room.hears(ALICE, reaction("✅"), "m.reaction")
    await room.hears(ALICE, said("✅", reply="$answer"))
    assert not asking.done()
    await room.hears(ALICE, reaction("❌"), "m.reaction")
    assert await asking is False


async def test_an_encrypted_yes_lets_a_tool_run(room: Hearing) -> None:
    alice = Sender()
    await encrypt(room, alice, of=ALICE)
    asking = await waits_for_a_yes(room)
    yes = alice.encrypted(said("✅", reply="$answer"))
    await room.hears(ADMIN, yes, "m.room.encrypted")
    assert not asking.done()
    yes = alice.encrypted(said("✅", reply="$answer"))
    await room.hears(ALICE, yes, "m.room.encrypted")
    assert await asking is True


async def test_in_a_clear_room_a_reaction_is_enough(room: Hearing) -> None:
    asking = await waits_for_a_yes(room)
    await room.hears(ALICE, reaction("✅"), "m.reaction")
    assert await asking is True
