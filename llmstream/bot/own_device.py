"""The bot's own device, as other people's clients see it: whether it encrypts, is verified, and
still has the keys that they know it by.

The homeserver is asked, for that is where other clients have it from: what mautrix knows of its
own device is what it has signed itself. Nothing is changed here but one note of ours in the
account data; a device is verified on its client's page in maubot.

A device whose keys were lost gets new ones under its old name, which other clients refuse. They
are lost with maubot's database, and what the plugin keeps is often lost with it: so the note of
which keys they were is on the homeserver.

Spec: client-server API, "Cross-signing", "Device keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from mautrix.api import Method, Path
from mautrix.client import Client
from mautrix.errors import MatrixError, MNotFound
from mautrix.types import SigningKey, UserID

from ..matrix.reading.raw import Raw, at, text
from ..matrix.sending.encryption import is_encrypted
from .instance import Instance

_NOTE = "dev.llmstream.device"


class Standing(Enum):
    """What a device is worth to others."""

    OFF = auto()
    UNKNOWN = auto()
    REPLACED = auto()
    UNVERIFIED = auto()
    VERIFIED = auto()


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """The device that the bot encrypts with: its id, '' where it does not encrypt at all."""

    id: str
    standing: Standing


async def own_device(client: Client) -> OwnDevice:
    """How it stands now. Where the homeserver does not say, that is UNKNOWN."""
    if client.crypto is None or client.crypto.account is None:
        return OwnDevice("", Standing.OFF)
    device_id = str(client.device_id)
    try:
        known = await _known_to_others(client)
        noted = await _note(client)
    except (MatrixError, TimeoutError):
        return OwnDevice(device_id, Standing.UNKNOWN)
    mine = str(client.crypto.account.signing_key)
    device = at(known, "device_keys", client.mxid, device_id)
    if text(at(device, "keys"), f"ed25519:{device_id}") != mine:
        return OwnDevice(device_id, Standing.REPLACED)
    if noted.get("device_id") == device_id and noted.get("ed25519") != mine:
        return OwnDevice(device_id, Standing.REPLACED)
    is_verified = _is_verified(known, client.mxid, device)
    return OwnDevice(device_id, Standing.VERIFIED if is_verified else Standing.UNVERIFIED)


async def is_mute(instance: Instance, room_id: str) -> bool:
    """Whether nothing can be said in a room, as it is encrypted and this client has no encryption.
    The log is told of it once.
    """
    client = instance.client
    if client.crypto is not None:
        return False
    try:
        encrypted = await is_encrypted(client, room_id)
    except MatrixError as error:
        instance.log.debug("Whether %s is encrypted is not known: %s", room_id, error)
        return False
    if encrypted and instance.tells_first(room_id):
        instance.log.warning(
            "%s is encrypted, and this client has no encryption: nothing is read or said there. A "
            "device id and maubot's `[encryption]` packages are needed.",
            room_id,
        )
    return encrypted


async def note_own_device(instance: Instance) -> None:
    """Note by which keys others know the device, and tell the log what is wrong with it."""
    client, log = instance.client, instance.log
    found = await own_device(client)
    if found.standing is Standing.REPLACED:
        log.warning(
            "Device %s has other keys than it had: people whose clients knew it can neither read "
            "me nor be read. Log in anew, and give maubot's client the new device and token.",
            found.id,
        )
    elif found.standing is Standing.UNVERIFIED:
        log.debug("Device %s is not verified: other clients warn of it", found.id)
    if found.standing in (Standing.UNVERIFIED, Standing.VERIFIED):
        keys = {"device_id": found.id, "ed25519": str(client.crypto.account.signing_key)}
        try:
            if dict(await _note(client)) != keys:
                await client.api.request(Method.PUT, _path(client), content=keys)
        except (MatrixError, TimeoutError) as error:
            log.warning("The keys of device %s could not be noted: %s", found.id, error)


async def _known_to_others(client: Client) -> Raw:
    content: Any = {"device_keys": {client.mxid: [client.device_id]}}
    answer = await client.api.request(Method.POST, Path.v3.keys.query, content=content)
    return answer if isinstance(answer, Mapping) else {}


async def _note(client: Client) -> Raw:
    try:
        answer = await client.api.request(Method.GET, _path(client))
    except MNotFound:
        return {}
    return answer if isinstance(answer, Mapping) else {}


def _path(client: Client) -> Any:
    return Path.v3.user[client.mxid].account_data[_NOTE]


def _is_verified(known: Raw, user_id: str, device: Raw) -> bool:
    """Whether the account's master key vouches for the device, over its self-signing key."""
    signing = at(known, "self_signing_keys", user_id)
    master = _public_key(at(known, "master_keys", user_id))
    return _is_signed(signing, user_id, master) and _is_signed(
        device, user_id, _public_key(signing)
    )


def _public_key(keys: Raw) -> str:
    return next((key for key in at(keys, "keys").values() if isinstance(key, str)), "")


def _is_signed(signed: Raw, user_id: str, key: str) -> bool:
    from mautrix.crypto.signature import verify_signature_json  # needs olm, as encryption does

    whole: Any = signed
    try:
        return bool(key) and verify_signature_json(whole, UserID(user_id), key, SigningKey(key))
    except (AttributeError, KeyError, TypeError):
        return False  # whatever it is, it is no signature
