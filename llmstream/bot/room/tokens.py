"""How many tokens a text is, roughly, and what tokens cost.

For budgets and footers where a provider does not count, never for fitting a model's context.
"""

from __future__ import annotations

from ...chunks import Usage
from ..config import ProviderSettings

_PER_ASCII = 1 / 4  # English and code: about four characters to a token
_PER_WIDE = 1 / 1.5  # Chinese, Japanese, Korean, emoji
_PER_OTHER = 1 / 2.5  # other scripts, letters with accents
_WIDE_FROM = 0x2E80  # the first of the CJK blocks


def estimate_tokens(text: str) -> int:
    """About how many tokens a text is; at least 1 where there is any."""
    plain = sum(character.isascii() for character in text)
    wide = sum(ord(character) >= _WIDE_FROM for character in text)
    other = len(text) - plain - wide
    return -int(-(plain * _PER_ASCII + wide * _PER_WIDE + other * _PER_OTHER) // 1)


def cost(usage: Usage, provider: ProviderSettings) -> float | None:
    """What the tokens cost by the provider's prices; None where it has none or nothing is known.

    Reasoning is a part of the output, as all providers count.
    """
    parts = [
        tokens * price / 1_000_000
        for tokens, price in ((usage.input, provider.price_in), (usage.output, provider.price_out))
        if tokens is not None and price is not None
    ]
    return sum(parts) if parts else None
