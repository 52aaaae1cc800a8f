"""An answer in the room, from its first words to its last, as each provider gives it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from ..bed.bed import Bed
from ..bed.message import ANSWER, LIVE, MARK, Message
from ..bed.models import ModelServer, Reply
from .conftest import Stage
from .scene import INTERVAL_MS, Scene, configuration

APIS = ("openai", "ollama", "anthropic")

TEXT = (
    "# Why the sky is blue\n\nLight is **scattered** by air, the blue most.\n\n"
    "| colour | nm |\n|:--|--:|\n| blue | 450 |\n| red | 700 |\n\n"
    "```python\nscattered = 1 / wavelength**4\n```\n\n"
    "1. one\n2. two\n\n- [x] done\n- [ ] to do\n\n" + "Words follow words. " * 10
).strip()


@dataclass(frozen=True, slots=True)
class Grown:
    """A finished answer. `text` is what the model said; '' where it said its own."""

    scene: Scene
    answer: Message
    text: str


@pytest.fixture(scope="module", params=(*APIS, "demo"))
async def grown(request: pytest.FixtureRequest, bed: Bed) -> AsyncIterator[Grown]:
    """One answer of each provider that took a while, for all tests that look at it."""
    async with ModelServer() as models, bed.person("alice") as alice:
        models.otherwise = Reply(TEXT, usage=(11, 7), delay=0.015)
        # The first import of a package may take longer than 1.5 s on a busy machine.
        config = configuration(models, request.param, placeholder_after_ms=30_000)
        bot = await bed.bot(config)
        scene = Scene(bed, models, alice, bot, await bed.room(alice, bot))
        answer = await scene.ask("why is the sky blue?")
        await scene.sees_typing(False)
        yield Grown(scene, answer, TEXT if request.param != "demo" else "")
        await bed.dismiss(bot)


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_an_answer_grows_by_edits_that_keep_their_distance(grown: Grown) -> None:
    events = grown.answer.events

    assert len(events) >= 4
    lengths = [len(seen.shown["body"]) for seen in events]
    assert lengths == sorted(lengths)
    assert all(before.shown != after.shown for before, after in pairwise(events))
    # By the server's clock, each a little late; single gaps are held in virtual time elsewhere.
    # The final does not wait.
    times = [seen.sent_at for seen in events[:-1]]
    assert (times[-1] - times[0]) / (len(times) - 1) >= 0.95 * INTERVAL_MS / 1000


def test_the_first_words_are_words_and_no_ellipsis(grown: Grown) -> None:
    assert len(grown.answer.first.shown["body"].split()) >= 2
    assert "Thinking" not in grown.answer.first.shown["body"]


def test_it_ends_exact_and_cleanly_rendered(grown: Grown) -> None:
    text, footer = grown.answer.body.rsplit("\n\n", 1)
    html = grown.answer.content["formatted_body"].replace(MARK, "", 1)

    assert text == grown.text or not grown.text
    assert " tokens · " in footer
    assert "<table>" in html
    assert '<code class="language-python">' in html


def test_it_tells_machines_how_it_ended(grown: Grown) -> None:
    told = grown.answer.answer

    assert told is not None
    assert told["status"] == "complete"
    assert told["provider"] == "tested"
    assert told["finish_reason"] == "stop"
    assert told["seconds"] >= 1
    if grown.text:
        assert told["model"] == "small"
        assert told["usage"] == {"input": 11, "output": 7, "reasoning": None}


def test_it_is_live_and_silent_while_it_is_written_and_calls_the_asker_at_the_end(
    grown: Grown,
) -> None:
    *written, final = grown.answer.events

    for seen in written:
        assert seen.content[LIVE] == {} == seen.shown[LIVE]
        assert seen.content["msgtype"] == "m.notice" == seen.shown["msgtype"]
        assert seen.content["m.mentions"] == {} == seen.shown["m.mentions"]
        assert ANSWER not in seen.shown
    assert LIVE not in final.content
    assert LIVE not in final.shown
    assert final.content["msgtype"] == "m.text" == final.shown["msgtype"]
    assert final.content["m.mentions"] == {"user_ids": [grown.scene.alice.user_id]}


def test_the_bot_types_before_its_first_words_and_no_longer_than_it_writes(grown: Grown) -> None:
    alice, bot = grown.scene.alice, grown.scene.bot
    shown = [typing for typing in alice.typing if typing.room_id == grown.scene.room]

    assert bot.user_id in shown[0].user_ids
    assert shown[0].arrived <= grown.answer.first.arrived
    assert not shown[-1].user_ids


async def test_an_answer_stands_in_the_thread_of_its_question_by_its_first_event_alone(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(configuration(models))
    models.otherwise = Reply(TEXT, delay=0.01)
    root = await scene.alice.say(scene.room, "Physics!", msgtype="m.notice")
    question = await scene.alice.say_in_thread(scene.room, root, "!ask why is the sky blue?")
    answer = await scene.answer(question)

    assert answer.relation["rel_type"] == "m.thread"
    assert answer.relation["event_id"] == root
    assert answer.relation["m.in_reply_to"] == {"event_id": question}
    for seen in answer.events[1:]:
        assert seen.content["m.relates_to"] == {"rel_type": "m.replace", "event_id": answer.id}
        assert "m.relates_to" not in seen.shown


async def test_with_threads_always_the_question_becomes_the_root(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(configuration(models, thread="always"))
    question = await scene.alice.say(scene.room, "!ask why?")

    answer = await scene.answer(question)

    assert answer.relation["rel_type"] == "m.thread"
    assert answer.relation["event_id"] == question


async def test_a_model_that_cannot_stream_answers_in_one_message(
    stage: Stage, models: ModelServer, api: str
) -> None:
    scene = await stage(configuration(models, api))
    models.refuses = {"stream"}
    models.otherwise = Reply(TEXT)

    answer = await scene.ask("why?")

    assert answer.body.startswith(TEXT)
    assert [one.id for one in scene.said()] == [answer.id]
    assert len(answer.events) <= 2
    assert len(models.requests) == 2
    assert not models.requests[1].body.get("stream")


async def test_stream_single_asks_without_streaming_and_sends_one_event(
    stage: Stage, models: ModelServer, api: str
) -> None:
    scene = await stage(configuration(models, api, stream="single"))
    models.otherwise = Reply(TEXT)

    answer = await scene.ask("why?")

    assert answer.body.startswith(TEXT)
    assert len(answer.events) == 1
    assert models.requests[0].body.get("stream", False) is False


async def test_the_demo_answers_a_fresh_upload_without_any_configuration(stage: Stage) -> None:
    scene = await stage({})

    answer = await scene.answer(await scene.alice.say(scene.room, "hello"))

    assert answer.answer is not None
    assert answer.answer["provider"] == "demo"
    assert answer.answer["status"] == "complete"
    assert "providers:" in answer.body
