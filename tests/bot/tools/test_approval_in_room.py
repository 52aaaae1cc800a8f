"""Calls that need a yes, as the room sees them: through a real post, to a homeserver."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest

from llmstream.bot.tools import Approvals, Servers, Toolbox, run
from llmstream.bot.tools.exact import written_out
from llmstream.bot.tools.tool import BoundTool, Result, ours
from llmstream.chunks import Finish, Text, ToolCall
from llmstream.matrix.content.style import Style
from llmstream.messages import Message, Tool
from llmstream.post import post
from llmstream.providers import Request
from tests.homeserver import Homeserver
from tests.posting import ALICE, ROOM, Frame, frames
from tests.virtual_time import virtual_time

from .scripted import Scripted


class Scene:
    """An answer whose model calls the tool `sh`, which needs a yes, with each of these."""

    def __init__(
        self, homeserver: Homeserver, *calls: Mapping[str, Any], before: str = ""
    ) -> None:
        self.homeserver = homeserver
        self.made: list[Mapping[str, Any]] = []
        self.approvals = Approvals(ALICE)
        self._calls = calls
        self._before = before

    async def answer(self, style: Style | None = None) -> None:
        tool = BoundTool(Tool("sh", "", {"type": "object"}), "box: sh", self._run, asks_first=True)
        provider = Scripted(
            [
                Text(self._before),
                *(ToolCall(str(n), "sh", json.dumps(call)) for n, call in enumerate(self._calls)),
                Finish("tool_calls"),
            ],
            [Text("Done."), Finish()],
        )
        await post(
            self.homeserver.client(),
            ROOM,
            run(
                provider,
                Request([Message("user", "Go.")]),
                Toolbox(["sh"], Servers({}), {"sh": tool}),
                max_steps=8,
                approve=self.approvals,
            ),
            style=style,
            on_shown=self.approvals.shown,
        )

    async def _run(self, arguments: Mapping[str, Any]) -> Result:
        self.made.append(arguments)
        return ours("ran")

    async def asked(self, after: int = 0) -> Frame:
        """What the room sees when a question is in it, that was not among the first frames."""
        for _ in range(200):
            await asyncio.sleep(1)
            for number, _ in enumerate(self.homeserver.messages(ROOM)):
                frame = frames(self.homeserver, number)[-1]
                if "waiting for" in frame.body and len(self.homeserver.events) > after:
                    return frame
        raise AssertionError("nothing is asked")

    def react(self, key: str) -> bool:
        """Alice reacts to the newest message of the answer."""
        return self.approvals.decide(ALICE, self.homeserver.messages(ROOM)[-1].event_id, key)


def code(frame: Frame) -> list[str]:
    """The words in its code blocks, as a client has them."""
    return [unescape(each) for each in re.findall("<pre><code>(.*?)</code>", frame.html, re.S)]


@virtual_time
async def test_what_is_approved_is_what_runs(homeserver: Homeserver) -> None:
    scene = Scene(homeserver, {"command": "echo ok\nrm -rf /srv"})
    answering = asyncio.create_task(scene.answer())
    frame = await scene.asked()
    assert code(frame) == ['{\n  "command": \n    "echo ok\\n"\n    "rm -rf /srv"\n}\n']
    assert "`sh` would be called with exactly this" in frame.body
    assert scene.react("✅")
    await answering
    assert scene.made == [{"command": "echo ok\nrm -rf /srv"}]
    assert "waiting for" not in frames(homeserver)[-1].html
    assert "would be called" not in frames(homeserver)[-1].html


@virtual_time
async def test_thirty_calls_of_a_step_are_not_run_by_one_reaction(homeserver: Homeserver) -> None:
    calls = [{"command": f"rm {number}"} for number in range(30)]
    scene = Scene(homeserver, *calls)
    answering = asyncio.create_task(scene.answer())
    for done in range(0, 30, 3):
        frame = await scene.asked(after=len(homeserver.events))
        assert len(code(frame)) == 3
        assert [f'rm {number}"' in "".join(code(frame)) for number in range(30)] == [
            done <= number < done + 3 for number in range(30)
        ]
        assert len(scene.made) == done
        yes = re.search("waiting for (.+?) or", frame.body)
        assert yes is not None
        assert scene.react(yes[1])
    await answering
    assert scene.made == calls


@virtual_time
async def test_nobody_answers_and_nothing_runs(homeserver: Homeserver) -> None:
    scene = Scene(homeserver, *({"command": str(number)} for number in range(30)))
    await scene.answer()
    assert scene.made == []
    assert "waiting for" not in frames(homeserver)[-1].body
    assert asyncio.get_running_loop().time() < 130


@virtual_time
async def test_a_stopped_answer_asks_nothing_any_more(homeserver: Homeserver) -> None:
    scene = Scene(homeserver, {"command": "rm"})
    answering = asyncio.create_task(scene.answer())
    await scene.asked()
    answering.cancel()
    await asyncio.wait([answering])
    assert "Stopped" in frames(homeserver)[-1].body
    assert "waiting for" not in frames(homeserver)[-1].html
    assert not scene.react("✅")


@virtual_time
async def test_where_nothing_is_seen_before_the_end_a_question_is(homeserver: Homeserver) -> None:
    scene = Scene(homeserver, {"command": "rm"}, before="Let me see what there is in this folder.")
    answering = asyncio.create_task(scene.answer(Style(single=True)))
    assert code(await scene.asked()) == ['{\n  "command": "rm"\n}\n']
    assert scene.react("✅")
    await answering
    assert scene.made == [{"command": "rm"}]
    assert len(frames(homeserver)) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("letter", "before"),
    [*((letter, 0) for letter in '"<ä😀`x\n'), *(("x", n) for n in range(18_000, 34_000, 2_000))],
)
@virtual_time
async def test_the_largest_call_that_may_be_approved_is_shown_whole(
    letter: str, before: int, homeserver: Homeserver
) -> None:
    """As many of them at once as there is room for, under much text."""
    length = next(
        length
        for length in range(4_000, 0, -50)
        if written_out("sh", {"command": letter * length})
    )
    calls = [{"command": letter * length} for _ in range(3)]
    calls += [{"command": "echo ok"} for _ in range(13)]
    scene = Scene(homeserver, *calls, before="word " * (before // 5))
    answering = asyncio.create_task(scene.answer())
    for _ in range(len(calls)):
        frame = await scene.asked(after=len(homeserver.events))
        assert code(frame)
        yes = re.search("waiting for (.+?) or", frame.body)
        assert yes is not None
        assert scene.react(yes[1])
        await asyncio.sleep(0)
        if len(scene.made) == len(calls):
            break
    await answering
    assert scene.made == calls
