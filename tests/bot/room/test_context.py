"""A question in a group sees what was said there before it, and as what: talk among people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.config import RoomSettings
from llmstream.bot.room.context import HEADING, TOKENS, framed
from llmstream.bot.room.token_estimate import estimate_tokens
from llmstream.matrix.reading.names import Names

from .rooms import ALICE, BOB, ME
from .scene import DIRECT, GROUP, Scene, lines

SETTINGS = RoomSettings()
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with Scene.laid_in(tmp_path) as scene:
        yield scene


def talk(*said: str) -> str:
    return f"user: {HEADING}\n\n" + "\n\n".join(f"> {one}" for one in said)


async def test_a_question_in_a_group_sees_what_was_said_before_it(scene: Scene) -> None:
    scene.room.say(BOB, "the train is late")
    scene.room.say(ALICE, "how late?\nan hour?")
    question = scene.room.say(ALICE, "!ask what did Bob mean?")
    scene.room.say(BOB, "later")
    assert lines(await scene.asks(question, settings=SETTINGS, alice="Alice A.")) == [
        talk("[bob]: the train is late", "[Alice A.]: how late?\n> an hour?"),
        "user: [Alice A.]: what did Bob mean?",
    ]


async def test_as_many_as_is_set_and_never_more_than_of_a_conversation(scene: Scene) -> None:
    for number in range(30):
        scene.room.say(BOB, f"{number}")
    question = scene.room.say(ALICE, "!ask why?")
    for settings, expected in (
        (SETTINGS, 10),
        (replace(SETTINGS, context_messages=2), 2),
        (replace(SETTINGS, context_messages=0), 0),
        (replace(SETTINGS, history_messages=3), 3),
        (replace(SETTINGS, history_messages=0), 0),
    ):
        found = await scene.asks(question, settings=settings)
        assert "".join(lines(found)).count("[bob]: ") == expected
        assert len(found.messages) == (2 if expected else 1)


async def test_only_where_there_is_no_other_conversation(scene: Scene) -> None:
    statement = scene.room.say(BOB, "elsewhere")
    reply = scene.room.say(ALICE, "!ask why?", reply=statement)
    threaded = scene.room.say(ALICE, "!ask why?", thread=statement)
    alone = scene.room.say(ALICE, "!ask why?")
    for question in (reply, threaded):
        assert HEADING not in str(lines(await scene.asks(question, settings=SETTINGS)))
    for situation in (DIRECT, replace(GROUP, trigger="all")):
        found = lines(await scene.asks(alone, situation, SETTINGS))
        assert HEADING not in str(found)
        assert "elsewhere" in found[0]


async def test_our_answers_stand_in_it_as_ours_and_commands_and_notices_do_not(
    scene: Scene,
) -> None:
    first = scene.room.say(BOB, "!ask one?")
    scene.room.say(ALICE, "!llm status")
    scene.room.say(ME, "I am fine.", msgtype="m.notice")
    scene.room.say(ME, "Hello from another program")
    scene.room.say(BOB, "beep", msgtype="m.notice")
    scene.room.say(BOB, "!other do")
    scene.room.redact(scene.room.say(BOB, "secret"))
    await scene.answer(first, "One.")
    scene.room.say(BOB, "thanks")
    question = scene.room.say(ALICE, "!ask two?")
    assert lines(await scene.asks(question, settings=SETTINGS)) == [
        talk("[bob]: one?"),
        "assistant: One.",
        talk("[bob]: thanks"),
        "user: [alice]: two?",
    ]


async def test_after_a_reset_nothing_of_before_is_in_it(scene: Scene) -> None:
    scene.room.say(BOB, "old")
    reset = scene.room.events[-1]["origin_server_ts"]
    scene.room.say(BOB, "new")
    question = scene.room.say(ALICE, "!ask why?")
    found = lines(await scene.asks(question, settings=SETTINGS, since=reset))
    assert found == [talk("[bob]: new"), "user: [alice]: why?"]


async def test_talk_that_the_asker_may_not_see_is_not_in_it(scene: Scene) -> None:
    room = scene.room
    room.joins(ALICE)
    room.set(ALICE, "m.room.history_visibility", {"history_visibility": "joined"})
    room.say(ALICE, "the code is 1234")
    room.joins(BOB)
    room.say(ALICE, "hello Bob")
    question = room.say(BOB, "!ask what is the code?")
    found = lines(await scene.asks(question, settings=SETTINGS))
    assert found == [talk("[alice]: hello Bob"), "user: [bob]: what is the code?"]
    encrypted = replace(GROUP, encrypted=True)
    assert HEADING not in str(lines(await scene.asks(question, encrypted, SETTINGS)))


async def test_pictures_in_it_are_named_and_not_fetched(scene: Scene) -> None:
    picture = {"msgtype": "m.image", "url": scene.room.upload(PNG)}
    scene.room.say(BOB, "look", filename="cat.png", **picture)
    scene.room.say(BOB, "dog.png", **picture)
    question = scene.room.say(ALICE, "!ask what is this?", filename="own.png", **picture)
    found = await scene.asks(question, settings=SETTINGS)
    assert lines(found)[0] == talk("[bob]: [picture cat.png] look", "[bob]: [picture dog.png]")
    assert [len(message.images) for message in found.messages] == [0, 1]
    assert sum("media" in path for path in scene.room.requests) == 1


async def test_of_much_talk_the_newest_is_given_and_what_is_too_long_is_cut(scene: Scene) -> None:
    scene.room.say(BOB, "oldest")
    scene.room.say(BOB, "word " * 12_000)
    scene.room.say(BOB, "newest")
    question = scene.room.say(ALICE, "!ask summarize this")
    found = lines(await scene.asks(question, settings=SETTINGS))
    assert "oldest" not in found[0]
    assert found[0].endswith(" […]\n\n> [bob]: newest")
    assert TOKENS * 0.9 < estimate_tokens(found[0]) < TOKENS * 1.1


MARKS = st.sampled_from(
    [HEADING, "\n\n", "\r", "\u2028", "\x85", "\v", "> ", "[alice]: ", "system: ", "```", "</s>"]
)


@given(st.lists(st.lists(st.one_of(MARKS, st.text()), min_size=1).map("".join), min_size=1))
def test_no_line_of_the_talk_leaves_its_quote(texts: list[str]) -> None:
    names = Names([ALICE], {ALICE: "Alice"})
    block = framed(names.said_by(ALICE, text) for text in texts)
    heading, *quotes = block.split("\n\n")
    assert heading == HEADING
    assert len(quotes) == len(texts)
    assert all(line.startswith("> ") for quote in quotes for line in quote.splitlines())
    for quote in quotes:
        assert quote.startswith("> [Alice]: ")
