"""An answer in the room, from its first words to its last, as each provider gives it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ..bed.message import ANSWER, LIVE
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


@pytest.fixture(params=(*APIS, "demo"))
async def scene(request: pytest.FixtureRequest, stage: Stage, models: ModelServer) -> Scene:
    models.otherwise = Reply(TEXT, usage=(11, 7), delay=0.015)
    return await stage(configuration(models, request.param))


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_an_answer_grows_by_edits_that_keep_their_distance(scene: Scene) -> None:
    answer = await scene.ask("why is the sky blue?")

    assert len(answer.events) >= 4
    bodies = [len(seen.shown["body"]) for seen in answer.events]
    assert bodies == sorted(bodies)
    assert all(before.shown != after.shown for before, after in pairwise(answer.events))
    # By the server's clock, which is a little late each time. The final does not wait.
    times = [seen.sent_at for seen in answer.events[:-1]]
    assert (times[-1] - times[0]) / (len(times) - 1) >= 0.95 * INTERVAL_MS / 1000
    assert min(after - before for before, after in pairwise(times)) >= 0.5 * INTERVAL_MS / 1000


async def test_it_ends_exact_with_a_footer_and_words_for_machines(scene: Scene) -> None:
    answer = await scene.ask("why is the sky blue?")

    text, footer = answer.body.rsplit("\n\n", 1)
    assert answer.answer is not None
    if answer.answer["model"] == "small":
        assert text == TEXT
        assert footer.startswith("small · 11 → 7 tokens · ")
        assert answer.answer["usage"] == {"input": 11, "output": 7, "reasoning": None}
    assert answer.answer["status"] == "complete"
    assert answer.answer["provider"] == "tested"
    assert answer.answer["finish_reason"] == "stop"
    assert "<table>" in answer.content["formatted_body"]
    assert '<code class="language-python">' in answer.content["formatted_body"]


async def test_it_is_live_and_silent_while_it_is_written_and_calls_the_asker_at_the_end(
    scene: Scene,
) -> None:
    answer = await scene.ask("why is the sky blue?")

    *written, final = answer.events
    for seen in written:
        assert seen.content[LIVE] == {} == seen.shown[LIVE]
        assert seen.content["msgtype"] == "m.notice" == seen.shown["msgtype"]
        assert seen.content["m.mentions"] == {} == seen.shown["m.mentions"]
        assert ANSWER not in seen.shown
    called = {"user_ids": [scene.alice.user_id]}
    assert LIVE not in final.content
    assert LIVE not in final.shown
    assert final.content["msgtype"] == "m.text" == final.shown["msgtype"]
    assert final.content["m.mentions"] == called
    assert TEXT[:20] in final.content["body"] or answer.answer["model"] != "small"


async def test_the_bot_types_until_the_answer_is_there(scene: Scene) -> None:
    answer = await scene.ask("why is the sky blue?")
    await scene.sees_typing(False)

    shown = [typing for typing in scene.alice.typing if typing.room_id == scene.room]
    assert scene.bot.user_id in shown[0].user_ids
    assert shown[0].arrived <= answer.first.arrived


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
    if api == "anthropic":
        pytest.skip("Claude always streams")
    scene = await stage(configuration(models, api))
    models.refuses = {"stream"}
    models.otherwise = Reply(TEXT)

    answer = await scene.ask("why?")

    assert answer.body.startswith(TEXT)
    assert len(answer.events) == 1


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
