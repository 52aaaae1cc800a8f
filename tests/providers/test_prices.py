from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from llmstream.chunks import Usage
from llmstream.providers import Settings
from llmstream.providers.prices import prices_of

MILLION = Usage(1_000_000, 1_000_000)


async def cost(model: str, usage: Usage, **settings: Any) -> Decimal | None:
    prices = await prices_of(Settings("work", **{"type": "openai", **settings}), model)
    return prices.priced(usage).charged


async def test_the_configuration_comes_first():
    own: dict[str, Any] = {"price_in": Decimal("0.1"), "price_out": Decimal("0.2")}
    assert await cost("gpt-5-mini", MILLION, **own) == Decimal("0.3")
    assert await cost("gpt-5-mini", Usage(1, 1, charged=Decimal(9)), **own) == Decimal("3E-7")


async def test_what_the_provider_has_charged_comes_before_the_table():
    assert await cost("gpt-5-mini", Usage(1, 1, charged=Decimal("0.5"))) == Decimal("0.5")


async def test_the_table_knows_models_by_name_and_providers_by_address():
    assert await cost("gpt-5-mini", MILLION) == Decimal("2.25")
    sonnet = await cost("claude-sonnet-4-5", Usage(1000, 1000), type="anthropic")
    assert sonnet == Decimal("0.018")
    assert await cost("gpt-5-mini", MILLION, base_url="http://localhost:8080/v1") is None
    assert await cost("llama3.2", MILLION, type="ollama") is None
    assert await cost("tour", MILLION, type="demo") is None


async def test_cached_tokens_cost_what_the_table_says():
    plain = await cost("gpt-5-mini", Usage(1000, 0))
    cached = await cost("gpt-5-mini", Usage(1000, 0, cache_read=1000))
    assert plain is not None
    assert cached == plain / 10


@pytest.mark.parametrize("cache_read", [0, 5, 10**9])
async def test_no_count_of_a_server_breaks_the_price(cache_read: int):
    assert await cost("gpt-5-mini", Usage(5, 5, cache_read=cache_read, cache_write=7)) is not None


async def test_without_numbers_there_is_no_cost():
    assert await cost("gpt-5-mini", Usage()) is None
