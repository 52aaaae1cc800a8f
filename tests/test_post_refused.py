"""What `post()` tells its caller of a room that it cannot post into."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from llmstream.matrix.sending.outcome import Reason, SendError
from llmstream.plan import Plan
from llmstream.post import post
from tests.faults import FINE, Answer, refusal
from tests.homeserver import Homeserver
from tests.posting import ROOM, frames, words
from tests.virtual_time import virtual_time


class Silent(Homeserver):
    """Answers what is asked of a room's state with this, and the rest as ever."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._says = answer

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        if "/state/" in path and self._says.status != 200:
            return self._says
        return await super().answer(user_id, method, path, body)

    def recover(self) -> None:
        self._says = Answer(200)


@virtual_time
async def test_a_room_that_we_are_not_in_is_a_refusal() -> None:
    stranger = Silent(Answer(403, b'{"errcode":"M_FORBIDDEN","error":"not in room"}'))
    for postable in ("Words.", words(3), Plan("P")):
        with pytest.raises(SendError) as caught:
            await post(stranger.client(), ROOM, postable)
        assert caught.value.refused.reason is Reason.FORBIDDEN
    assert not stranger.events


@virtual_time
async def test_a_server_in_trouble_gets_it_when_it_is_well_again() -> None:
    troubled = Silent(Answer(502, b"<html>Bad Gateway</html>", {}))

    async def stream() -> AsyncIterator[str]:
        async for word in words(50):
            yield word
        troubled.recover()

    posted = await post(troubled.client(), ROOM, stream())
    assert frames(troubled)[-1].body == posted.text


@virtual_time
async def test_a_filter_that_refuses_each_event_once_costs_nothing() -> None:
    homeserver = Homeserver()
    spam = refusal(403, "M_FORBIDDEN", "This message has been rejected as probable spam")
    homeserver.order([spam, FINE, spam, FINE, spam])
    posted = await post(homeserver.client(), ROOM, words(100))
    assert frames(homeserver)[-1].body == posted.text
    assert len(homeserver.messages(ROOM)) == 1


@virtual_time
async def test_a_filter_that_refuses_all_is_believed() -> None:
    homeserver = Homeserver()
    homeserver.order([refusal(403, "M_FORBIDDEN", "No.")] * 10)
    with pytest.raises(SendError):
        await post(homeserver.client(), ROOM, words(100))
    assert not homeserver.events


@virtual_time
async def test_a_server_that_says_ten_hours_is_asked_again_in_seconds() -> None:
    homeserver = Homeserver()
    homeserver.order([refusal(429, "M_LIMIT_EXCEEDED", retry_after_ms=36_000_000)] * 2)
    before = asyncio.get_running_loop().time()
    posted = await post(homeserver.client(), ROOM, words(50))
    assert asyncio.get_running_loop().time() - before < 60
    assert frames(homeserver)[-1].body == posted.text


@virtual_time
async def test_a_token_that_is_not_known_may_be_changed_meanwhile() -> None:
    homeserver = Homeserver()
    homeserver.order([FINE, *[refusal(401, "M_UNKNOWN_TOKEN", "?")] * 8])
    posted = await post(homeserver.client(), ROOM, words(50))
    assert frames(homeserver)[-1].body == posted.text
