"""A conversation cut to what a model can take: always at the beginning, always whole turns.

A turn is what a person says and what comes of it. The system prompt and the last turn, which is
the question, are never cut. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from ...messages import Message

PICTURE = 4_000
"""What a picture counts, in characters of text: models charge some 1,000 tokens for one."""


def without_oldest_turns(messages: Sequence[Message]) -> list[Message]:
    """The conversation without its older half, for a model that refused it as too long.

    It is as long as before where nothing but the question was left.
    """
    return within(messages, sum(map(_size, _split(messages)[1])) // 2)


def within(messages: Sequence[Message], characters: int) -> list[Message]:
    """The newest turns of no more than so many characters together; the question in any case."""
    system, turns = _split(messages)
    kept = turns[-1:]
    left = characters - sum(map(_size, kept))
    for turn in reversed(turns[:-1]):
        left -= _size(turn)
        if left < 0:
            break
        kept.append(turn)
    return [*system, *chain.from_iterable(reversed(kept))]


def _split(messages: Sequence[Message]) -> tuple[list[Message], list[list[Message]]]:
    """System prompt, and turns."""
    system: list[Message] = []
    turns: list[list[Message]] = []
    for message in messages:
        if message.role == "system":
            system.append(message)
        elif message.role == "user" or not turns:
            turns.append([message])
        else:
            turns[-1].append(message)
    return system, turns


def _size(turn: Sequence[Message]) -> int:
    return sum(len(message.text) + PICTURE * len(message.images) for message in turn)
