"""Plans, as a room sees them."""

from __future__ import annotations

import asyncio

import pytest

from llmstream.matrix.sending.outcome import SendError
from llmstream.plan import Plan
from llmstream.post import post
from tests.faults import FORBIDDEN
from tests.homeserver import Homeserver
from tests.posting import ANSWER, LIVE, ROOM, frames
from tests.virtual_time import virtual_time


def last(homeserver: Homeserver) -> str:
    return frames(homeserver)[-1].body


@virtual_time
async def test_a_plan_is_one_message_that_follows_the_work(homeserver: Homeserver) -> None:
    plan = Plan("Researching…")
    posted = await post(homeserver.client(), ROOM, plan)
    assert last(homeserver) == "**Researching…**"
    await plan.add_task("Look up the record", ["in the archive", "in the cellar"])
    await asyncio.sleep(1)
    assert last(homeserver) == (
        "**Researching…**\n\n- ⏳ Look up the record\n  - in the archive\n  - in the cellar"
    )
    await plan.update_task("3 matches")
    await plan.add_task("Read them", "all three")
    await asyncio.sleep(1)
    assert "- ✅ Look up the record" in last(homeserver)
    assert "→ 3 matches\n- ⏳ Read them\n  all three" in last(homeserver)
    await plan.complete("Done")
    final = frames(homeserver)[-1]
    assert final.body.startswith("**Done**\n\n- ✅ Look up")
    assert "⏳" not in final.body
    assert LIVE not in final.content
    assert final.content[ANSWER]["status"] == "complete"
    assert [event.event_id for event in homeserver.messages(ROOM)] == list(posted.event_ids)


@virtual_time
async def test_a_thousand_updates_in_a_second_are_three_edits_at_most(
    homeserver: Homeserver,
) -> None:
    plan = Plan("Counting…")
    await post(homeserver.client(), ROOM, plan)
    await plan.add_task("Count")
    before = len(homeserver.events)
    for number in range(1_000):
        await plan.update_task(f"{number}")
        await asyncio.sleep(0.001)
    await asyncio.sleep(0)
    assert len(homeserver.events) - before <= 3
    await plan.complete()
    assert "→ 999" in last(homeserver)


@virtual_time
async def test_before_it_is_posted_the_same_calls_fill_it(homeserver: Homeserver) -> None:
    plan = Plan("Researching…")
    await plan.add_task("Look")
    await plan.update_task("found")
    await plan.add_task("Read")
    await post(homeserver.client(), ROOM, plan)
    assert last(homeserver) == "**Researching…**\n\n- ✅ Look\n  → found\n- ⏳ Read"


@virtual_time
async def test_a_plan_that_is_complete_before_it_is_posted_is_posted_finished(
    homeserver: Homeserver,
) -> None:
    plan = Plan("Researching…")
    await plan.add_task("Look")
    await plan.complete("Done")
    await post(homeserver.client(), ROOM, plan)
    final = frames(homeserver)[-1]
    assert final.body == "**Done**\n\n- ✅ Look"
    assert LIVE not in final.content


@virtual_time
async def test_an_update_changes_what_it_names_and_nothing_else(homeserver: Homeserver) -> None:
    plan = Plan("P")
    first = await plan.add_task("First")
    await plan.add_task("Second")
    assert await plan.update_task("out", id=first)
    assert await plan.update_task(status="error")
    assert await plan.update_task(title="The last")
    assert not await plan.update_task("out", id="unknown")
    tasks = [(task.title, task.status, task.output) for task in plan.document.tasks]
    assert tasks == [("First", "complete", "out"), ("The last", "error", "")]


async def test_a_plan_without_tasks_has_nothing_to_update() -> None:
    assert not await Plan("P").update_task("out")


async def test_a_status_that_is_none_is_refused() -> None:
    plan = Plan("P")
    await plan.add_task("First")
    with pytest.raises(ValueError, match="not 'done'"):
        await plan.update_task(status="done")  # type: ignore[arg-type]


@virtual_time
async def test_calls_after_the_end_change_nothing(homeserver: Homeserver) -> None:
    plan = Plan("P")
    await post(homeserver.client(), ROOM, plan)
    await plan.add_task("First")
    await plan.complete("Done")
    sent = len(homeserver.events)
    await plan.add_task("Late")
    await plan.update_task("late")
    await plan.complete("Later")
    await asyncio.sleep(60)
    assert len(homeserver.events) == sent
    assert last(homeserver) == "**Done**\n\n- ✅ First"


@virtual_time
async def test_reset_begins_anew_in_the_same_message_also_after_the_end(
    homeserver: Homeserver,
) -> None:
    plan = Plan("P")
    await post(homeserver.client(), ROOM, plan)
    await plan.add_task("First")
    await plan.reset("Again")
    await plan.add_task("Second")
    await plan.complete()
    assert last(homeserver) == "**Again**\n\n- ✅ Second"
    await plan.reset("And again")
    await plan.add_task("Third")
    await asyncio.sleep(1)
    assert last(homeserver) == "**And again**\n\n- ⏳ Third"
    await plan.complete()
    assert last(homeserver) == "**And again**\n\n- ✅ Third"
    assert len(homeserver.messages(ROOM)) == 1


@virtual_time
async def test_calls_from_many_tasks_at_once_are_all_there(homeserver: Homeserver) -> None:
    plan = Plan("P")
    await post(homeserver.client(), ROOM, plan)
    ids = await asyncio.gather(*(plan.add_task(f"Task {number}") for number in range(20)))
    await asyncio.gather(*(plan.update_task(f"out {id}", id=id) for id in ids))
    await asyncio.gather(plan.complete(), plan.complete(), plan.update_task("late"))
    final = frames(homeserver)[-1]
    assert len(set(ids)) == 20
    assert all(f"Task {number}" in final.body for number in range(20))
    assert "late" not in final.html
    assert LIVE not in final.content


@virtual_time
async def test_a_room_that_does_not_take_it_is_told_to_the_caller_once(
    homeserver: Homeserver,
) -> None:
    client, plan = homeserver.client(), Plan("P")
    homeserver.order([FORBIDDEN])
    with pytest.raises(SendError):
        await post(client, ROOM, plan)
    await plan.add_task("Only filled")
    await post(client, ROOM, plan)
    homeserver.order([FORBIDDEN] * 3)
    await plan.update_task("first")
    await asyncio.sleep(2)
    with pytest.raises(SendError):
        await plan.update_task("second")
    await plan.update_task("third")
    await plan.complete()
    await asyncio.sleep(60)
    assert len(homeserver.attempts) == 3


@virtual_time
async def test_a_final_that_is_refused_is_told_to_the_caller(homeserver: Homeserver) -> None:
    plan = Plan("P")
    await post(homeserver.client(), ROOM, plan)
    homeserver.order([FORBIDDEN])
    with pytest.raises(SendError):
        await plan.complete("Done")


@virtual_time
async def test_a_plan_completed_while_it_is_posted_hangs_nobody(homeserver: Homeserver) -> None:
    plan = Plan("P")
    homeserver.order([FORBIDDEN])
    posting = asyncio.create_task(post(homeserver.client(), ROOM, plan))
    await asyncio.sleep(0)
    results = await asyncio.gather(posting, plan.complete(), return_exceptions=True)
    assert isinstance(results[0], SendError)


@virtual_time
async def test_a_plan_is_in_one_room_at_a_time(homeserver: Homeserver) -> None:
    client, plan = homeserver.client(), Plan("P")
    await post(client, ROOM, plan)
    with pytest.raises(ValueError, match="in a room already"):
        await post(client, ROOM, plan)
    await plan.complete()
    assert len(homeserver.messages(ROOM)) == 1
    assert last(homeserver) == "**P**"


@virtual_time
async def test_work_that_raises_leaves_no_message_open(homeserver: Homeserver) -> None:
    plan = Plan("Deploying…")
    await post(homeserver.client(), ROOM, plan)

    async def work() -> None:
        async with plan:
            await plan.add_task("Build")
            await plan.add_task("Upload")
            raise RuntimeError("no disk")

    with pytest.raises(RuntimeError):
        await work()
    final = frames(homeserver)[-1]
    assert final.body == "**Deploying…**\n\n- ✅ Build\n- ❌ Upload"
    assert final.content[ANSWER]["status"] == "failed"
    assert LIVE not in final.content


@virtual_time
async def test_work_that_is_cancelled_leaves_no_message_open(homeserver: Homeserver) -> None:
    plan = Plan("Deploying…")
    await post(homeserver.client(), ROOM, plan)

    async def work() -> None:
        async with plan:
            await plan.add_task("Build")
            await asyncio.sleep(3600)

    task = asyncio.create_task(work())
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    final = frames(homeserver)[-1]
    assert final.content[ANSWER]["status"] == "stopped"
    assert final.body.endswith("❌ Build")


@virtual_time
async def test_work_that_ends_well_completes_the_plan(homeserver: Homeserver) -> None:
    plan = Plan("Deploying…")
    await post(homeserver.client(), ROOM, plan)
    async with plan:
        await plan.add_task("Build")
        await plan.complete("Deployed")
    assert last(homeserver) == "**Deployed**\n\n- ✅ Build"
    assert len(homeserver.events) <= 3


@virtual_time
async def test_cancelling_the_post_of_a_plan_finishes_it(homeserver: Homeserver) -> None:
    plan = Plan("P")
    task = asyncio.create_task(post(homeserver.client(), ROOM, plan))
    await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert frames(homeserver)[-1].content[ANSWER]["status"] == "stopped"
    await plan.add_task("Late")
    await asyncio.sleep(60)
    assert "Late" not in last(homeserver)
