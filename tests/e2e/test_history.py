"""What the model is told of what was said before, when the server's own timeline is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..bed.bed import Bed
from ..bed.encrypted import ENCRYPTION, EncryptedPerson
from ..bed.models import ModelServer, Received, Reply
from ..bed.person import Person
from .asked import question, said, turns
from .conftest import Stage
from .scene import Scene, configuration

EXACT = "# Blue\n\nIt is **scattered**, see [1].\n\n[1]: https://example.org"


async def test_a_thread_is_the_conversation_with_the_exact_text_of_answers(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models, reasoning="collapsed"), bob)
    models.script(Reply(EXACT, reasoning="Let me think.", usage=(11, 7, 3)))
    root = await scene.alice.say(scene.room, "Physics!")
    await scene.alice.say(scene.room, "elsewhere")
    await scene.answer(await scene.alice.say_in_thread(scene.room, root, "!ask why?"))

    await scene.answer(await bob.say_in_thread(scene.room, root, "and red?"))

    assert said(scene, bob) == [
        ("user", "[alice]: Physics!"),
        ("user", "[alice]: why?"),
        ("assistant", EXACT),
        ("user", "[bob]: and red?"),
    ]


async def test_a_foreign_thread_is_the_context_of_a_question_in_it(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models), bob)
    root = await scene.alice.say(scene.room, "I dropped my phone")
    await bob.say_in_thread(scene.room, root, "into water?")
    await scene.alice.say_in_thread(scene.room, root, "into soup")

    await scene.answer(
        await bob.mention(scene.room, scene.bot.user_id, "help!", **in_thread(root))
    )

    assert said(scene, bob) == [
        ("user", "[alice]: I dropped my phone"),
        ("user", "[bob]: into water?"),
        ("user", "[alice]: into soup"),
        ("user", "[bob]: help!"),
    ]


async def test_a_chain_of_replies_is_the_conversation(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models), bob)
    models.script(Reply("one!"), Reply("other!"), Reply("two!"))
    first = await scene.ask("one")
    await scene.ask("other")
    second = await scene.answer(await bob.reply(scene.room, first.id, "two"))

    await scene.answer(await scene.alice.reply(scene.room, second.id, "three"))

    assert said(scene, bob) == [
        ("user", "[alice]: one"),
        ("assistant", "one!"),
        ("user", "[bob]: two"),
        ("assistant", "two!"),
        ("user", "[alice]: three"),
    ]


async def test_the_room_is_the_conversation_where_all_is_answered(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models, trigger="all", history_messages=4), bob)
    models.script(Reply("one!"), Reply("two!"), Reply("three!"))
    for text in ("one", "two", "three"):
        await scene.answer(await scene.alice.say(scene.room, text))

    await scene.answer(await bob.say(scene.room, "four"))

    assert said(scene, bob) == [
        ("user", "[alice]: two"),
        ("assistant", "two!"),
        ("user", "[alice]: three"),
        ("assistant", "three!"),
        ("user", "[bob]: four"),
    ]


async def test_newest_edits_count_by_their_senders_and_removed_messages_are_gone(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models), bob)
    root = await scene.alice.say(scene.room, "a")
    second = await bob.say_in_thread(scene.room, root, "b")
    third = await bob.say_in_thread(scene.room, root, "a secret")
    await scene.alice.edit(scene.room, root, "A")
    await scene.alice.edit(scene.room, root, "AA")
    await scene.alice.edit(scene.room, second, "forged")
    await bob.redact(scene.room, third)

    await scene.answer(await scene.alice.say_in_thread(scene.room, root, "!ask c"))

    assert said(scene, bob) == [
        ("user", "[alice]: AA"),
        ("user", "[bob]: b"),
        ("user", "[alice]: c"),
    ]


async def test_notices_and_a_stopped_answer_s_note_are_not_told(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(configuration(models))
    begun = "The sky is blue because the air scatters blue light"
    models.script(Reply(begun + " and so on", hold_after=len(begun.split())))
    await scene.alice.say(scene.room, "why?")
    writing = await scene.sees_live(begun)
    await scene.alice.react(scene.room, writing.id, "⏹️")
    await scene.finished(writing.id)
    await scene.alice.say(scene.room, "a notice", msgtype="m.notice")

    await scene.answer(await scene.alice.say(scene.room, "so?"))

    assert turns(models.requests[-1]) == [
        ("user", "why?"),
        ("assistant", begun),
        ("user", "so?"),
    ]


async def test_names_are_told_as_configured(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    alone = await stage(configuration(models))
    named = await stage(configuration(models, include_names=True))
    unnamed = await stage(configuration(models, include_names=False), bob)

    for scene in (alone, named, unnamed):
        await scene.ask("why?")

    name = alone.alice.user_id[1:].partition(":")[0]
    assert [question(one) for one in models.requests] == ["why?", f"[{name}]: why?", "why?"]


async def test_without_history_a_question_stands_alone(stage: Stage, models: ModelServer) -> None:
    scene = await stage(configuration(models, history_messages=0))
    await scene.ask("one")

    await scene.ask("two")

    assert turns(models.requests[-1]) == [("user", "two")]


async def test_the_system_prompt_comes_first(stage: Stage, models: ModelServer) -> None:
    scene = await stage(configuration(models, system_prompt="Be brief."))
    await scene.ask("one")

    await scene.ask("two")

    assert turns(models.requests[-1])[0] == ("system", "Be brief.")
    assert [role for role, _ in turns(models.requests[-1])].count("system") == 1


async def test_what_is_too_long_for_the_model_is_asked_once_more_without_the_oldest(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(configuration(models, footer=False))
    for text in ("oldest", "older", "newest"):
        await scene.ask(text)
    models.answer_with(too_long_over(5))

    answer = await scene.ask("and now?")

    assert answer.body == "Short enough."
    assert len(models.requests) == 5
    assert [text for role, text in turns(models.requests[-1]) if role == "user"] == [
        "newest",
        "and now?",
    ]


async def test_and_only_once(stage: Stage, models: ModelServer) -> None:
    scene = await stage(configuration(models, footer=False))
    await scene.ask("one")
    models.answer_with(too_long_over(0))

    answer = await scene.ask("and now?")

    assert "too long" in answer.body
    assert len(models.requests) == 3


async def test_after_a_reset_the_conversation_begins_anew(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(configuration(models))
    await scene.ask("one")
    reset = await scene.alice.say(scene.room, "!llm reset")
    await scene.alice.until(lambda: scene.said(reset))

    await scene.ask("two")

    assert turns(models.requests[-1]) == [("user", "two")]


async def test_what_was_said_before_it_could_decrypt_is_left_out_with_one_note(
    bed: Bed, models: ModelServer
) -> None:
    async with bed.person("alice", EncryptedPerson) as alice:
        bot = await bed.bot(configuration(models, footer=False))
        room = await bed.room(alice, state=[ENCRYPTION])
        root = await alice.say(room, "before you came")
        await alice.invite(room, bot.user_id)
        await alice.sees_joined(room, bot.user_id)
        scene = Scene(bed, models, alice, bot, room)

        first = await scene.reply(await alice.say_in_thread(room, root, "!ask one"))
        second = await scene.reply(await alice.say_in_thread(room, root, "two"))
        await bed.dismiss(bot)

    assert "cannot decrypt" in first.body
    assert "cannot decrypt" not in second.body
    assert turns(models.requests[0]) == [("user", "one")]
    assert turns(models.requests[-1])[0] == ("user", "one")
    assert ("assistant", "Hello from the model.") in turns(models.requests[-1])


def in_thread(root: str) -> dict[str, object]:
    return {"m.relates_to": {"rel_type": "m.thread", "event_id": root}}


def too_long_over(most: int) -> Callable[[Received], Reply]:
    """A model that takes so many messages."""
    error = {"message": "maximum context length exceeded", "code": "context_length_exceeded"}
    refusal = Reply(status=400, body={"error": error})

    def choose(request: Received) -> Reply:
        return refusal if len(request.body["messages"]) > most else Reply("Short enough.")

    return choose


@pytest.mark.parametrize("encrypted", [False, True])
async def test_who_has_just_joined_gets_nothing_from_before(
    bed: Bed, models: ModelServer, encrypted: bool
) -> None:
    joined = {
        "type": "m.room.history_visibility",
        "state_key": "",
        "content": {"history_visibility": "joined"},
    }
    state = [joined, ENCRYPTION] if encrypted else [joined]
    kind = EncryptedPerson if encrypted else Person
    models.otherwise = Reply("I see.")
    async with bed.person("alice", kind) as alice, bed.person("bob", kind) as bob:
        bot = await bed.bot(configuration(models, trigger="all", include_names=False))
        room = await bed.room(alice, bot, state=state)
        scene = Scene(bed, models, alice, bot, room)
        secret = await alice.say(room, "the code is 1234")
        await scene.answer(secret)
        await alice.invite(room, bob.user_id)
        await bob.join(room)
        await alice.sees_joined(room, bob.user_id)

        await scene.reply(await bob.say(room, "what is the code?"))
        of_all = turns(models.requests[-1])
        await scene.reply(await bob.reply(room, secret, "what is this?"))
        of_reply = turns(models.requests[-1])
        await scene.reply(await alice.say(room, "and what was the code?"))
        of_alice = turns(models.requests[-1])
        await bed.dismiss(bot)

    assert "1234" not in str(of_all)
    assert "1234" not in str(of_reply)
    assert "1234" in str(of_alice)
