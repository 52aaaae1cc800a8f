"""Calls that need a yes: the asker's reaction decides, nobody else's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Literal

import pytest

from llmstream.bot.tools import Approvals, Servers, Toolbox, run
from llmstream.chunks import Finish, TaskUpdate, Text, ToolCall
from llmstream.messages import Message
from llmstream.providers import Request
from tests.virtual_time import virtual_time

from .conftest import STDIO
from .scripted import Scripted

ASKER = "@ann:example.org"
CALL = ToolCall("1", "delete", "{}")


@pytest.mark.parametrize(
    ("key", "approved"), [("✅", True), ("✔", True), ("👍", True), ("❌", False), ("👎", False)]
)
async def test_the_askers_reaction_decides(key: str, approved: bool) -> None:
    approvals = Approvals(ASKER)
    answer = asyncio.create_task(approvals(CALL, "files: delete"))
    await asyncio.sleep(0)
    assert [*approvals.titles] == ["files: delete"]
    assert approvals.decide(ASKER, key)
    assert await answer is approved
    assert [*approvals.titles] == []


@pytest.mark.parametrize(("person", "key"), [("@bob:example.org", "✅"), (ASKER, "🎉")])
async def test_nobody_else_and_no_other_reaction_decides(person: str, key: str) -> None:
    approvals = Approvals(ASKER)
    answer = asyncio.create_task(approvals(CALL, "files: delete"))
    await asyncio.sleep(0)
    assert not approvals.decide(person, key)
    assert not answer.done()
    answer.cancel()


async def test_a_reaction_without_a_question_is_not_ours() -> None:
    assert not Approvals(ASKER).decide(ASKER, "✅")


async def test_one_reaction_decides_all_calls_that_are_open_and_none_that_come_later() -> None:
    approvals = Approvals(ASKER)
    answers = [asyncio.create_task(approvals(CALL, str(n))) for n in range(3)]
    await asyncio.sleep(0)
    approvals.decide(ASKER, "✅")
    assert await asyncio.gather(*answers) == [True] * 3
    later = asyncio.create_task(approvals(CALL, "later"))
    await asyncio.sleep(0)
    assert not later.done()
    later.cancel()


@virtual_time
async def test_no_answer_in_two_minutes_is_a_no() -> None:
    assert not await Approvals(ASKER)(CALL, "files: delete")
    assert asyncio.get_running_loop().time() == 120


@pytest.mark.slow
async def test_the_call_waits_in_the_message_and_is_made_after_the_yes() -> None:
    seen, _ = await decided("always", "✅")
    waiting = TaskUpdate(
        "1", "odd: Echo", "pending", f"`text: hi` · waiting for ✅ or ❌ from {ASKER}"
    )
    assert seen[1:4] == [
        waiting,
        TaskUpdate("1", "odd: Echo", "in_progress", "`text: hi`"),
        TaskUpdate("1", "odd: Echo", "complete", output="`hi`"),
    ]


@pytest.mark.slow
async def test_a_refused_call_is_not_made_and_the_model_is_told() -> None:
    seen, provider = await decided(("echo",), "❌")
    assert seen[-1].status == "error"
    assert "did not approve" in (seen[-1].output or "")
    assert "did not approve" in provider.requests[1].messages[-1].text


@pytest.mark.slow
async def test_tools_that_are_not_listed_need_no_yes() -> None:
    seen, _ = await decided(("hang", "die"), "nothing is asked")
    assert "pending" not in [update.status for update in seen]


async def decided(
    approve: tuple[str, ...] | Literal["always", "never"], key: str
) -> tuple[list[TaskUpdate], Scripted]:
    """The tasks of an answer whose one call the asker answers with `key`."""
    servers = Servers({"odd": replace(STDIO, approve=approve)})
    provider = Scripted(
        [ToolCall("1", "odd__echo", '{"text": "hi"}'), Finish("tool_calls")],
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
                if chunk.status == "pending":
                    approvals.decide(ASKER, key)
    finally:
        await servers.close()
    return updates, provider
