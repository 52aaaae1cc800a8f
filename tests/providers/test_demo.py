"""The provider that needs nothing."""

from __future__ import annotations

from llmstream.chunks import Finish, TaskUpdate, Text, Usage
from llmstream.messages import Message
from llmstream.providers import Provider, Request, Settings, connect

from ..virtual_time import run_virtual
from .conftest import answer, ask, said


def demo(**options: int) -> Provider:
    return connect(Settings("demo", "demo", options=options))


async def test_it_shows_what_a_room_can_see_and_how_to_connect_a_model():
    text = said(await answer(demo(delay_ms=0)), Text)
    for seen in ("## ", "| What |", "```python", "- [x] ", "1. ", "> ", "providers:", "`!llm`"):
        assert seen in text


async def test_it_says_the_question_again_so_that_it_changes_nothing_around_it():
    text = said(await answer(demo(delay_ms=0), ask("What is `x`?\n# Boo {question}")), Text)
    assert "You asked: “What is x? # Boo {question}”\n" in text


async def test_it_shows_tasks_that_begin_and_end():
    chunks = await answer(demo(delay_ms=0))
    tasks = [chunk for chunk in chunks if isinstance(chunk, TaskUpdate)]
    assert [task.status for task in tasks if task.id == "look"] == ["in_progress", "complete"]


async def test_it_counts_and_it_finishes():
    *_, usage, finish = await answer(demo(delay_ms=0))
    assert isinstance(usage, Usage)
    assert usage.output
    assert finish == Finish("stop")


async def test_it_runs_out_of_tokens_like_a_model():
    request = Request([Message("user", "Hi")], max_tokens=5)
    chunks = await answer(demo(delay_ms=0), request)
    assert len([chunk for chunk in chunks if isinstance(chunk, Text)]) == 5
    assert chunks[-1] == Finish("length")


def test_it_writes_at_a_readers_pace():
    async def seconds(**options: int) -> float:
        import asyncio

        clock = asyncio.get_running_loop().time
        begun = clock()
        await answer(demo(**options))
        return clock() - begun

    assert 2 < run_virtual(seconds()) < 10
    assert run_virtual(seconds(delay_ms=0)) == 0


async def test_it_has_one_model():
    assert await demo().models() == ["tour"]
