"""Up to where this instance has heard its account, for the next start to ask what came after; and
that it hears no more.

What is made of what came after is missed.py's.
"""

from __future__ import annotations

import asyncio
from typing import Any

from mautrix.errors import MUnknownToken

from ...matrix.reading.raw import Raw, text, timelines
from ..instance import Instance

_AFTER = 10.0  # seconds in which what was heard has become an answer on its way, at most so often
_LONGEST = 6  # times as long: what hangs for ever must not keep the mark where it is

_NEW_TOKEN = (
    "The homeserver knows the access token of %s no more: its device was removed, or logged out. "
    "Nothing is heard or sent until maubot's page of this client has a new access token with its "
    "device id; what could not be said is said then"
)
_SWITCH = (
    "maubot has stopped listening as %s (%s). Switch the client off and on, on its page in maubot"
)


class LastHeard:
    """Keeps the homeserver's mark of the last sync that brought something, some seconds after it.

    While nothing comes, nothing is written, and no timer runs.

    Attributes:
        was_here: Whether an earlier process has heard this account.
    """

    def __init__(self, instance: Instance) -> None:
        self.was_here = False
        self._instance = instance
        self._heard = ""
        self._saved = ""
        self._saving: asyncio.Task[None] | None = None
        self._may_save = False

    async def before(self) -> str:
        """The mark of an earlier process; '' for an instance that is new, and hears from now on:
        from where maubot has heard for others, which is kept at once, as it may die soon.
        """
        client = self._instance.client
        try:
            if not (mark := await self._instance.store.heard.load(str(client.mxid))):
                await self._save(await client.sync_store.get_next_batch() or "")
        except Exception:
            self._instance.log.exception("Up to where was heard cannot be read")
            return ""
        self.was_here = bool(mark)
        return mark

    def caught_up(self) -> None:
        """What came before is seen to: from now on the mark may move."""
        self._may_save = True
        self._save_soon()

    def synced(self, sync: Raw) -> None:
        """A sync has come, and what is in it is being heard."""
        mark = text(sync, "next_batch")
        if mark and (not self._heard or _has_news(sync)):
            self._heard = mark
            self._save_soon()

    async def stopped(self, event: Any) -> None:
        """maubot syncs no more. Where nobody wanted that, it says no more of it than a traceback,
        and its page goes on to show the client as it was.
        """
        log, name, error = self._instance.log, self._instance.client.mxid, event.get("error")
        if isinstance(error, MUnknownToken):
            log.error(_NEW_TOKEN, name)
        elif error is not None:
            log.error(_SWITCH, name, type(error).__name__)

    async def close(self, *, is_hearing: bool) -> None:
        """Nothing more is heard; where something is still being heard, it may come to nothing."""
        if self._saving:
            self._saving.cancel()
        if self._may_save and not is_hearing:
            await self._save(self._heard)

    def _save_soon(self) -> None:
        is_saving = self._saving is not None and not self._saving.done()
        if self._may_save and not is_saving and self._heard != self._saved:
            self._saving = asyncio.create_task(self._save_each())

    async def _save_each(self) -> None:
        while (heard := self._heard) != self._saved:
            for _ in range(_LONGEST):
                await asyncio.sleep(_AFTER)
                if not self._instance.running.is_hearing:
                    break
            await self._save(heard)

    async def _save(self, heard: str) -> None:
        if heard in ("", self._saved):
            return
        self._saved = heard
        try:
            await self._instance.store.heard.save(str(self._instance.client.mxid), heard)
        except Exception:
            self._instance.log.exception("Up to where was heard could not be saved")


def _has_news(sync: Raw) -> bool:
    return any(events for _, events in timelines(sync))
