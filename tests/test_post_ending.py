"""How a stream ends in the room: failed, stopped, thrown out, written anew, and always exact."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstream.chunks import Finish, Reasoning, StepEnd, TaskUpdate, Text, WasReasoning
from llmstream.document import Document
from llmstream.matrix.sending.outcome import SendError
from llmstream.post import Posted, post
from llmstream.well_formed import well_formed
from tests.faults import FORBIDDEN
from tests.homeserver import Homeserver
from tests.posting import ANSWER, LIVE, ROOM, frames, script, words
from tests.virtual_time import run_virtual, virtual_time


@virtual_time
async def test_a_stream_that_fails_keeps_its_text_and_says_so(homeserver: Homeserver) -> None:
    error = RuntimeError("with a secret inside")
    posted = await post(homeserver.client(), ROOM, script("The first half of an answer", 1, error))
    final = frames(homeserver)[-1]
    assert posted.status == final.content[ANSWER]["status"] == "failed"
    assert posted.error is error
    assert final.body.startswith("The first half of an answer\n\n⚠️ ")
    assert "secret" not in final.body
    assert LIVE not in final.content


@virtual_time
async def test_a_stream_without_text_says_so(homeserver: Homeserver) -> None:
    posted = await post(homeserver.client(), ROOM, script(Reasoning("hm"), 3, Finish()))
    assert posted.status == "failed"
    assert frames(homeserver)[-1].body == "⚠️ The model sent no text."


@virtual_time
@pytest.mark.parametrize("thought", ["I should greet them first. ", "Let me see. " * 20_000])
async def test_what_turns_out_to_be_reasoning_leaves_the_message(
    homeserver: Homeserver, thought: str
) -> None:
    chunks = (Text(thought), 3, WasReasoning(), Text("Hello!"), Finish())
    posted = await post(homeserver.client(), ROOM, script(*chunks))
    assert posted.text == "Hello!"
    assert homeserver.shown(posted.event_ids[-1]) == "Hello!"


@virtual_time
@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("content_filter", "A filter for what may be said held back the rest."),
        ("pause_turn", "The model paused here. Ask it to go on."),
        ("tired", "The model ended here for a reason of its own: tired."),
    ],
)
async def test_an_answer_that_ends_early_says_why(
    homeserver: Homeserver, reason: str, why: str
) -> None:
    posted = await post(homeserver.client(), ROOM, script("Half", 1, Finish(reason)))
    assert posted.status == "cut_off"
    assert frames(homeserver)[-1].body == f"Half\n\n✂️ {why}"


@virtual_time
async def test_a_filter_that_holds_back_everything_is_named(homeserver: Homeserver) -> None:
    posted = await post(homeserver.client(), ROOM, script(1, Finish("content_filter")))
    assert posted.status == "failed"
    assert "A filter for what may be said" in frames(homeserver)[-1].body


@pytest.mark.parametrize("steps", [1, 2, 3])
@virtual_time
async def test_however_early_it_is_cancelled_what_the_room_has_gets_its_end(
    homeserver: Homeserver, steps: int
) -> None:
    earlier = await post(homeserver.client(), ROOM, "Half")
    again = post(homeserver.client(), ROOM, words(10), rewrite=earlier.event_ids)
    task = asyncio.create_task(again)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert frames(homeserver)[-1].body == "⏹️ Stopped."


@virtual_time
async def test_cancelling_finishes_the_message_as_stopped(homeserver: Homeserver) -> None:
    closed = asyncio.Event()

    async def stream() -> AsyncIterator[str]:
        try:
            async for word in words(1000):
                yield word
        finally:
            closed.set()

    document, reported = Document(), list[Posted]()
    task = asyncio.create_task(
        post(
            homeserver.client(),
            ROOM,
            stream(),
            document=document,
            on_finished=reported.append,
        )
    )
    await asyncio.sleep(5)
    assert document.text.startswith("word0 word1 ")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed.is_set()
    final = frames(homeserver)[-1]
    [posted] = reported
    assert (posted.status, posted.text) == ("stopped", document.text)
    assert posted.event_ids == (homeserver.messages(ROOM)[0].event_id,)
    assert final.content[ANSWER]["status"] == "stopped"
    assert final.body.endswith("\n\n⏹️ Stopped.")
    assert not [on for _, _, on in homeserver.typing][-1]


@virtual_time
async def test_a_room_that_throws_us_out_ends_the_stream(homeserver: Homeserver) -> None:
    async def stream() -> AsyncIterator[str]:
        async for word in words(100_000):
            yield word

    client = homeserver.client()
    homeserver.order([FORBIDDEN] * 3)
    with pytest.raises(SendError):
        await post(client, ROOM, stream())
    assert asyncio.get_running_loop().time() < 5
    assert len(homeserver.attempts) == 1


@virtual_time
async def test_tasks_stand_where_they_happened(homeserver: Homeserver) -> None:
    stream = script(
        "Let me look.",
        TaskUpdate("1", "Search", "in_progress", "`matrix`"),
        2,
        TaskUpdate("1", "Search", "complete", output="3 hits"),
        StepEnd(),
        "Found it, with all that belongs to it.",
        1,
    )
    posted = await post(homeserver.client(), ROOM, stream)
    running = next(frame for frame in frames(homeserver) if "⏳" in frame.body)
    assert running.at < 1
    assert posted.text == "Let me look.\n\nFound it, with all that belongs to it."
    html = frames(homeserver)[-1].html
    assert html.index("Let me look") < html.index("✅ Search") < html.index("Found it")
    assert "3 hits" in html


@virtual_time
async def test_a_retry_writes_into_the_same_messages(homeserver: Homeserver) -> None:
    client = homeserver.client()
    before = await post(client, ROOM, words(100))
    after = await post(
        client, ROOM, script("Another answer, quite another."), rewrite=before.event_ids
    )
    assert after.event_ids == before.event_ids
    assert homeserver.shown(before.event_ids[0]) == "Another answer, quite another."
    assert len(homeserver.messages(ROOM)) == 1


@virtual_time
async def test_what_a_shorter_retry_leaves_over_is_removed(homeserver: Homeserver) -> None:
    client = homeserver.client()
    old = ["$first", "$second"]
    await post(client, ROOM, "Short now.", rewrite=old)
    redactions = [event for event in homeserver.events if event.type == "m.room.redaction"]
    assert [event.content["redacts"] for event in redactions] == ["$second"]


@virtual_time
async def test_steps_are_exactly_one_paragraph_apart(homeserver: Homeserver) -> None:
    stream = [StepEnd(), Text("one\n"), StepEnd(), StepEnd(), Text("\n"), Text("\ntwo"), StepEnd()]
    posted = await post(homeserver.client(), ROOM, stream)
    assert posted.text == "one\n\ntwo"


TEXTS = st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=30)
PAUSES = st.lists(st.sampled_from([0.0, 0.01, 0.3, 2.0]), min_size=30, max_size=30)


@given(TEXTS, PAUSES)
@settings(max_examples=60, deadline=None)
def test_whatever_comes_and_when_the_final_is_the_text(
    texts: list[str], pauses: list[float]
) -> None:
    async def check() -> None:
        homeserver = Homeserver()
        steps: list[Any] = [step for pair in zip(pauses, texts, strict=False) for step in pair]
        posted = await post(homeserver.client(), ROOM, script(*steps))
        assert posted.text == well_formed("".join(texts))
        assert not any(frame.html == "" for frame in frames(homeserver))
        times = [frame.at for frame in frames(homeserver)[:-1]]
        assert all(b - a >= 0.5 - 0.011 for a, b in itertools.pairwise(times))

    run_virtual(check())
