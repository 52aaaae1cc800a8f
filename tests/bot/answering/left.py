"""Answers that an earlier process has left: in the room, in the database, in both."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

from llmstream.bot.answering.running import INTERRUPTED
from llmstream.bot.store import Answer, Streams, Unfinished
from llmstream.document import Document

from ...homeserver import Stored
from ..commands.commanding import ALICE, MODERATOR, ROOM, CommandedBot


async def is_asked(bot: CommandedBot, text: str = "!ask why?") -> str:
    """Alice has asked this in the room. The question's id."""
    client = bot.town.client(ALICE)
    content = {"msgtype": "m.text", "body": text}
    return str(await client.send_message_event(ROOM, "m.room.message", content))  # type: ignore[arg-type]


async def is_left(bot: CommandedBot, question_id: str, *chunks: Any, **keys: Any) -> Unfinished:
    """An earlier process has died so far with the answer."""
    document = Document()
    for chunk in chunks:
        document.add(chunk)
    event_ids = keys.pop("event_ids", ())
    state = keys.pop("state", "writing" if event_ids else "asked")
    answer = Answer(
        event_id="",
        room_id=ROOM,
        question_id=question_id,
        thread_root="",
        asker=ALICE,
        provider="home",
        model="llama3.2",
        text=document.text,
        status="interrupted",
        created_at=round(time.time()),
        note=INTERRUPTED.note,
    )
    left = Unfinished("the-one", state, replace(answer, **keys), document, seconds=4.0)
    left = left.in_messages(event_ids)
    await Streams(bot.instance.store.answers._database).save(left)
    return left


async def is_removed(bot: CommandedBot, event_id: str) -> None:
    """A moderator has removed this message."""
    content = json.dumps({"redacts": event_id}).encode()
    await bot.town._send(MODERATOR, ROOM, "m.room.redaction", "removal", content)


def of_bot(bot: CommandedBot) -> list[Stored]:
    """The bot's messages, edits not counted."""
    return [one for one in bot.town.messages(ROOM) if one.sender == bot.town.bot]


async def kept(bot: CommandedBot, question_id: str) -> Answer:
    answer = await bot.instance.store.answers.by_question(ROOM, question_id)
    assert answer is not None
    assert await bot.instance.store.streams.rooms() == set()
    return answer


async def is_shown(
    bot: CommandedBot,
    body: str,
    relation: Any = None,
    *,
    html: str = "",
    by: str = "",
    words: str = "",
    at: int = 0,
    named: bool = True,
    **keys: Any,
) -> str:
    """The room has this of an answer that is being written. The id of its message.

    Args:
        words: What of the body, at its end, is the answer's own text; by default all.
        at: Where in the answer that stands.
        named: It says so, as all do but those in plain text.
    """
    client: Any = bot.town.client(by) if by else bot.instance.client
    live = {
        "msgtype": "m.notice",
        "body": body,
        "org.matrix.msc4357.live": {},
        "m.relates_to": relation or {},
        **({"formatted_body": html} if html else {}),
    }
    if body != "Thinking…":
        stretch = [len(body) - len(words or body), len(body), at]
        live["dev.llmstream.begun"] = {"text": [stretch]} if named else {}
    return str(await client.send_message_event(ROOM, "m.room.message", live, **keys))


def is_live(bot: CommandedBot, event_id: str) -> bool:
    newest = bot.town.messages_of(event_id)[-1]
    return "org.matrix.msc4357.live" in newest.content
