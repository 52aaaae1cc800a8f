"""The conversation that a question belongs to, as a model is to see it.

It is the thread, else the reply chain, else, where the bot answers all, what was last said in the
room. Elsewhere that is no conversation with us, but what the question may be about (context.py).
Our own answers are the exact texts in the store, never what the room shows of them. They
stand right after their questions, also where a later question was already waiting then.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mautrix.client import Client
from mautrix.errors import MatrixError

from ...matrix.reading.said import Said
from ...matrix.reading.transcript import as_messages
from ...messages import Message
from ..config import RoomSettings
from ..store import Answer, Answers
from .attachments import Attachments
from .context import Context, without_file
from .fitting import within
from .media import Files
from .timeline import Timeline
from .triggers import Question, Situation, is_chatter, is_from_sender, restated, words
from .visibility import Visibility

log = logging.getLogger("llmstream.history")

CHARACTERS = 400_000
"""No model is given more: some 100,000 tokens. One that takes less refuses, and is asked again."""

UNREADABLE = "I cannot decrypt some earlier messages here, and answer without them."
UNKEPT = "My database does not answer: I answer without the earlier messages."
UNREACHABLE = "The homeserver did not show me the earlier messages: I answer without them."


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a model is asked.

    Args:
        messages: The system prompt if there is one, what was said before, the question last.
        notes: Sentences for the asker on what was left out of this question.
        undecryptable: Earlier messages were left out because they could not be decrypted. For the
            caller to say once in a room, with `UNREADABLE`.
    """

    messages: list[Message]
    notes: tuple[str, ...] = ()
    undecryptable: bool = False


async def conversation(
    client: Client,
    answers: Answers,
    question: Question,
    settings: RoomSettings,
    situation: Situation,
    *,
    names: Mapping[str, str],
    visibility: Visibility,
    files: Files,
    since: int = 0,
) -> Conversation:
    """What the model is asked.

    Args:
        names: Display names by user id.
        visibility: Knows what of it the asker may see; the rest is no part of the conversation.
        since: The conversation begins anew here: milliseconds since 1970, 0 for never.
    """
    context = Context(question.event_id) if _is_among_people(question, situation) else None
    # The message that a question points at is a part of it, also where there is to be no history.
    most = settings.history_messages or int(bool(question.reply_to))
    if context:
        most = min(most, settings.context_messages)
    past = _Past(client, answers, visibility, question, situation, most, since)
    notes = []
    try:
        before = await past.read()
    except Exception as error:
        log.exception("Cannot read what was said before %s", question.event_id)
        before = []
        is_server = isinstance(error, MatrixError | TimeoutError)
        notes.append(UNREACHABLE if is_server else UNKEPT)
    if context:
        before = [without_file(one) for one in before]
    spoken = [*before, _as_said(question)]
    with_names = settings.include_names
    is_group = situation.members > 2
    newest_first = [one.file for one in reversed(spoken) if one.file]
    async with Attachments(files, newest_first) as attachments:
        said = await as_messages(
            spoken,
            me=situation.me,
            names=names if with_names is True or (with_names == "auto" and is_group) else None,
            files=attachments.read,
            transform=context,
        )
    if context:
        said = [*context.messages(), *said]
    shown = (question.file, *(one.file for one in before if one.event_id == question.reply_to))
    notes += filter(None, map(attachments.refusal, shown))
    system = [Message("system", settings.system_prompt)] if settings.system_prompt else []
    return Conversation(
        within([*system, *said], CHARACTERS), tuple(notes), past.timeline.undecryptable > 0
    )


async def asked(
    client: Client, room_id: str, event_id: str, situation: Situation
) -> Question | None:
    """The question in an event known to be one, with its newest edit: to answer it once more.

    None where it is gone, or may not be its sender's. Raises mautrix's errors where the homeserver
    does not answer.
    """
    said = await Timeline(client, room_id).edited(event_id)
    if said is None or not is_from_sender(said, situation):
        return None
    return restated(said, situation)


async def is_to_us(answers: Answers, said: Said) -> bool:
    """Whether it replies to an answer of ours, or stands in a thread where we have answered."""
    if said.reply_to and await answers.by_event(said.room_id, said.reply_to):
        return True
    return bool(said.thread_root) and await answers.has_thread(said.room_id, said.thread_root)


def _is_among_people(question: Question, situation: Situation) -> bool:
    """Whether what was said before was said in the room, and not to us."""
    return not (question.thread_root or question.reply_to or situation.answers_all)


class _Past:
    """What was said before one question."""

    def __init__(
        self,
        client: Client,
        answers: Answers,
        visibility: Visibility,
        question: Question,
        situation: Situation,
        most: int,
        since: int,
    ) -> None:
        self.timeline = Timeline(client, question.room_id)
        self._answers = answers
        self._visibility = visibility
        self._question = question
        self._situation = situation
        self._most = most
        self._since = since

    async def read(self) -> list[Said]:
        """Oldest first, people's words without what called the bot, our answers in full."""
        question = self._question
        if question.thread_root:
            before = await self._thread(question.thread_root)
        elif question.reply_to:
            before = await self._chain(question.reply_to)
        else:
            before = await self._room() if self._most else []
        before = await self._visibility.seen(question.room_id, question.sender, before)
        return self._newest(await self._with_answers(before))

    def _may_be_forged(self, said: Said) -> bool:
        """It came in clear where all is encrypted: the homeserver may have written it."""
        return self._situation.encrypted and not said.encrypted_by

    async def _thread(self, root: str) -> list[Said]:
        replied = self._question.reply_to
        said = await self.timeline.thread(
            root,
            before=self._question.event_id,
            keep=self._counts,
            most=self._most,
            since=self._since,
        )
        if len(said) < self._most:
            said = [*await self._chain(root), *said]
        if replied and replied not in {one.event_id for one in said}:
            said += await self._chain(replied, most=1)
        return said

    async def _room(self) -> list[Said]:
        return await self.timeline.room(
            before=self._question.event_id,
            but_by=self._situation.me,
            keep=lambda said: self._counts(said) and not said.thread_root,
            most=self._most,
            since=self._since,
        )

    async def _chain(self, event_id: str, most: int | None = None) -> list[Said]:
        """The event, what it replies to, and so on. An answer of ours replies to its question."""
        chain: dict[str, Said] = {}
        while event_id and event_id not in chain and len(chain) < (most or self._most):
            said = await self.timeline.event(event_id)
            if said is None or said.sent_at <= self._since:
                break
            if said.edit_of:
                event_id = said.edit_of
                continue
            chain[event_id] = said
            answer = await self._answer_in(said)
            event_id = answer.question_id if answer else said.reply_to
        return [said for said in reversed(chain.values()) if self._counts(said)]

    async def _with_answers(self, before: Sequence[Said]) -> list[Said]:
        spoken: dict[str, Said] = {}
        for said in before:
            if said.sender != self._situation.me:
                spoken[said.event_id] = replace(said, text=words(said, self._situation))
            answer = await self._answer_in(said) or await self._answer_to(said)
            if answer is not None:
                if answer.status != "failed":
                    spoken[answer.event_id] = _in_full(answer, self._situation.me)
            elif self._may_be_forged(said):
                continue
            elif said.answer is not None and said.answer.get("status") != "failed":
                spoken[said.event_id] = said
        return list(spoken.values())

    async def _answer_in(self, said: Said) -> Answer | None:
        if said.sender != self._situation.me:
            return None
        return await self._answers.by_event(said.room_id, said.event_id)

    async def _answer_to(self, said: Said) -> Answer | None:
        return await self._answers.by_question(said.room_id, said.event_id)

    def _counts(self, said: Said) -> bool:
        """What people say to each other or to us; of ours it is to be seen what it answers."""
        if said.sender == self._situation.me:
            return True
        is_finished = not said.live and said.msgtype != "m.notice"
        is_speech = is_finished and not is_chatter(said, self._situation)
        return is_speech and not self._may_be_forged(said)

    def _newest(self, said: Sequence[Said]) -> list[Said]:
        """As many as the room's settings allow; an answer whose question was cut off goes too."""
        newest = list(said[-self._most :]) if self._most > 0 else []
        if len(said) >= self._most and newest and newest[0].sender == self._situation.me:
            newest.pop(0)
        return newest


def _in_full(answer: Answer, me: str) -> Said:
    return Said(
        event_id=answer.event_id,
        room_id=answer.room_id,
        sender=me,
        sent_at=int(answer.created_at * 1000),
        msgtype="m.text",
        text=answer.text,
    )


def _as_said(question: Question) -> Said:
    return Said(
        event_id=question.event_id,
        room_id=question.room_id,
        sender=question.sender,
        sent_at=question.asked_at,
        msgtype="m.text",
        text=question.text,
        file=question.file,
    )
