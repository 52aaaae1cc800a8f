"""Buttons that were pressed while nobody listened, and words that were said in their place. The
note under an interrupted answer asks for 🔁: whoever presses it before the bot is back must not
have to press it again.

🔁 and ➡️ ask a model, so that they count only while they are as fresh as a missed question that is
answered (missed.py), as few of a room, and not where such questions are ignored. ⏹️ counts always.
We may be told of the same reaction several times; it is seen to once.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from ...matrix.reading.annotations import Annotation, annotation_in, plain_key
from ...matrix.reading.raw import Raw, identifier, number, timelines
from ...matrix.reading.said import read
from ..answering.repair import stop_left
from ..instance import Instance
from ..permissions import may_steer
from ..store.writing import sought
from .in_place_of_reactions import was_steered
from .missed import ANSWERED_FOR, IN_ROOM
from .reactions import AGAIN, STOPS, reacted

_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class _Press:
    """A reaction, its own event id, the button that it is, and when it was sent (unix time)."""

    event_id: str
    reaction: Annotation
    key: str
    at: float

    def calls_off(self, earlier: _Press) -> bool:
        """Whether somebody stops what they wanted before, and nobody has begun."""
        theirs = (earlier.reaction.sender, earlier.reaction.event_id)
        return self.key in STOPS and theirs == (self.reaction.sender, self.reaction.event_id)


class Pressed:
    """What one instance knows of such reactions."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._seen_to: deque[str] = deque(maxlen=_REMEMBERED)

    def is_heard(self, raw: Raw) -> None:
        """This reaction is seen to as it comes."""
        self._seen_to.append(identifier(raw, "event_id"))

    async def meanwhile(self, sync: Raw) -> None:
        """See to those among what came while nobody listened."""
        for room_id, events in timelines(sync):
            presses = await self._presses(events)
            again = [
                one
                for at, one in enumerate(presses)
                if one.key in AGAIN
                and self._is_wanted(room_id, one)
                and not any(later.calls_off(one) for later in presses[at:])
            ]
            for one in presses:
                if one.key in STOPS or one in again[-IN_ROOM:]:
                    try:
                        await self._see_to(one)
                    except Exception:
                        self._instance.log.exception("A button that was pressed is not seen to")

    async def _presses(self, events: Iterable[Raw]) -> list[_Press]:
        """But for ours: the bot places buttons itself (`buttons`), and may have the power to press
        them.
        """
        presses = []
        for raw in events:
            if identifier(raw, "sender") == self._instance.client.mxid:
                continue
            if reaction := annotation_in(raw) or await self._in_words(raw):
                key, sent_at = plain_key(reaction.key), number(raw, "origin_server_ts") or 0
                presses.append(_Press(identifier(raw, "event_id"), reaction, key, sent_at / 1000))
        return presses

    async def _in_words(self, raw: Raw) -> Annotation | None:
        """The same, said where nobody can react."""
        instance, said = self._instance, read(raw)
        if said is None:
            return None
        try:
            return await was_steered(instance, said)
        except Exception:
            instance.log.exception(
                "Whether %s was in place of a button is not known", said.event_id
            )
            return None

    def _is_wanted(self, room_id: str, press: _Press) -> bool:
        settings = self._instance.configuration.current.for_room(room_id)
        is_fresh = time.time() - press.at <= ANSWERED_FOR
        return is_fresh and settings.missed_questions != "ignore"

    async def _see_to(self, press: _Press) -> None:
        if press.event_id in self._seen_to:
            return
        self._seen_to.append(press.event_id)
        if press.key in STOPS:
            await self._stop(press.reaction, press.at)
        elif await self._is_news(press.reaction, press.at):
            await reacted(self._instance, press.reaction)

    async def _stop(self, reaction: Annotation, pressed_at: float) -> None:
        """Stop what an earlier process has left, or what goes on with it already."""
        instance, room_id = self._instance, reaction.room_id
        for left in await sought(partial(instance.store.streams.in_room, room_id)):
            is_meant = reaction.event_id in (left.answer.event_ids or (left.answer.question_id,))
            if not is_meant or left.answer.created_at > pressed_at:
                continue
            if await may_steer(instance, reaction.sender, left.answer.asker, room_id):
                await stop_left(instance, left.id)

    async def _is_news(self, reaction: Annotation, pressed_at: float) -> bool:
        """Whether nobody has begun to answer once more since then, as an earlier process may have;
        and whether the answer had its end: while one is written, 🔁 means nothing.
        """
        store, room_id = self._instance.store, reaction.room_id
        answer = await sought(partial(store.answers.by_event, room_id, reaction.event_id))
        if answer is None:
            return False
        on_their_way = partial(store.streams.to_question, room_id, answer.question_id)
        known = [answer.created_at + (answer.seconds or 0.0)]
        known += [left.answer.created_at for left in await sought(on_their_way)]
        return max(known) < pressed_at
