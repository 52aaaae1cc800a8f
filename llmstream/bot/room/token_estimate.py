"""How many tokens a text is, roughly.

For budgets where a provider does not count, and to bound what is given unasked; never for fitting
a model's context.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from ...messages import Message, Tool

_PER_ASCII = 1 / 4  # English and code: about four characters to a token
_PER_WIDE = 1 / 1.5  # Chinese, Japanese, Korean, emoji
_PER_OTHER = 1 / 2.5  # other scripts, letters with accents
_WIDE = re.compile("[\u2e80-\U0010ffff]+")  # from the first of the CJK blocks on
_IMAGE = 1_000  # a picture of the usual size, at OpenAI and Anthropic alike


def estimate_tokens(text: str) -> int:
    """About how many tokens a text is; at least 1 where there is any."""
    plain = len(text.encode("ascii", "ignore"))
    wide = 0 if text.isascii() else len(text) - len(_WIDE.sub("", text))
    other = len(text) - plain - wide
    return -int(-(plain * _PER_ASCII + wide * _PER_WIDE + other * _PER_OTHER) // 1)


def estimate_request(messages: Iterable[Message], tools: Iterable[Tool] = ()) -> int:
    """About how many tokens a model has to read: what was said, the pictures, and the tools."""
    texts = [f"{tool.name} {tool.description} {json.dumps(tool.parameters)}" for tool in tools]
    images = 0
    for message in messages:
        texts += [message.text, *(call.name + call.arguments for call in message.tool_calls)]
        images += len(message.images)
    return sum(map(estimate_tokens, texts)) + images * _IMAGE
