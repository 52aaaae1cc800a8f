"""Which messages are questions, and where their answers belong.

Pure: what a message says (matrix/reading/said.py) and what is known of the place decide. Who may
ask is access.py's, what the answer should know history.py's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...matrix.reading.in_words import LOCATION, POLLS, STICKER
from ...matrix.reading.said import File, Said
from ..config import Configuration, RoomSettings
from .addressing import command, is_mentioned, without_name

By = Literal["command", "mention", "reply", "thread", "all"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks.

    Args:
        text: Without the command or the bot's name. '' where nothing but these was said; with
            neither file nor `reply_to` there is then nothing to answer, only usage to show.
        asked_at: Milliseconds since 1970, by the server.
        thread_root: '' outside threads.
        reply_to: The event that the question replies to, or ''.
        by: What made it a question.
        roots: A thread can start from it.
    """

    event_id: str
    room_id: str
    sender: str
    text: str
    asked_at: int
    thread_root: str = ""
    reply_to: str = ""
    file: File | None = None
    by: By = "command"
    roots: bool = True

    @property
    def is_empty(self) -> bool:
        """There is nothing to answer: neither words, nor a file, nor a message pointed at."""
        return not (self.text or self.file or self.reply_to)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known where a message is read.

    Args:
        me: The bot's user id; `name` its display name there, '' where it has none.
        commands: Lower-case names of the command that asks, without "!".
        trigger: As in the room's settings.
        members: How many have joined, the bot among them.
        is_direct: The bot is alone with one person, and all that is said is said to it.
        since: What was sent before (milliseconds since 1970) is too old to be a question.
        encrypted: Only what was encrypted counts here; the rest may be the homeserver's own words.
    """

    me: str
    name: str
    commands: frozenset[str]
    trigger: Literal["command", "mention", "all"] = "mention"
    members: int = 0
    is_direct: bool = False
    since: int = 0
    encrypted: bool = False

    @classmethod
    def of(
        cls,
        configuration: Configuration,
        settings: RoomSettings,
        *,
        me: str,
        name: str = "",
        members: int = 0,
        is_direct: bool = False,
        since: int = 0,
        encrypted: bool = False,
    ) -> Situation:
        """The place where these settings hold."""
        commands = (configuration.command, *configuration.aliases)
        return cls(
            me=me,
            name=name,
            commands=frozenset(one.lower().removeprefix("!") for one in commands if one),
            trigger=settings.trigger,
            members=members,
            is_direct=is_direct,
            since=since,
            encrypted=encrypted,
        )

    @property
    def answers_all(self) -> bool:
        """Nobody need speak to the bot by name here."""
        return self.trigger == "all" or self.is_direct


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an answer goes: the thread ('' is none) and the event it replies to."""

    thread_root: str
    reply_to: str


def question(said: Said, situation: Situation, *, to_us: bool = False) -> Question | None:
    """The question in a message. None: our own, an edit, a notice, unfinished, old, not for us.

    Args:
        to_us: It replies to a message of ours, or stands in a thread where we have answered.
    """
    by = _asked_by(said, situation, to_us) if is_new(said, situation) else None
    return _question(said, situation, by) if by else None


def is_new(said: Said, situation: Situation) -> bool:
    """Whether the bot may act on this message: a person's own, finished, no edit, and not old."""
    return not said.edit_of and said.sent_at >= situation.since and _may_be_asked(said, situation)


def edited_question(said: Said, situation: Situation) -> str:
    """The event that a person has edited, if this is an edit and finished; else ''.

    Whether that event is a question is the caller's to know; as it now stands it is to be read
    again, with `restated`.
    """
    return said.edit_of if _may_be_asked(said, situation) else ""


def is_from_sender(said: Said, situation: Situation) -> bool:
    """Whether it counts as its sender's: in an encrypted room, not what came in clear."""
    return not situation.encrypted or said.encrypted_by == "sender"


def restated(said: Said, situation: Situation) -> Question:
    """The question in a message known to be one, as it now stands: to answer it once more."""
    return _question(said, situation, _asked_by(said, situation, to_us=False) or "all")


def destination(question: Question, thread: Literal["auto", "always", "never"]) -> Destination:
    """Where the answer goes, by the room's `thread`.

    "auto" is where the question is. A question that cannot start a thread is answered beside it.
    """
    root = question.thread_root
    if thread == "always" and not root and question.roots:
        root = question.event_id
    return Destination(thread_root="" if thread == "never" else root, reply_to=question.event_id)


def words(said: Said, situation: Situation) -> str:
    """What a person says without what only calls the bot: the command, or its name in front."""
    found = command(said.text)
    if found and found[0] in situation.commands:
        return found[1]
    is_called = is_mentioned(said, situation.me, situation.name)
    return without_name(said.text, situation.me, situation.name) if is_called else said.text


def is_chatter(said: Said, situation: Situation) -> bool:
    """A command that does not ask, such as `!llm status`: no part of any conversation."""
    found = command(said.text)
    return found is not None and found[0] not in situation.commands


def _may_be_asked(said: Said, situation: Situation) -> bool:
    is_automatic = said.msgtype == "m.notice" or said.live or said.answer is not None
    return said.sender != situation.me and not is_automatic and is_from_sender(said, situation)


def _asked_by(said: Said, situation: Situation, to_us: bool) -> By | None:
    found = command(said.text)
    if found is not None:
        return "command" if found[0] in situation.commands else None
    if situation.trigger == "command" and not situation.is_direct:
        return None
    if is_mentioned(said, situation.me, situation.name):
        return "mention"
    if said.msgtype == "m.emote" or (_is_aside(said) and not situation.is_direct):
        return None
    if to_us:
        return "reply" if said.reply_to else "thread"
    return "all" if situation.answers_all and _says_enough(said, situation) else None


def _is_aside(said: Said) -> bool:
    """Among many people a place, a sticker or a poll is for the others."""
    return said.msgtype in (LOCATION, STICKER, *POLLS)


def _says_enough(said: Said, situation: Situation) -> bool:
    """A voice message or a film among many people is not for the bot unless it says so."""
    seen = ("m.image", "m.file")
    return (
        bool(said.text)
        or situation.is_direct
        or (said.file is not None and said.file.kind in seen)
    )


def _question(said: Said, situation: Situation, by: By) -> Question:
    return Question(
        event_id=said.event_id,
        room_id=said.room_id,
        sender=said.sender,
        text=words(said, situation),
        asked_at=said.sent_at,
        thread_root=said.thread_root,
        reply_to=said.reply_to,
        file=said.file,
        by=by,
        roots=not said.related,
    )
