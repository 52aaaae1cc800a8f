"""What the bot cannot read in an encrypted room, for it has no key to it: who hears of that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.answering.answer import begin
from llmstream.bot.incoming.unreadable import NO_KEY, NO_KEY_HERE
from llmstream.bot.room.triggers import Question, Situation
from llmstream.matrix.sending.scheduler import Scheduler

from ..commands.commanding import ADMIN, ALICE, CONFIG, MODERATOR, ROOM
from ..room.encrypting import Sender, crypto
from ..room.rooms import said
from .hearing import Hearing, until

pytestmark = pytest.mark.slow


@pytest.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hearing]:
    """Encrypted. What the bot says comes out in clear: its own keys are not looked at here."""
    monkeypatch.setattr("llmstream.bot.incoming.sealed._KEY_WAIT", 0.01)
    monkeypatch.setattr("llmstream.bot.incoming.sealed._LATE_KEY_WAIT", 0.05)
    async with Hearing.laid_in(tmp_path, f"{CONFIG}    users: ['*:here']\n") as hearing:
        client = hearing.bot.instance.client
        client.crypto = await crypto(client, Sender())
        yield hearing


def told(room: Hearing) -> list[str]:
    town = room.bot.town
    return [town.shown(one.event_id) for one in town.messages(ROOM)]


async def says(room: Hearing, who: str, **clear: Any) -> str:
    sealed = Sender().encrypted(said("is this for you?"), **clear)
    return await room.hears(who, sealed, "m.room.encrypted")


async def test_who_talks_to_the_bot_alone_hears_that_it_has_no_key_and_once(room: Hearing) -> None:
    town = room.bot.town
    town.members = {ALICE: "Alice", town.bot: "LLM"}
    asked = await says(room, ALICE)
    await says(room, ALICE)
    (only,) = told(room)
    assert only.startswith(NO_KEY)
    assert "Send it again." in only
    (message,) = town.messages(ROOM)
    assert message.content["msgtype"] == "m.notice"
    assert message.content["m.relates_to"]["m.in_reply_to"] == {"event_id": asked}


async def test_a_group_hears_once_that_something_is_not_read(room: Hearing) -> None:
    await says(room, ALICE)
    await says(room, MODERATOR)
    (only,) = told(room)
    assert only.startswith(NO_KEY_HERE)


async def test_a_reply_to_an_answer_is_taken_for_a_question(room: Hearing) -> None:
    room.bot.writes(ALICE).messages.append("$answer")
    reply = {"m.in_reply_to": {"event_id": "$answer"}}
    await says(room, MODERATOR, **{"m.relates_to": reply})
    (only,) = told(room)
    assert only.startswith(NO_KEY)


async def test_a_group_in_which_only_commands_are_questions_hears_nothing(room: Hearing) -> None:
    await room.hears(ADMIN, said("!llm set trigger command"))
    before = told(room)
    await says(room, ALICE)
    assert told(room) == before


async def test_others_and_the_past_are_not_spoken_to(room: Hearing) -> None:
    await says(room, "@eve:elsewhere")
    await says(room, str(room.bot.instance.client.mxid))
    sealed = Sender().encrypted(said("why?"))
    await room.hears(ALICE, sealed, "m.room.encrypted", origin_server_ts=1000)
    edit = {"rel_type": "m.replace", "event_id": "$question"}
    await says(room, ALICE, **{"m.relates_to": edit})
    assert told(room) == []


async def test_what_was_said_before_the_bot_came_is_not_worth_a_word(room: Hearing) -> None:
    sealed = Sender().encrypted(said("between us"))
    absent = {"age": 5, "membership": "leave"}
    await room.hears(ALICE, sealed, "m.room.encrypted", unsigned=absent)
    assert told(room) == []
    me = {"type": "m.room.member", "origin_server_ts": int(time.time() * 1000) + 60_000}
    room.bot.town.state_events[ROOM, "m.room.member"] = me
    await says(room, ALICE)
    assert told(room) == []
    called = {"age": 5, "membership": "invite"}
    await room.hears(ALICE, sealed, "m.room.encrypted", unsigned=called)
    assert len(told(room)) == 1


async def test_what_gets_its_key_late_is_heard_and_no_word_is_lost_on_it(
    room: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmstream.bot.incoming.sealed._LATE_KEY_WAIT", 10)
    admin, client = Sender(), room.bot.instance.client
    room.comes(ADMIN, admin.encrypted(said("!llm set trigger all")), "m.room.encrypted")
    await asyncio.sleep(0.1)
    late = await crypto(client, admin, of=ADMIN)
    client.crypto.crypto_store = late.crypto_store
    client.crypto._mark_session_received(admin.inbound.id)
    await until(lambda: bool(told(room)))
    assert told(room) == ["`trigger` is now `all` in this room."]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"algorithm": "m.megolm.v1.aes-sha2"},
        {"algorithm": "m.megolm.v1.aes-sha2", "session_id": 5, "ciphertext": "x"},
        {"algorithm": "m.olm.v1.curve25519-aes-sha2", "ciphertext": {}},
        {"algorithm": "none", "m.relates_to": "nothing"},
    ],
)
async def test_what_is_no_encrypted_message_is_not_worth_a_word(
    room: Hearing, content: dict[str, Any]
) -> None:
    await room.hears(ALICE, content, "m.room.encrypted")
    assert told(room) == []


async def test_what_was_said_with_a_known_key_and_is_broken_is_not_worth_a_word(
    room: Hearing,
) -> None:
    alice, client = Sender(), room.bot.instance.client
    client.crypto = await crypto(client, alice, of=ALICE)
    await room.hears(
        ALICE, alice.encrypted(said("x")) | {"ciphertext": "AwAB"}, "m.room.encrypted"
    )
    assert told(room) == []


async def test_without_encryption_the_log_says_once_why_nothing_is_answered(
    room: Hearing, caplog: pytest.LogCaptureFixture
) -> None:
    room.bot.instance.client.crypto = None
    await room.encrypt()
    await says(room, ALICE)
    await says(room, ALICE)
    warned = [one for one in caplog.records if "this client has no encryption" in one.getMessage()]
    assert len(warned) == 1
    assert told(room) == []


async def test_no_model_is_asked_where_its_answer_could_not_be_sent(
    room: Hearing, caplog: pytest.LogCaptureFixture
) -> None:
    room.bot.instance.client.crypto = None
    await room.encrypt()
    question = Question("$asked", ROOM, ALICE, "why?", 0)
    me = str(room.bot.instance.client.mxid)
    await begin(room.bot.instance, question, Situation(me, "", frozenset()))
    assert not list(room.bot.instance.running)
    assert "this client has no encryption" in caplog.text


async def test_nothing_is_sent_in_clear_where_it_cannot_be_encrypted(room: Hearing) -> None:
    client = room.bot.instance.client
    client.crypto = None
    await room.encrypt()
    with pytest.raises(Exception, match="this client has no encryption"):
        await Scheduler.of(client).send(ROOM, "m.room.message", said("secret"))
    assert room.bot.town.attempts == []
