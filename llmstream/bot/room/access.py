"""Who may ask, in which room, and who may change settings. How much they may is limits.py's.

Pure, but for `Notices`. Ids are compared as a whole: `@bob:x.org` is not `@bob:x.organization`.
Those of rooms of version 12 name no server: the one of who made the room counts, which the id, a
hash of the event that made it, vouches for as an older id does for its server.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from ..config import Access, matches, matches_room


def refusal(access: Access, user_id: str, room_id: str, server: str = "") -> str | None:
    """Why this person may not ask in this room, as a sentence to them; None if they may.

    Args:
        server: That of who made the room, '' where it is not known.
    """
    if not any(matches_room(glob, room_id, server) for glob in access.rooms):
        return "I am not allowed to answer in this room. Whoever runs this bot can change that."
    if not _any_matches(access.users, user_id) and not is_admin(access, user_id):
        return "I am not allowed to answer you. Whoever runs this bot can change that."
    return None


def may_ask(access: Access, user_id: str, room_id: str, server: str = "") -> bool:
    """Whether this person may ask in this room. Admins may in every room that is allowed."""
    return refusal(access, user_id, room_id, server) is None


def may_invite(access: Access, user_id: str, room_id: str, server: str = "") -> bool:
    """Whether an invite is followed. An invite by others, or to other rooms, is left again."""
    return may_ask(access, user_id, room_id, server)


def is_admin(access: Access, user_id: str) -> bool:
    """Whether this person is one of the bot's admins."""
    return _any_matches(access.admins, user_id)


def may_change_settings(access: Access, user_id: str, power_level: int) -> bool:
    """Whether this person, who has that power level in a room, may change the room's settings."""
    return power_level >= access.settings_power_level or is_admin(access, user_id)


class Notices:
    """When people were told last that they may not. Remembers the newest thousands, not all."""

    INTERVAL = 3600.0
    """Seconds between two notices to the same person in the same room."""
    REMEMBERED = 5000

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[str, str], float] = OrderedDict()

    def due(self, user_id: str, room_id: str) -> bool:
        """Whether to tell them now. Whoever asks this tells them, so the next time is noted."""
        now = asyncio.get_running_loop().time()
        last = self._told.get((user_id, room_id))
        if last is not None and now - last < self.INTERVAL:
            return False
        self._told[user_id, room_id] = now
        self._told.move_to_end((user_id, room_id))
        if len(self._told) > self.REMEMBERED:
            self._told.popitem(last=False)
        return True


def _any_matches(globs: Iterable[str], id: str) -> bool:
    return any(matches(glob, id) for glob in globs)
