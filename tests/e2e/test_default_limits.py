"""Streams under Synapse's own `rc_message`, 10 events and then one in 5 s, through the library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from mautrix.client import Client
from mautrix.client.state_store import MemoryStateStore
from mautrix.types import UserID

from llmstream import Posted, post
from llmstream.matrix.sending.scheduler import Scheduler

from ..bed.person import Person
from ..bed.synapse import Account, Synapse
from ..matrix.sending.writing import SYNAPSE, Remembered


@pytest.fixture(scope="module")
async def synapse(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Synapse]:
    async with Synapse.up(tmp_path_factory.mktemp("synapse"), limits="default") as synapse:
        yield synapse


@asynccontextmanager
async def rooms(
    synapse: Synapse, name: str, number: int
) -> AsyncIterator[tuple[Client, Person, list[str]]]:
    """A bot with a full budget, a person who watches, and rooms that have them both."""
    bot, alice = await synapse.register(f"bot-{name}"), await synapse.register(f"alice-{name}")
    for account in (bot, alice):
        await synapse.override_ratelimit(account.user_id)
    async with (
        Person.present(synapse.url, alice) as person,
        Person.present(synapse.url, bot) as guest,
    ):
        room_ids = [await person.create_room(invite=[bot.user_id]) for _ in range(number)]
        for room_id in room_ids:
            await guest.join(room_id)
        await synapse.restore_ratelimit(bot.user_id)
        client = _client(synapse, bot)
        try:
            yield client, person, room_ids
        finally:
            await client.api.session.close()


def _client(synapse: Synapse, account: Account) -> Client:
    return Client(
        UserID(account.user_id),
        base_url=synapse.url,
        token=account.access_token,
        state_store=MemoryStateStore(),
    )


async def words(number: int) -> AsyncIterator[str]:
    for n in range(number):
        await asyncio.sleep(0.02)
        yield f"word{n} "


async def sees_whole(person: Person, posted: Posted) -> None:
    def whole() -> bool:
        message = person.message(posted.event_ids[-1])
        return message is not None and message.body == posted.text

    await person.until(whole)


async def test_a_long_answer_meets_the_limit_and_is_delivered_whole(synapse: Synapse) -> None:
    async with rooms(synapse, "long", 1) as (client, person, (room_id,)):
        posted = await post(client, room_id, words(600))
        await sees_whole(person, posted)
        counters = Scheduler.of(client).counters
        assert (counters.rate, counters.size) == (0.2, 10.0)
        assert counters.rate_limited <= 2


async def test_six_answers_at_once_under_a_known_limit_are_never_refused(
    synapse: Synapse,
) -> None:
    async with rooms(synapse, "many", 6) as (client, person, room_ids):
        posts = await asyncio.gather(
            *(post(client, room, words(100), budgets=Remembered(SYNAPSE)) for room in room_ids)
        )
        for posted in posts:
            await sees_whole(person, posted)
        assert Scheduler.of(client).counters.rate_limited == 0
