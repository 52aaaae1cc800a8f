"""Some bots at work: asked in many rooms at once, watched from there, disturbed."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.bed.bed import Bed, Bot
from tests.bed.encrypted import ENCRYPTION, EncryptedPerson
from tests.bed.gateway import Gateway, Order
from tests.bed.message import Seen
from tests.bed.models import ModelServer, Received, Reply
from tests.bed.models.server import Api
from tests.bed.person import NotSeen, Person
from tests.bed.postgres import Postgres

from .verdict import Expectation, Question, Verdict, is_over, judged, shows

APIS: tuple[Api, ...] = ("openai", "ollama", "anthropic")
WORDS = 60
DELAY = 0.03  # seconds between two words: such an answer takes about two
_LOOKS = 5.0  # seconds after which the server is asked what a person does not see
_PUBLIC = {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "public"}}
_numbers = itertools.count(1)
_asked = Counter[str]()  # questions, by room


@dataclass(frozen=True, slots=True)
class Stage:
    """One bot, behind a gateway of its own, and two people in its rooms, who ask by turns: of one
    who always asks at once it thinks that they are a bot.
    """

    gateway: Gateway
    bot: Bot
    people: Sequence[Person]
    rooms: list[str]

    @property
    def watcher(self) -> Person:
        """Who sees what is asked, and what comes."""
        return self.people[0]

    async def events(self, room_id: str) -> list[Seen]:
        """What the room has, oldest first: as the server says now, or as it was decrypted."""
        if isinstance(self.watcher, EncryptedPerson):
            return [seen for seen in self.watcher.seen if seen.room_id == room_id]
        path = f"rooms/{quote(room_id)}/messages"
        found = await self.watcher.request("GET", path, dir="b", limit="300")
        return [Seen(room_id, 0.0, event) for event in reversed(found["chunk"])]


class Scene:
    """Stages on which one thing happens.

    Attributes:
        questions: Those that were asked, by the stage.
        free_at: When nothing stood in the way of the answers any more; seconds since 1970.
    """

    def __init__(
        self,
        bed: Bed,
        models: ModelServer,
        stages: Sequence[Stage],
        postgres: Postgres | None = None,
    ) -> None:
        self.bed = bed
        self.models = models
        self.stages = stages
        self.postgres = postgres
        self.questions: list[tuple[Stage, Question]] = []
        self.free_at = 0.0
        self._moved: dict[int, Question] = {}

    async def ask(self, reply: Callable[[list[str]], Reply] | None = None) -> None:
        """Ask in every room at once. `reply` makes of the words what the model does."""
        for stage in self.stages:
            for person in stage.people:
                person.seen.clear()
        asked = [self._ask(stage, room, reply) for stage in self.stages for room in stage.rooms]
        self.questions = await asyncio.gather(*asked)

    async def _ask(
        self, stage: Stage, room: str, reply: Callable[[list[str]], Reply] | None
    ) -> tuple[Stage, Question]:
        number = next(_numbers)
        words = [f"q{number}w{n} " for n in range(WORDS)]
        replies_of(self.models)[f"question {number}."] = (reply or spoken)(words)
        _asked[room] += 1
        asker = stage.people[_asked[room] % len(stage.people)]
        event_id = await asker.say(room, f"!ask question {number}.")
        return stage, Question(number, room, event_id, WORDS)

    async def show(self, words: int, patience: float = 60.0) -> None:
        """Wait until so many words of every answer can be read."""
        await self._all(lambda *of: shows(*of) >= words, patience)

    async def are_over(self, patience: float) -> None:
        """Wait until every answer is finished, but no longer than that. A person who was away
        does not see all that came: now and then the server is asked.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while (left := until - loop.time()) > 0:
            try:
                await self._all(is_over, min(left, _LOOKS))
            except NotSeen:
                if await self._are_over_there():
                    return
            else:
                return

    async def _are_over_there(self) -> bool:
        return all(
            [
                is_over(question, await stage.events(question.room_id), stage.bot.user_id)
                for stage, question in self.questions
            ]
        )

    def moves(self, stage: Stage, question: Question, room: str) -> None:
        """Its room ends: what is not over there is to be in another, with all that was shown."""
        self._moved[question.number] = question
        stage.rooms[stage.rooms.index(question.room_id)] = room
        place = self.questions.index((stage, question))
        self.questions[place] = stage, replace(question, room_id=room)

    def order(self, order: Order | None) -> None:
        for stage in self.stages:
            stage.gateway.order(order)

    @asynccontextmanager
    async def homeserver_away(self) -> AsyncIterator[None]:
        """Nobody listens, as seen by the bots, as long as the block lasts."""
        async with AsyncExitStack() as stack:
            for stage in self.stages:
                await stack.enter_async_context(stage.gateway.away())
            yield
        self.is_free()

    def is_free(self) -> None:
        """From now on nothing stands in the way."""
        self.free_at = time.time()

    async def verdicts(self, expected: Expectation) -> list[tuple[Question, Verdict]]:
        """What became of the answers."""
        found = []
        for stage, question in self.questions:
            events, bot = await stage.events(question.room_id), stage.bot.user_id
            verdict = judged(question, events, bot, expected)
            if before := self._moved.get(question.number):
                left = await stage.events(before.room_id)
                if not (there := judged(before, left, bot, "whole")).bad:
                    verdict = there
                elif shows(question, events, bot) < shows(before, left, bot):
                    verdict = replace(verdict, lost=True)
            found.append((question, verdict))
        return found

    async def _all(
        self, look: Callable[[Question, Sequence[Seen], str], bool], patience: float
    ) -> None:
        async def one(stage: Stage) -> None:
            mine = [question for where, question in self.questions if where is stage]
            await stage.watcher.until(
                lambda: all(
                    look(
                        question,
                        [seen for seen in stage.watcher.seen if seen.room_id == question.room_id],
                        stage.bot.user_id,
                    )
                    for question in mine
                ),
                patience,
            )

        await asyncio.gather(*map(one, self.stages))


def spoken(words: list[str]) -> Reply:
    """The words, one after the other."""
    return Reply(words, delay=DELAY)


def replies_of(models: ModelServer) -> dict[str, Reply]:
    """What the model says to which question; others get a plain answer."""
    if models not in _replies:
        replies: dict[str, Reply] = {}
        _replies[models] = replies
        models.answer_with(lambda received: _reply(replies, received))
    return _replies[models]


_replies: dict[ModelServer, dict[str, Reply]] = {}


def _reply(replies: Mapping[str, Reply], received: Received) -> Reply:
    """What it is asked for; what is missing of that, where it is to go on with what was said."""
    *before, last = received.body["messages"]
    goes_on = bool(before) and before[-1]["role"] == "assistant"
    asked = str((before[-2] if goes_on else last)["content"])
    reply = next((reply for text, reply in replies.items() if text in asked), Reply())
    if not goes_on:
        return reply
    said = str(before[-1]["content"])
    missing = reply.tokens[len(re.findall(r"\bq\d+w\d+\b", said)) :]
    # What was read back from the room has lost the space at its end.
    return replace(reply, text=missing if said.endswith(" ") else [" ", *missing])


def configuration(models: ModelServer, api: Api) -> dict[str, Any]:
    """What a bot of the bench is told."""
    provider = {"type": api, "model": "small", "base_url": models.url_for(api), "api_key": "key"}
    return {
        "providers": {"tested": provider},
        "defaults": {
            "provider": "tested",
            "edit_interval_ms": 200,
            "history_messages": 0,
            "idle_timeout_seconds": 10,
            "footer": False,
            "missed_questions": "answer",
        },
        "limits": {"answer_characters": 5000},
    }


@asynccontextmanager
async def stage(
    bed: Bed, models: ModelServer, number: int, rooms: int, *, encrypted: bool = False
) -> AsyncIterator[Stage]:
    """Set one up; its bot leaves with the block."""
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(Gateway.up(bed.synapse.url))
        kind = EncryptedPerson if encrypted else Person
        people = [await stack.enter_async_context(bed.person("watcher", kind)) for _ in range(2)]
        config = configuration(models, APIS[number % len(APIS)])
        bot = await bed.bot(config, "patient", homeserver=gateway.url, device=encrypted)
        stack.push_async_callback(bed.dismiss, bot)
        state = [ENCRYPTION] if encrypted else [_PUBLIC]
        made = [await bed.room(*people, bot, state=state) for _ in range(rooms)]
        yield Stage(gateway, bot, people, made)


def database_of(bed: Bed, bot: Bot) -> Path:
    """The SQLite file of a bot's instance."""
    return bed.folder / "maubot" / "plugins" / f"{bot.instance}.db"
