"""A limit on turns between bots, so that two of them do not talk to each other for ever.

Bots that mark their messages are never answered at all (triggers.py). One that does not is known
by its haste: who speaks at once each time an answer is done, ten times in a row, has not read it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from ...matrix.reading.said import Said
from .triggers import Question

TURNS = 10
HASTE = 2.0
"""Seconds after our answer in which nobody has read it and typed the next question."""

ROOMS = 1000


@dataclass(slots=True)
class _Room:
    turns: int = 0
    answered_at: float = float("-inf")


class Loops:
    """Counts our answers to bots with no person's message in between, room by room.

    Tell it every message that comes and every answer that is done. It remembers the thousand rooms
    where something was said last.
    """

    def __init__(self, turns: int = TURNS) -> None:
        self._turns = turns
        self._rooms: OrderedDict[str, _Room] = OrderedDict()

    def heard(self, said: Said) -> None:
        """Somebody else's message has come. A person's ends the count."""
        room = self._room(said.room_id)
        if not _is_hasty(room):
            room.turns = 0

    def admits(self, question: Question) -> bool:
        """Whether to answer it, which then counts. Ask once for each question, after `heard`.

        A command is always admitted: people prepare a row of them, bots answer in plain words.
        """
        room = self._room(question.room_id)
        if question.by == "command" or not _is_hasty(room):
            return True
        room.turns += 1
        return room.turns <= self._turns

    def answered(self, room_id: str) -> None:
        """An answer of ours is complete."""
        self._room(room_id).answered_at = asyncio.get_running_loop().time()

    def _room(self, room_id: str) -> _Room:
        room = self._rooms.setdefault(room_id, _Room())
        self._rooms.move_to_end(room_id)
        while len(self._rooms) > ROOMS:
            self._rooms.popitem(last=False)
        return room


def _is_hasty(room: _Room) -> bool:
    return asyncio.get_running_loop().time() - room.answered_at < HASTE
