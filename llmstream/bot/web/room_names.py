"""What rooms are called, for who looks at many of them. Asked of the homeserver, and remembered.

A name is what somebody in the room has written.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from mautrix.client import Client
from mautrix.errors import MatrixError
from mautrix.types import EventType, RoomID

_REMEMBERED = 2000
_FRESH = 600.0  # seconds
_AT_ONCE = 4
_LONGEST = 80  # characters


class RoomNames:
    """The names of one account's rooms."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._names: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._few = asyncio.Semaphore(_AT_ONCE)

    async def of(self, rooms: Iterable[str], patience: float = 0.5) -> Mapping[str, str]:
        """The names of those that have one and are known within so many seconds."""
        now, wanted = time.monotonic(), list(dict.fromkeys(rooms))[: _REMEMBERED // 2]
        for room_id in wanted:
            _, asked = self._names.get(room_id, ("", float("-inf")))
            if now - asked > _FRESH and room_id not in self._asking:
                task = asyncio.create_task(self._ask(room_id))
                self._asking[room_id] = task
        if asking := [self._asking[room_id] for room_id in wanted if room_id in self._asking]:
            await asyncio.wait(asking, timeout=patience)
        known = {room_id: self._names[room_id][0] for room_id in wanted if room_id in self._names}
        return {room_id: name for room_id, name in known.items() if name}

    def close(self) -> None:
        """Ask no more."""
        for task in tuple(self._asking.values()):
            task.cancel()

    async def _ask(self, room_id: str) -> None:
        try:
            async with self._few:
                content = await self._client.get_state_event(RoomID(room_id), EventType.ROOM_NAME)
            name = str(getattr(content, "name", "") or "")
        except (MatrixError, OSError, TimeoutError, ValueError, TypeError):
            name, _ = self._names.get(room_id, ("", 0.0))
        finally:
            del self._asking[room_id]
        self._names[room_id] = " ".join(name[:_LONGEST].split()), time.monotonic()
        self._names.move_to_end(room_id)
        while len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)
