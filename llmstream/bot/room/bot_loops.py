"""An end to talk between bots, so that two of them do not answer each other for ever.

Bots that mark their messages are never answered at all (triggers.py). One that does not is known
by how it takes its turns, whatever it says. It speaks each time when an answer is done, and does
so at once, or always after the same time, or with more words than hands can write meanwhile.
People do all of this too, but not ten times with hardly an exception. What comes while an answer
is still awaited, like a row of prepared commands, is no turn; and who speaks after somebody else
is in no talk of two.

Who is stopped can go on after a minute: a bot has then nothing left to answer, a person has.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from ...matrix.reading.said import Said

K = TypeVar("K")
V = TypeVar("V")

TURNS = 10
"""Turns like a machine's that are answered, less two for each that is not."""
MOST = 40
"""Turns in a row, none of them later than `QUICK`, that are answered in any case."""
PAUSES = (60.0, 600.0, 3600.0)
"""Seconds for which somebody is stopped: the first time, the second, and from then on."""

HASTE = 2.0
"""Seconds after an answer in which nobody has read it and typed something."""
QUICK = 60.0
SLOW = 900.0
_STEADY = 1.3
_TYPED = 15.0  # characters a second, over more than a line
_LINE = 80
REMEMBERED = 2000

STOPPED = (
    "We have answered each other many times without a pause, as bots do, so I stop here. "
    "If you are a person: ask again in {minutes}, and we go on."
)


class Verdict(Enum):
    """What becomes of a turn: it is answered, or it is the first or another that is not."""

    ANSWER = auto()
    TELL = auto()
    IGNORE = auto()


@dataclass(slots=True)
class _Room:
    """Who spoke last there, how many answers there were, and when the last one was done."""

    speaker: str = ""
    answers: int = 0
    answered_at: float = float("-inf")


@dataclass(slots=True)
class _Talk:
    """One person's turns with us in one room."""

    answers: int = 0  # how many there were in the room when they spoke last
    gap: float = 0.0
    like_a_machine: int = 0
    turns: int = 0
    stops: int = 0
    until: float = float("-inf")


class Loops:
    """Judges turns, room by room and person by person.

    Tell it every message that comes and every answer that is done. It remembers the talks where
    something was said last.
    """

    def __init__(self) -> None:
        self._talks: OrderedDict[tuple[str, str], _Talk] = OrderedDict()
        self._rooms: OrderedDict[str, _Room] = OrderedDict()

    def heard(self, said: Said) -> None:
        """Somebody's message has come."""
        if not (said.edit_of or said.live or said.msgtype == "m.notice"):
            self.acted(said.room_id, said.sender, len(said.text))

    def acted(self, room_id: str, user_id: str, characters: int = 0) -> None:
        """Somebody wants something of us: by a message, or an edit, or a reaction."""
        room, talk = self._room(room_id), self._talk(room_id, user_id)
        if room.speaker != user_id:
            talk.like_a_machine = talk.turns = talk.stops = 0
            room.speaker = user_id
        if room.answers > talk.answers:
            talk.answers = room.answers
            _take_turn(talk, _now() - room.answered_at, characters)

    def judge(self, room_id: str, user_id: str) -> Verdict:
        """What to do about what they want. Ask once for each, after `heard` or `acted`."""
        talk, now = self._talk(room_id, user_id), _now()
        if now < talk.until:
            return Verdict.IGNORE
        if talk.like_a_machine <= TURNS and talk.turns <= MOST:
            return Verdict.ANSWER
        talk.until = now + PAUSES[min(talk.stops, len(PAUSES) - 1)]
        talk.stops += 1
        talk.like_a_machine = talk.turns = 0
        return Verdict.TELL

    def pause(self, room_id: str, user_id: str) -> float:
        """For how many seconds they are not answered."""
        return max(0.0, self._talk(room_id, user_id).until - _now())

    def answered(self, room_id: str) -> None:
        """An answer of ours is complete; told when it is sent, for who is quick speaks then."""
        room = self._room(room_id)
        room.answers += 1
        room.answered_at = _now()

    def _room(self, room_id: str) -> _Room:
        return _latest(self._rooms, room_id, _Room)

    def _talk(self, room_id: str, user_id: str) -> _Talk:
        return _latest(self._talks, (room_id, user_id), _Talk)


def _take_turn(talk: _Talk, gap: float, characters: int) -> None:
    """Count a message that came `gap` seconds after our answer."""
    if gap > SLOW:
        talk.like_a_machine = talk.turns = 0
    is_steady = talk.gap and 1 / _STEADY < gap / talk.gap < _STEADY
    is_typed = characters > _LINE and characters > gap * _TYPED
    if gap < HASTE or is_steady or is_typed:
        talk.like_a_machine += 1
    else:
        talk.like_a_machine = max(0, talk.like_a_machine - 2)
    talk.turns = talk.turns + 1 if gap < QUICK else 0
    talk.gap = gap


def _now() -> float:
    return asyncio.get_running_loop().time()


def _latest(remembered: OrderedDict[K, V], key: K, new: Callable[[], V]) -> V:
    value = remembered.setdefault(key, new())
    remembered.move_to_end(key)
    while len(remembered) > REMEMBERED:
        remembered.popitem(last=False)
    return value
