"""Names and words that strangers choose stay in the place that they have in a message."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.chunks import PlanUpdate, TaskUpdate
from llmstream.document import Document, Task
from llmstream.matrix.content.events import PLAIN_LIMIT, size
from llmstream.matrix.content.style import About, Ending, Signature
from llmstream.matrix.content.tasks import MARKS, render
from llmstream.matrix.content.view import Piece, View
from llmstream.post import post
from tests.homeserver import Homeserver
from tests.posting import ROOM, frames, script
from tests.virtual_time import virtual_time

BREAKING = [
    "gpt\n\n# A heading\n\n- ✅ a task",
    "gpt\u2028second line",
    "gpt</sub></p><h1>big</h1>",
    "**gpt** `x` [a](http://b.c)",
    "gpt\u202egnitirw",
    "x" * 60_000,
]


def signed(model: str, note: str = "") -> Signature:
    return Signature(About("work", model, footer=True), Document(), Ending("complete", note), 1.0)


@pytest.mark.parametrize("model", BREAKING)
def test_the_footer_is_one_small_line_whatever_the_model_is_called(model: str) -> None:
    piece = Piece("Words.", footer=signed(model).footer())
    rendered = View().paint(piece, final=True)
    last = rendered.body.splitlines()[-1]
    assert rendered.body == f"Words.\n\n{last}"
    assert last.startswith(("gpt", "**gpt", "xxx"))
    assert len(last) <= 200
    (footer,) = re.findall(r"<p><sub>([^<]*)</sub></p>\Z", rendered.html)
    assert rendered.html == f"<p>Words.</p>\n<p><sub>{footer}</sub></p>"


@pytest.mark.parametrize("note", BREAKING)
def test_a_note_is_one_line_too(note: str) -> None:
    rendered = View().paint(Piece("Words.", note=note, thinking=""), final=True)
    assert len(rendered.body.splitlines()) == 3
    assert re.fullmatch(r"<p>Words.</p>\n<p>[^<]*</p>", rendered.html)


@given(st.text(), st.text())
def test_a_task_has_one_mark_and_a_plan_one_title(title: str, plan: str) -> None:
    task = Task("1", title.replace("✅", ""), "complete", "", "", 0)
    rendered = render(plan, [task])
    lines = rendered.body.splitlines()
    assert sum(line.startswith("- ") for line in lines[-1:]) == 1
    assert len(lines) == (3 if " ".join(plan.split()) else 1)
    assert rendered.html.count("<li>") == 1
    assert rendered.html.count(MARKS["complete"]) <= 1 + plan.count(MARKS["complete"])


@virtual_time
async def test_long_names_leave_room_for_the_words(homeserver: Homeserver) -> None:
    long = "🦊 name " * 8_000
    stream = script(PlanUpdate(long), TaskUpdate("1", long), "Words. " * 9_000)
    about = About(long, long, footer=True)
    await post(
        homeserver.client(), ROOM, stream, about=about, conclude=lambda *_: Ending("failed", long)
    )
    assert max(size(event.content, encrypted=False) for event in homeserver.events) <= PLAIN_LIMIT
    last = frames(homeserver, len(homeserver.messages(ROOM)) - 1)[-1]
    assert last.content["dev.llmstream.answer"]["model"].startswith("🦊 name")
