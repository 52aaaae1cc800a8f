"""What others make of the bot's device: real keys and signatures, which a homeserver passes on."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import olm
import pytest
from mautrix.crypto.signature import sign_olm
from mautrix.types import DeviceID, UserID

from llmstream.bot.own_device import Standing, note_own_device, own_device

from ..faults import Answer
from .commands.commanding import ADMIN, CommandedBot, Town
from .room.encrypting import Sender, crypto

ME, DEVICE = "@bot:example.org", "LAPTOP"


class KeyTown(Town):
    """Says of keys what `published` has."""

    def __init__(self) -> None:
        super().__init__()
        self.published: Any = {}

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        if path.endswith("/keys/query"):
            return Answer(200, json.dumps(self.published).encode())
        return await super().answer(user_id, method, path, body)


class Keys:
    """The keys of an account, and what it signs with them."""

    def __init__(self) -> None:
        self.master, self.signing = olm.PkSigning(b"m" * 32), olm.PkSigning(b"s" * 32)

    def published(self, device: dict[str, Any]) -> dict[str, Any]:
        """As a server gives them out. `device` has the keys of one."""
        signing = self._keys("self_signing", self.signing)
        self.sign(signing, self.master)
        return {
            "device_keys": {ME: {DEVICE: device}},
            "master_keys": {ME: self._keys("master", self.master)},
            "self_signing_keys": {ME: signing},
        }

    def _keys(self, usage: str, key: olm.PkSigning) -> dict[str, Any]:
        public = {f"ed25519:{key.public_key}": key.public_key}
        return {"user_id": ME, "usage": [usage], "keys": public}

    @staticmethod
    def sign(signed: dict[str, Any], key: olm.PkSigning) -> None:
        by = {f"ed25519:{key.public_key}": sign_olm(dict(signed), key)}
        signed["signatures"] = {ME: by}


def device_of(bot: CommandedBot) -> dict[str, Any]:
    account = bot.instance.client.crypto.account
    keys = {f"ed25519:{DEVICE}": account.signing_key, f"curve25519:{DEVICE}": "curve"}
    return {"user_id": ME, "device_id": DEVICE, "algorithms": [], "keys": keys}


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[CommandedBot]:
    async with CommandedBot.laid_in(tmp_path, town=KeyTown()) as bot:
        client = bot.instance.client
        client.mxid = UserID(ME)
        client.device_id = DeviceID(DEVICE)
        client.crypto = await crypto(client, Sender())
        yield bot


def publish(bot: CommandedBot, published: Any) -> None:
    assert isinstance(bot.town, KeyTown)
    bot.town.published = published


async def test_a_device_that_the_account_has_signed_is_verified(bot: CommandedBot):
    keys, device = Keys(), device_of(bot)
    keys.sign(device, keys.signing)
    publish(bot, keys.published(device))
    assert (await own_device(bot.instance.client)).standing is Standing.VERIFIED
    said = await bot.hears("!llm status", by=ADMIN)
    assert "**Encryption**: on, device `LAPTOP`, verified" in said


async def test_a_device_that_nobody_or_another_has_signed_is_not(bot: CommandedBot):
    keys, device = Keys(), device_of(bot)
    publish(bot, keys.published(device))
    assert (await own_device(bot.instance.client)).standing is Standing.UNVERIFIED
    keys.sign(device, olm.PkSigning(b"x" * 32))
    publish(bot, keys.published(device))
    assert (await own_device(bot.instance.client)).standing is Standing.UNVERIFIED
    said = await bot.hears("!llm doctor", by=ADMIN)
    assert "💡 **The account's encryption**: on, device `LAPTOP`, not verified." in said
    assert "*Generate recovery key*" in said


async def test_a_signing_key_for_which_the_account_does_not_vouch_counts_for_nothing(
    bot: CommandedBot,
):
    keys, device = Keys(), device_of(bot)
    keys.sign(device, keys.signing)
    published = keys.published(device)
    published["self_signing_keys"][ME]["signatures"] = {}
    publish(bot, published)
    assert (await own_device(bot.instance.client)).standing is Standing.UNVERIFIED


async def test_a_device_that_has_lost_its_keys_is_told_of_in_the_log_and_by_the_doctor(
    bot: CommandedBot, caplog: pytest.LogCaptureFixture
):
    client = bot.instance.client
    publish(bot, {"device_keys": {ME: {DEVICE: device_of(bot)}}})
    await note_own_device(bot.instance)
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]
    client.crypto = await crypto(client, Sender())
    publish(bot, {"device_keys": {ME: {DEVICE: device_of(bot)}}})
    await note_own_device(bot.instance)
    assert "Device LAPTOP has other keys than it had" in caplog.text
    assert (await own_device(client)).standing is Standing.REPLACED
    said = await bot.hears("!llm doctor", by=ADMIN)
    assert "❌ **The account's encryption**: on, but the keys of device `LAPTOP`" in said
    assert "`mbc auth --update-client`" in said

    client.device_id = DeviceID("NEW")
    new = device_of(bot) | {"keys": {"ed25519:NEW": client.crypto.account.signing_key}}
    publish(bot, {"device_keys": {ME: {"NEW": new}}})
    await note_own_device(bot.instance)
    assert (await own_device(client)).standing is Standing.UNVERIFIED


@pytest.mark.parametrize(
    "published",
    [
        [],
        {"device_keys": []},
        {"device_keys": {ME: {DEVICE: {"keys": "none"}}}},
        {"device_keys": {ME: {DEVICE: {"keys": {f"ed25519:{DEVICE}": 5}}}}},
    ],
)
async def test_a_server_that_says_anything_breaks_nothing(bot: CommandedBot, published: Any):
    publish(bot, published)
    assert (await own_device(bot.instance.client)).standing is Standing.REPLACED


@pytest.mark.parametrize("signatures", [[], {ME: []}, {ME: {"ed25519:x": 5}}, None])
async def test_signatures_of_any_shape_verify_nothing(bot: CommandedBot, signatures: Any):
    keys, device = Keys(), device_of(bot)
    device["signatures"] = signatures
    publish(bot, keys.published(device))
    assert (await own_device(bot.instance.client)).standing is Standing.UNVERIFIED


async def test_without_an_answer_nothing_is_claimed(bot: CommandedBot):
    bot.town.says_nothing = True
    assert (await own_device(bot.instance.client)).standing is Standing.UNKNOWN
    bot.instance.client.crypto = None
    assert (await own_device(bot.instance.client)).standing is Standing.OFF
