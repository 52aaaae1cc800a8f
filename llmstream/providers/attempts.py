"""One question, asked until it is answered: the only place that asks again.

Before the first visible word a busy server or a lost connection is tried again, and what a server
will not take is left out; after it never, because the words are in the room already. It knows no
wire format.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from ..chunks import Chunk, Waiting, begins
from .base import Request
from .errors import Busy, NotReachable, ProviderError, TooLong
from .explain import LONGEST_WAIT, Asked, cut_off, error_for, stalled
from .failures import Failure, Kind, failure_of
from .refusals import Feature, Refusals

_BACKOFF = (1.0, 3.0)  # seconds before the second and the third try, where the server names none


class Ask(Protocol):
    """Asks once: one request on the wire, its answer as chunks ending with `Finish`."""

    def __call__(
        self, request: Request, without: frozenset[Feature], /
    ) -> AsyncGenerator[Chunk, None]: ...


async def attempts(
    ask: Ask, request: Request, asked: Asked, refusals: Refusals
) -> AsyncGenerator[Chunk, None]:
    """The answer's chunks, with a `Waiting` before each new try.

    Raises:
        ProviderError: What remains after the tries.
    """
    waits, used = iter(_BACKOFF), False
    while True:
        begun = False
        try:
            async with aclosing(ask(request, refusals.of(request.model))) as chunks:
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
            if begun:
                raise cut_off(failure, asked) from error
            problem = error_for(failure, asked)
            problem.used = used = used or failure.used
            if not isinstance(problem, TooLong) and refusals.learn(request.model, failure):
                continue
            wait = _wait(problem, failure, next(waits, None))
            if wait is None:
                raise problem from error
        yield Waiting(_announcement(asked, failure, wait))
        await asyncio.sleep(wait)


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
