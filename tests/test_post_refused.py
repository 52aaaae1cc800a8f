"""What `post()` tells its caller of a room that it cannot post into."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from llmstream.matrix.sending.outcome import Reason, SendError
from llmstream.plan import Plan
from llmstream.post import post
from tests.faults import Answer
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
