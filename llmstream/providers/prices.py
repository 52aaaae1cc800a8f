"""What tokens cost: by the admin's own prices, else as the provider has charged, else by the table
of the package `genai-prices`, where that is installed.

All in US dollars. The table knows providers by their addresses, and models by their names: one at
an address of your own has no price unless the configuration says it. How much may be spent is the
bot's to say (bot/room/allowances.py).
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ..chunks import Usage
from .base import Settings
from .registry import TYPES

log = logging.getLogger(__name__)

PACKAGE = "genai_prices"
_SAMPLE = Usage(1, 1)


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one model at one provider. `table` is the package; None where it is not."""

    settings: Settings
    model: str
    table: Any = None

    @property
    def known(self) -> bool:
        """Whether tokens have a price before they are used."""
        return self.priced(_SAMPLE).charged is not None

    def priced(self, usage: Usage) -> Usage:
        """The same tokens with what they cost; None where that is not known."""
        own = self.settings.price_in, self.settings.price_out
        if own != (None, None) or usage.charged is not None:
            return replace(usage, charged=usage.cost(*own))
        return replace(usage, charged=self._listed(usage))

    def _listed(self, usage: Usage) -> Decimal | None:
        """By the table, which has prices of its own for long prompts and for cached tokens."""
        address = self.settings.base_url or TYPES[self.settings.type].default_url
        if not (self.table and self.model and address) or usage.input is usage.output is None:
            return None
        read = min(usage.cache_read or 0, usage.input or 0)
        tokens = {
            "input_tokens": usage.input or 0,
            "output_tokens": usage.output or 0,
            "cache_read_tokens": read,
            "cache_write_tokens": min(usage.cache_write or 0, (usage.input or 0) - read),
        }
        try:
            counted = self.table.Usage(**tokens)
            found = self.table.calc_price(counted, self.model, provider_api_url=address)
        except LookupError:
            return None
        except Exception:
            log.debug("The price of %s is not known", self.model, exc_info=True)
            return None
        total: Decimal = found.total_price
        return total


async def prices_of(settings: Settings, model: str) -> Prices:
    """The prices of this model. The first call takes up to a second, off the event loop."""

    def found() -> Prices:
        try:
            table = importlib.import_module(PACKAGE)
        except Exception:  # also where what it needs is there in another version
            log.debug("There is no table of prices", exc_info=True)
            return Prices(settings, model)
        prices = Prices(settings, model, table)
        prices.priced(_SAMPLE)  # the first time, the table reads itself
        return prices

    return await asyncio.to_thread(found)
