"""What strangers send has any shape: nothing of it leaves a handler by an exception."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from mautrix.client import SyncStream
from mautrix.types import Event

from llmstream.bot.incoming.handlers import Handlers

from ..commands.commanding import ALICE, ROOM, CommandedBot

EVENTS = 20_000

ODD: list[Any] = [
    None, True, False, 0, -1, 2**31, 2**63, 10**40, 1.5, float("inf"), "", " ", "\0", "\ud800",
    "x" * 70_000, "$x", ROOM, "\u202e", "m.text", [], [[]], [None, {}], ["$x"], {}, {"": {}}, "$",
    {"event_id": "$x"}, {"$x": 1}, {"a": {"b": {"c": []}}}, {"user_ids": "x"}, {"key": {}},
]  # fmt: skip

SHAPES: list[dict[str, Any]] = [
    {"type": "m.room.message", "content": {"msgtype": "m.text", "body": "!ask", "format": "h",
     "formatted_body": "<b>x</b>", "m.mentions": {"user_ids": [ALICE], "room": True}}},
    {"type": "m.room.message", "content": {"msgtype": "m.text", "body": "> <@a:b> x\n\ny",
     "m.relates_to": {"rel_type": "m.thread", "event_id": "$x", "is_falling_back": True,
                      "m.in_reply_to": {"event_id": "$y"}}}},
    {"type": "m.room.message", "content": {"msgtype": "m.text", "body": "* x",
     "m.new_content": {"msgtype": "m.text", "body": "x"},
     "m.relates_to": {"rel_type": "m.replace", "event_id": "$x"}},
     "unsigned": {"m.relations": {"m.replace": {"event_id": "$z", "content": {}}}}},
    {"type": "m.room.message", "content": {"msgtype": "m.image", "body": "x.png", "filename": "y",
     "url": "mxc://a/b", "info": {"mimetype": "image/png", "size": 1, "w": 1, "h": 1},
     "file": {"url": "mxc://a/b", "key": {"k": "x"}, "iv": "x", "hashes": {"sha256": "x"}}}},
    {"type": "m.room.encrypted", "content": {"algorithm": "m.megolm.v1.aes-sha2",
     "ciphertext": "x", "session_id": "x", "sender_key": "x", "device_id": "x"}},
    {"type": "m.room.message", "content": {"msgtype": "m.location", "body": "x",
     "geo_uri": "geo:1,2", "org.matrix.msc3488.location": {"uri": "geo:1,2", "description": "x"}}},
    {"type": "m.sticker", "content": {"body": "x", "url": "mxc://a/b", "info": {"size": 1}}},
    {"type": "m.poll.start", "content": {"m.poll": {"question": {"m.text": [{"body": "x"}]},
     "answers": [{"m.id": "x", "m.text": [{"body": "x"}]}]}, "m.text": [{"body": "x"}]}},
    {"type": "m.reaction", "content": {
        "m.relates_to": {"rel_type": "m.annotation", "event_id": "$x", "key": "🔁"}}},
    {"type": "m.room.redaction", "redacts": "$x", "content": {"redacts": "$x", "reason": "x"}},
    {"type": "m.room.member", "state_key": ALICE, "content": {"membership": "join",
     "displayname": "x", "avatar_url": "x"}, "unsigned": {"prev_content": {"membership": "x"}}},
    {"type": "m.bridge", "state_key": "x", "content": {"protocol": {"id": "x"}}},
    {"type": "m.room.history_visibility", "state_key": "",
     "content": {"history_visibility": "shared"}},
]  # fmt: skip


def hostile(seed: int) -> Iterator[dict[str, Any]]:
    """Events of every kind that we hear, with some of their values of another type, or missing."""
    chance = random.Random(seed)
    for number in range(EVENTS):
        event = {
            "event_id": f"$e{number}",
            "sender": ALICE,
            "origin_server_ts": int(time.time() * 1000),
            **chance.choice(SHAPES),
        }
        for _ in range(chance.choice((1, 1, 2, 4))):
            event = _spoilt(event, chance)
        yield event


def _spoilt(value: Any, chance: random.Random) -> Any:
    if not isinstance(value, dict) or not value or chance.random() < 0.15:
        return chance.choice(ODD)
    key = chance.choice(list(value))
    if key == "type":
        return value
    if chance.random() < 0.1:
        return {one: value[one] for one in value if one != key}
    return {**value, key: _spoilt(value[key], chance)}


@pytest.mark.slow
async def test_no_event_of_any_shape_leaves_a_handler_by_an_exception(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path) as bot:
        logging.getLogger("mau").setLevel(logging.ERROR)  # it says what it could not read
        handlers = Handlers(bot.instance)
        left: list[str] = []
        for raw in hostile(seed=1):
            event = _as_mautrix(bot, raw)
            handler: Any = event and handlers.of_types.get(event.type)
            if not handler:
                continue
            try:
                await asyncio.create_task(handler(event))
            except Exception as error:
                left.append(f"{error!r}: {raw!r:.300}")
            assert len(left) < 10, "\n".join(left)
        assert not left, "\n".join(left)


def _as_mautrix(bot: CommandedBot, raw: Any) -> Any:
    """As mautrix's sync gives it to handlers; None where it gives nothing."""
    if not isinstance(raw, Mapping):
        return None
    client: Any = bot.instance.client
    kind: Any = Event
    try:
        event = client._try_deserialize(kind, {**raw, "room_id": ROOM})
        source = SyncStream.JOINED_ROOM | SyncStream.TIMELINE
        event.type = event.type.with_class(
            type(event.type).Class.STATE
            if getattr(event, "state_key", None) is not None
            else type(event.type).Class.MESSAGE
        )
        event.source = source
    except Exception:
        return None  # mautrix itself does not give it out
    return event
