"""What is asked of the homeserver while something is read: once more where it did not answer.

A question must not be lost, nor answered without what was said before it, because one request met
a gateway's page. What an answer means is for those who ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from mautrix.api import Method, PathBuilder
from mautrix.client import Client
from mautrix.errors import MatrixConnectionError, MatrixError, MatrixRequestError

from ...matrix.reading.raw import Raw, as_raw

_WAITS = (0.5, 2.0, 8.0)  # seconds after each try, but for the last

_Found = TypeVar("_Found")


async def inquire(client: Client, path: PathBuilder, **query: str) -> Raw:
    """The object that the homeserver has there; {} for other JSON. Raises as `patiently`."""
    ask = partial(client.api.request, Method.GET, path, query_params=query)
    return as_raw(await patiently(ask))


async def patiently(ask: Callable[[], Awaitable[_Found]]) -> _Found:
    """What the homeserver answers.

    Raises:
        MatrixError: It says that it has nothing for us, or did not answer for some ten seconds.
    """
    for wait in _WAITS:
        try:
            return await _tried(ask)
        except MatrixError as error:
            if _is_its_word(error):
                raise
        await asyncio.sleep(wait)
    return await _tried(ask)


async def _tried(ask: Callable[[], Awaitable[_Found]]) -> _Found:
    try:
        return await ask()
    except (ValueError, TimeoutError) as error:  # mautrix lets through: no JSON, no answer
        raise MatrixConnectionError(str(error) or type(error).__name__) from error


def _is_its_word(error: MatrixError) -> bool:
    """Whether the homeserver itself says no, and would again: only an errcode is its own word."""
    return (
        isinstance(error, MatrixRequestError)
        and bool(error.errcode)
        and error.http_status < 500
        and error.http_status != 429
    )
