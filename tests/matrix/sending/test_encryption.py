"""Whether a room is encrypted is asked as seldom as may be, and no answer counts for long."""

from __future__ import annotations

import asyncio
from typing import Any

from mautrix.client import Client, InternalEventType
from mautrix.client.state_store import MemoryStateStore
from mautrix.types import EncryptionAlgorithm, RoomEncryptionStateEventContent, RoomID

from llmstream.matrix.sending.encryption import is_encrypted
from tests.faults import Answer
from tests.homeserver import Homeserver
from tests.virtual_time import virtual_time

ROOM = "!room:example.org"
SEALED = {"type": "m.room.encryption", "state_key": "", "content": {}}


class Asked(Homeserver):
    """Counts the questions about its rooms' state, and takes a second for each."""

    def __init__(self) -> None:
        super().__init__()
        self.questions = 0

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        self.questions += "/state/" in path
        await asyncio.sleep(1)
        return await super().answer(user_id, method, path, body)


class Store(MemoryStateStore):
    """Counts what it is asked; like maubot's, it knows of no room that it is in clear."""

    def __init__(self) -> None:
        super().__init__()
        self.questions = 0

    async def is_encrypted(self, room_id: RoomID) -> bool | None:
        self.questions += 1
        return await super().is_encrypted(room_id) or None


def syncing(homeserver: Homeserver, store: Store | None = None) -> Client:
    """A client that syncs, as far as can be seen."""
    client = homeserver.client(state_store=store or Store())
    client.syncing_task = asyncio.create_task(asyncio.Event().wait())
    return client


async def sync(client: Client, part: str, *events: dict[str, Any]) -> None:
    """A sync brings this of the room."""
    data = {"rooms": {"join": {ROOM: {part: {"events": list(events)}}}}}
    await asyncio.gather(
        *client.dispatch_internal_event(InternalEventType.SYNC_SUCCESSFUL, data=data)
    )


@virtual_time
async def test_a_room_in_clear_costs_one_question_a_minute() -> None:
    homeserver, store = Asked(), Store()
    client = syncing(homeserver, store)
    for _ in range(30):
        assert not await is_encrypted(client, ROOM)
        await sync(client, "timeline", {"type": "m.room.message"})
        await asyncio.sleep(4)
    assert homeserver.questions == store.questions == 2


@virtual_time
async def test_it_is_encrypted_from_the_moment_that_a_sync_says_so() -> None:
    for part in ("state", "timeline"):
        client = syncing(Asked())
        assert not await is_encrypted(client, ROOM)
        await sync(client, part, {"type": "m.room.message"}, SEALED)
        assert await is_encrypted(client, ROOM)
        await asyncio.sleep(600)
        assert await is_encrypted(client, ROOM)


@virtual_time
async def test_what_only_bears_the_name_of_that_state_changes_nothing() -> None:
    client = syncing(Asked())
    assert not await is_encrypted(client, ROOM)
    message = {"type": "m.room.encryption", "content": {}}
    await sync(client, "timeline", message, {**SEALED, "state_key": "@stranger:there"})
    assert not await is_encrypted(client, ROOM)


@virtual_time
async def test_what_a_sync_says_is_newer_than_an_answer_on_its_way() -> None:
    client = syncing(Asked())
    asked = [asyncio.create_task(is_encrypted(client, ROOM)) for _ in range(2)]
    await asyncio.sleep(0.5)
    await sync(client, "timeline", SEALED)
    assert await asyncio.gather(*asked) == [True, True]
    assert await is_encrypted(client, ROOM)


@virtual_time
async def test_questions_at_the_same_time_have_the_same_answer() -> None:
    client = syncing(Asked())
    asked = (is_encrypted(client, ROOM) for _ in range(3))
    assert await asyncio.gather(*asked) == [False, False, False]


@virtual_time
async def test_a_client_whose_syncs_began_anew_asks_anew() -> None:
    store = Store()
    client = syncing(Asked(), store)
    assert not await is_encrypted(client, ROOM)
    client.syncing_task = asyncio.create_task(asyncio.Event().wait())
    algorithm = EncryptionAlgorithm.MEGOLM_V1
    await store.set_encryption_info(
        RoomID(ROOM), RoomEncryptionStateEventContent(algorithm=algorithm)
    )
    assert await is_encrypted(client, ROOM)


@virtual_time
async def test_what_was_asked_before_the_syncs_began_is_asked_anew() -> None:
    homeserver = Asked()
    client = homeserver.client(state_store=Store())
    assert not await is_encrypted(client, ROOM)
    client.syncing_task = asyncio.create_task(asyncio.Event().wait())
    # The first sync, which mautrix drops, may have said something else.
    assert not await is_encrypted(client, ROOM)
    assert homeserver.questions == 2
    await sync(client, "state", SEALED)
    assert await is_encrypted(client, ROOM)


@virtual_time
async def test_a_client_that_does_not_sync_asks_its_store_each_time() -> None:
    homeserver, store = Asked(), Store()
    client = homeserver.client(state_store=store)
    for _ in range(5):
        assert not await is_encrypted(client, ROOM)
    assert (homeserver.questions, store.questions) == (1, 5)


@virtual_time
async def test_nothing_of_ours_stays_with_the_client() -> None:
    client = syncing(Asked())
    before = dict(client.event_handlers)
    assert not await is_encrypted(client, ROOM)
    assert client.event_handlers != before
    await asyncio.sleep(130)
    assert client.event_handlers == before
    assert not await is_encrypted(client, ROOM)
