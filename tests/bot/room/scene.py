"""A room with a bot that has answered in it, as the homeserver and the store remember it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from mautrix.util.async_db import Database

from llmstream.bot.config import RoomSettings
from llmstream.bot.room.history import Conversation, conversation
from llmstream.bot.room.media import Files
from llmstream.bot.room.triggers import Situation, restated
from llmstream.bot.room.visibility import Visibility
from llmstream.bot.store import Answer, Answers, upgrade_table
from llmstream.bot.store.in_time import InTime
from llmstream.matrix.reading.said import read

from .rooms import ALICE, ME, ROOM, Room

GROUP = Situation(ME, "LLM", frozenset({"ask"}), members=5)
DIRECT = replace(GROUP, members=2, is_direct=True)
SETTINGS = RoomSettings(include_names=False, context_messages=0)


class Scene:
    """`room` is what the homeserver knows, `answers` what the store does."""

    def __init__(self, answers: Answers) -> None:
        self.room = Room()
        self.answers = answers

    @classmethod
    @asynccontextmanager
    async def laid_in(cls, folder: Path) -> AsyncIterator[Scene]:
        """A new one, with its database in this folder."""
        database = Database.create(f"sqlite:///{folder}/bot.db", upgrade_table=upgrade_table)
        await database.start()
        try:
            yield cls(Answers(InTime(database)))
        finally:
            await database.stop()

    async def answer(self, question: str, text: str, thread: str = "", **keys: Any) -> str:
        """The bot answers in a dozen edits and a footer; the store has the exact text."""
        marked = {"dev.llmstream.answer": {"status": keys.get("status", "complete")}}
        first = self.room.say(ME, "Thinking…", thread=thread, reply=question)
        for number in range(12):
            self.room.edit(ME, first, text[:number], msgtype="m.notice")
        shown = f"{text}\n\ndemo · 2 s"
        html = f"<p>{text}</p><p><sub>demo · 2 s</sub></p>"
        self.room.edit(ME, first, shown, formatted_body=html, **marked)
        kept: dict[str, Any] = {"status": "complete", "created_at": 1.0, "text": text, **keys}
        answer = Answer(first, ROOM, question, thread, ALICE, "demo", "demo", **kept)
        await self.answers.save(answer)
        return first

    async def asks(
        self,
        event_id: str,
        situation: Situation = GROUP,
        settings: RoomSettings = SETTINGS,
        since: int = 0,
        **names: str,
    ) -> Conversation:
        """The conversation of the question in this event."""
        said = read(self.room.raw(event_id))
        assert said is not None
        async with self.room.client() as client:
            return await conversation(
                client,
                self.answers,
                restated(said, situation),
                settings,
                situation,
                names={f"@{name}:here": shown for name, shown in names.items()},
                visibility=Visibility(client),
                files=Files(client),
                since=since,
            )


def lines(found: Conversation) -> list[str]:
    """Each message in a line, as in a play."""
    return [f"{message.role}: {message.text}" for message in found.messages]
