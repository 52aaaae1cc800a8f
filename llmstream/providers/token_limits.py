"""How many tokens a refusal of `max_tokens` would have allowed, read from its words."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAMED = re.compile(
    r"max_(completion_|new_|output_)?tokens|completion tokens|output tokens|in the (completion"
    r"|output)|for the completion",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d[\d,_]*")
# Claude: "max_tokens: 16000 > 8192"; vLLM: "8000 > 4096 - 12"; Claude: "199000 + 8000 > 200000"
_GREATER = re.compile(r"(\d+)\s*>\s*(\d+)\s*-\s*(\d+)")
_SUM = re.compile(r"(\d+)\s*\+\s*(\d+)\s*>\s*(\d+)")
_CONTEXT = re.compile(r"context (?:length|window|limit|size)[^\d]{0,30}(\d+)", re.IGNORECASE)
_INPUT = re.compile(
    r"(\d+)[^\d.]{0,12}(?:input tokens|tokens from the input|in the messages|in your prompt"
    r"|of text input|prompt tokens|in the prompt)",
    re.IGNORECASE,
)
_LEAST = 16
"""With less room than this an answer is not worth asking for: the conversation is too long."""
_WORTH_GUESSING = 1024


@dataclass(frozen=True, slots=True)
class TokenLimit:
    """What `max_tokens` may be. `of_model`: for every question, not just beside this one."""

    tokens: int
    of_model: bool


def fewer_tokens(said: str, sent: int) -> TokenLimit | None:
    """What is allowed instead of the `sent` tokens; None where the refusal is not about them."""
    said = _NUMBER.sub(lambda number: re.sub("[,_]", "", number[0].rstrip(",_")), said[:4000])
    if not sent or not (_NAMED.search(said) and str(sent) in said):
        return None
    beside = _beside_the_question(said)
    if beside is not None:
        return TokenLimit(beside, of_model=False) if _LEAST <= beside < sent else None
    numbers = [int(number) for number in _NUMBER.findall(said) if len(number) < 10]
    smaller = [number for number in numbers if _LEAST <= number < sent]
    if not smaller:
        return TokenLimit(sent // 4, of_model=False) if sent >= _WORTH_GUESSING else None
    context = _CONTEXT.search(said)
    if context:  # how long the question is, it does not say
        return TokenLimit(min(int(context[1]), sent) // 2, of_model=False)
    return TokenLimit(max(smaller), of_model=True)


def _beside_the_question(said: str) -> int | None:
    """What the context has left beside the question; None where nothing is said of that."""
    if found := _SUM.search(said):
        return int(found[3]) - int(found[1])
    if found := _GREATER.search(said):
        return int(found[2]) - int(found[3])
    context, question = _CONTEXT.search(said), _INPUT.search(said)
    return int(context[1]) - int(question[1]) if context and question else None
