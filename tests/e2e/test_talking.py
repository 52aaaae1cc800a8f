"""Who speaks to the bot, and who only speaks: by each trigger, and never by what is none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ..bed.bed import Bed
from ..bed.message import ANSWER, LIVE
from ..bed.models import ModelServer, Reply
from ..bed.person import NotSeen, Person
from .asked import question, turns
from .conftest import Stage
from .scene import Scene, configuration


def spoken(form: str, bot: str) -> dict[str, Any]:
    """The content of "why?" as each kind of client says it to the bot."""
    name = bot[1:].partition(":")[0]
    pill = f'<a href="https://matrix.to/#/{bot}">{name}</a>'
    contents: dict[str, dict[str, Any]] = {
        "m.mentions": {"body": "why?", "m.mentions": {"user_ids": [bot]}},
        "pill": {
            "body": f"well {name} why?",
            "format": "org.matrix.custom.html",
            "formatted_body": f"well {pill} why?",
        },
        "display name": {"body": f"{name}: why?"},
        "user id": {"body": f"{bot} why?"},
    }
    return contents[form]


@pytest.mark.parametrize("form", ["m.mentions", "pill", "display name", "user id"])
async def test_a_mention_of_any_form_asks(
    stage: Stage, models: ModelServer, bob: Person, form: str
) -> None:
    scene = await stage(configuration(models), bob)
    content = {"msgtype": "m.text"} | spoken(form, scene.bot.user_id)

    answer = await scene.answer(await scene.alice.send(scene.room, "m.room.message", content))

    assert question(models.requests[0]).endswith("why?")
    assert answer.relation["m.in_reply_to"]


SHARED: dict[str, tuple[str, dict[str, Any], str]] = {
    "place": (
        "m.room.message",
        {"msgtype": "m.location", "body": "Big Ben", "geo_uri": "geo:51.5008,-0.1247"},
        "[location: Big Ben; latitude 51.5008, longitude -0.1247]",
    ),
    "poll": (
        "org.matrix.msc3381.poll.start",
        {
            "org.matrix.msc3381.poll.start": {
                "question": {"org.matrix.msc1767.text": "Tea?"},
                "answers": [{"id": "1", "org.matrix.msc1767.text": "Yes"}],
            }
        },
        "[poll: Tea?]\n- Yes",
    ),
    "sticker": (
        "m.sticker",
        {"body": "a cat", "url": "mxc://example.org/none", "info": {}},
        "[picture a cat could not be read: ",
    ),
    "voice message": (
        "m.room.message",
        {"msgtype": "m.audio", "body": "voice", "url": "mxc://example.org/none"},
        "[recording voice could not be read: ",
    ),
}


@pytest.mark.parametrize("shared", SHARED)
async def test_what_is_shared_in_a_direct_chat_is_answered(
    stage: Stage, models: ModelServer, shared: str
) -> None:
    scene = await stage(configuration(models))
    kind, content, words = SHARED[shared]

    await scene.answer(await scene.alice.send(scene.room, kind, content))
    await scene.answer(await scene.alice.say(scene.room, "and what was that?"))

    assert question(models.requests[0]).startswith(words)
    said = [text for role, text in turns(models.requests[1]) if role == "user"]
    assert said[0].startswith(words)
    assert said[-1] == "and what was that?"


async def test_the_name_that_people_see_calls_the_bot_too(
    stage: Stage, bed: Bed, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models), bob)
    async with Person.present(bed.synapse.url, scene.bot.account) as bot:
        path = f"profile/{bot.user_id}/displayname"
        await bot.request("PUT", path, {"displayname": "Wise One"})
    await bob.sees(lambda seen: seen.content.get("displayname") == "Wise One")

    await scene.answer(await bob.say(scene.room, "wise one, why?"))

    assert question(models.requests[0]).endswith("]: why?")


async def test_a_reply_and_a_thread_need_no_name_once_the_bot_is_part_of_it(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models), bob)
    answer = await scene.ask("one")

    replied = await scene.answer(await bob.reply(scene.room, answer.id, "two"))
    root = await scene.alice.say(scene.room, "Physics!")
    await scene.answer(await scene.alice.say_in_thread(scene.room, root, "!ask three"))
    in_thread = await scene.answer(await bob.say_in_thread(scene.room, root, "four"))

    assert replied.relation["m.in_reply_to"]
    assert in_thread.relation["event_id"] == root
    assert [question(one).rpartition(" ")[2] for one in models.requests] == [
        "one",
        "two",
        "three",
        "four",
    ]


async def test_an_answer_may_be_replied_to_while_it_is_written(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models), bob)
    models.script(Reply("The first answer is long enough to be seen early.", hold_after=9))
    await scene.alice.say(scene.room, "!ask one")
    writing = await scene.sees_live("The first answer")
    reply = await bob.reply(scene.room, writing.id, "and two?")
    await scene.alice.sees(lambda seen: seen.id == reply)

    models.release()
    await scene.answer(reply)

    assert question(models.requests[1]).endswith("and two?")


async def test_people_among_themselves_are_left_alone(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models), bob)
    alice, room, name = scene.alice, scene.room, scene.bot.user_id[1:].partition(":")[0]

    said = await alice.say(room, f"I like the {name} here")
    await bob.reply(room, said, "so do I")
    await bob.say_in_thread(room, said, "and in a thread")
    await bob.mention(room, alice.user_id, "what do you say?")
    await alice.say(room, "!other command")
    await scene.ask("why?")

    assert len(models.requests) == 1
    assert len(scene.said()) == 1


async def test_all_answers_whatever_people_say(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models, trigger="all"), bob)

    await scene.answer(await bob.say(scene.room, "why?"))

    assert question(models.requests[0]).endswith("why?")


async def test_command_answers_the_command_alone(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models, trigger="command"), bob)
    answer = await scene.ask("one")

    await bob.mention(scene.room, scene.bot.user_id, "two")
    await bob.reply(scene.room, answer.id, "three")
    await scene.answer(await bob.say(scene.room, "!ASK four"))

    assert [question(one).rpartition(" ")[2] for one in models.requests] == ["one", "four"]


async def test_a_room_of_two_is_all_until_a_third_comes(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models, trigger="command"))
    await scene.answer(await scene.alice.say(scene.room, "one"))

    await scene.alice.invite(scene.room, bob.user_id)
    await bob.join(scene.room)
    await scene.alice.sees_joined(scene.room, bob.user_id)
    await scene.alice.say(scene.room, "two")
    await scene.ask("three")
    await bob.leave(scene.room)
    await scene.alice.sees(lambda seen: seen.content.get("membership") == "leave")
    await scene.answer(await scene.alice.say(scene.room, "four"))

    assert [question(one).rpartition(" ")[2] for one in models.requests] == [
        "one",
        "three",
        "four",
    ]


async def test_live_drafts_and_other_bots_answers_are_never_asked(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models, trigger="all"), bob)
    mention: dict[str, Any] = {"m.mentions": {"user_ids": [scene.bot.user_id]}}

    draft = await bob.say(scene.room, "why is", **mention, **{LIVE: {}})
    new = {"msgtype": "m.text", "body": "why is it", LIVE: {}, **mention}
    relation = {"rel_type": "m.replace", "event_id": draft}
    edit = {**new, "m.new_content": new, "m.relates_to": relation}
    await bob.send(scene.room, "m.room.message", edit)
    await bob.say(scene.room, "It is so.", **mention, **{ANSWER: {"status": "complete"}})
    await scene.ask("and you?")

    assert [question(one).rpartition(": ")[2] for one in models.requests] == ["and you?"]


async def test_two_bots_that_answer_all_do_not_answer_each_other(
    stage: Stage, bed: Bed, models: ModelServer
) -> None:
    scene = await stage(configuration(models, trigger="all"))
    other = await bed.bot(configuration(models, trigger="all"))
    await scene.alice.invite(scene.room, other.user_id)
    await scene.alice.sees_joined(scene.room, other.user_id)

    question = await scene.alice.say(scene.room, "why?")
    await scene.answer(question)
    await bed.answer(scene.alice, scene.room, other, after=question)
    again = await scene.alice.say(scene.room, "and now?")
    await scene.answer(again)
    await bed.answer(scene.alice, scene.room, other, after=again)

    assert len(models.requests) == 4
    await bed.dismiss(other)


async def test_a_hasty_partner_is_not_answered_for_ever(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    """A bot that marks nothing, as most do: it answers every answer at once."""
    scene = await stage(configuration(models, trigger="all", stream="single"), bob)

    for turn in range(11):
        await scene.answer(await bob.say(scene.room, f"turn {turn}"))
    stopped = await scene.reply(await bob.say(scene.room, "one too many"))
    await bob.say(scene.room, "and another")
    await scene.reply(await scene.alice.say(scene.room, "is it over?"))

    assert stopped.body.startswith("We have answered each other many times")
    assert len(models.requests) == 12
    assert not [one for one in models.requests if question(one).endswith("one too many")]


@pytest.mark.parametrize(("pause", "text"), [(2.0, "why?"), (0.5, "!ask why?")])
async def test_a_partner_of_a_steady_pace_is_not_answered_for_ever(
    stage: Stage, models: ModelServer, bob: Person, pause: float, text: str
) -> None:
    """It speaks whenever we have spoken, until nothing more comes from us."""
    scene = await stage(configuration(models, trigger="all", stream="single"), bob)

    turns = 0
    while turns < 30 and await _is_replied_to(scene, await bob.say(scene.room, text)):
        await asyncio.sleep(pause)
        turns += 1

    assert turns <= 15


async def _is_replied_to(scene: Scene, event_id: str) -> bool:
    """Whether anything comes in reply; nothing after eight seconds is nothing."""
    try:
        await scene.alice.until(lambda: scene.replies(event_id) or None, patience=8)
    except NotSeen:
        return False
    return True


async def test_what_was_asked_before_a_restart_is_old(
    stage: Stage, bed: Bed, models: ModelServer
) -> None:
    scene = await stage(configuration(models, missed_questions="ignore"))
    await bed.maubot.start_client(scene.bot.user_id, False)
    await scene.alice.say(scene.room, "!ask while you were away")
    await bed.maubot.start_client(scene.bot.user_id, True)

    await scene.ask("and now?")

    assert [question(one) for one in models.requests] == ["and now?"]
