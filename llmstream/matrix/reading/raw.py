"""Events as strangers have written them: JSON in which nothing need have the shape that it should.

Ids and keys are checked here, once: what comes out of `identifier` may be kept, compared and sent.
What events mean is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from mautrix.types import Serializable

from ...well_formed import well_formed

Raw: TypeAlias = Mapping[str, Any]
Event: TypeAlias = Raw | Serializable

# Spec, appendices: ids have at most 255 bytes, and canonical JSON no larger number.
_LONGEST_ID, _LARGEST = 255, 2**53 - 1


def as_raw(event: Event) -> Raw:
    """The event as JSON, {} where it is none.

    mautrix keeps of an edit only its `m.new_content`, at both levels.
    """
    if isinstance(event, Serializable):
        event = event.serialize()
    return event if isinstance(event, Mapping) else {}


def at(raw: Raw, *path: str) -> Raw:
    """The object at the path, or an empty one."""
    for key in path:
        found = raw.get(key)
        raw = found if isinstance(found, Mapping) else {}
    return raw


def objects(raw: Raw, key: str) -> list[Raw]:
    """The objects in the list there, or none."""
    found = raw.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def timelines(sync: Raw) -> Iterator[tuple[str, list[Raw]]]:
    """What a sync brings of each room that we are in: its id, and what came there, each event with
    that id, which the response leaves out.
    """
    joined = at(sync, "rooms", "join")
    for room_id in joined:
        came = objects(at(joined, room_id, "timeline"), "events")
        yield room_id, [{**raw, "room_id": room_id} for raw in came]


def text(raw: Raw, key: str) -> str:
    """The text there, well-formed; '' where there is none."""
    found = raw.get(key)
    return well_formed(found) if isinstance(found, str) else ""


def identifier(raw: Raw, key: str) -> str:
    """The id of an event, a room or a user there; '' where there is none that can be one."""
    return as_identifier(raw.get(key))


def as_identifier(found: object) -> str:
    """What was found, if it can be an id, else ''."""
    if not isinstance(found, str) or not found.isprintable() or " " in found:
        return ""
    return found if len(found.encode()) <= _LONGEST_ID else ""


def number(raw: Raw, key: str) -> int | None:
    """The whole number there; None where there is none that JSON between servers can hold."""
    found = raw.get(key)
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    return found if -_LARGEST <= found <= _LARGEST else None
