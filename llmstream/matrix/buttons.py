"""Reactions as buttons: Matrix has no others that clients show (MSC4139 and its kin are not in
use).

Placing one costs an event of the account's budget. Hearing them costs one handler for each client,
as long as there is something to hear.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary, ref

from mautrix.types import EventType

from .reading.annotations import annotation_in, plain_key
from .sending.outcome import SendError
from .sending.scheduler import Scheduler

log = logging.getLogger(__name__)

HEARD_FOR = 7 * 24 * 3600.0
"""Seconds after which the buttons of a message are no longer heard."""
REMEMBERED = 1_000
"""Messages of a client whose buttons are heard; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Press:
    """A person has pressed the button `key` (as it was placed) of the message `event_id`."""

    key: str
    user_id: str
    event_id: str


OnPress: TypeAlias = Callable[[Press], Awaitable[None]]


def annotation(event_id: str, key: str) -> dict[str, Any]:
    """The content of an `m.reaction`."""
    return {
        "m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key},
    }


async def react(scheduler: Scheduler, room_id: str, event_id: str, keys: Sequence[str]) -> None:
    """React with each key, in order, when the budget has room.

    A room that takes no reactions has none; that is only logged.
    """
    try:
        for key in keys:
            await scheduler.send(room_id, "m.reaction", annotation(event_id, key), first=False)
    except SendError as error:
        log.debug("No buttons in %s: %s", room_id, error)


@dataclass(frozen=True, slots=True)
class _Heard:
    """Who hears a message's buttons. `keys`: plain ones to those that were placed."""

    keys: Mapping[str, str]
    on_press: OnPress
    end: asyncio.TimerHandle


class Buttons:
    """Who hears the reactions to which message, for one client that syncs."""

    @classmethod
    def of(cls, client: Any) -> Buttons:
        """The client's one set of buttons."""
        if client not in _of_clients:
            _of_clients[client] = cls(client)
        return _of_clients[client]

    def __init__(self, client: Any) -> None:
        self._client = ref(client)
        self._heard: dict[str, _Heard] = {}

    def hear(self, event_id: str, keys: Sequence[str], on_press: OnPress) -> None:
        """Call `on_press` whenever somebody else reacts to `event_id` with one of `keys`."""
        client = self._client()
        if client and not self._heard:
            client.add_event_handler(EventType.REACTION, self._on_reaction)
        if known := self._heard.pop(event_id, None):
            known.end.cancel()
        end = asyncio.get_running_loop().call_later(HEARD_FOR, self.forget, event_id)
        self._heard[event_id] = _Heard({plain_key(key): key for key in keys}, on_press, end)
        if len(self._heard) > REMEMBERED:
            self.forget(next(iter(self._heard)))

    def forget(self, event_id: str) -> None:
        """Hear this message's buttons no more."""
        if heard := self._heard.pop(event_id, None):
            heard.end.cancel()
            client = self._client()
            if client and not self._heard:
                client.remove_event_handler(EventType.REACTION, self._on_reaction)

    async def _on_reaction(self, event: Any) -> None:
        reaction, client = annotation_in(event), self._client()
        if reaction is None or client is None or reaction.sender == client.mxid:
            return
        heard = self._heard.get(reaction.event_id)
        if heard and (key := heard.keys.get(plain_key(reaction.key))):
            await heard.on_press(Press(key, reaction.sender, reaction.event_id))


_of_clients: WeakKeyDictionary[Any, Buttons] = WeakKeyDictionary()
