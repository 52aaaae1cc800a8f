"""Calls that need a yes: the asker's reaction decides what they saw, and nobody else's."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Literal

import pytest

from llmstream.bot.tools import Approvals, Servers, Toolbox, run
from llmstream.bot.tools.approval import AT_ONCE, PATIENCE
from llmstream.bot.tools.tool import ToolError
from llmstream.chunks import Finish, TaskUpdate, Text, ToolCall
from llmstream.messages import Message
from llmstream.providers import Request
from tests.virtual_time import virtual_time

from .conftest import STDIO
from .scripted import Scripted

ASKER = "@ann:example.org"
MESSAGE = "$message"


class Room:
    """What the room sees of an answer's questions: a message that shows all that is asked."""

    def __init__(self, shows: bool = True) -> None:
        self.approvals = Approvals(ASKER)
        self.asked: list[str] = []
        self._shows = shows

    def ask(self, question: str) -> None:
        self.asked.append(question)
        if self._shows:
            self.show()

    def show(self, event_id: str = MESSAGE) -> None:
        self.approvals.shown(event_id, "\n".join(self.asked))

    async def call(self, call: str = "files__delete") -> asyncio.Task[bool]:
        """The answer to a call that waits for one."""
        answer = asyncio.ensure_future(self.approvals(call, self.ask))
        await settled()
        return answer

    def react(self, key: str, *, person: str = ASKER, event_id: str = MESSAGE) -> bool:
        return self.approvals.decide(person, event_id, key)


async def settled() -> None:
    """Let all go on that can."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("key", "approved"), [("✅", True), ("✔", True), ("👍", True), ("❌", False), ("👎", False)]
)
async def test_the_askers_reaction_decides(key: str, approved: bool) -> None:
    room = Room()
    answer = await room.call()
    assert room.asked == [f"files__delete\n\nwaiting for ✅ or ❌ from {ASKER}"]
    assert room.react(key)
    assert await answer is approved
    assert not room.react(key)


@pytest.mark.parametrize(
    ("person", "key", "event_id"),
    [
        ("@bob:example.org", "✅", MESSAGE),
        (ASKER, "🎉", MESSAGE),
        (ASKER, "✅", "$another message of the answer"),
    ],
)
async def test_nobody_else_no_other_reaction_and_no_other_message_decides(
    person: str, key: str, event_id: str
) -> None:
    room = Room()
    answer = await room.call()
    assert not room.react(key, person=person, event_id=event_id)
    await settled()
    assert not answer.done()
    answer.cancel()


async def test_a_reaction_without_a_question_is_not_ours() -> None:
    assert not Approvals(ASKER).decide(ASKER, MESSAGE, "✅")


async def test_what_the_room_has_not_seen_cannot_be_approved() -> None:
    room = Room(shows=False)
    answer = await room.call()
    assert not room.react("✅")
    room.approvals.shown(MESSAGE, "something else")
    assert not room.react("✅")
    room.show()
    room.approvals.shown(MESSAGE, "it is not seen any more")
    assert not room.react("✅")
    room.show()
    assert room.react("✅")
    assert await answer


async def test_a_reaction_decides_what_was_seen_when_it_came_and_the_rest_waits_behind() -> None:
    room = Room()
    answers = [await room.call(str(number)) for number in range(10)]
    decided: list[bool] = []
    for keys in ("✅", "👎", "✅", "👍"):
        assert len(room.asked) <= len(decided) + AT_ONCE
        assert room.react(keys)
        await settled()
        decided = [answer.result() for answer in answers if answer.done()]
    assert decided == [True, False, False, False, True, True, True, True, True, True]


async def test_calls_of_one_step_are_asked_together_and_each_time_with_other_keys() -> None:
    room = Room()
    answers = asyncio.gather(*(room.approvals(str(number), room.ask) for number in range(30)))
    seen: list[str] = []
    for keys in ("✅ or ❌", "👍 or 👎", "☑ or 🚫", "✔ or ✖", "✅ or ❌"):
        await settled()
        assert [question.split()[0] for question in room.asked[-3:]] == [
            str(number) for number in range(len(seen), len(seen) + 3)
        ]
        assert all(f"waiting for {keys} from" in question for question in room.asked[-3:])
        seen += room.asked[-3:]
        room.react(keys[0])
    answers.cancel()
    await asyncio.wait([answers])


async def test_large_calls_are_asked_one_by_one() -> None:
    room = Room()
    calls = [*(str(number) + "x" * 2_000 for number in range(3)), "short"]
    answers = [asyncio.ensure_future(room.approvals(call, room.ask)) for call in calls]
    await settled()
    for count in (2, 4):
        assert len(room.asked) == count
        room.react("✅")
        await settled()
    assert all(answer.result() for answer in answers)


async def test_a_question_whose_call_was_given_up_is_not_asked_any_more() -> None:
    room = Room()
    answers = [await room.call(str(number)) for number in range(5)]
    for answer in (*answers[:3], answers[4]):
        answer.cancel()
    await settled()
    assert [question.split()[0] for question in room.asked] == ["0", "1", "2", "3"]
    room.react("✅")
    assert await answers[3]


@virtual_time
async def test_no_answer_in_two_minutes_is_a_no_also_for_those_behind() -> None:
    room = Room()
    loop = asyncio.get_running_loop()
    answers = [room.approvals(str(number), room.ask) for number in range(10)]
    assert await asyncio.gather(*answers) == [False] * 10
    assert loop.time() == PATIENCE == 120
    assert len(room.asked) == AT_ONCE


@virtual_time
async def test_the_time_begins_when_the_room_sees_the_question() -> None:
    room = Room(shows=False)
    answer = await room.call()
    await asyncio.sleep(100)
    room.show()
    await asyncio.sleep(100)
    assert not answer.done()
    assert not await answer
    assert asyncio.get_running_loop().time() == 220


@virtual_time
async def test_a_yes_that_comes_too_late_is_none_to_the_next_question() -> None:
    room = Room()
    assert not await (await room.call("first"))
    answer = await room.call("second")
    assert "waiting for 👍 or 👎" in room.asked[-1]
    assert not room.react("✅")
    assert room.react("👍")
    assert await answer


@virtual_time
async def test_nor_is_one_to_what_was_asked_before_a_restart() -> None:
    room = Room()
    room.approvals = Approvals(ASKER, rounds=1)
    answer = await room.call()
    assert "waiting for 👍 or 👎" in room.asked[0]
    assert not room.react("✅")
    assert room.react("👍")
    assert await answer


@pytest.mark.slow
async def test_the_call_waits_in_the_message_and_is_made_after_the_yes() -> None:
    seen, _ = await decided("always", "✅")
    asked = (
        "`odd__echo` would be called with exactly this:\n\n"
        '```\n{\n  "text": "hi"\n}\n```\n\n'
        f"waiting for ✅ or ❌ from {ASKER}"
    )
    assert seen == [
        TaskUpdate("1", "odd: Echo", "in_progress", "`text: hi`"),
        TaskUpdate("1", "", "pending"),
        TaskUpdate("1", "", "pending", "", question=asked),
        TaskUpdate("1", "", "in_progress", "`text: hi`"),
        TaskUpdate("1", "odd: Echo", "complete", output="`hi`"),
    ]


@pytest.mark.slow
async def test_a_refused_call_is_not_made_and_the_model_is_told() -> None:
    seen, provider = await decided(("echo",), "❌")
    assert seen[-1].status == "error"
    assert "did not approve" in (seen[-1].output or "")
    assert "did not approve" in provider.requests[1].messages[-1].text


@pytest.mark.slow
async def test_what_cannot_be_shown_whole_is_refused_without_a_question() -> None:
    seen, provider = await decided("always", "✅", text="x" * 10_000)
    assert [update.question for update in seen] == [""] * len(seen)
    assert seen[-1].status == "error"
    assert "too long to be shown" in provider.requests[1].messages[-1].text


@pytest.mark.slow
async def test_tools_that_are_not_listed_need_no_yes() -> None:
    seen, _ = await decided(("hang", "die"), "nothing is asked")
    assert "pending" not in [update.status for update in seen]


async def decided(
    approve: tuple[str, ...] | Literal["always"], key: str, text: str = "hi"
) -> tuple[list[TaskUpdate], Scripted]:
    """The tasks of an answer whose one call the asker answers with `key`."""
    servers = Servers({"odd": replace(STDIO, approve=approve)})
    provider = Scripted(
        [ToolCall("1", "odd__echo", json.dumps({"text": text})), Finish("tool_calls")],
        [Text("Done."), Finish()],
    )
    approvals = Approvals(ASKER)
    updates = []
    try:
        async for chunk in run(
            provider,
            Request([Message("user", "Say hi.")]),
            Toolbox(["odd"], servers),
            max_steps=8,
            approve=approvals,
        ):
            if isinstance(chunk, TaskUpdate):
                updates.append(chunk)
                if chunk.question:
                    approvals.shown(MESSAGE, f"- ⬜ odd: Echo\n  {chunk.question}")
                    approvals.decide(ASKER, MESSAGE, key)
    finally:
        await servers.close()
    return updates, provider


async def test_what_a_platform_would_cut_is_not_asked_at_all() -> None:
    room = Room()
    room.approvals.longest_text = 2_000
    with pytest.raises(ToolError, match="too long to be shown"):
        await room.approvals("x" * 900, room.ask)
    first = await room.call("y" * 500)
    second = await room.call("z" * 500)
    assert len(room.asked) == 1
    assert room.react("✅")
    await settled()
    assert len(room.asked) == 2
    assert room.react("👍")
    assert await first
    assert await second
