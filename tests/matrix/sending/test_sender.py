"""Requests as they go over a real connection, to a server of a few lines."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest
from aiohttp import web
from mautrix.client import Client
from mautrix.client.state_store import MemoryStateStore
from mautrix.errors import EncryptionError
from mautrix.types import (
    EncryptedMegolmEventContent,
    EncryptionAlgorithm,
    EventID,
    EventType,
    RoomEncryptionStateEventContent,
    RoomID,
    SessionID,
    UserID,
)

from llmstream.matrix.sending.outcome import Reason, Refused, Sent
from llmstream.matrix.sending.request import Event, Join, Redaction
from llmstream.matrix.sending.sender import Sender

ROOM = RoomID("!room/with?odd#chars:example.org")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Takes every request, keeps it, and answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.authorization = ""
        self.encrypted = False
        self.answer: Handler = self._event

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            if self.encrypted:
                return web.json_response({"algorithm": "m.megolm.v1.aes-sha2"})
            return web.json_response({"errcode": "M_NOT_FOUND", "error": "none"}, status=404)
        self.authorization = request.headers["Authorization"]
        self.requests.append((request.method, request.raw_path, await request.json()))
        return await self.answer(request)

    async def _event(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"event_id": "$event"})


@pytest.fixture
async def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    client = Client(
        UserID("@bot:example.org"), base_url=f"http://127.0.0.1:{port}/proxy", token="secret"
    )
    yield client
    await client.api.session.close()
    await runner.cleanup()


def event(body: str = "Grüße 👋") -> Event:
    return Event(ROOM, "m.room.message", {"msgtype": "m.text", "body": body})


async def test_an_event_is_put_with_its_transaction_id(server: Server, client: Client) -> None:
    request = event()
    outcome = await Sender(client).send(request)
    assert isinstance(outcome, Sent)
    assert outcome.event_id == "$event"
    assert server.authorization == "Bearer secret"
    ((method, path, content),) = server.requests
    assert method == "PUT"
    room = "%21room%2Fwith%3Fodd%23chars%3Aexample.org"
    assert path == (
        f"/proxy/_matrix/client/v3/rooms/{room}/send/m.room.message/{request.transaction_id}"
    )
    assert content == request.content


async def test_the_same_request_is_the_same_transaction(server: Server, client: Client) -> None:
    request = event()
    await Sender(client).send(request)
    await Sender(client).send(request)
    assert server.requests[0] == server.requests[1]


async def test_text_is_not_escaped_on_the_wire(client: Client) -> None:
    request = event()
    await Sender(client).send(request)
    assert request.sealed
    assert "Grüße 👋".encode() in request.sealed.body


async def test_redactions_and_joins_are_made(server: Server, client: Client) -> None:
    sender = Sender(client)
    assert isinstance(await sender.send(Redaction(ROOM, EventID("$a"), "wrong")), Sent)
    assert isinstance(await sender.send(Redaction(ROOM, EventID("$b"))), Sent)

    async def joined(request: web.Request) -> web.StreamResponse:
        return web.json_response({"room_id": ROOM})

    server.answer = joined
    assert isinstance(await sender.send(Join(ROOM)), Sent)
    assert [content for _, _, content in server.requests] == [{"reason": "wrong"}, {}, {}]
    assert [path.split("/")[5] for _, path, _ in server.requests] == ["rooms", "rooms", "join"]


async def test_a_refusal_keeps_the_servers_time_to_wait(server: Server, client: Client) -> None:
    async def limited(request: web.Request) -> web.StreamResponse:
        return web.json_response(
            {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many", "retry_after_ms": 1234},
            status=429,
        )

    server.answer = limited
    outcome = await Sender(client).send(event())
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.retry_after) == (Reason.RATE_LIMITED, 1.234)


async def test_a_connection_that_breaks_leaves_the_outcome_open(
    server: Server, client: Client
) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        assert request.transport
        request.transport.close()
        return web.Response()

    server.answer = broken
    outcome = await Sender(client).send(event())
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.LOST


async def test_a_server_that_is_not_there_has_stored_nothing() -> None:
    client = Client(UserID("@bot:example.org"), base_url="http://127.0.0.1:9", token="secret")
    outcome = await Sender(client).send(Join(ROOM))
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.UNAVAILABLE
    await client.api.session.close()


class Crypto:
    """Stands where mautrix's OlmMachine would; what it makes of a content differs each time."""

    def __init__(self, *, broken: bool = False) -> None:
        self.calls = 0
        self.broken = broken

    async def encrypt_megolm_event(
        self, room_id: RoomID, event_type: EventType, content: Any
    ) -> EncryptedMegolmEventContent:
        if self.broken:
            raise EncryptionError("no session")
        self.calls += 1
        return EncryptedMegolmEventContent(ciphertext=f"{self.calls}", session_id=SessionID("s"))

    async def share_group_session(self, room_id: RoomID, members: list[UserID]) -> None:
        await asyncio.sleep(0)


async def encrypted_store() -> MemoryStateStore:
    store = MemoryStateStore()
    await store.set_encryption_info(
        ROOM, RoomEncryptionStateEventContent(algorithm=EncryptionAlgorithm.MEGOLM_V1)
    )
    await store.set_members(ROOM, {})
    return store


async def test_an_event_is_encrypted_once_however_often_it_is_sent(
    server: Server, client: Client
) -> None:
    client.state_store = await encrypted_store()
    crypto: Any = Crypto()
    client.crypto = crypto
    request = event()
    await Sender(client).send(request)
    await Sender(client).send(request)
    assert crypto.calls == 1
    assert server.requests[0] == server.requests[1]
    assert server.requests[0][2]["ciphertext"] == "1"
    assert "/send/m.room.encrypted/" in server.requests[0][1]


async def test_what_waits_in_clear_is_encrypted_once_the_room_is(
    server: Server, client: Client
) -> None:
    async def limited(request: web.Request) -> web.StreamResponse:
        return web.json_response({"errcode": "M_LIMIT_EXCEEDED", "error": "later"}, status=429)

    client.state_store, server.answer = MemoryStateStore(), limited
    request = event("secret")
    await Sender(client).send(request)
    client.state_store, client.crypto = await encrypted_store(), cast(Any, Crypto())
    await Sender(client).send(request)
    assert [path.split("/")[8] for _, path, _ in server.requests] == [
        "m.room.message",
        "m.room.encrypted",
    ]
    assert "body" not in server.requests[1][2]


async def test_reactions_stay_in_the_clear(server: Server, client: Client) -> None:
    client.state_store = await encrypted_store()
    crypto: Any = Crypto()
    client.crypto = crypto
    await Sender(client).send(Event(ROOM, "m.reaction", {"m.relates_to": {}}))
    assert "/send/m.reaction/" in server.requests[0][1]


@pytest.mark.parametrize("crypto", [None, Crypto(broken=True)])
async def test_clear_text_never_goes_into_an_encrypted_room(
    server: Server, client: Client, crypto: Any
) -> None:
    client.state_store = await encrypted_store()
    if crypto:
        client.crypto = crypto
    outcome = await Sender(client).send(event())
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.INVALID
    assert server.requests == []


@pytest.mark.parametrize("store", [None, MemoryStateStore()])
async def test_the_server_is_asked_where_it_is_unknown_whether_a_room_is_encrypted(
    server: Server, client: Client, store: Any
) -> None:
    client.state_store = store
    server.encrypted = True
    outcome = await Sender(client).send(event())
    assert isinstance(outcome, Refused)
    assert server.requests == []


async def test_what_is_logged_never_has_the_text(
    server: Server, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    await Sender(client).send(event("private words"))
    assert "private words" not in caplog.text
    assert "private words" not in repr(event("private words"))


class Failing(MemoryStateStore):
    async def is_encrypted(self, room_id: RoomID) -> bool | None:
        raise ConnectionRefusedError("the database is away")


@pytest.mark.parametrize("encrypted", [True, False])
async def test_what_a_failing_database_cannot_say_the_server_is_asked(
    server: Server, client: Client, encrypted: bool
) -> None:
    client.state_store, server.encrypted = Failing(), encrypted
    outcome = await Sender(client).send(event())
    assert isinstance(outcome, Refused if encrypted else Sent)
    assert bool(server.requests) is not encrypted


async def test_keys_in_a_failing_database_are_asked_for_again(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def encrypt(*_: Any) -> Any:
        raise sqlite3.OperationalError("database is locked")

    server.encrypted = True
    client.state_store = MemoryStateStore()
    client.crypto = cast(Any, object())
    monkeypatch.setattr(client, "encrypt", encrypt)
    outcome = await Sender(client).send(event())
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.UNAVAILABLE
    assert not server.requests
