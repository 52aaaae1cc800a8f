"""A long answer is read back from its room as the model has said it, wherever it was cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from llmstream.bot.answering.repair import repair
from llmstream.bot.answering.running import INTERRUPTED, PAUSED
from llmstream.chunks import Chunk, Reasoning, TaskUpdate, Text
from llmstream.matrix.content.events import ANSWER, BEGUN
from llmstream.matrix.content.style import Ending, Style
from llmstream.post import post

from ..commands.commanding import ROOM, CommandedBot
from ..incoming.hearing import until
from .left import is_asked, is_left, kept
from .test_going_on_long import ENDS

CODE = "".join(f"value_{n} = compute({n})\n" for n in range(200))
ROWS = "".join(f"| {n} | {n * n} |\n" for n in range(300))
WORDS = " ".join(f"word{n}" for n in range(700))
TEXTS = {
    "code": f"So:\n\n```python\n{CODE}",
    "code in a list": "- So:\n\n  ```sh\n  " + CODE.replace("\n", "\n  "),
    "table": f"So:\n\n| number | square |\n|---|--:|\n{ROWS}",
    "words": f"So **{WORDS}** and on",
    "empty lines": "".join(f"Sentence {n} of it.\n\n\n\n" for n in range(200)) + "So.",
}
STYLE = Style(reasoning="collapsed", longest_text=2000, edit_interval_ms=50)
AROUND = Reasoning("Let me think."), TaskUpdate("1", "Look", "complete")
SHOWN_LATE = 1000  # characters: a last message is shown as it is measured


def shown(bot: CommandedBot) -> int:
    """Up to which of its characters the room shows the answer."""
    contents = [one.content.get("m.new_content", one.content) for one in bot.town.events]
    marks = [one.get(mark, {}) for one in contents for mark in (BEGUN, ANSWER)]
    stretches = [stretch for mark in marks for stretch in mark.get("text", ())]
    return max((at + end - start for start, end, at in stretches), default=0)


async def is_cut(bot: CommandedBot, asked: str, *chunks: Chunk, ending: Ending | None) -> None:
    """The room has this of an answer, of which next to nothing was saved; what wrote it has ended
    it, or was killed as it wrote.
    """
    wrote = asyncio.Event()

    async def stream() -> AsyncIterator[Chunk]:
        for chunk in chunks:
            yield chunk
            await asyncio.sleep(0.1)
        wrote.set()
        if ending is None:
            await asyncio.Event().wait()

    posting = asyncio.create_task(
        post(
            *(bot.instance.client, ROOM, stream()),
            reply_to=asked,
            style=STYLE,
            conclude=lambda *_: ending or INTERRUPTED,
            name="the-one",
        )
    )
    text = "".join(one.text for one in chunks if isinstance(one, Text))
    due = len(text.rstrip()) - (SHOWN_LATE - 50 if len(text) > SHOWN_LATE else 0)
    await until(lambda: wrote.is_set() and shown(bot) >= due)
    events = bot.town.events.copy()
    if ending is None:
        posting.cancel()
    await asyncio.wait([posting])
    if ending is None:
        bot.town.events = events
    await is_left(bot, asked, *AROUND, Text(text[:50]))


@pytest.mark.parametrize("ending", [PAUSED, None])
@pytest.mark.parametrize("kind", TEXTS)
async def test_no_mark_of_a_cut_is_a_word_of_it(
    tmp_path: Path, kind: str, ending: Ending | None
) -> None:
    """Nor do the thoughts and tasks of an answer keep its text from being read."""
    async with CommandedBot.laid_in(tmp_path, ENDS) as bot:
        asked = await is_asked(bot)
        await is_cut(bot, asked, *AROUND, Text(TEXTS[kind]), ending=ending)
        assert len({one.target or one.event_id for one in bot.town.events}) > 3
        await repair(bot.instance)
        text = (await kept(bot, asked)).text.rstrip()
        assert TEXTS[kind].startswith(text)
        assert len(text) > len(TEXTS[kind]) - (10 if ending else SHOWN_LATE)


async def test_text_between_tasks_is_read_too(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path, ENDS) as bot:
        asked = await is_asked(bot)
        said = [f"- Step {n}.\n" for n in range(9)]
        steps = [(Text(said[n]), TaskUpdate(f"{n}", "Look", "complete")) for n in range(9)]
        await is_cut(bot, asked, *[chunk for step in steps for chunk in step], ending=None)
        await repair(bot.instance)
        assert (await kept(bot, asked)).text.rstrip() == "".join(said).rstrip()
