"""What counts of the requests to a model: all that were sent, however they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from llmstream.bot.answering.metered import Metered
from llmstream.bot.config import Limits
from llmstream.bot.room.limits import Asking, Gate
from llmstream.bot.store import Store, Total
from llmstream.messages import Image, Message, Tool
from llmstream.providers import Request, Settings, connect
from llmstream.providers.errors import ProviderError

from ...bed.models import Call, ModelServer, Reply
from ..store.database import database

QUESTION = "Why is the sky blue? " * 40  # 840 characters: 210 tokens
REQUEST = Request([Message("user", QUESTION)])


@dataclass
class Meter:
    """One admitted question to a real server, and what stands in the database of it."""

    provider: Metered
    models: ModelServer
    store: Store
    stack: AsyncExitStack

    async def ask(self, request: Request = REQUEST) -> None:
        async with aclosing(self.provider.stream(request)) as chunks:
            async for _ in chunks:
                pass

    async def end(self) -> Total:
        await self.stack.aclose()
        return await self.store.usage.total(0)


@pytest.fixture
async def meter() -> AsyncIterator[Meter]:
    async with _meter() as meter:
        yield meter


@asynccontextmanager
async def _meter() -> AsyncIterator[Meter]:
    async with AsyncExitStack() as stack:
        models = await stack.enter_async_context(ModelServer())
        settings = Settings("work", "openai", model="small", base_url=models.url_for("openai"))
        provider = connect(settings)
        stack.push_async_callback(provider.close)
        store = Store(await stack.enter_async_context(database()))
        asking = Asking("@ann:x", "!a:x", settings, "small", 210)
        answer = await stack.enter_async_context(AsyncExitStack())
        admission = await answer.enter_async_context(Gate(store.usage).admit(Limits(), asking))
        yield Meter(Metered(provider, admission), models, store, answer)


def counts(total: Total) -> tuple[int, int, int, int]:
    return total.answers, total.unsettled, total.input_tokens, total.output_tokens


async def test_what_the_provider_reports_counts(meter: Meter):
    meter.models.script(Reply("Yes.", usage=(11, 7)))
    await meter.ask()
    assert counts(await meter.end()) == (1, 0, 11, 7)


@pytest.mark.parametrize("usage", [None, (0, 0)], ids=["nothing", "zeros"])
async def test_what_it_does_not_report_is_estimated(meter: Meter, usage: Any):
    meter.models.script(Reply("Forty characters, and not a single more.", usage=usage))
    await meter.ask()
    assert counts(await meter.end()) == (1, 0, 210, 10)


async def test_a_request_that_is_stopped_before_its_first_word_counts(meter: Meter):
    meter.models.script(Reply("Never said.", hold_after=0))
    asking = asyncio.create_task(meter.ask())
    await meter.models.next_request()
    asking.cancel()
    await asyncio.wait([asking])
    assert counts(await meter.end()) == (1, 0, 210, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "reply",
    [
        Reply("Lost.", cut_after=0),
        Reply(hang_up=True),
        Reply(status=500, body={"error": {"message": "The model fell over"}}),
        Reply("Stalled.", stall_after=0),
    ],
    ids=["cut", "hung up", "failed", "stalled"],
)
async def test_a_request_that_fails_before_its_first_word_counts(meter: Meter, reply: Reply):
    meter.models.otherwise = reply
    with pytest.raises(ProviderError):
        await meter.ask(Request(REQUEST.messages, idle_timeout=0.2))
    assert counts(await meter.end()) == (1, 0, 210, 0)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 503])
async def test_a_request_that_the_server_turns_away_costs_nothing(meter: Meter, status: int):
    meter.models.otherwise = Reply(
        status=status, body={"error": {"message": "no"}}, headers={"Retry-After": "3600"}
    )
    with pytest.raises(ProviderError):
        await meter.ask()
    assert counts(await meter.end()) == (0, 0, 0, 0)


async def test_a_server_that_is_not_there_costs_nothing(
    meter: Meter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("llmstream.providers.attempts._BACKOFF", (0.0, 0.0))
    await meter.models.__aexit__(None, None, None)
    with pytest.raises(ProviderError):
        await meter.ask()
    assert counts(await meter.end()) == (0, 0, 0, 0)


async def test_every_step_with_tools_counts_also_without_words(meter: Meter):
    call = Call("look", {"at": "x" * 70})  # 4 characters of name and 80 of arguments: 21 tokens
    meter.models.otherwise = Reply("", calls=[call], usage=None)
    tool = Tool("look", "Look.", {"type": "object"})  # 29 characters: 8 tokens
    for _ in range(3):
        await meter.ask(Request(REQUEST.messages, tools=[tool]))
    assert counts(await meter.end()) == (1, 0, 3 * 218, 3 * 21)


async def test_pictures_count(meter: Meter):
    meter.models.script(Reply("Nice.", usage=None))
    picture = Image("image/png", b"\x89PNG")
    await meter.ask(Request([Message("user", "look", images=(picture,))]))
    assert (await meter.end()).input_tokens == 1001


async def test_what_is_being_sent_counts_already(meter: Meter):
    meter.models.script(Reply("Never said.", hold_after=0))
    asking = asyncio.create_task(meter.ask())
    await meter.models.next_request()
    assert counts(await meter.store.usage.total(0)) == (1, 1, 210, 1000)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
