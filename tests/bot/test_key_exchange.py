"""No key is lost that others send to the bot's device, or that it gives out. Real olm."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import olm
import pytest
from mautrix.client import Client, InternalEventType
from mautrix.client.state_store import MemoryStateStore
from mautrix.crypto import OlmAccount, OlmMachine
from mautrix.crypto.sessions import Session
from mautrix.crypto.store import MemoryCryptoStore, StateStore
from mautrix.types import (
    EncryptionAlgorithm,
    IdentityKey,
    RoomEncryptionStateEventContent,
    RoomID,
    SessionID,
    UserID,
)

from llmstream.bot.first_sync import listen
from llmstream.bot.key_exchange import KeyExchange

from ..faults import Answer
from ..homeserver import Homeserver

ME, ALICE = "@llm:here", "@alice:here"
FEW: Any = {"device_one_time_keys_count": {"signed_curve25519": 48}}
SOON = 0.1
ROOMS = ("!one:here", "!two:here", "!three:here")


class Store(MemoryCryptoStore):
    """What it answers is, as with a database, a moment old."""

    async def get_sessions(self, key: IdentityKey) -> list[Session]:
        found = list(await super().get_sessions(key))
        await asyncio.sleep(0)
        return found


class KeyServer(Homeserver):
    """It keeps one-time keys, and takes none under an id that it has had."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, Any] = {}
        self.looked_up: list[str] = []

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        if path.endswith("/keys/query"):
            await asyncio.sleep(5 * self.latency)  # other servers are asked
            self.looked_up += json.loads(body)["device_keys"]
            return Answer(200, b'{"device_keys":{}}')
        if not path.endswith("/keys/upload"):
            return await super().answer(user_id, method, path, body)
        keys = json.loads(body or b"{}").get("one_time_keys", {})
        await asyncio.sleep(self.latency)
        if used := keys.keys() & self.given.keys():
            error = {"errcode": "M_UNKNOWN", "error": f"One time key {min(used)} already exists."}
            return Answer(400, json.dumps(error).encode())
        self.given |= keys
        counts = {"one_time_key_counts": {"signed_curve25519": len(self.given)}}
        return Answer(200, json.dumps(counts).encode())


class Phone:
    """A device that gives ours the keys to some rooms, before ours has said anything to it."""

    def __init__(self, to: OlmAccount) -> None:
        self._account = olm.Account()
        self._to = to
        [one_time] = to.one_time_keys["curve25519"].values()
        self._channel = olm.OutboundSession(self._account, to.identity_key, one_time)

    def key(self, room_id: str) -> tuple[str, dict[str, Any]]:
        """The id of a new key, and the event that brings it."""
        session = olm.OutboundGroupSession()
        plain = {
            "type": "m.room_key",
            "content": {
                "algorithm": "m.megolm.v1.aes-sha2",
                "room_id": room_id,
                "session_id": session.id,
                "session_key": session.session_key,
            },
            "sender": ALICE,
            "sender_device": "PHONE",
            "keys": {"ed25519": self._account.identity_keys["ed25519"]},
            "recipient": ME,
            "recipient_keys": {"ed25519": self._to.signing_key},
        }
        message = self._channel.encrypt(json.dumps(plain))
        sealed = {
            self._to.identity_key: {"type": message.message_type, "body": message.ciphertext}
        }
        content = {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": self._account.identity_keys["curve25519"],
            "ciphertext": sealed,
        }
        return session.id, {"type": "m.room.encrypted", "sender": ALICE, "content": content}


@pytest.fixture
def server() -> KeyServer:
    return KeyServer()


@pytest.fixture
async def client(server: KeyServer) -> Client:
    state = MemoryStateStore()
    info = RoomEncryptionStateEventContent(algorithm=EncryptionAlgorithm.MEGOLM_V1)
    for room_id in ROOMS:
        await state.set_encryption_info(RoomID(room_id), info)
    client = server.client(ME, state)
    client.crypto = OlmMachine(client, Store("account", "key"), cast(StateStore, state))
    await client.crypto.load()
    account_of(client).generate_one_time_keys(1)
    return client


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin is loaded in so many seconds, and its client stopped."""
    monkeypatch.setattr("llmstream.bot.first_sync._LOADED_IN", SOON)
    monkeypatch.setattr("llmstream.bot.key_exchange._AFTERWARDS", SOON)


def account_of(client: Client) -> OlmAccount:
    account: OlmAccount | None = client.crypto.account
    assert account is not None
    return account


async def has(client: Client, keys: dict[str, str]) -> list[str]:
    """The rooms whose keys it has."""
    store = client.crypto.crypto_store
    return [
        room_id
        for room_id, key in keys.items()
        if await store.has_group_session(RoomID(room_id), SessionID(key))
    ]


def sent_by(phone: Phone) -> tuple[dict[str, str], dict[str, Any]]:
    """The keys to three rooms, and the part of a sync that brings them."""
    keys = {room_id: phone.key(room_id) for room_id in ROOMS}
    brought = {"events": [event for _, event in keys.values()]}
    sync = {"to_device": brought, "device_one_time_keys_count": {"signed_curve25519": 100}}
    return {room_id: id for room_id, (id, _) in keys.items()}, sync


async def test_keys_that_come_in_one_sync_are_all_taken(client: Client) -> None:
    keys, brought = sent_by(Phone(account_of(client)))
    ears = KeyExchange.of(client)
    ears.listen()
    KeyExchange.of(client).listen()  # another instance's
    await asyncio.gather(*client.handle_sync(brought))  # type: ignore[arg-type]
    assert await has(client, keys) == list(ROOMS)


async def test_so_are_those_of_the_sync_that_maubot_drops(client: Client) -> None:
    client.ignore_first_sync = True
    keys, brought = sent_by(Phone(account_of(client)))
    listen(client)
    sync = {**brought, "net.maunium.mautrix": {"is_first": True}}
    await asyncio.gather(
        *client.dispatch_internal_event(InternalEventType.SYNC_SUCCESSFUL, data=sync)
    )
    assert await has(client, keys) == list(ROOMS)


@pytest.mark.usefixtures("soon")
async def test_so_are_those_that_come_while_the_plugin_is_loaded(client: Client) -> None:
    keys, brought = sent_by(Phone(account_of(client)))
    listen(client)
    await asyncio.gather(
        *client.dispatch_internal_event(InternalEventType.SYNC_SUCCESSFUL, data={})
    )
    await asyncio.gather(*client.handle_sync(brought))  # type: ignore[arg-type]
    assert await has(client, keys) == list(ROOMS)
    await asyncio.sleep(1.5 * SOON)
    assert not any(client.event_middlewares.values())


@pytest.mark.usefixtures("soon")
async def test_what_is_no_key_is_in_nobodys_way(client: Client) -> None:
    keys, brought = sent_by(Phone(account_of(client)))
    garbage: dict[str, Any] = {**brought["to_device"]["events"][0], "content": {"algorithm": 5}}
    brought["to_device"]["events"].insert(1, garbage)
    ears = KeyExchange.of(client)
    ears.listen()
    await asyncio.gather(*client.handle_sync(brought))  # type: ignore[arg-type]
    assert await has(client, keys) == list(ROOMS)
    ears.leave()
    await asyncio.sleep(1.5 * SOON)
    assert not any(client.event_middlewares.values())


async def test_what_is_being_taken_is_taken_also_where_the_sync_is_broken_off(
    client: Client,
) -> None:
    keys, brought = sent_by(Phone(account_of(client)))
    exchange = KeyExchange.of(client)
    exchange.listen()
    for task in client.handle_sync(brought):  # type: ignore[arg-type]
        asyncio.get_running_loop().call_soon(task.cancel)
    await asyncio.sleep(0)
    exchange.leave()
    await exchange.done()
    assert await has(client, keys) == list(ROOMS)


def low(exchange: KeyExchange, client: Client) -> list[asyncio.Task[None]]:
    """A sync says that the server has few of our one-time keys left."""
    exchange.listen()
    return client.handle_sync(FEW)


async def test_one_time_keys_that_are_on_their_way_are_saved_also_then(
    client: Client, server: KeyServer
) -> None:
    exchange = KeyExchange.of(client)
    tasks = low(exchange, client)
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    exchange.leave()
    client.handle_sync(FEW)
    await exchange.done()
    assert len(server.given) == 3
    assert account_of(client).one_time_keys["curve25519"] == {}


async def test_whose_devices_are_others_now_is_known_also_then(
    client: Client, server: KeyServer
) -> None:
    await client.crypto.crypto_store.put_devices(UserID(ALICE), {})
    exchange = KeyExchange.of(client)
    exchange.listen()
    changed: Any = {"device_lists": {"changed": [ALICE]}}
    await asyncio.gather(*client.handle_sync(changed))
    exchange.leave()
    await exchange.done()
    assert server.looked_up == [ALICE]


async def test_numbers_that_an_earlier_process_has_used_up_are_passed_over(
    client: Client, server: KeyServer
) -> None:
    machine = client.crypto
    saved = OlmAccount.from_pickle(account_of(client).pickle("key"), "key", shared=True)
    await machine.share_keys(46)
    used_up = dict(server.given)
    machine.account = saved
    await machine.crypto_store.put_account(saved)
    await asyncio.gather(*low(KeyExchange.of(client), client))
    new = [one["key"] for id, one in server.given.items() if id not in used_up]
    assert len(new) == 2
    assert saved.one_time_keys["curve25519"] == {}
