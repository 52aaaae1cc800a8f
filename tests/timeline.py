"""What the homeserver of homeserver.py says of its rooms' past, as the specification has it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .faults import Answer

if TYPE_CHECKING:
    from .homeserver import Stored


def event(events: Sequence[Stored], one: Stored, *, is_bare: bool = False) -> dict[str, Any]:
    """An event as a server gives it, with its newest edit, or as a redaction has left it.

    Some bundle nothing: no edit, and not what has removed it.
    """
    redacted = [each for each in events if each.content.get("redacts") == one.event_id]
    bare = {**_raw(one), **({"content": {}} if redacted else {})}
    if is_bare:
        return bare
    if redacted:
        return {**bare, "unsigned": {"redacted_because": _raw(redacted[0])}}
    edits = [each for each in events if each.target == one.event_id]
    relations = {"m.replace": _raw(edits[-1])} if edits else {}
    return {**bare, "unsigned": {"m.relations": relations}}


def edits(events: Sequence[Stored], event_id: str) -> Answer:
    """`GET /relations/…/m.replace`: whoever's edits they are, newest first."""
    chunk = [_raw(each) for each in reversed(events) if each.target == event_id]
    return Answer(200, json.dumps({"chunk": chunk}).encode())


def reactions(events: Sequence[Stored], event_id: str) -> Answer:
    """`GET /relations/…/m.annotation/m.reaction`: those that nobody has removed, newest first."""
    removed = {each.content.get("redacts") for each in events}
    chunk = [
        _raw(each)
        for each in reversed(events)
        if each.type == "m.reaction" and each.content["m.relates_to"]["event_id"] == event_id
        if each.event_id not in removed
    ]
    return Answer(200, json.dumps({"chunk": chunk}).encode())


def context(events: Sequence[Stored], event_id: str) -> Answer:
    """`GET /context`, of the event alone."""
    at = next(number for number, one in enumerate(events) if one.event_id == event_id)
    body = {
        "event": event(events, events[at]),
        "start": str(at),
        "end": str(at + 1) if events[at + 1 :] else "",
    }
    return Answer(200, json.dumps(body).encode())


def messages(
    events: Sequence[Stored], room_id: str, query: Mapping[str, str], *, is_bare: bool = False
) -> Answer:
    """`GET /messages`: what the filter's senders and types let through. As with Dendrite, each
    page begins with the event that ended the one before.
    """
    at, chosen = int(query["from"]), {} if is_bare else json.loads(query.get("filter", "{}"))
    forward = query["dir"] == "f"
    places = range(at, len(events)) if forward else range(at - 1, -1, -1)
    let_through = [
        place
        for place in places
        if (one := events[place]).room_id == room_id
        and one.sender in chosen.get("senders", [one.sender])
        and one.sender not in chosen.get("not_senders", [])
        and one.type in chosen.get("types", [one.type])
    ]
    page = let_through[: int(query["limit"])]
    said = {
        "chunk": [event(events, events[place], is_bare=is_bare) for place in page],
        "start": query["from"],
    }
    end = str(page[-1] if forward else page[-1] + 1) if page else query["from"]
    return Answer(200, json.dumps(said if end == query["from"] else {**said, "end": end}).encode())


def _raw(one: Stored) -> dict[str, Any]:
    return {
        "event_id": one.event_id,
        "room_id": one.room_id,
        "sender": one.sender,
        "type": one.type,
        "content": one.content,
        "origin_server_ts": int(one.at * 1000),
    }
