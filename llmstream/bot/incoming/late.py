"""Questions that were asked before a start and reach us only after it, as where another server was
away: seen to as those are that were missed (missed.py), and as many in all. A bridge that fills in
a room's past can bring hundreds.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from typing import Any

from ...matrix.reading.raw import Raw, at, text
from ..instance import Instance
from .last_heard import LastHeard
from .missed import see_to

_TOGETHER = 2.0  # seconds in which more of them may come
_MOST = 500  # events at once; the newest


class Late:
    """What one instance hears too late.

    Args:
        do_meanwhile: Has something done while others are heard.
    """

    def __init__(
        self,
        instance: Instance,
        last_heard: LastHeard,
        do_meanwhile: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._instance = instance
        self._last_heard = last_heard
        self._do_meanwhile = do_meanwhile
        self._came: deque[Raw] = deque(maxlen=_MOST)
        self._seen_to: Counter[str] = Counter()

    def came(self, raw: Raw) -> None:
        """This was sent before the instance began. What is from before we were in its room, which
        a server gives out to who comes in, is none of it.
        """
        if text(at(raw, "unsigned"), "membership") in ("", "join"):
            self._came.append(raw)
            if len(self._came) == 1:
                self._do_meanwhile(self._see_to_all())

    async def _see_to_all(self) -> None:
        await asyncio.sleep(_TOGETHER)
        came = list(self._came)
        self._came.clear()
        if self._last_heard.was_here:
            await see_to(self._instance, came, self._seen_to)
