"""What was said and cannot be read, for the bot has no key to it: who said it is told, sparingly.

Whether it is a question nobody can see. Where all is said to the bot, or it replies to an answer
(that stands outside the encryption), it is taken for one; else the room is told once, for a
mention would be lost without a word.
"""

from __future__ import annotations

from typing import Any

from mautrix.types import RoomID, SessionID

from ...matrix.reading.raw import Raw, at, identifier
from ...matrix.reading.said import Said, read
from ..instance import Instance
from ..notice import tell
from ..own_device import Standing, is_mute, own_device
from ..room.access import may_ask
from ..room.history import is_to_us
from ..room.triggers import Situation
from .answered import is_from_before_us

NO_KEY = "🔒 I cannot read what you said: your client gave me no key to it."
NO_KEY_HERE = "🔒 Some of what is said here I cannot read: I was given no key to it."
_AGAIN = (
    "Send it again. If that does not help, `/discardsession` in Element has it make a new key."
)
_REMEDIES = {
    Standing.UNVERIFIED: (
        "My device is not verified, and newer clients give no keys to such a one: whoever runs "
        "me can change that."
    ),
    Standing.REPLACED: "My own keys were lost: whoever runs me has to log me in anew.",
}


async def not_read(instance: Instance, raw: Raw, *, is_missed: bool = False) -> None:
    """An encrypted event could not be read, which has just come, or was missed."""
    about = read(_outside(raw))
    if not about or not about.room_id or about.sender in ("", instance.client.mxid):
        return
    if (
        not await is_mute(instance, about.room_id)
        and instance.client.crypto is not None
        and not about.edit_of
        and await _lacks_key(instance, raw)
        and not await is_from_before_us(instance.client, raw)
    ):
        await _tell(instance, about, is_missed=is_missed)


async def _tell(instance: Instance, about: Said, *, is_missed: bool) -> None:
    situation = await instance.situation_in(about.room_id)
    server = await instance.people.server(about.room_id)
    access = instance.configuration.current.access
    may = may_ask(access, about.sender, about.room_id, server)
    is_old = about.sent_at < instance.started_at and not is_missed
    if is_old or not may or situation.members == 0:
        return
    is_question = await _is_question(instance, about, situation)
    if is_question:
        is_due = instance.notices.due(about.sender, about.room_id)
    elif is_missed:
        return  # of what people said to each other meanwhile, nobody need hear
    else:
        is_due = situation.trigger == "mention" and instance.tells_first(about.room_id)
    if not is_due or instance.replies.left(about.sender, about.room_id) < 0:
        return
    device = await own_device(instance.client)
    instance.log.debug("No key to what %s said in %s", about.sender, about.room_id)
    said = NO_KEY if is_question else NO_KEY_HERE
    await tell(
        instance,
        about.room_id,
        f"{said} {_REMEDIES.get(device.standing, _AGAIN)}",
        reply_to=about.event_id,
        thread_root=about.thread_root,
    )


async def _is_question(instance: Instance, about: Said, situation: Situation) -> bool:
    if situation.answers_all or instance.running.is_joined_by(about):
        return True
    try:
        return await is_to_us(instance.store.answers, about)
    except Exception:
        instance.log.exception("Whether %s is for us is not known", about.event_id)
        return False


async def _lacks_key(instance: Instance, raw: Raw) -> bool:
    """Whether that is why. What was said with a key that is there is broken, or was sent twice."""
    session = identifier(at(raw, "content"), "session_id")
    room_id = RoomID(identifier(raw, "room_id"))
    store = instance.client.crypto.crypto_store
    return bool(session) and not await store.has_group_session(room_id, SessionID(session))


def _outside(raw: Raw) -> dict[str, Any]:
    """What stands outside the encryption, as a message without words."""
    relation = at(raw, "content", "m.relates_to")
    content = {"msgtype": "m.text", "body": "", "m.relates_to": dict(relation)}
    return {**raw, "type": "m.room.message", "content": content}
