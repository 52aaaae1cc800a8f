"""The configuration in force now. The one owner of it: everything else asks `current`."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from .mistakes import ConfigError
from .parsing import closed, read, salvage, with_room
from .values import Access, Configuration
from .written import Config, document_of

ROOMS = 1000
"""So many rooms may have an entry of their own before only admins can make another."""
SIZE = 500_000
"""So long, in characters, may the file get by what people who are no admins set."""
_BEFORE = "The configuration before it is still in force."
_UNTIL_THEN = "Until this is mended, only admins may ask and change settings."


class Memory(Protocol):
    """Where the last good text outlives the process; '' where there is none yet."""

    async def load(self) -> str:
        """The text that was saved last."""

    async def save(self, text: str) -> None:
        """Remember this one."""


class LiveConfiguration:
    """What holds, and what is wrong with what was written last.

    A mistake never stops the plugin. After one, the last good configuration stays, over restarts
    too; where there was never one, the keys that are good count, and defaults for the others.
    """

    def __init__(self, config: Config, memory: Memory, log: logging.Logger) -> None:
        self._config = config
        self._memory = memory
        self._log = log
        self._problems: tuple[str, ...] = ()
        self.current = self._first()

    @classmethod
    async def read_in_thread(
        cls, config: Config, memory: Memory, log: logging.Logger
    ) -> LiveConfiguration:
        """The same, which may take a second for thousands of rooms, while others go on."""
        with suppress(ConfigError):  # then it is read once more, and said
            await config.load_in_thread()
        return await asyncio.to_thread(cls, config, memory, log)

    async def remember(self) -> None:
        """At the start: keep what holds, or go back to the last good one where it has mistakes.

        These are logged here: only now is it known what holds until they are mended.
        """
        if not self._problems:
            await self._save()
            return
        try:
            if text := await self._memory.load():
                self.current = read(await asyncio.to_thread(document_of, text))
                problems = [one for one in self._problems if one != _UNTIL_THEN]
                self._problems = (*problems, _BEFORE)
        except Exception:
            self._log.exception("The last good configuration could not be read")
        self._warn()

    @property
    def problem(self) -> str | None:
        """Sentences for the log and for `!llm status`, one in a line. None if all is well."""
        return "\n".join(self._problems) or None

    @property
    def is_full(self) -> bool:
        """Whether only admins may still let the file grow."""
        return len(self.current.rooms) >= ROOMS or len(self._config.text) >= SIZE

    async def reload(self) -> bool:
        """Take what the web UI has written. False if the last good one stays."""
        try:
            await self._config.load_in_thread()
            self.current = await asyncio.to_thread(read, self._config.document)
        except ConfigError as error:
            self._problems = (*error.problems, _BEFORE)
            self._warn()
            return False
        self._problems = ()
        await self._save()
        return True

    async def set_room(self, room_id: str, key: str, value: Any) -> bool:
        """Write a setting of one room. False if it does not hold yet, as there are mistakes."""
        return await self._take(room_id, await self._config.set_room(room_id, key, value))

    async def unset_room(self, room_id: str, key: str) -> bool:
        """Take away a setting of one room. False as above."""
        return await self._take(room_id, await self._config.unset_room(room_id, key))

    async def forget_room(self, room_id: str) -> None:
        """We are no longer in this room: what was set in it goes, what an admin wrote stays."""
        if await self._config.forget_room(room_id):
            await self._take(room_id, {})

    async def move_room(self, room_id: str, to: str) -> bool:
        """Another room takes the place of this one, and has its entry now. False if none moved.

        Where the other has an entry of its own already, both stay.
        """
        own = await self._config.move_room(room_id, to)
        if own:
            await self._take(room_id, {})
            await self._take(to, own)
        return bool(own)

    async def set_default(self, key: str, value: Any) -> bool:
        """Write a setting for all rooms without their own. False as above."""
        await self._config.set_default(key, value)
        if self._problems:
            return False
        self.current = replace(
            self.current, defaults=replace(self.current.defaults, **{key: value})
        )
        await self._save()
        return True

    async def _take(self, room_id: str, own: Any) -> bool:
        if self._problems:
            return False
        self.current, problems = with_room(self.current, room_id, own)
        if not problems:
            await self._save()
        return not problems

    async def _save(self) -> None:
        try:
            await self._memory.save(self._config.text)
        except Exception:
            self._log.exception("The configuration could not be remembered")

    def _first(self) -> Configuration:
        try:
            if not self._config.document:
                self._config.load_and_update()
            first, problems = salvage(self._config.document)
        except ConfigError as error:
            first, problems = Configuration(access=closed(Access())), error.problems
        if problems:
            shut = first.access == closed(first.access)
            self._problems = (*problems, *([_UNTIL_THEN] if shut else []))
        return first

    def _warn(self) -> None:
        self._log.warning("The configuration has mistakes. %s", " ".join(self._problems))
