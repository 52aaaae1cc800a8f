"""One answer, from question to final edit: its turn, its stream, its place in the room.

It holds together what others do (`stream.py`, `post`, the store) and decides nothing of theirs.
Who may ask is settled before (`incoming/questions.py`); stopping and trying again come from
outside (`incoming/reactions.py`).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial

from ...document import Document
from ...matrix.content.style import About, Ending, Style
from ...matrix.sending.outcome import SendError
from ...matrix.sending.typing import Typing
from ...post import Posted, concluded, post
from ...providers.errors import CutOff, ProviderError, Stalled
from ..config import ConfigError
from ..instance import Instance
from ..notice import reply, tell
from ..room.limits import Refusal
from ..room.triggers import Question, Situation
from ..store import Answer, Unfinished
from ..store.writing import noted
from .answer_buttons import GO_ON, RETRY, STOP, AnswerButtons
from .checkpoint import Checkpoint
from .running import INTERRUPTED, Full, RunningAnswer
from .stream import AnswerStream, Endless


async def begin(
    instance: Instance,
    question: Question,
    situation: Situation,
    *,
    rewrites: Answer | None = None,
    goes_on: Answer | None = None,
) -> None:
    """Begin to answer, in a task of its own. What fails is said in the room, or else logged.

    Where too many questions are waiting, the person is told so, and nothing begins.

    Args:
        rewrites, goes_on: See `RunningAnswer`.
    """
    configuration = instance.configuration.current
    answer = RunningAnswer(question, situation, configuration, rewrites, goes_on)
    try:
        instance.running.admit(answer)
    except Full as full:
        if full.is_news:
            await reply(instance, question, str(full))
    else:
        instance.running.begin(answer, _in_turn(instance, answer))


async def _in_turn(instance: Instance, answer: RunningAnswer) -> None:
    question = answer.question
    async with Typing(instance.client, question.room_id):
        try:
            async with instance.running.turn(answer.conversation):
                await _Writer(instance, answer).write()
        except SendError as error:
            instance.log.warning("The answer in %s was not taken: %s", question.room_id, error)
        except asyncio.CancelledError:
            if answer.ending is INTERRUPTED and not answer.event_ids:
                await tell(
                    instance,
                    question.room_id,
                    INTERRUPTED.note,
                    reply_to=question.event_id,
                    thread_root=answer.destination.thread_root,
                )
            raise
        except Exception:
            instance.log.exception("The answer in %s failed", question.room_id)


class _Writer:
    """Writes one answer into its room, and keeps what came of it."""

    def __init__(self, instance: Instance, answer: RunningAnswer) -> None:
        self._instance = instance
        self._answer = answer
        self._about = _about(answer)
        self._stream = AnswerStream(instance, answer)
        self._checkpoint = Checkpoint(instance.store.streams, self._so_far)
        self._began_at = time.time()
        self._clock = asyncio.get_running_loop().time
        self._since = self._clock()
        self._first_word: float | None = None
        self._ends = INTERRUPTED
        self._posted: Posted | None = None
        self._buttons: AnswerButtons | None = None

    async def write(self) -> None:
        """Post it, and keep what came of it, however it ends."""
        async with self._checkpoint:
            try:
                await self._post()
            except SendError:
                if self._answer.messages and self._answer.document.length:
                    await self._keep(self._so_far().answer)
                raise
            finally:
                if self._posted:
                    answered = self._so_far().answer.as_posted(self._posted)
                    self._instance.tally.answered(answered)
                    await self._keep(answered)

    async def _post(self) -> None:
        answer, room_id = self._answer, self._answer.question.room_id
        await post(
            self._instance.client,
            room_id,
            self._stream.chunks(),
            reply_to=answer.destination.reply_to,
            thread=answer.destination.thread_root,
            mention=answer.question.sender,
            style=_style(answer),
            about=self._about,
            conclude=self._conclude,
            document=answer.document,
            rewrite=answer.messages,
            on_begun=self._begun,
            on_shown=self._shown,
            on_sending=self._checkpoint.changed,
            on_finished=self._finished,
            budgets=self._instance.store.budgets,
        )

    def _begun(self, event_id: str) -> None:
        answer = self._answer
        if event_id not in answer.messages:
            answer.messages.append(event_id)
        self._checkpoint.begun()
        if answer.settings.buttons and self._buttons is None:
            self._buttons = AnswerButtons(self._instance, answer.question.room_id, event_id)
            self._show(self._buttons, STOP)

    def _shown(self, event_id: str, words: str) -> None:
        if self._first_word is None and self._answer.document.length:
            self._first_word = self._clock() - self._since
        self._answer.approvals.shown(event_id, words)

    def _conclude(self, document: Document, error: BaseException | None) -> Ending:
        self._answer.concluded = True
        self._instance.loops.answered(self._answer.question.room_id)
        ending = self._ending(document, error)
        self._ends = replace(ending, note=" ".join([ending.note, *self._stream.notes]).strip())
        self._checkpoint.changed()
        return self._ends

    def _ending(self, document: Document, error: BaseException | None) -> Ending:
        match error:
            case asyncio.CancelledError() if self._answer.ending:
                return self._answer.ending
            case Stalled() | CutOff() if document.text and not self._stream.restored:
                return Ending("cut_off", f"⚠️ {error}")
            case Endless():
                return Ending("cut_off", f"✂️ {error}")
            case ProviderError() | Refusal() | ConfigError():
                return Ending("failed", f"⚠️ {error}")
            case Exception():
                self._instance.log.error("The answer broke off", exc_info=error)
                return Ending("failed", "⚠️ Something went wrong here. Maubot's log says what.")
        ending = concluded(document, error)
        if ending.status == "cut_off" and document.finish_reason == "length":
            return Ending(
                "cut_off", f"✂️ The model ran out of tokens. React with {GO_ON} to go on."
            )
        return ending

    def _finished(self, posted: Posted) -> None:
        self._posted = posted
        if self._first_word is None and posted.text:
            self._first_word = posted.seconds
        self._checkpoint.finished()

    def _so_far(self) -> Unfinished:
        """What is to be finished where the process dies now: all messages, begun anew or not."""
        answer, question = self._answer, self._answer.question
        so_far = Answer(
            event_id=answer.messages[0],
            room_id=question.room_id,
            question_id=question.event_id,
            thread_root=answer.destination.thread_root,
            asker=question.sender,
            provider=self._about.provider,
            model=self._about.model,
            text=answer.document.text,
            status=self._ends.status,
            created_at=self._began_at,
            event_ids=tuple(answer.messages),
            first_word=self._first_word,
            note=self._ends.note,
        )
        return Unfinished(so_far, answer.document, self._ends.note)

    async def _keep(self, kept: Answer) -> None:
        answer = self._answer
        if answer.goes_on:
            kept = answer.goes_on.continued_by(kept)
        if answer.rewrites and self._stream.restored:
            kept = replace(answer.rewrites, event_ids=kept.event_ids)
        await noted(partial(self._instance.store.answers.save, kept))
        if self._buttons:
            goes_on = [GO_ON] if kept.finish_reason == "length" else []
            self._show(self._buttons, RETRY, *goes_on)
            self._clear_earlier_buttons()

    def _clear_earlier_buttons(self) -> None:
        """What is under the beginning of a continued answer stands under its end now."""
        for event_id in self._answer.goes_on.event_ids if self._answer.goes_on else ():
            room_id = self._answer.question.room_id
            self._show(AnswerButtons(self._instance, room_id, event_id))

    def _show(self, buttons: AnswerButtons, *keys: str) -> None:
        self._instance.running.keep(asyncio.create_task(buttons.show(*keys)))


def _about(answer: RunningAnswer) -> About:
    settings = answer.settings
    provider = answer.configuration.providers.get(settings.provider)
    if provider is None:
        return About(settings.provider, settings.model, footer=settings.footer)
    return About(
        provider=provider.name,
        model=settings.model or provider.model,
        footer=settings.footer,
    )


def _style(answer: RunningAnswer) -> Style:
    settings = answer.settings
    return Style(
        edit_interval_ms=settings.edit_interval_ms,
        max_edits=settings.max_edits,
        placeholder=settings.placeholder,
        placeholder_after_ms=settings.placeholder_after_ms,
        notify=settings.notify,
        reasoning=settings.reasoning,
        tables=settings.tables,
        stream=settings.stream,
    )
