"""A question that comes while single requests to the homeserver fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ServerDisconnectedError

from tests.faults import Answer

from ..commands.commanding import ALICE, ROOM
from ..incoming.hearing import Hearing, until
from .rooms import said

FAULTS: dict[str, Answer | Exception] = {
    "gateway": Answer(502, b"<html>Bad Gateway</html>", {}),
    "filter": Answer(403, b"<html>Forbidden</html>", {}),
    "page": Answer(200, b"<html>Please wait</html>", {}),
    "busy": Answer(429, b'{"errcode":"M_LIMIT_EXCEEDED","error":"Too many requests"}'),
    "failing": Answer(500, b'{"errcode":"M_UNKNOWN","error":"Internal server error"}'),
    "cut": ServerDisconnectedError(),
    "silent": TimeoutError(),
    "nobody": Answer(200, b'{"joined":{}}'),
}
ASKED = ["joined_members", "m.direct", "m.room.name", "m.room.canonical_alias"]


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Hearing]:
    """A room of two people without a name."""
    async with Hearing.laid_in(tmp_path) as room:
        town = room.bot.town
        town.members = {ALICE: "Alice", town.bot: "LLM"}
        yield room


async def is_answered(room: Hearing, text: str) -> None:
    asked, running = room.comes(ALICE, said(text)), room.bot.instance.running
    await until(lambda: bool(running.of_question(ROOM, asked)))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"nobody"}))
async def test_a_question_in_a_direct_chat_is_answered_all_the_same(
    chat: Hearing, asked: str, fault: str
) -> None:
    chat.bot.town.next[asked] = [FAULTS[fault]]
    await is_answered(chat, "why?")


@pytest.mark.usefixtures("at_once")
async def test_a_room_in_which_nobody_is_said_to_be_is_looked_at_again(chat: Hearing) -> None:
    chat.bot.town.next["joined_members"] = [FAULTS["nobody"]]
    await chat.hears(ALICE, said("good morning"))
    await is_answered(chat, "why?")


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("fault", ["page", "silent"])
async def test_a_mention_is_answered_whatever_is_said_of_the_encryption(
    chat: Hearing, fault: str
) -> None:
    chat.bot.town.next["m.room.encryption/"] = [FAULTS[fault]] * 4
    await is_answered(chat, "!ask why?")


async def test_a_server_without_account_data_has_direct_chats(chat: Hearing) -> None:
    unknown = Answer(404, b'{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}')
    chat.bot.town.next["m.direct"] = [unknown] * 9
    await is_answered(chat, "why?")
