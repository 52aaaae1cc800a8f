"""The requests that the account's budget counts, as values: events, redactions, joins.

A request that is made again is the same object: the same transaction id, and in an encrypted room
the same ciphertext, so that the server recognises it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeAlias
from uuid import uuid4

from mautrix.types import EventID, RoomID

Content: TypeAlias = Mapping[str, Any]


def _transaction_id(name: str = "") -> str:
    return f"llmstream-{name or uuid4().hex}"


def transaction_of(name: str, content: Content | None = None) -> str:
    """The transaction of what has this name, also if it is made once more by a later process.

    With a content, of this content only: another under the same name is another event.
    """
    if content is None:
        return _transaction_id(name)
    digest = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return _transaction_id(f"{name}-{digest[:16]}")


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event as it goes over the wire: its type there and its JSON."""

    type: str
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Event:
    """One event to send. `sealed` is set when it is first sent, and stays once it is encrypted."""

    room_id: RoomID
    type: str
    content: Content = field(repr=False)
    transaction_id: str = field(default_factory=_transaction_id)
    sealed: Sealed | None = None


@dataclass(frozen=True, slots=True)
class Redaction:
    """One event to redact."""

    room_id: RoomID
    event_id: EventID
    reason: str = ""
    transaction_id: str = field(default_factory=_transaction_id)


@dataclass(frozen=True, slots=True)
class Join:
    """One room to join. `via` is a server that is in it, for ids that name none; or ''."""

    room_id: RoomID
    via: str = ""


Request: TypeAlias = Event | Redaction | Join
