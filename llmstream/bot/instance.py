"""What everything in one running instance shares. `plugin.py` makes it; nobody changes it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial

from mautrix.client import Client
from mautrix.errors import MatrixError

from ..matrix.reading.capabilities import Capabilities
from ..matrix.reading.raw import Raw, at, number
from ..matrix.sending.encryption import is_encrypted
from ..matrix.sending.scheduler import Scheduler
from .answering.connections import Connections
from .answering.running import Running
from .config import Config, LiveConfiguration
from .packages import Packages
from .room.access import Notices
from .room.bot_loops import Loops
from .room.direct_chats import DirectChats
from .room.inquiry import patiently
from .room.limits import Gate, Replies
from .room.media import Files
from .room.people import People
from .room.queue import Line
from .room.triggers import Situation
from .room.visibility import Visibility
from .store import Store
from .tally import Tally
from .tools import Servers


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance's client and everything around it.

    Attributes:
        started_at: Milliseconds since 1970: what was asked before is old.
        running_since: The same moment, by the loop's clock, which nobody sets.
        version: The plugin's own; '' where that is not known.
        told_unreadable: Rooms that know that some of their messages cannot be decrypted.
        told_no_key: Rooms of which it was said that what comes there cannot be read.
    """

    client: Client
    config: Config
    configuration: LiveConfiguration
    store: Store
    scheduler: Scheduler
    connections: Connections
    packages: Packages
    servers: Servers
    people: People
    direct_chats: DirectChats
    visibility: Visibility
    files: Files
    capabilities: Capabilities
    gate: Gate
    line: Line
    loops: Loops
    notices: Notices
    replies: Replies
    running: Running
    started_at: int
    log: logging.Logger
    version: str = ""
    told_unreadable: set[str] = field(default_factory=set)
    told_no_key: set[str] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    running_since: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def is_younger(self, raw: Raw, told_at: float | None = None) -> bool:
        """Whether an event was sent since this instance runs: by its age where the homeserver has
        told that, as clocks differ, and are set.

        Args:
            told_at: When it told the age, by the loop's clock; now by default. An age stands still
                while the clock goes on: later, what is old seems young; earlier, the other way.
        """
        age = number(at(raw, "unsigned"), "age")
        if age is None:
            return (number(raw, "origin_server_ts") or 0) >= self.started_at
        now = asyncio.get_running_loop().time() if told_at is None else told_at
        return age < (now - self.running_since) * 1000

    def tells_first(self, room_id: str) -> bool:
        """Whether nobody was told yet that nothing can be read in this room; now somebody is."""
        is_first = room_id not in self.told_no_key
        self.told_no_key.add(room_id)
        return is_first

    async def situation_in(self, room_id: str) -> Situation:
        """What is known of a room at the moment when something is said there."""
        configuration, me = self.configuration.current, str(self.client.mxid)
        settings = configuration.for_room(room_id)
        joined = await self.people.joined(room_id)
        return Situation.of(
            configuration,
            settings,
            me=me,
            name=joined.get(me, ""),
            members=len(joined),
            is_direct=await self.direct_chats.is_one(room_id, len(joined), settings.direct_chats),
            since=self.started_at,
            encrypted=not configuration.access.clear_text_in_encrypted_rooms
            and await self._is_encrypted(room_id),
        )

    async def _is_encrypted(self, room_id: str) -> bool:
        try:
            return await patiently(partial(is_encrypted, self.client, room_id))
        except MatrixError as error:
            self.log.debug("Whether %s is encrypted is not known: %s", room_id, error)
            return False
