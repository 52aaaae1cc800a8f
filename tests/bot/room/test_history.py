"""What a model is given to read when somebody asks: which conversation, and whose words in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from llmstream.bot.room.history import Conversation, asked, is_to_us
from llmstream.matrix.reading.said import read
from llmstream.messages import Message

from .rooms import ALICE, BOB, ME, ROOM
from .scene import DIRECT, GROUP, SETTINGS, Scene, lines


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with Scene.laid_in(tmp_path) as scene:
        yield scene


async def test_a_question_alone_is_the_conversation(scene: Scene) -> None:
    scene.room.say(ALICE, "hello everyone")
    question = scene.room.say(ALICE, "!ask why?")
    settings = replace(SETTINGS, system_prompt="Be brief.")
    found = await scene.asks(question, settings=settings)
    assert found == Conversation([Message("system", "Be brief."), Message("user", "why?")])


async def test_a_thread_is_the_conversation(scene: Scene) -> None:
    root = scene.room.say(ALICE, "!ask one?")
    await scene.answer(root, "One.", thread=root)
    scene.room.say(BOB, "elsewhere")
    second = scene.room.say(ALICE, "two?", thread=root)
    await scene.answer(second, "Two.", thread=root)
    question = scene.room.say(ALICE, "!ask\nthree?", thread=root)
    scene.room.say(ALICE, "later", thread=root)
    assert lines(await scene.asks(question)) == [
        "user: one?",
        "assistant: One.",
        "user: two?",
        "assistant: Two.",
        "user: three?",
    ]


async def test_a_foreign_thread_is_context(scene: Scene) -> None:
    root = scene.room.say(ALICE, "my code is slow")
    scene.room.say(BOB, "mine too", thread=root)
    question = scene.room.say(ALICE, "!ask why?", thread=root)
    settings = replace(SETTINGS, include_names="auto")
    assert lines(await scene.asks(question, settings=settings, alice="Alice A.")) == [
        "user: [Alice A.]: my code is slow",
        "user: [bob]: mine too",
        "user: [Alice A.]: why?",
    ]


async def test_a_thread_from_a_reply_knows_what_was_replied_to(scene: Scene) -> None:
    statement = scene.room.say(BOB, "the earth is flat")
    root = scene.room.say(ALICE, "!ask is it?", reply=statement)
    await scene.answer(root, "No.", thread=root)
    question = scene.room.say(ALICE, "sure?", thread=root)
    assert lines(await scene.asks(question)) == [
        "user: the earth is flat",
        "user: is it?",
        "assistant: No.",
        "user: sure?",
    ]


async def test_a_chain_of_replies_is_the_conversation(scene: Scene) -> None:
    first = scene.room.say(ALICE, "!ask one?")
    answer = await scene.answer(first, "One.")
    scene.room.say(BOB, "something else")
    question = scene.room.say(ALICE, "and two?", reply=answer)
    for situation in (GROUP, DIRECT):
        assert lines(await scene.asks(question, situation)) == [
            "user: one?",
            "assistant: One.",
            "user: and two?",
        ]


async def test_an_answer_in_parts_is_one_turn_whichever_part_is_replied_to(scene: Scene) -> None:
    first = scene.room.say(ALICE, "!ask one?")
    answer = await scene.answer(first, "One. And more.")
    part = scene.room.say(ME, "And more.", **{"dev.llmstream.answer": {"status": "complete"}})
    kept = await scene.answers.by_event(ROOM, answer)
    assert kept is not None
    await scene.answers.save(replace(kept, event_ids=(answer, part)))
    question = scene.room.say(ALICE, "why?", reply=part)
    assert lines(await scene.asks(question)) == [
        "user: one?",
        "assistant: One. And more.",
        "user: why?",
    ]


async def test_a_reply_to_a_person_shows_what_they_said_as_it_stands_now(scene: Scene) -> None:
    statement = scene.room.say(BOB, "the erth is flat")
    scene.room.edit(BOB, statement, "the earth is flat")
    scene.room.edit(ALICE, statement, "the earth is round")
    question = scene.room.say(ALICE, "!ask is it?", reply=statement)
    assert lines(await scene.asks(question)) == ["user: the earth is flat", "user: is it?"]


async def test_an_edit_that_is_replied_to_stands_for_its_message(scene: Scene) -> None:
    statement = scene.room.say(BOB, "the erth is flat")
    edit = scene.room.edit(BOB, statement, "the earth is flat")
    question = scene.room.say(ALICE, "!ask is it?", reply=edit)
    assert lines(await scene.asks(question)) == ["user: the earth is flat", "user: is it?"]


async def test_replies_in_a_circle_end(scene: Scene) -> None:
    scene.room.say(ALICE, "one", reply="$2")
    scene.room.say(ALICE, "two", reply="$1")
    question = scene.room.say(ALICE, "!ask why?", reply="$2")
    assert lines(await scene.asks(question)) == ["user: one", "user: two", "user: why?"]


async def test_between_two_the_room_is_the_conversation(scene: Scene) -> None:
    first = scene.room.say(ALICE, "one?")
    await scene.answer(first, "One.")
    scene.room.say(ALICE, "!llm status")
    scene.room.say(ME, "I am fine.", msgtype="m.notice")
    scene.room.say(BOB, "beep", msgtype="m.notice")
    scene.room.redact(scene.room.say(ALICE, "secret"))
    threaded = scene.room.say(ALICE, "in a thread", thread=first)
    await scene.answer(threaded, "In it.", thread=first)
    question = scene.room.say(ALICE, "two?")
    assert lines(await scene.asks(question, DIRECT)) == [
        "user: one?",
        "assistant: One.",
        "user: two?",
    ]
    assert lines(await scene.asks(question, GROUP)) == ["user: two?"]


async def test_a_waiting_question_sees_the_answer_that_came_meanwhile(scene: Scene) -> None:
    first = scene.room.say(ALICE, "one?")
    second = scene.room.say(ALICE, "two?")
    third = scene.room.say(ALICE, "three?")
    await scene.answer(first, "One.")
    await scene.answer(second, "Two.")
    assert lines(await scene.asks(third, DIRECT)) == [
        "user: one?",
        "assistant: One.",
        "user: two?",
        "assistant: Two.",
        "user: three?",
    ]


async def test_a_question_asked_again_knows_neither_its_answer_nor_what_came_later(
    scene: Scene,
) -> None:
    first = scene.room.say(ALICE, "one?")
    await scene.answer(first, "One.")
    second = scene.room.say(ALICE, "two?")
    await scene.answer(second, "Two.")
    scene.room.edit(ALICE, second, "two and a half?")
    scene.room.say(ALICE, "three?")
    assert lines(await scene.asks(second, DIRECT)) == [
        "user: one?",
        "assistant: One.",
        "user: two and a half?",
    ]


async def test_failed_and_empty_answers_are_no_turns(scene: Scene) -> None:
    first = scene.room.say(ALICE, "one?")
    await scene.answer(first, "half of", status="failed")
    second = scene.room.say(ALICE, "two?")
    await scene.answer(second, "")
    third = scene.room.say(ALICE, "three?")
    await scene.answer(third, "Three, but", status="stopped")
    question = scene.room.say(ALICE, "four?")
    assert lines(await scene.asks(question, DIRECT)) == [
        "user: one?",
        "user: two?",
        "user: three?",
        "assistant: Three, but",
        "user: four?",
    ]


async def test_an_answer_that_the_store_forgot_is_read_from_the_room_without_its_footer(
    scene: Scene,
) -> None:
    first = scene.room.say(ALICE, "!ask one?")
    answer = await scene.answer(first, "One.")
    await scene.answers.delete(answer)
    question = scene.room.say(ALICE, "why?", reply=answer)
    assert lines(await scene.asks(question)) == [
        "user: one?",
        "assistant: One.",
        "user: why?",
    ]


async def test_history_messages_bounds_the_conversation_to_whole_turns(scene: Scene) -> None:
    for number in range(5):
        question = scene.room.say(ALICE, f"{number}?")
        await scene.answer(question, f"{number}.")
    last = scene.room.say(ALICE, "last?")
    for most, expected in ((0, 0), (1, 0), (3, 2), (4, 4), (100, 10)):
        found = await scene.asks(last, DIRECT, replace(SETTINGS, history_messages=most))
        assert len(found.messages) == expected + 1
        assert found.messages[0].role == "user"


async def test_without_history_the_message_pointed_at_is_still_shown(scene: Scene) -> None:
    earlier = scene.room.say(BOB, "because")
    statement = scene.room.say(BOB, "the earth is flat", reply=earlier)
    question = scene.room.say(ALICE, "!ask is it?", reply=statement)
    settings = replace(SETTINGS, history_messages=0)
    assert lines(await scene.asks(question, settings=settings)) == [
        "user: the earth is flat",
        "user: is it?",
    ]


async def test_a_conversation_begins_anew_after_a_reset(scene: Scene) -> None:
    root = scene.room.say(ALICE, "one?")
    await scene.answer(root, "One.", thread=root)
    reset = scene.room.events[-1]["origin_server_ts"]
    scene.room.say(ALICE, "two?", thread=root)
    question = scene.room.say(ALICE, "three?", thread=root)
    alone = scene.room.say(ALICE, "four?")
    assert lines(await scene.asks(question, since=reset)) == ["user: two?", "user: three?"]
    assert lines(await scene.asks(alone, DIRECT, since=reset)) == ["user: four?"]


async def test_a_question_is_found_again_as_it_stands_now(scene: Scene) -> None:
    first = scene.room.say(ALICE, "!ask one?")
    scene.room.edit(ALICE, first, "!ask two?")
    async with scene.room.client() as client:
        found = await asked(client, ROOM, first, GROUP)
        assert found is not None
        assert (found.event_id, found.text) == (first, "two?")
        assert await asked(client, ROOM, "$none", GROUP) is None


async def test_replies_to_answers_and_messages_in_their_threads_are_to_us(scene: Scene) -> None:
    first = scene.room.say(ALICE, "!ask one?")
    answer = await scene.answer(first, "One.", thread=first)
    expected = {
        scene.room.say(ALICE, "reply", reply=answer): True,
        scene.room.say(ALICE, "in the thread", thread=first): True,
        scene.room.say(ALICE, "reply to a person", reply=first): False,
        scene.room.say(ALICE, "another thread", thread=answer): False,
        scene.room.say(ALICE, "nothing"): False,
    }
    for event_id, is_ours in expected.items():
        said = read(scene.room.raw(event_id))
        assert said is not None
        assert await is_to_us(scene.answers, said) is is_ours
