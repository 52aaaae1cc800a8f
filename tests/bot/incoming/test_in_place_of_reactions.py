"""People on the far side of a bridge who cannot react: their words do what reactions do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.answering.running import STOPPED, RunningAnswer
from tests.bridged import bridge
from tests.homeserver import MARK, Stored

from ...bed.models import ModelServer, Reply
from ..commands.commanding import ALICE, MODERATOR, ROOM
from ..room.rooms import said
from .hearing import Hearing, until

pytestmark = pytest.mark.slow

BOB = "@bob:here"
CONFIG = """\
providers:
    work: {{type: openai, model: small, base_url: "{url}"}}
defaults:
    {{provider: work, history_messages: 0, include_names: false, footer: false, buttons: true}}
"""


@pytest.fixture
async def models() -> AsyncIterator[ModelServer]:
    async with ModelServer() as models:
        yield models


@pytest.fixture
async def room(tmp_path: Path, models: ModelServer) -> AsyncIterator[Hearing]:
    """A room that is bridged to IRC."""
    config = CONFIG.format(url=models.url_for("openai"))
    async with Hearing.laid_in(tmp_path, config) as hearing:
        hearing.bot.town.state = [bridge("irc")]
        hearing.bot.town.members[BOB] = "Bob"
        yield hearing


async def asks(room: Hearing, models: ModelServer, reply: Reply, by: str = ALICE) -> str:
    """Somebody asks, and has their whole answer. Its event."""
    await is_answered(room, models, reply, "!ask why?", by)
    return answers(room)[-1][0]


async def is_answered(
    room: Hearing, models: ModelServer, reply: Reply, text: str, by: str = ALICE, to: str = ""
) -> None:
    """Somebody says this, perhaps in reply; the model is asked, and the room has its answer."""
    models.script(reply)
    before, content = len(models.requests), {**said(text), **(reply_to(to) if to else {})}
    event_id = room.comes(by, content)
    room.bot.town.events.append(Stored(event_id, ROOM, "m.room.message", content, 0.0, by))
    await until(lambda: len(models.requests) > before)
    await until(lambda: not list(room.bot.instance.running))


def reply_to(event_id: str) -> dict[str, Any]:
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}


def answers(room: Hearing) -> list[tuple[str, str]]:
    """What people read there, each with its event."""
    messages = [one for one in room.bot.town.messages(ROOM) if one.type == "m.room.message"]
    gone = {one.content["redacts"] for one in room.bot.town.events if "redacts" in one.content}
    return [
        (one.event_id, one.content["body"].removeprefix(MARK))
        for one in messages
        if one.event_id not in gone and one.sender not in (ALICE, BOB)
    ]


def writes(room: Hearing, asker: str, event_id: str) -> RunningAnswer:
    writing = room.bot.writes(asker)
    writing.messages.append(event_id)
    return writing


async def test_an_answer_says_which_words_do_what_its_buttons_would(
    room: Hearing, models: ModelServer
) -> None:
    await asks(room, models, Reply("So."))
    await asks(room, models, Reply("And so", finish="length"))
    (_, whole), (_, cut) = answers(room)
    assert whole == "So.\nReply `again` to have it written once more."
    assert "Reply `go on` to go on." in cut
    assert not [one for one in room.bot.town.events if one.type == "m.reaction"]


@pytest.mark.parametrize("is_reply", [True, False])
async def test_again_has_it_written_once_more(
    room: Hearing, models: ModelServer, is_reply: bool
) -> None:
    answer = await asks(room, models, Reply("So."))
    word, to = (" Again! ", answer) if is_reply else ("!ask again", "")
    await is_answered(room, models, Reply("Or so."), word, to=to)
    ((_, shown),) = answers(room)
    assert shown.startswith("Or so.")


async def test_again_is_for_ones_own_answer_and_nobody_elses(
    room: Hearing, models: ModelServer
) -> None:
    hers = await asks(room, models, Reply("Hers."))
    await asks(room, models, Reply("His."), by=BOB)
    await room.hears(BOB, {**said("again"), **reply_to(hers)})
    assert len(models.requests) == 2
    await is_answered(room, models, Reply("Hers once more."), "!ask again")
    assert [text.split("\n")[0] for _, text in answers(room)] == ["His.", "Hers once more."]
    assert {asked.body["messages"][-1]["content"] for asked in models.requests} == {"why?"}


async def test_go_on_is_a_question_where_nothing_was_cut(
    room: Hearing, models: ModelServer
) -> None:
    answer = await asks(room, models, Reply("So."))
    await is_answered(room, models, Reply("And then."), "go on", to=answer)
    assert len(answers(room)) == 2
    assert models.requests[-1].body["messages"][-1]["content"] == "go on"


async def test_go_on_goes_on_where_the_model_ran_out_of_tokens(
    room: Hearing, models: ModelServer
) -> None:
    answer = await asks(room, models, Reply("It begins", finish="length"))
    await is_answered(room, models, Reply(" and ends."), "Go on.", to=answer)
    assert [text.split("\n")[0] for _, text in answers(room)] == ["It begins", "and ends."]


async def test_stop_stops_what_is_meant_by_who_may(room: Hearing, models: ModelServer) -> None:
    first, second = writes(room, ALICE, "$first"), writes(room, ALICE, "$second")
    await room.hears(BOB, said("!ask stop"))  # not theirs
    await room.hears(ALICE, said("stop"))  # not said to the bot
    assert [first.ending, second.ending] == [None, None]
    await room.hears(ALICE, {**said("STOP"), **reply_to("$first")})
    assert [first.ending, second.ending] == [STOPPED, None]
    await room.hears(MODERATOR, said("!ask stop"))
    assert second.ending is STOPPED
    assert not models.requests


async def test_where_people_can_react_such_words_are_questions(
    room: Hearing, models: ModelServer
) -> None:
    room.bot.town.state = [bridge("discord")]
    await asks(room, models, Reply("So."))
    await is_answered(room, models, Reply("Again what?"), "!ask again")
    assert models.requests[-1].body["messages"][-1]["content"] == "again"


@pytest.mark.parametrize("is_reply", [True, False])
@pytest.mark.parametrize(("word", "approved"), [("yes", True), ("Yes.", True), ("no", False)])
async def test_a_tool_is_allowed_by_a_word_of_who_asked(
    room: Hearing, word: str, approved: bool, is_reply: bool
) -> None:
    asked = Asked(room)
    call = await asked.call("ls")
    assert asked.text.endswith(f"waiting for a reply `yes` or `no` from {ALICE}")
    content = {**said(word), **reply_to("$asks")} if is_reply else said(f"!ask {word}")
    await room.hears(ALICE, said(word))  # to nobody
    await room.hears(ALICE, {**said(word), **reply_to("$other")})
    assert not call.done()
    await room.hears(ALICE, content)
    assert await call is approved


async def test_nobody_else_allows_a_tool(room: Hearing) -> None:
    call = await Asked(room).call("rm")
    room.comes(BOB, {**said("yes"), **reply_to("$asks")})
    await until(lambda: len(list(room.bot.instance.running)) == 2)  # it is a question
    assert not call.done()
    call.cancel()


async def test_yes_said_twice_does_not_allow_what_is_asked_next(
    room: Hearing, models: ModelServer
) -> None:
    asked = Asked(room)
    first = await asked.call("ls")
    behind = await asked.call("rm")
    await room.hears(ALICE, said("!ask yes"))
    assert await first
    await asyncio.sleep(0.01)
    await room.hears(ALICE, said("!ask yes"))
    assert not behind.done()
    assert "I am waiting for yes 2 or no 2" in answers(room)[-1][1]
    await room.hears(ALICE, {**said("yes 2"), **reply_to("$asks")})
    assert await behind
    assert not models.requests


async def test_a_reaction_that_nobody_encrypted_is_no_yes(room: Hearing) -> None:
    await room.encrypt()
    asked = Asked(room)
    call = await asked.call("rm")
    for key in ("yes", "✅"):
        relation = {"rel_type": "m.annotation", "event_id": "$asks", "key": key}
        await room.hears(ALICE, {"m.relates_to": relation}, "m.reaction")
    assert not call.done()
    call.cancel()


class Asked:
    """An answer that asks for a yes, in the message `$asks`."""

    def __init__(self, room: Hearing) -> None:
        self.text = ""
        self.writing = writes(room, ALICE, "$asks")
        self.writing.approvals.in_words = True

    async def call(self, call: str) -> asyncio.Task[bool]:
        waiting = asyncio.ensure_future(self.writing.approvals(call, self._ask))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return waiting

    def _ask(self, question: str) -> None:
        self.text = question
        self.writing.approvals.shown("$asks", question)
