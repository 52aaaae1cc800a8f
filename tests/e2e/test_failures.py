"""What the room sees when a model fails: what came stays, one line says why and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from ..bed.bed import Bed
from ..bed.message import Message
from ..bed.models import ModelServer, Reply
from ..bed.process import free_port
from .conftest import Stage
from .scene import KEY, Scene, configuration

APIS = ("openai", "ollama", "anthropic")
BEGUN = "The sky is blue because the air scatters blue light most of all, and "


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def refusal(api: str, status: int, said: str, code: str | None = None) -> Reply:
    """A refusal in the form of each API."""
    error: Any = {"message": said, "type": code or "invalid_request_error", "code": code}
    return Reply(status=status, body={"error": said if api == "ollama" else error})


def note(answer: Message) -> str:
    """The line under the text that says how it ended; footers are off in these tests."""
    return answer.body.rsplit("\n\n", 1)[-1]


def shows_no_secret(scene: Scene, bed: Bed) -> None:
    log = (bed.folder / "maubot" / "maubot.log").read_text()
    assert KEY not in log
    assert not [seen for seen in scene.alice.seen if KEY in str(seen.event)]


REFUSALS = {
    "wrong key": (401, f"Incorrect API key provided: {KEY}", "invalid_api_key", "api_key"),
    "unknown model": (404, "The model `small` does not exist", "model_not_found", "!llm models"),
    "context": (400, "maximum context length exceeded: too many tokens", None, "too long"),
    "quota": (402, "You exceeded your current quota", "insufficient_quota", "credit"),
}


@pytest.mark.parametrize("kind", REFUSALS)
async def test_a_refusal_becomes_one_sentence_with_a_next_step(
    stage: Stage, bed: Bed, models: ModelServer, api: str, kind: str
) -> None:
    status, said, code, expected = REFUSALS[kind]
    scene = await stage(configuration(models, api, footer=False))
    models.otherwise = refusal(api, status, said, code)

    answer = await scene.ask("why?")

    assert answer.answer is not None
    assert answer.answer["status"] == "failed"
    assert expected in answer.body
    assert "\n" not in answer.body.strip()
    assert not answer.live
    shows_no_secret(scene, bed)


async def test_an_unreachable_server_is_named_with_its_address(
    stage: Stage, bed: Bed, models: ModelServer, api: str
) -> None:
    address = f"127.0.0.1:{free_port()}"
    nobody = {"base_url": f"http://name:{KEY}@{address}"}
    scene = await stage(configuration(models, api, provider=nobody, footer=False))

    answer = await scene.ask("why?")

    assert address in answer.body
    shows_no_secret(scene, bed)


async def test_a_lost_connection_keeps_what_came_and_says_so(
    stage: Stage, models: ModelServer, api: str
) -> None:
    scene = await stage(configuration(models, api, footer=False))
    models.otherwise = Reply(BEGUN + "more " * 20, cut_after=10)

    answer = await scene.ask("why?")

    assert answer.body.startswith("The sky is blue because")
    assert "lost" in note(answer)
    assert answer.answer is not None
    assert answer.answer["status"] in ("failed", "cut_off")
    assert len(models.requests) == 1


async def test_a_model_that_falls_silent_is_not_waited_for_longer_than_configured(
    stage: Stage, models: ModelServer, api: str
) -> None:
    scene = await stage(configuration(models, api, footer=False, idle_timeout_seconds=1))
    models.otherwise = Reply(BEGUN + "more " * 20, stall_after=10)

    answer = await scene.ask("why?")

    assert answer.body.startswith("The sky is blue because")
    assert "1 s" in note(answer)
    assert (await models.next_request()).left_early


async def test_a_busy_server_is_asked_again_before_the_first_word(
    stage: Stage, models: ModelServer, api: str
) -> None:
    scene = await stage(configuration(models, api, footer=False))
    models.script(Reply(status=429, headers={"retry-after": "1"}, body={"error": "slow down"}))

    answer = await scene.ask("why?")

    assert answer.body == "Hello from the model."
    assert any("trying again in 1 s" in seen.shown["body"] for seen in answer.events)
    assert len(models.requests) == 2


async def test_the_log_has_no_word_of_a_conversation_at_any_level(
    stage: Stage, bed: Bed, models: ModelServer, api: str
) -> None:
    scene = await stage(configuration(models, api))
    models.script(Reply(f"An aardvark for {api}."))
    answer = await scene.ask(f"which zebra for {api}?")
    assert "aardvark" in answer.body
    await scene.alice.react(scene.room, answer.id, "🔁")
    await scene.finished(answer.id, after=answer.newest.id)

    log = (bed.folder / "maubot" / "maubot.log").read_text()
    assert " DEBUG" in log or "DEBUG" in log
    assert "aardvark" not in log
    assert "zebra" not in log
