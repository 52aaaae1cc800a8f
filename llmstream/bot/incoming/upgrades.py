"""Rooms that a new one takes the place of: the bot follows, and what was set in them goes along.

What other people's rooms may claim is looked through in room/succession.py; who may bring the bot
into a room is invites.py's, as for any invite. Where a room's id stands elsewhere in the
configuration (`access.rooms`, `for:`) it stays: that is an admin's to change, not a moderator's.
"""

from __future__ import annotations

from mautrix.errors import MatrixError

from ..config import ConfigError
from ..instance import Instance
from ..room.succession import Replaced, predecessor, replaced
from .invites import Invites


class Upgrades:
    """What becomes of upgraded rooms, for one instance."""

    def __init__(self, instance: Instance, invites: Invites) -> None:
        self._instance = instance
        self._invites = invites

    async def ended(self, room_id: str) -> None:
        """A room says that another takes its place."""
        try:
            found = await replaced(self._instance.client, room_id)
        except MatrixError:
            self._instance.log.exception("What takes the place of %s is not known", room_id)
            return
        if found is not None:
            await self._invites.called_over(found.replacement, found.by, instead_of=room_id)

    async def entered(self, room_id: str) -> None:
        """We have come into a room, which may take the place of another."""
        instance = self._instance
        access = instance.configuration.current.access
        try:
            found = await predecessor(instance.client, instance.people, access, room_id)
            if found is not None:
                await self._move(found)
        except MatrixError as error:
            instance.log.debug("What %s takes the place of is not known: %s", room_id, error)
        except ConfigError as error:
            instance.log.debug("What was set in a room cannot follow to %s: %s", room_id, error)

    async def _move(self, found: Replaced) -> None:
        instance, old, new = self._instance, found.room_id, found.replacement
        moved = await instance.configuration.move_room(old, new)
        await instance.direct_chats.follow(old, new)
        await instance.store.move_room(old, new)
        instance.log.debug(
            "%s takes the place of %s, as %s has decided, and has %s. Where the old id stands in "
            "`access.rooms` or `for:`, it is yours to change.",
            new,
            old,
            found.by,
            "its settings and its usage now" if moved else "its usage now",
        )
