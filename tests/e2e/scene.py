"""One person and one bot in a room, with a model server behind the bot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from ..bed.bed import Bed, Bot
from ..bed.message import Message
from ..bed.models import ModelServer
from ..bed.models.server import Api
from ..bed.person import Person

KEY = "sk-do-not-show-this-0123456789"
INTERVAL_MS = 200


@dataclass(frozen=True, slots=True)
class Scene:
    """Who is there. `room` is the two's own."""

    bed: Bed
    models: ModelServer
    alice: Person
    bot: Bot
    room: str

    async def answer(self, question: str) -> Message:
        """The first answer after a question, once it is finished."""
        return await self.bed.answer(self.alice, self.room, self.bot, after=question)

    async def ask(self, text: str) -> Message:
        """Ask by command and wait for the finished answer."""
        return await self.answer(await self.alice.say(self.room, f"!ask {text}"))

    async def empower(self, person: Person | Bot, level: int) -> None:
        """Alice gives somebody this power level in the room."""
        path = f"rooms/{self.room}/state/m.room.power_levels"
        levels = await self.alice.request("GET", path)
        users = levels.get("users", {}) | {person.user_id: level}
        await self.alice.set_state(self.room, "m.room.power_levels", levels | {"users": users})

    async def finished(self, event_id: str, status: str = "", after: str = "") -> Message:
        """Wait until this message is finished (with that status), by an event other than `after`.

        A message that is written again is finished more than once.
        """

        def look() -> Message | None:
            message = self.alice.message(event_id)
            if not message or not message.answer or message.newest.id == after:
                return None
            return message if status in ("", message.answer["status"]) else None

        return await self.alice.until(look)

    def said(self, after: str = "") -> list[Message]:
        """What the bot has said so far."""
        return self.alice.messages(self.room, self.bot.user_id, after)

    def replies(self, event_id: str) -> list[Message]:
        """What the bot has said in reply to this event."""
        to = {"event_id": event_id}
        return [one for one in self.said() if one.relation.get("m.in_reply_to") == to]

    async def reply(self, event_id: str) -> Message:
        """The answer to this question, among those to others, once it is finished."""
        return await self.alice.until(
            lambda: next((one for one in self.replies(event_id) if one.answer), None)
        )

    def removals(self, event_id: str) -> list[str]:
        """The redactions of this event."""
        return [
            seen.id
            for seen in self.alice.seen
            if seen.type == "m.room.redaction"
            and event_id in (seen.event.get("redacts"), seen.content.get("redacts"))
        ]

    async def is_removed(self, event_id: str) -> None:
        """Wait until this event is redacted."""
        await self.alice.until(lambda: self.removals(event_id))

    async def sees_live(self, text: str) -> Message:
        """Wait until a message that is still being written shows this text."""

        def look() -> Message | None:
            shown = (one for one in self.said() if one.live and text in one.body)
            return next(shown, None)

        return await self.alice.until(look)

    async def sees_typing(self, typing: bool) -> None:
        """Wait until the bot is, or is no longer, shown as typing."""
        await self.alice.until(
            lambda: self.alice.types_now(self.room, self.bot.user_id) is typing or None
        )


def configuration(
    models: ModelServer,
    api: Api | str = "openai",
    *,
    provider: Mapping[str, Any] | None = None,
    **defaults: Any,
) -> dict[str, Any]:
    """A plugin that asks `models` in the manner of `api` (or shows the demo).

    Args:
        provider: More keys of the provider, laid over ours.
        defaults: More keys of `defaults`.
    """
    settings: dict[str, Any] = {"type": api}
    if api != "demo":
        url = models.url_for(cast(Api, api))
        settings |= {"model": "small", "base_url": url, "api_key": KEY}
    return {
        "providers": {"tested": settings | dict(provider or {})},
        "defaults": {"provider": "tested", "edit_interval_ms": INTERVAL_MS, **defaults},
    }
