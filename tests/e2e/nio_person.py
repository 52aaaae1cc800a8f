"""A person with another client library: matrix-nio sends, reacts, takes back and reads answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from nio import AsyncClient, Event, RoomMessage, RoomSendResponse

from ..bed.message import ANSWER, MARK
from ..bed.synapse import Account


class NioPerson:
    """A logged-in nio client, and the messages that nio has read."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._read: asyncio.Queue[Event] = asyncio.Queue()
        client.add_event_callback(lambda _, event: self._read.put_nowait(event), RoomMessage)

    @classmethod
    @asynccontextmanager
    async def present(cls, homeserver: str, account: Account) -> AsyncIterator[NioPerson]:
        """Log in with the password, and sync until the block ends."""
        client = AsyncClient(homeserver, account.user_id)
        await client.login(account.password)
        person = cls(client)
        syncing = asyncio.create_task(client.sync_forever(timeout=30_000, full_state=True))
        try:
            yield person
        finally:
            syncing.cancel()
            await asyncio.gather(syncing, return_exceptions=True)
            await client.close()

    async def join(self, room_id: str) -> None:
        await self._client.join(room_id)

    async def say(self, room_id: str, text: str, **content: Any) -> str:
        return await self._send(
            room_id, "m.room.message", {"msgtype": "m.text", "body": text, **content}
        )

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self._send(room_id, "m.reaction", {"m.relates_to": relation})

    async def redact(self, room_id: str, event_id: str) -> None:
        await self._client.room_redact(room_id, event_id)

    async def reads_answer(self) -> str:
        """The text of the next finished answer, as nio shows it."""
        while True:
            event = await self._read.get()
            content: Mapping[str, Any] = event.source["content"]
            shown = content.get("m.new_content", content)
            if ANSWER in shown:
                return str(shown["body"]).removeprefix(MARK)

    async def _send(self, room_id: str, kind: str, content: Mapping[str, Any]) -> str:
        sent = await self._client.room_send(room_id, kind, dict(content))
        assert isinstance(sent, RoomSendResponse), sent
        return str(sent.event_id)
