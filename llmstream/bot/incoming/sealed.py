"""What comes encrypted: decrypted here, and given on with who it was that encrypted it.

mautrix decrypts it too, and gives it out as if it had come in clear. That copy is passed over: a
homeserver can send such a one itself. What of it all is a question is questions.py's.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from aiohttp import ClientError
from mautrix.errors import MatrixError

from ...matrix.reading.raw import Raw, as_raw, identifier
from ...matrix.sending.encryption import is_encrypted
from ..instance import Instance
from ..room.decryption import Decrypted, decrypted
from ..room.timeline import Timeline
from .unreadable import not_read

_REMEMBERED = 1000
# Seconds in which the key to what was said may still come, at first, and while others are heard:
# where another server is slow.
_KEY_WAIT, _LATE_KEY_WAIT = 3.0, 20.0
# For so many seconds copies may come of what was sent out before this instance listened.
_COPIES_OF_BEFORE = 60.0


class Sealed:
    """The encrypted events that one instance hears.

    Args:
        opened: Hears each that can be read: as it came, and in clear.
        do_meanwhile: Has something done while others are heard.
    """

    def __init__(
        self,
        instance: Instance,
        opened: Callable[[Raw, Decrypted], Awaitable[None]],
        do_meanwhile: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._instance = instance
        self._opened = opened
        self._do_meanwhile = do_meanwhile
        self._came: OrderedDict[str, None] = OrderedDict()
        self._listens_since = asyncio.get_running_loop().time()

    async def heard(self, event: Any) -> None:
        """Something encrypted was sent."""
        if getattr(event, "sender", None) == self._instance.client.mxid:
            return
        self._instance.running.keep_this()
        raw = as_raw(event)
        self._came[identifier(raw, "event_id")] = None
        if len(self._came) > _REMEMBERED:
            self._came.popitem(last=False)
        if clear := await decrypted(self._instance.client, raw, patience=_KEY_WAIT):
            await self._opened(raw, clear)
        else:
            self._do_meanwhile(self._opened_late(raw))

    async def is_copy(self, raw: Raw) -> bool:
        """Whether what seems to have come in clear is mautrix's, of what was encrypted. If that
        was sent out before this instance listened, it is heard now.
        """
        if identifier(raw, "event_id") in self._came:
            return True
        is_early = asyncio.get_running_loop().time() < self._listens_since + _COPIES_OF_BEFORE
        if not is_early or not await self._may_be_sealed(identifier(raw, "room_id")):
            return False
        if original := await self._original(raw):
            await self.heard(original)
        return original != {}

    async def _may_be_sealed(self, room_id: str) -> bool:
        client = self._instance.client
        try:
            return client.crypto is not None and await is_encrypted(client, room_id)
        except (MatrixError, ClientError, TimeoutError):
            return False

    async def _original(self, raw: Raw) -> Raw | None:
        """The event as it was encrypted; {} where it was not, None where nobody says. What was
        sent before this instance listened is then seen to as missed.
        """
        room_id = identifier(raw, "room_id")
        try:
            found = await Timeline(self._instance.client, room_id).raw(identifier(raw, "event_id"))
        except (MatrixError, ClientError, TimeoutError) as error:
            self._instance.log.debug("How something was sent is not known: %s", error)
            return None
        return {**found, "room_id": room_id} if found.get("type") == "m.room.encrypted" else {}

    async def _opened_late(self, raw: Raw) -> None:
        self._instance.running.keep_this()
        try:
            clear = await decrypted(self._instance.client, raw, patience=_LATE_KEY_WAIT)
            await (self._opened(raw, clear) if clear else not_read(self._instance, raw))
        except Exception:
            self._instance.log.exception("What could not be read at first is not seen to")
