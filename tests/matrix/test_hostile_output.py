"""Whatever a model or a tool puts out, nobody else waits long, and what was sent is let go of.

64 kB is what these are about: more comes in pieces. What is counted is told in tests/loop_work.py.
"""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

from llmstream.chunks import PlanUpdate, Reasoning, TaskUpdate
from llmstream.markdown.blocks import Block
from llmstream.matrix.content.events import ENCRYPTED_LIMIT, PLAIN_LIMIT, size
from llmstream.matrix.content.style import Style
from llmstream.post import Posted, post
from tests.homeserver import Homeserver
from tests.loop_work import counted
from tests.posting import ROOM, script, words
from tests.virtual_time import run_virtual, virtual_time

pytestmark = pytest.mark.slow

LENGTH = 64_000
MOST = 250_000  # calls: what reads "<" and nothing else takes the most, 20 ms of it
UNITS = {
    "brackets": "[",
    "less": "<",
    "ticks": "`",
    "dollars": "$a$ ",
    "code": "`a` ",
    "items": "- a\n",
    "nested": "  - a\n",
    "table": "| a | b |\n|---|---|\n",
    "paragraphs": "word word\n\n",
    "blank": "\n",
    "line": "word ",
}


def unit(name: str, length: int = LENGTH) -> str:
    return (UNITS[name] * (length // len(UNITS[name]) + 1))[:length]


def text(name: str) -> Iterator[Any]:
    whole = unit(name)
    return chain.from_iterable((whole[at : at + 500], 0.01) for at in range(0, LENGTH, 500))


def at_once(name: str) -> Iterator[Any]:
    yield unit(name)


def reasoning(name: str) -> Iterator[Any]:
    yield from (Reasoning(step) if isinstance(step, str) else step for step in text(name))
    yield "Words."


def thought_at_once(name: str) -> Iterator[Any]:
    yield from (Reasoning(unit(name)), 3, "Words.")


def one_task(name: str) -> Iterator[Any]:
    yield from (TaskUpdate("1", unit(name), "complete", unit(name), unit(name)), 3, "Words.")


def many_tasks(name: str) -> Iterator[Any]:
    for number in range(100):
        yield TaskUpdate(str(number), f"{number} {unit(name, 640)}")
        yield TaskUpdate(str(number), "", "complete", unit(name, 300), unit(name, 300))
    yield from (3, "Words.")


def tasks_between(name: str) -> Iterator[Any]:
    for number in range(400):
        yield f"{unit(name, 20)}\n\n"
        yield TaskUpdate(str(number), f"Task {number}", details=unit(name, 50))
        yield 0.01


def plan(name: str) -> Iterator[Any]:
    yield from (PlanUpdate(unit(name)), 3, "Words.")


def posted(steps: Iterator[Any], **options: Any) -> tuple[Posted, Homeserver]:
    homeserver = Homeserver()

    async def scene() -> Posted:
        return await post(homeserver.client(), ROOM, script(*steps), **options)

    return run_virtual(scene()), homeserver


SLOWEST = ("brackets", "less", "items", "table")
CASES = [
    *((text, name) for name in UNITS),
    *((way, name) for way in (reasoning, one_task, many_tasks, tasks_between) for name in SLOWEST),
    *((way, "brackets") for way in (at_once, thought_at_once, plan)),
]


@pytest.mark.parametrize(
    ("steps", "name"), CASES, ids=lambda case: getattr(case, "__name__", case)
)
def test_nobody_else_waits_for_it(steps: Any, name: str) -> None:
    with counted() as work:
        answer, homeserver = posted(steps(name), style=Style(reasoning="collapsed"))
    assert work.most < MOST, work.step
    assert answer.event_ids
    assert max(size(event.content, encrypted=False) for event in homeserver.events) <= PLAIN_LIMIT


def test_thousands_of_tasks_hold_nobody_up() -> None:
    tasks = [TaskUpdate(str(n), f"Task {n}") for n in range(3_000)]
    between = chain.from_iterable(("a\n\n", task, 0.005) for task in tasks)
    for steps in (iter([*tasks, 3, "Words."]), between):
        with counted() as work:
            _, homeserver = posted(steps)
        assert work.most < MOST, work.step
        sizes = [size(event.content, encrypted=False) for event in homeserver.events]
        assert max(sizes) <= PLAIN_LIMIT


def test_a_task_stands_behind_a_block_of_code_that_is_mostly_blank() -> None:
    code = "```\n" + "\n" * 10_000 + "~~~\n\nx\n```\n\n"
    steps = [code, *[TaskUpdate(str(n), "Task", "complete") for n in range(10)], 3, "Words."]
    with counted() as work:
        _, homeserver = posted(iter(steps))
    assert work.most < MOST, work.step
    html = homeserver.events[-1].content["m.new_content"]["formatted_body"]
    assert html.index("</pre>") < html.index("Task") < html.index("Words.")
    assert html.count("<pre>") == 1


@virtual_time
async def test_an_endless_answer_keeps_its_text_and_no_more_than_two_messages_of_the_rest(
    homeserver: Homeserver,
) -> None:
    kept: list[int] = []

    async def endless() -> Any:
        for number in range(12):
            yield "\n\n".join(f"Paragraph {number} and {n}." for n in range(3_000)) + "\n\n"
            await asyncio.sleep(5)
            gc.collect()
            kept.append(sum(isinstance(thing, Block) for thing in gc.get_objects()))

    answer = await post(homeserver.client(), ROOM, endless())
    assert len(answer.event_ids) > 12
    # It has 36,000 paragraphs, each a block, of which a message holds 1,100 or so.
    assert max(kept) < 10_000


@virtual_time
async def test_a_task_that_changes_ten_thousand_times_is_kept_once(homeserver: Homeserver) -> None:
    async def stream() -> Any:
        for number in range(10_000):
            yield TaskUpdate("1", "Task", "in_progress", output=f"{number} lines " * 50)
            if number % 100 == 0:
                await asyncio.sleep(1)
        yield "Words."

    await post(homeserver.client(), ROOM, stream(), style=Style(max_edits=0))
    assert "9999 lines" in json.dumps(homeserver.events[-1].content)
    assert (
        max(size(event.content, encrypted=True) for event in homeserver.events) < ENCRYPTED_LIMIT
    )


@virtual_time
async def test_an_answer_that_is_stopped_while_it_is_cut_loses_nothing(
    homeserver: Homeserver,
) -> None:
    for steps in range(1, 40, 8):
        posting = asyncio.create_task(
            post(homeserver.client(), ROOM, [unit("paragraphs", 70_000)])
        )
        for _ in range(steps):
            await asyncio.sleep(0)
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting
    sizes = [size(event.content, encrypted=False) for event in homeserver.events]
    assert max(sizes) <= PLAIN_LIMIT


@virtual_time
async def test_a_short_answer_beside_a_hostile_one_is_not_late(homeserver: Homeserver) -> None:
    client = homeserver.client()
    hostile = asyncio.create_task(post(client, "!other:example.org", script(*text("less"))))
    answer = await post(client, ROOM, words(100))
    assert homeserver.shown(answer.event_ids[0]) == answer.text
    await hostile
