"""maubot dies in the middle of an answer: when it runs again, the message is finished."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from llmstream.bot.answering.running import INTERRUPTED, STOPPED
from llmstream.bot.incoming.missed import MISSED

from ..bed.bed import Bed
from ..bed.maubot import Maubot
from ..bed.message import MARK
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from .asked import turns
from .scene import Scene, configuration

BEGUN = "The sky is blue because the air scatters blue light"
WORDS = len(BEGUN.split())


async def died_writing(
    bed: Bed,
    archive: bytes,
    models: ModelServer,
    alice: Person,
    folder: Path,
    write: Callable[[Scene], Awaitable[str]],
) -> tuple[Scene, str]:
    """A maubot of its own, killed when `write` says which message is being written."""
    async with bed.with_a_maubot_in(folder, archive) as mortal:
        bot = await mortal.bot(
            configuration(models, footer=False), name=f"mortal-{folder.name.strip('_')}"
        )
        scene = Scene(bed, models, alice, bot, await bed.room(alice, bot))
        open_message = await write(scene)
        await mortal.maubot.crash()
    return scene, open_message


async def sets(scene: Scene, key: str, value: str) -> None:
    """Alice sets this in the room, and has heard that it is so."""
    asked = await scene.alice.say(scene.room, f"!llm set {key} {value}")
    await scene.alice.until(lambda: scene.said(after=asked) or None)


def finals(scene: Scene, event_id: str) -> list[str]:
    """The bodies that finished this message, one after another."""
    message = scene.alice.message(event_id)
    assert message is not None
    shown = (seen.shown for seen in message.events)
    return [
        content["body"].removeprefix(MARK)
        for content in shown
        if "dev.llmstream.answer" in content
    ]


async def test_a_message_that_was_being_written_ends_interrupted_with_what_had_come(
    bed: Bed, archive: bytes, models: ModelServer, alice: Person, tmp_path: Path
) -> None:
    async def write(scene: Scene) -> str:
        models.script(Reply(f"{BEGUN} most of all.", hold_after=WORDS, delay=0.05))
        await alice.say(scene.room, "!ask why is the sky blue?")
        return (await scene.sees_live(BEGUN)).id

    scene, event_id = await died_writing(bed, archive, models, alice, tmp_path, write)

    async with Maubot.up(tmp_path):
        message = await scene.finished(event_id, "interrupted")
        text = message.body.removesuffix(f"\n\n{INTERRUPTED.note}")
        assert text != message.body
        assert text == BEGUN  # all that was shown, and nobody has seen more
        assert not message.live

        models.script(Reply("It scatters."))
        await alice.react(scene.room, event_id, "🔁")
        again = await scene.finished(event_id, "complete")
        assert again.body.startswith("It scatters.")
        assert (await scene.ask("and now?")).body.startswith("Hello from the model.")

    assert len(finals(scene, event_id)) == 2
    assert scene.said()[0].id == event_id


async def test_what_was_cut_goes_on_where_that_is_wanted_and_nobody_waits_without_a_word(
    bed: Bed, archive: bytes, models: ModelServer, alice: Person, tmp_path: Path
) -> None:
    async with bed.with_a_maubot_in(tmp_path, archive) as mortal:
        config = configuration(models, footer=False, placeholder="", on_restart="go_on")
        bot = await mortal.bot(config, name="mortal-go-on")
        going_on, waiting = [
            Scene(bed, models, alice, bot, await bed.room(alice, bot)) for _ in range(2)
        ]
        await sets(waiting, "on_restart", "interrupt")

        models.script(Reply(f"{BEGUN} most of all.", hold_after=WORDS, delay=0.01))
        cut = await alice.say(going_on.room, "!ask why is the sky blue?")
        await going_on.sees_live(BEGUN)
        models.script(Reply("Nobody will see this.", hold_after=0))
        unheard = await alice.say(waiting.room, "!ask and the sea?")
        await waiting.sees_typing(True)
        for _ in (cut, unheard):
            await models.next_request()
        await mortal.maubot.crash()

    models.script(Reply(" most of all.", hold_after=3))
    async with Maubot.up(tmp_path) as maubot:
        await going_on.sees_live(f"{BEGUN} most of all.")
        await maubot.crash()

    models.script(Reply(" So it is."))
    async with Maubot.up(tmp_path):
        whole = await going_on.reply(cut)
        assert whole.body == f"{BEGUN} most of all. So it is."
        assert turns(models.requests[-2])[-2] == ("assistant", BEGUN)
        assert turns(models.requests[-1])[-2] == ("assistant", f"{BEGUN} most of all.")
        assert len(going_on.replies(cut)) == 1

        told = await waiting.reply(unheard)
        assert told.body == INTERRUPTED.note
        await waiting.sees_typing(False)
        models.script(Reply("It mirrors the sky."))
        await alice.react(waiting.room, told.id, "🔁")
        again = await waiting.finished(told.id, "complete")
        assert again.body == "It mirrors the sky."
        assert len(waiting.replies(unheard)) == 1


async def test_the_first_question_after_a_start_is_answered_and_those_before_are_seen_to(
    bed: Bed, archive: bytes, models: ModelServer, alice: Person, tmp_path: Path
) -> None:
    """maubot passes over its first sync, which often waits for this question. What came before is
    told, answered or left, as each room wants it, unless another instance has answered.
    """
    async with bed.with_a_maubot_in(tmp_path, archive) as mortal:
        config = configuration(models, footer=False, missed_questions="answer")
        bot = await mortal.bot(config, name="mortal-first")
        scene, answering, ignoring, answered = [
            Scene(bed, models, alice, bot, await bed.room(alice, bot)) for _ in range(4)
        ]
        await sets(scene, "missed_questions", "tell")
        await sets(ignoring, "missed_questions", "ignore")
        await scene.ask("before?")
    missed = await alice.say(scene.room, "!ask meanwhile?")
    others = [
        await alice.say(one.room, "!ask meanwhile?") for one in (answering, ignoring, answered)
    ]
    async with Person.present(bed.synapse.url, bot.account) as other_instance:
        await other_instance.reply(answered.room, others[-1], "Another instance says so.")

    async with Maubot.up(tmp_path):
        asked = await alice.say(scene.room, "!ask first?")
        first = await scene.reply(asked)
        assert first.body.startswith("Hello from the model.")
        told = await scene.reply(missed)
        assert told.body == MISSED
        await scene.ask("second?")
        assert len(scene.replies(missed)) == 1
        late = await answering.reply(others[0])
        assert late.body.startswith("Hello from the model.")
        assert [
            len(one.replies(asked))
            for one, asked in ((ignoring, others[1]), (answered, others[2]))
        ] == [0, 1]

    assert len(models.requests) == 4


async def test_what_is_pressed_while_nobody_listens_is_seen_to_at_the_next_start(
    bed: Bed, archive: bytes, models: ModelServer, alice: Person, tmp_path: Path
) -> None:
    async with bed.with_a_maubot_in(tmp_path, archive) as mortal:
        config = configuration(models, footer=False, on_restart="go_on")
        bot = await mortal.bot(config, name="mortal-pressed")
        ended, paused = [
            Scene(bed, models, alice, bot, await bed.room(alice, bot)) for _ in range(2)
        ]
        await sets(ended, "on_restart", "interrupt")
        models.otherwise = Reply(f"{BEGUN} most of all.", hold_after=WORDS, delay=0.01)
        messages = []
        for one, what in ((ended, "sky"), (paused, "sea")):
            await alice.say(one.room, f"!ask why is the {what} blue?")
            messages.append((await one.sees_live(BEGUN)).id)
        await mortal.maubot.terminate()
        to_write_again, to_stop = messages
        await ended.finished(to_write_again, "interrupted")
        await alice.react(ended.room, to_write_again, "🔁")
        await alice.react(paused.room, to_stop, "⏹️")

    models.answer_with(
        lambda asked: (
            Reply(" and so on", hold_after=3)
            if "the sea" in str(asked.body)
            else Reply("It scatters.")
        )
    )
    async with Maubot.up(tmp_path):
        again = await ended.finished(to_write_again, "complete")
        assert again.body == "It scatters."
        stopped = await paused.finished(to_stop, "stopped")
        assert stopped.body.startswith(BEGUN)
        assert stopped.body.endswith(STOPPED.note)


async def test_sigterm_ends_with_all_messages_finished(
    bed: Bed, archive: bytes, models: ModelServer, alice: Person, tmp_path: Path
) -> None:
    async with bed.with_a_maubot_in(tmp_path, archive) as mortal:
        bot = await mortal.bot(configuration(models, footer=False), name="mortal-sigterm")
        scenes = [Scene(bed, models, alice, bot, await bed.room(alice, bot)) for _ in range(10)]
        models.otherwise = Reply("word " * 2000, delay=0.01)
        for scene in scenes:
            await alice.say(scene.room, "!ask why?")
        shown = [await scene.sees_live("word word") for scene in scenes]
        await mortal.maubot.terminate()

    for scene, message in zip(scenes, shown, strict=True):
        finished = await scene.finished(message.id, "interrupted")
        assert finished.body.endswith(INTERRUPTED.note)
