"""Keys between the bot's device and others': those to what is said in encrypted rooms, which they
send, and the one-time keys that ours gives out for that. mautrix handles both, and loses some.

- It takes all that a sync brings at once. Where two keys come over a channel that is new (an Olm
  session), each may be taken for the first on it, and the second is lost. So it is where somebody
  has written in two rooms while the bot was down. Here they are taken one by one.
- Where maubot stops, what it is just doing is broken off: a key that was taken from the server and
  is in no database, one-time keys that the server has and the database has not, whose devices are
  others now. Here it is brought to its end.
- One-time keys that the server has already are refused, with all that come along: after such an
  end no device could be given a new one, and in time nobody could write to the bot any more. Here
  their numbers are passed over.

mautrix 0.21.1: `OlmDecryptionMachine`, `OlmMachine.share_keys`; Synapse: `POST /keys/upload`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary, ref

from mautrix.client import Client, InternalEventType
from mautrix.errors import MatrixStandardRequestError
from mautrix.types import EventType

from .current_client import now

log = logging.getLogger("llmstream.key_exchange")

_NUMBERS = 10  # how often numbers are passed over in one go
_USED = "already exists"
_LONGEST = 5.0  # seconds that a stop waits for what is being done
# Seconds after the last listener in which no one-time keys are given out: maubot stops its clients
# just after their plugins, and mautrix would be broken off.
_AFTERWARDS = 5.0

Take: TypeAlias = Callable[[Any], Awaitable[bool]]


class KeyExchange:
    """That of one client, while at least one listens."""

    def __init__(self, client: Client) -> None:
        self._client = ref(client)
        self._name = client.mxid
        self._listeners = 0
        self._until = float("-inf")
        self._is_between = False
        self._turn = asyncio.Lock()
        self._doing: set[asyncio.Task[None]] = set()
        self._of_types: dict[EventType | InternalEventType, Take] = {
            EventType.TO_DEVICE_ENCRYPTED: self._sent,
            InternalEventType.DEVICE_OTK_COUNT: self._counted,
            InternalEventType.DEVICE_LISTS: self._listed,
        }

    @classmethod
    def of(cls, client: Client) -> KeyExchange:
        """The one of the client that maubot has now for this account."""
        client = now(client)
        if client not in _of_clients:
            _of_clients[client] = cls(client)
        return _of_clients[client]

    def listen(self) -> None:
        """Take what comes from now on; mautrix waits for it with the next sync."""
        self._listeners += 1
        self._step_between()

    def listen_for(self, seconds: float) -> None:
        """The same, for so long, or until the next one leaves."""
        loop = asyncio.get_running_loop()
        self._until = loop.time() + seconds
        self._step_between()
        loop.call_at(self._until, self._step_aside)

    def leave(self) -> None:
        """Where nobody listens any more, what comes is mautrix's to take, a little later."""
        self._listeners -= 1
        self._until = float("-inf")
        asyncio.get_running_loop().call_later(_AFTERWARDS, self._step_aside)

    @property
    def _listens(self) -> bool:
        return self._listeners > 0 or asyncio.get_running_loop().time() < self._until

    def _step_between(self) -> None:
        if (client := self._client()) and not self._is_between:
            self._is_between = True
            for kind, take in self._of_types.items():
                client.add_event_middleware(kind, take)

    def _step_aside(self) -> None:
        if (client := self._client()) and self._is_between and not self._listens:
            self._is_between = False
            for kind, take in self._of_types.items():
                client.remove_event_middleware(kind, take)

    @property
    def _crypto(self) -> Any:
        client = self._client()
        return client and client.crypto

    async def done(self) -> None:
        """Wait until nothing is being done, or for some seconds."""
        if self._doing:
            await asyncio.wait(self._doing, timeout=_LONGEST)

    async def _sent(self, event: Any) -> bool:
        return await self._instead(self._take(event))

    async def _counted(self, count: Any) -> bool:
        # Where nobody listens any more, whoever does next gives them out.
        return self._listens and await self._instead(self._give_out(count))

    async def _listed(self, lists: Any) -> bool:
        self._begun(self._look_up(lists))  # no sync waits for that
        return False

    async def _instead(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do this in mautrix's place, to its end, also where the sync is broken off meanwhile."""
        await asyncio.shield(self._begun(work))
        return False

    def _begun(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)
        return task

    async def _take(self, event: Any) -> None:
        async with self._turn:
            try:
                if self._crypto:
                    await self._crypto.handle_to_device_event(event)
            except Exception:
                # Anybody can send anything here.
                log.debug("What %s sent to our device cannot be read", event.sender, exc_info=True)

    async def _give_out(self, count: Any) -> None:
        try:
            for _ in range(_NUMBERS):
                if not self._crypto or await self._has_given_out(count):
                    return
        except Exception:
            log.exception("No new one-time keys of %s", self._name)

    async def _look_up(self, lists: Any) -> None:
        try:
            if self._crypto:
                await self._crypto.handle_device_lists(lists)
        except Exception:
            log.exception("Whose devices are others now is not all known to %s", self._name)

    async def _has_given_out(self, count: Any) -> bool:
        """Whether they are with the server; else the next are to be tried."""
        crypto = self._crypto
        try:
            await crypto.handle_otk_count(count)
        except MatrixStandardRequestError as error:
            if _USED not in str(error):
                raise
            log.debug("One-time keys of an earlier process are passed over: %s", self._name)
            crypto.account.mark_keys_as_published()
            await crypto.crypto_store.put_account(crypto.account)
            return False
        return True


_of_clients: WeakKeyDictionary[Client, KeyExchange] = WeakKeyDictionary()
