"""How many tokens a text is, roughly.

For budgets where a provider does not count, never for fitting a model's context.
"""

from __future__ import annotations

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
