"""Answers too large for one event: how they go on, and that nothing of them is lost."""

from __future__ import annotations

import json

import pytest

from llmstream.chunks import Reasoning, Text
from llmstream.document import Document
from llmstream.matrix.content import events
from llmstream.matrix.content.envelope import Envelope
from llmstream.matrix.content.events import Relation
from llmstream.matrix.content.layout import Layout
from llmstream.matrix.content.style import About, Ending, Signature, Style
from llmstream.matrix.content.thinking import Thinking
from llmstream.post import post
from tests.faults import TOO_LARGE
from tests.homeserver import Homeserver
from tests.posting import ALICE, ANSWER, LIVE, ROOM, frames, script
from tests.virtual_time import virtual_time

pytestmark = pytest.mark.slow

PARAGRAPH = "Some **bold** words, a [link](https://example.org) and `code`, again and again. " * 5
LONG = "\n\n".join(f"Paragraph {number}. {PARAGRAPH}" for number in range(300))
SCRIPTS = {
    "ascii": "plain words, and more of them ",
    "cyrillic": "Привет, мир, и ещё несколько слов ",
    "chinese": "这是一个很长的回答，没有空格。",
    "emoji": "👩‍👩‍👧‍👦 🎉 😀 ",
}


@virtual_time
async def test_the_messages_of_a_long_answer_add_up_to_its_text(homeserver: Homeserver) -> None:
    posted = await post(homeserver.client(), ROOM, script(*_pieces(LONG, 100)))
    assert len(posted.event_ids) > 2
    bodies = [homeserver.shown(event_id) for event_id in posted.event_ids]
    assert "".join(bodies) == posted.text == LONG
    assert max(len(json.dumps(event.content)) for event in homeserver.events) < 65_536


@virtual_time
async def test_only_the_last_message_has_the_footer_and_rings(homeserver: Homeserver) -> None:
    about = About(model="gpt-x", footer=True)
    await post(homeserver.client(), ROOM, script(*_pieces(LONG, 500)), mention=ALICE, about=about)
    finals = [frames(homeserver, n)[-1] for n in range(len(homeserver.messages(ROOM)))]
    *full, last = finals
    assert last.content[ANSWER]["parts"] == last.content[ANSWER]["part"] == len(finals)
    assert "gpt-x · " in last.body
    assert last.event["m.mentions"] == {"user_ids": [ALICE]}
    for number, final in enumerate(full, start=1):
        assert final.content[ANSWER]["part"] == number
        assert final.event["m.mentions"] == {}
        assert "gpt-x · " not in final.body
    assert not any(LIVE in final.content for final in finals)


@virtual_time
async def test_later_messages_stand_in_the_same_thread(homeserver: Homeserver) -> None:
    await post(homeserver.client(), ROOM, [LONG], thread="$root", reply_to="$question")
    relations = [event.content["m.relates_to"] for event in homeserver.messages(ROOM)]
    assert len(relations) > 2
    assert all(relation["event_id"] == "$root" for relation in relations)


@virtual_time
async def test_a_fence_goes_on_in_the_next_message(homeserver: Homeserver) -> None:
    code = "```python\n" + "print('hello')\n" * 10_000 + "```\n"
    posted = await post(homeserver.client(), ROOM, [code])
    htmls = [
        frames(homeserver, number)[-1].html for number in range(len(homeserver.messages(ROOM)))
    ]
    assert len(htmls) > 2
    assert all('<code class="language-python">' in html for html in htmls)
    assert sum(html.count("print(") for html in htmls) == 10_000
    assert posted.text == code


@pytest.mark.parametrize("encrypted", [False, True], ids=["clear", "encrypted"])
@pytest.mark.parametrize("words", SCRIPTS.values(), ids=SCRIPTS.keys())
@virtual_time
async def test_no_event_is_larger_than_a_room_takes(words: str, encrypted: bool) -> None:
    document, style, about = Document(), Style(), About(footer=True)
    envelope = Envelope(Relation(), about, style.notify, encrypted=encrypted)
    numbers = [0]
    layout = Layout(
        document,
        style,
        Thinking(document, style),
        lambda number: numbers.append(number + 1),
        encrypted=encrypted,
    )
    document.add(Text(words * (200_000 // len(words))))
    await layout.catch_up(wholly=True)
    layout.end(Signature(about, document, Ending(), 1.0))
    limit = events.limit(encrypted=encrypted)
    contents = [
        envelope.final(layout.paint(n, final=True), n, "$" * 44, layout.signature(n))
        for n in numbers
    ]
    sizes = [events.size(content, encrypted=encrypted) for content in contents]
    assert len(sizes) > 1
    assert max(sizes) <= limit
    assert min(sizes[:-1]) > limit / 2, "messages are filled before the next begins"


@virtual_time
async def test_a_server_that_takes_less_than_others_gets_smaller_messages(
    homeserver: Homeserver,
) -> None:
    homeserver.order([TOO_LARGE])
    posted = await post(homeserver.client(), ROOM, [LONG[:20_000]])
    assert len(posted.event_ids) == 2
    assert "".join(homeserver.shown(event_id) for event_id in posted.event_ids) == LONG[:20_000]


@virtual_time
async def test_long_reasoning_gets_messages_of_its_own_above_the_answer(
    homeserver: Homeserver,
) -> None:

    thoughts = [Reasoning("I think, and think again. " * 20) for _ in range(60)]
    posted = await post(
        homeserver.client(),
        ROOM,
        script(*thoughts, 2, "The answer, at last, is forty-two.", 1),
        style=Style(reasoning="collapsed"),
    )
    assert len(posted.event_ids) > 2
    *before, last = [frames(homeserver, n)[-1].html for n in range(len(posted.event_ids))]
    assert all(html.startswith("<details><summary>Thought for") for html in before)
    assert last.strip().endswith("<p>The answer, at last, is forty-two.</p>")
    assert sum(html.count("think again") for html in [*before, last]) == 1200


def _pieces(text: str, size: int) -> list[str | float]:
    """The text in pieces with a little time between."""
    return [step for at in range(0, len(text), size) for step in (text[at : at + size], 0.01)]
