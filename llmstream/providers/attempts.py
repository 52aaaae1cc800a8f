"""One question, asked until it is answered: the only place that asks again.

Before the first visible word a busy server or a lost connection is tried again, and what a server
will not take is left out; after it never, because the words are in the room already. It knows no
wire format.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from ..chunks import Chunk, TaskUpdate, Waiting, begins
from .base import Request
from .errors import Busy, NotReachable, ProviderError, TooLong, ToolsUnsupported
from .explain import LONGEST_WAIT, Asked, cut_off, error_for, stalled, tools_unsupported
from .failures import Failure, Kind, failure_of
from .refusals import Feature, Learned, Refusals, Terms

_BACKOFF = (1.0, 3.0)  # seconds before the second and the third try, where the server names none


class AskOnce(Protocol):
    """One request on the wire, its answer as chunks ending with `Finish`."""

    def __call__(self, request: Request, terms: Terms, /) -> AsyncGenerator[Chunk, None]: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """How to ask, and how many `max_tokens` a request asks for."""

    once: AskOnce
    tokens_sent: Callable[[Request, Terms], int]


async def attempts(
    ask: Ask, request: Request, asked: Asked, refusals: Refusals
) -> AsyncGenerator[Chunk, None]:
    """The answer's chunks, with a `Waiting` before each new try.

    What had to be left out is told the asker when it is refused, and pictures whenever the
    question has some.

    Raises:
        ProviderError: What remains after the tries.
    """
    tries = _Tries(ask, request, asked, refusals)
    if known := tries.before():
        yield known
    while True:
        begun = False
        try:
            async with aclosing(ask.once(request, tries.terms)) as chunks:
                async for chunk in chunks:
                    begun = begun or begins(chunk)
                    yield chunk
            return
        except ProviderError:
            raise
        except TimeoutError as error:
            raise stalled(asked, request.idle_timeout) from error
        except Exception as error:
            failure = failure_of(error)
            if failure is None:
                raise
            problem = cut_off(failure, asked) if begun else error_for(failure, asked)
            again = None if begun else tries.after(failure, problem)
            if again is None:
                raise problem from error
        if again.said:
            yield again.said
        await asyncio.sleep(again.wait)


@dataclass(frozen=True, slots=True)
class _Again:
    """Asking once more: after so many seconds, with this said before."""

    wait: float
    said: Chunk | None


class _Tries:
    """What the tries of one question have shown so far: the terms of the next, and how many are
    left.
    """

    def __init__(self, ask: Ask, request: Request, asked: Asked, refusals: Refusals) -> None:
        self.terms = refusals.of(request.model)
        self._ask = ask
        self._request = request
        self._asked = asked
        self._refusals = refusals
        self._waits = iter(_BACKOFF)
        self._used = False

    def before(self) -> Chunk | None:
        """What is known already that the asker should hear.

        Raises:
            ToolsUnsupported: The model cannot use the tools of this question.
        """
        without, request = self.terms.without, self._request
        if Feature.TOOLS in without and request.tools:
            raise tools_unsupported(self._asked)
        if Feature.PICTURES in without and _is_about_pictures(request):
            return left_out(f"{shown(request.model)} cannot see pictures: answered without")
        return None

    def after(self, failure: Failure, problem: ProviderError) -> _Again | None:
        """How to ask again after this failure; None where it is the last word."""
        problem.used = self._used = self._used or failure.used
        sent = self._ask.tokens_sent(self._request, self.terms)
        if isinstance(problem, ToolsUnsupported):
            self._refusals.remember_no_tools(self._request.model)
            return None
        too_long = isinstance(problem, TooLong)
        learned = self._refusals.learn(self._request, self.terms, failure, sent, too_long=too_long)
        if learned:
            self.terms = learned.terms
            return _Again(0.0, _told(learned, self._request))
        wait = _wait(problem, failure, next(self._waits, None))
        if wait is None:
            return None
        return _Again(wait, Waiting(_announcement(self._asked, failure, wait)))


def left_out(sentence: str) -> TaskUpdate:
    """A sentence for the asker on what the model was not given."""
    return TaskUpdate(f"left out: {sentence}", sentence, "error")


def shown(model: str) -> str:
    """A model's name as plain text."""
    return re.sub(r"[^\w .:/@-]", "", model)[:64].strip() or "The model"


def _told(learned: Learned, request: Request) -> Chunk | None:
    if not learned.note:
        return None
    sentence = f"{shown(request.model)} {learned.note}"
    return Waiting(sentence) if learned.passing else left_out(sentence)


def _is_about_pictures(request: Request) -> bool:
    last = next((m for m in reversed(request.messages) if m.role == "user"), None)
    return bool(last and last.images)


def _wait(problem: ProviderError, failure: Failure, backoff: float | None) -> float | None:
    """Seconds until the next try; None where there is none."""
    if backoff is None or not isinstance(problem, Busy | NotReachable):
        return None
    wait = backoff if failure.retry_after is None else failure.retry_after
    return wait if wait <= LONGEST_WAIT else None


def _announcement(asked: Asked, failure: Failure, wait: float) -> str:
    lost = failure.kind is Kind.LOST
    state = "did not answer" if lost else f"is busy ({failure.status})"
    return f"{asked.name} {state}; trying again in {max(1, math.ceil(wait))} s"
