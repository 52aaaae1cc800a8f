"""Who may stop an answer, or have it written again. What that does is reactions.py's and
commands/'s.
"""

from __future__ import annotations

from mautrix.errors import MatrixError

from .instance import Instance
from .room.access import is_admin, may_change_settings


async def may_steer(instance: Instance, user_id: str, asker: str, room_id: str) -> bool:
    """Whether this person may steer an answer to `asker`.

    Askers may, the bot's admins, and those who may change the room's settings. Where the server
    does not say what power somebody has, they have none.
    """
    access = instance.configuration.current.access
    if user_id == asker or is_admin(access, user_id):
        return True
    try:
        power = await instance.people.power(room_id, user_id)
    except MatrixError as error:
        instance.log.debug("The power level of %s in %s is not known: %s", user_id, room_id, error)
        return False
    return may_change_settings(access, user_id, power)
