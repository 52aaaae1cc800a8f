"""Answers as real servers send them, in a room: whole, or with a line on what is missing."""

from __future__ import annotations

import json

import pytest

from ..bed.models import ModelServer, Received, Reply
from ..providers.replay import WIRES, Wire
from .conftest import Stage
from .scene import configuration
from .test_files import PNG, send_file

# Those of which something is to be seen, and no error that is tried again for seconds.
SHOWN = [wire for wire in WIRES if "text" in wire.means and wire.api != "responses"]


@pytest.mark.parametrize("wire", SHOWN, ids=str)
async def test_a_room_sees_the_text_of_a_wire_and_how_it_ended(
    stage: Stage, models: ModelServer, wire: Wire
) -> None:
    scene = await stage(configuration(models, wire.api, footer=False))
    models.otherwise = Reply(body=wire.body, headers={"Content-Type": wire.media_type})

    answer = await scene.ask("why?")

    text, _, note = answer.body.partition("\n\n")
    whole = wire.means.get("finish") == "stop"
    assert answer.answer is not None
    assert answer.answer["status"] == ("complete" if whole else "cut_off")
    assert text.lstrip("\u2060") == wire.means["text"].strip()
    assert bool(note) is not whole
    if failure := wire.means.get("failure"):
        assert failure[2] in note


async def test_a_picture_spoils_no_later_question_of_a_model_that_sees_nothing(
    stage: Stage, models: ModelServer
) -> None:
    def reply(received: Received) -> Reply:
        if "image_url" in json.dumps(received.body):
            words = "unknown variant `image_url`, expected `text`"
            return Reply(status=400, body={"error": {"message": words}})
        return Reply("Hello from the model.")

    scene = await stage(configuration(models, "openai", footer=False, trigger="all"))
    models.answer_with(reply)

    asked = await send_file(scene.alice, scene.room, PNG, body="!ask what is this?")
    first = await scene.answer(asked)
    second = await scene.ask("and now?")

    assert "small cannot see pictures: answered without" in first.body
    assert "Hello from the model." in first.body
    assert second.body.lstrip("\u2060") == "Hello from the model."
