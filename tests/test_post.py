"""What a room sees of a stream, from its first event to its last."""

from __future__ import annotations

from decimal import Decimal

import pytest

from llmstream.chunks import Finish, Reasoning, Usage, Waiting
from llmstream.matrix.content.style import About, Style
from llmstream.post import post
from tests.homeserver import MARK, Homeserver
from tests.posting import ALICE, ANSWER, LIVE, ROOM, frames, script, words
from tests.virtual_time import virtual_time

MODEL = About("work", "gpt-x", price_in=1.0, price_out=10.0, footer=True)


@virtual_time
async def test_the_first_message_is_a_few_words_and_not_a_syllable(homeserver: Homeserver) -> None:
    await post(homeserver.client(), ROOM, words(100))
    assert len(frames(homeserver)[0].body) >= 24


@virtual_time
async def test_a_slow_first_word_is_shown_after_a_quarter_of_a_second(
    homeserver: Homeserver,
) -> None:
    await post(homeserver.client(), ROOM, script(0.1, "Hm", 2, " yes"))
    first = frames(homeserver)[0]
    assert first.body == "Hm"
    assert first.at == pytest.approx(0.1 + 0.25, abs=0.05)


@virtual_time
async def test_the_placeholder_comes_only_when_nothing_else_did(homeserver: Homeserver) -> None:
    await post(homeserver.client(), ROOM, script(1.0, "Words that came in time, and more"))
    await post(homeserver.client(), ROOM, script(3.0, "Words that came late, but did"))
    assert "Thinking…" not in [frame.body for frame in frames(homeserver, 0)]
    assert next(frame.body for frame in frames(homeserver, 1)) == "Thinking…"
    assert frames(homeserver, 1)[0].at == pytest.approx(1.0 + 1.5, abs=0.1)


@virtual_time
async def test_without_a_placeholder_there_is_typing_and_nothing_else(
    homeserver: Homeserver,
) -> None:
    style = Style(placeholder="")
    await post(homeserver.client(), ROOM, script(30, "At last there are words here"), style=style)
    assert frames(homeserver)[0].at >= 30
    assert next(on for _, _, on in homeserver.typing)
    assert not [on for _, _, on in homeserver.typing][-1]


@virtual_time
async def test_a_notice_becomes_a_text_that_calls_the_asker_once(homeserver: Homeserver) -> None:
    await post(homeserver.client(), ROOM, words(200), mention=ALICE)
    *writing, final = frames(homeserver)
    assert {frame.content["msgtype"] for frame in writing} == {"m.notice"}
    assert all(frame.event["m.mentions"] == {} for frame in writing)
    assert final.content["msgtype"] == "m.text"
    assert final.event["m.mentions"] == final.content["m.mentions"] == {"user_ids": [ALICE]}


@virtual_time
async def test_the_phone_rings_at_the_first_words_or_never_if_so_wished(
    homeserver: Homeserver,
) -> None:
    client = homeserver.client()
    await post(client, ROOM, words(200), mention=ALICE, style=Style(notify="first"))
    await post(client, ROOM, words(200), mention=ALICE, style=Style(notify="never"))
    await post(client, ROOM, "All at once", mention=ALICE, style=Style(notify="never"))
    first, *later = frames(homeserver, 0)
    assert (first.content["msgtype"], first.event["m.mentions"]) == (
        "m.text",
        {"user_ids": [ALICE]},
    )
    assert all(frame.event["m.mentions"] == {} for frame in later)
    assert frames(homeserver, 1)[0].content["msgtype"] == "m.notice"
    assert all(frame.event["m.mentions"] == {} for frame in frames(homeserver, 1))
    assert [frame.content["msgtype"] for frame in frames(homeserver, 2)] == ["m.notice"]


@virtual_time
async def test_the_live_marker_is_on_every_event_but_the_last(homeserver: Homeserver) -> None:
    await post(homeserver.client(), ROOM, words(200))
    *writing, final = frames(homeserver)
    assert len(writing) > 3
    assert all(frame.event[LIVE] == frame.content[LIVE] == {} for frame in writing)
    assert LIVE not in final.event
    assert LIVE not in final.content


@virtual_time
async def test_what_is_live_says_whether_words_have_come(homeserver: Homeserver) -> None:
    stream = script(3.0, Reasoning("Let me think."), 2.0, "The sky is blue, as it seems", 2.0)
    await post(homeserver.client(), ROOM, stream, style=Style(reasoning="collapsed"))
    *writing, final = frames(homeserver)
    told = ["dev.llmstream.begun" in frame.content for frame in writing]
    assert told == ["The sky" in frame.body for frame in writing]
    assert set(told) == {True, False}
    assert "dev.llmstream.begun" not in final.content


@virtual_time
async def test_the_final_is_exact_and_signed(homeserver: Homeserver) -> None:
    stream = script("**Bold** answer, all of it  \n", 3, Usage(1200, 340), Finish("stop"))
    posted = await post(homeserver.client(), ROOM, stream, about=MODEL)
    final = frames(homeserver)[-1]
    footer = "gpt-x · 1,200 → 340 tokens · 3.0 s · $0.0046"
    assert posted.text == "**Bold** answer, all of it  \n"
    assert final.body == f"{posted.text}\n\n{footer}"
    assert final.content[ANSWER] == {
        "status": "complete",
        "provider": "work",
        "model": "gpt-x",
        "finish_reason": "stop",
        "usage": {"input": 1200, "output": 340, "reasoning": None},
        "seconds": 3,
        "cost": "0.004600",
        "part": 1,
        "parts": 1,
        "text": [[0, len(posted.text), 0]],
    }
    assert posted.cost == Decimal("0.0046")


@virtual_time
async def test_relations_stand_on_the_first_event_only(homeserver: Homeserver) -> None:
    await post(homeserver.client(), ROOM, words(200), reply_to="$question", thread="$root")
    first, *edits = frames(homeserver)
    assert first.event["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$question"},
    }
    target = homeserver.messages(ROOM)[0].event_id
    for edit in edits:
        assert edit.event["m.relates_to"] == {"rel_type": "m.replace", "event_id": target}
        assert "m.relates_to" not in edit.content


@virtual_time
async def test_intermediate_fallbacks_are_short_and_the_last_is_whole(
    homeserver: Homeserver,
) -> None:
    posted = await post(homeserver.client(), ROOM, words(300))
    _, *edits, final = frames(homeserver)
    assert all(len(edit.event["body"]) < 100 for edit in edits)
    assert final.event["body"] == f"* {MARK}{posted.text}"


@virtual_time
async def test_no_edit_repeats_what_the_room_has(homeserver: Homeserver) -> None:
    await post(
        homeserver.client(), ROOM, script("A few words to begin with.", 10, " And more.", 5)
    )
    assert len({frame.body for frame in frames(homeserver)[:-1]}) == len(frames(homeserver)) - 1
    assert len(frames(homeserver)) == 3


@virtual_time
async def test_thinking_counts_its_seconds_and_leaves_no_trace(homeserver: Homeserver) -> None:
    stream = script(Reasoning("Let me see."), 12, "The answer is forty-two, I think.")
    posted = await post(homeserver.client(), ROOM, stream)
    bodies = [frame.body for frame in frames(homeserver)]
    assert bodies[:3] == ["Thinking… 2 s", "Thinking… 6 s", "Thinking… 12 s"]
    assert bodies[-1] == posted.text == "The answer is forty-two, I think."


@virtual_time
async def test_collapsed_reasoning_is_folded_above_and_stays(homeserver: Homeserver) -> None:
    stream = script(Reasoning("Let me *see*."), 4, Reasoning(" Yes."), 2, "It is forty-two.", 1)
    await post(homeserver.client(), ROOM, stream, style=Style(reasoning="collapsed"))
    final = frames(homeserver)[-1]
    assert final.html.startswith("<details><summary>Thought for 6 s</summary>")
    assert "<em>see</em>. Yes." in final.html
    assert final.html.index("</details>") < final.html.index("forty-two")


@virtual_time
async def test_hidden_reasoning_shows_the_placeholder_alone(homeserver: Homeserver) -> None:
    stream = script(Reasoning("secret"), 12, "The answer is forty-two.", 1)
    await post(homeserver.client(), ROOM, stream, style=Style(reasoning="hidden"))
    bodies = [frame.body for frame in frames(homeserver)]
    assert list(dict.fromkeys(bodies)) == ["Thinking…", "The answer is forty-two."]
    assert not any("secret" in str(event.content) for event in homeserver.events)


@virtual_time
async def test_waiting_is_told_until_the_first_word(homeserver: Homeserver) -> None:
    stream = script(Waiting("busy; trying again in 4 s"), 4, "Here is the answer at last.")
    await post(homeserver.client(), ROOM, stream)
    bodies = [frame.body for frame in frames(homeserver)]
    assert list(dict.fromkeys(bodies)) == [
        "busy; trying again in 4 s",
        "Here is the answer at last.",
    ]
    assert frames(homeserver)[0].at < 0.2


@virtual_time
async def test_an_answer_that_comes_at_once_is_one_event(homeserver: Homeserver) -> None:
    await post(homeserver.client(), ROOM, script(1, "Everything in one go.", Finish()))
    assert len(frames(homeserver)) == 1
    assert frames(homeserver)[0].content[ANSWER]["status"] == "complete"


@virtual_time
async def test_a_single_message_is_sent_when_it_is_complete(homeserver: Homeserver) -> None:
    await post(homeserver.client(), ROOM, words(400), style=Style(single=True))
    assert len(homeserver.events) == 1
    assert frames(homeserver)[0].content["msgtype"] == "m.text"
