"""One request to the homeserver at a time: makes it, and says what became of it.

It does not wait, retry or choose (scheduler.py does). mautrix's own request methods are not used:
they drop `retry_after_ms` and log every content.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientConnectorError, ClientError, ClientTimeout
from mautrix.api import Path, PathBuilder
from mautrix.client import Client
from mautrix.errors import EncryptionError, MatrixError, MForbidden
from mautrix.types import EventType

from .encryption import is_encrypted
from .outcome import Outcome, Reason, Refused, read
from .request import Content, Event, Join, Redaction, Request, Sealed

log = logging.getLogger(__name__)

_MISTAKES = (AssertionError, AttributeError, LookupError, TypeError, ValueError)
_TIMEOUT = ClientTimeout(total=30)
_ENCRYPTED = "m.room.encrypted"
_NO_QUERY: Mapping[str, str] = {}


class Sender:
    """Sends as one mautrix client: `mautrix.client.Client`, or a subclass such as maubot's."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def send(self, request: Request) -> Outcome:
        """Make this request once. Never raises for what the network or the server does.

        Clear text never goes into an encrypted room: where it cannot be encrypted, it is refused.
        """
        match request:
            case Event():
                return await self._put(request)
            case Redaction(room_id, event_id, reason, transaction_id):
                path = Path.v3.rooms[room_id].redact[event_id][transaction_id]
                return await self._request(
                    "PUT", path, _json({"reason": reason} if reason else {})
                )
            case Join(room_id, via):
                # The older name of it too: servers know the one or the other.
                servers = {"via": via, "server_name": via} if via else {}
                return await self._request("POST", Path.v3.join[room_id], b"{}", servers)

    async def _put(self, event: Event) -> Outcome:
        if event.sealed is None or event.sealed.type != _ENCRYPTED:
            # Also what waited meanwhile, in clear, as the room was: it may be encrypted now.
            try:
                event.sealed = await self._seal(event)
            except EncryptionError as error:
                return Refused(Reason.INVALID, None, f"cannot encrypt: {error}"[:200])
            except MForbidden as error:
                return Refused(Reason.FORBIDDEN, None, str(error)[:200])
            except (MatrixError, ClientError, TimeoutError) as error:
                return Refused(Reason.UNAVAILABLE, None, f"cannot encrypt: {type(error).__name__}")
            except _MISTAKES:
                raise
            except Exception as error:  # the keys are in a database, which may fail
                log.warning("No keys for %s now", event.room_id, exc_info=True)
                return Refused(Reason.UNAVAILABLE, None, f"cannot encrypt: {type(error).__name__}")
        path = Path.v3.rooms[event.room_id].send[event.sealed.type][event.transaction_id]
        return await self._request("PUT", path, event.sealed.body)

    async def _seal(self, event: Event) -> Sealed:
        kind = EventType.find(event.type, EventType.Class.MESSAGE)
        if kind in self.client.encryption_blacklist or not await is_encrypted(
            self.client, event.room_id
        ):
            return Sealed(event.type, _json(event.content))
        if not self.client.crypto:
            raise EncryptionError("this client has no encryption")
        content: Any = dict(event.content)
        encrypted = await self.client.encrypt(event.room_id, kind, content)
        return Sealed(_ENCRYPTED, _json(encrypted.serialize()))

    async def _request(
        self, method: str, path: PathBuilder, body: bytes, query: Mapping[str, str] = _NO_QUERY
    ) -> Outcome:
        api = self.client.api
        url = api.base_url.with_path(api._full_path(path), encoded=True)
        headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"}
        query = {**query, **({"user_id": api.as_user_id} if api.as_user_id else {})}
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            async with api.session.request(
                method, url, data=body, params=query, headers=headers, timeout=_TIMEOUT
            ) as response:
                said = await response.read()
                return read(response.status, response.headers, said, clock() - started, len(body))
        except ClientConnectorError as error:
            return Refused(Reason.UNAVAILABLE, None, type(error).__name__, clock() - started)
        except (ClientError, ConnectionError, TimeoutError) as error:
            return Refused(Reason.LOST, None, type(error).__name__, clock() - started)


def _json(content: Content) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
