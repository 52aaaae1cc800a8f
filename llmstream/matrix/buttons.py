"""Reactions as buttons: Matrix has no others that clients show (MSC4139 and its kin are not in
use).

Placing one costs an event of the account's budget. Hearing them costs one handler for each client.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from mautrix.types import EventType

from .scheduler import Scheduler

_REMEMBERED = 1_000  # messages whose buttons are heard; the oldest are forgotten
_VARIATION_SELECTOR = "\ufe0f"


@dataclass(frozen=True, slots=True)
class Press:
    """A person has reacted with `key` to the message `event_id`."""

    key: str
    user_id: str
    event_id: str


OnPress = Callable[[Press], Awaitable[None]]


def plain_key(key: str) -> str:
    """The key without variation selectors: ⏹ and ⏹️ are one button."""
    return key.replace(_VARIATION_SELECTOR, "")


def annotation(event_id: str, key: str) -> dict[str, Any]:
    """The content of an `m.reaction`."""
    return {
        "m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key},
    }


async def place(scheduler: Scheduler, room_id: str, event_id: str, keys: Sequence[str]) -> None:
    """React with each key, in order, when the budget has room."""
    for key in keys:
        await scheduler.send(room_id, "m.reaction", annotation(event_id, key), first=False)


class Buttons:
    """Who hears the reactions to which message, for one client."""

    @classmethod
    def of(cls, client: Any) -> Buttons:
        """The client's one set of buttons."""
        if client not in _of_clients:
            _of_clients[client] = cls(client)
        return _of_clients[client]

    def __init__(self, client: Any) -> None:
        self._mxid = client.mxid
        self._heard: OrderedDict[str, tuple[set[str], OnPress]] = OrderedDict()
        client.add_event_handler(EventType.REACTION, self._on_reaction)

    def hear(self, event_id: str, keys: Sequence[str], on_press: OnPress) -> None:
        """Call `on_press` whenever somebody else reacts to `event_id` with one of `keys`."""
        self._heard[event_id] = ({plain_key(key) for key in keys}, on_press)
        while len(self._heard) > _REMEMBERED:
            self._heard.popitem(last=False)

    async def _on_reaction(self, event: Any) -> None:
        relation = event.content.relates_to
        keys, on_press = self._heard.get(str(relation.event_id), (set(), None))
        if on_press and event.sender != self._mxid and plain_key(relation.key or "") in keys:
            await on_press(Press(relation.key, str(event.sender), str(relation.event_id)))


_of_clients: WeakKeyDictionary[Any, Buttons] = WeakKeyDictionary()
