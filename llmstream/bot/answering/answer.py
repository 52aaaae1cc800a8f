"""One answer, from question to final edit: its turn, its stream, its place in the room.

It holds together what others do (`stream.py`, `post`, the store) and decides nothing of theirs.
Who may ask is settled in `incoming/questions.py`, who may stop it in `incoming/reactions.py`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial

from ...chunks import Chunk
from ...document import Document
from ...matrix.content.style import Ending
from ...matrix.sending.outcome import Reason, SendError
from ...matrix.sending.typing import Typing
from ...post import Posted, concluded, post
from ...providers.errors import CutOff, ProviderError, Stalled
from ..config import ConfigError
from ..for_admins import tell_of_costs
from ..garbage import garbage
from ..instance import Instance
from ..notice import reply
from ..own_device import is_mute
from ..room.limits import Refusal
from ..room.triggers import Question, Situation
from ..store import Answer, Unfinished
from ..store.writing import noted
from ..tools import ALL_KEYS
from .answer_buttons import GO_ON, Offered, in_words
from .appearance import about, style
from .checkpoint import NOT_KEPT, Checkpoint
from .logged import log_answer, log_failure
from .running import INTERRUPTED, PAUSED, SHUT_OUT, Full, RunningAnswer
from .stream import AnswerStream, Endless


async def begin(
    instance: Instance,
    question: Question,
    situation: Situation,
    *,
    rewrites: Answer | None = None,
    goes_on: Answer | None = None,
    resumes: Unfinished | None = None,
) -> None:
    """Begin to answer, in a task of its own. What fails is said in the room, or else logged.

    Where too many questions are waiting, the person is told so, and nothing begins; nor does
    anything where nothing can be said, or the question is seen to: it may be heard twice, or gone.

    Args:
        rewrites, goes_on, resumes: See `RunningAnswer`.
    """
    room_id = question.room_id
    if await is_mute(instance, room_id) or instance.running.is_seen_to(room_id, question.event_id):
        return
    configuration = instance.configuration.current
    answer = RunningAnswer(question, situation, configuration, rewrites, goes_on, resumes)
    try:
        instance.running.admit(answer)
    except Full as full:
        if full.is_news:
            await reply(instance, question, str(full))
    else:
        instance.running.begin(answer, _answered(instance, answer))


async def _answered(instance: Instance, answer: RunningAnswer) -> None:
    writer, room_id = _Writer(instance, answer), answer.question.room_id
    async with Typing(instance.client, room_id):
        try:
            with garbage.one_answer():
                async with writer.checkpoint:
                    await writer.write_in_turn()
        except SendError as error:
            instance.log.warning("The answer in %s was not taken: %s", room_id, error)
        except Exception:
            instance.log.exception("The answer in %s failed", room_id)
        finally:
            telling = tell_of_costs(instance, answer.question.sender, room_id)
            instance.running.keep(asyncio.create_task(telling))


class _Writer:
    """Writes one answer into its room, and keeps what came of it."""

    def __init__(self, instance: Instance, answer: RunningAnswer) -> None:
        self._instance = instance
        self._answer = answer
        self._about = about(
            answer.configuration, answer.settings, answer.settings.provider, answer.settings.model
        )
        self._stream = AnswerStream(instance, answer)
        self.checkpoint = Checkpoint(instance.store, self._so_far)
        self._asked_at = time.time()
        self._began_at: float | None = None
        self._clock = asyncio.get_running_loop().time
        self._since = self._clock()
        self._first_word: float | None = None
        self._ends = INTERRUPTED
        self._concluded_as: Ending | None = None
        self._posted: Posted | None = None
        self._offered = Offered(instance, answer)

    async def write_in_turn(self) -> None:
        """Write it when its turn has come, or end it before anything of it is written."""
        try:
            async with self._instance.running.turn(self._answer.conversation):
                self._began_at, self._since = time.time(), self._clock()
                await self._write(self._stream.chunks())
        except asyncio.CancelledError:
            if self._concluded_as is None:
                self._began_at = None
                await self._end_before_its_turn()
            raise

    async def _end_before_its_turn(self) -> None:
        """Who was to wait for an answer is told that none comes, unless they ended it; what the
        room has of it from before gets its end.
        """
        answer, left = self._answer, self._answer.resumes
        is_shown = left and (left.document.length or (answer.messages and not answer.rewrites))
        if answer.ending is PAUSED:
            return
        if is_shown or (answer.ending is INTERRUPTED and not answer.rewrites):
            await self._write([])
        elif not (left and answer.rewrites):  # the next start looks at what became of that
            await self.checkpoint.drop()

    async def _write(self, chunks: AsyncGenerator[Chunk, None] | list[Chunk]) -> None:
        """Post it, and keep what came of it, however it ends."""
        try:
            await self._post(chunks)
        except SendError as error:
            await self._was_refused(error.refused.reason)
            raise
        finally:
            if self._posted and self._concluded_as is not PAUSED:
                await self._keep(self._posted)

    async def _post(self, chunks: AsyncGenerator[Chunk, None] | list[Chunk]) -> None:
        answer = self._answer
        await self._look_at_room()
        await post(
            self._instance.client,
            answer.question.room_id,
            chunks,
            reply_to=answer.destination.reply_to,
            thread=answer.destination.thread_root,
            mention=answer.question.sender,
            style=style(answer.settings),
            about=self._about,
            conclude=self._conclude,
            document=answer.document,
            rewrite=answer.messages,
            on_begun=self._begun,
            on_shown=self._shown,
            on_sending=self.checkpoint.changed,
            on_finished=self._finished,
            elapsed=answer.resumes.seconds if answer.resumes else 0.0,
            name=answer.id,
            budgets=self._instance.store.budgets,
            platforms=answer.configuration.platforms,
        )

    async def _look_at_room(self) -> None:
        """What people in it can do depends on what is behind its bridges."""
        answer, platforms = self._answer, self._answer.configuration.platforms
        delivery = await self._instance.capabilities.of(answer.question.room_id, platforms)
        self._offered.bear(delivery)
        answer.approvals.in_words = not delivery.takes_reactions(ALL_KEYS)
        answer.approvals.longest_text = delivery.longest_text
        if not (delivery.threads or answer.question.thread_root):
            answer.destination = replace(answer.destination, thread_root="")

    async def _was_refused(self, reason: Reason) -> None:
        """The room takes no more. What it has of this, or was to have, waits until it does."""
        answer, has_text = self._answer, bool(self._answer.document.length)
        if not self._posted:
            self._instance.tally.not_taken(self._about.provider)
        if answer.messages and has_text:
            await noted(partial(self._instance.store.answers.save, self._kept()))
        if reason is Reason.GONE or not (answer.messages or (answer.concluded and has_text)):
            await self.checkpoint.drop()
        elif not answer.concluded:
            self._ends = SHUT_OUT

    def _begun(self, event_id: str) -> None:
        self._instance.running.begun(self._answer, event_id)
        self.checkpoint.changed()
        self._offered.while_written(event_id)

    def _shown(self, event_id: str, words: str) -> None:
        if self._first_word is None and self._answer.document.length:
            self._first_word = self._clock() - self._since
        self._answer.approvals.shown(event_id, words)

    async def _conclude(self, document: Document, error: BaseException | None) -> Ending:
        """How it ends: in the database before the room hears of it."""
        self._stream.restore(error)
        answer, ending = self._answer, self._ending(document, error)
        self._concluded_as = ending
        if ending is PAUSED and not answer.messages:
            raise asyncio.CancelledError  # nothing is shown that would need an end
        answer.concluded = ending is not PAUSED
        self._instance.loops.answered(answer.question.room_id)
        self._ends = ending.with_notes(*self._stream.notes)
        if not await self.checkpoint.secured() and not await self._kept_already():
            self._ends = self._ends.with_notes(NOT_KEPT)
        words = in_words(self._ends, answer.settings.buttons)
        return self._ends if self._offered.can_react else words

    def _ending(self, document: Document, error: BaseException | None) -> Ending:
        if self._answer.ending and self._began_at is None:
            return self._answer.ending
        match error:
            case asyncio.CancelledError() if self._answer.ending:
                return self._answer.ending
            case Stalled() | CutOff() if document.text and not self._stream.restored:
                return Ending("cut_off", f"⚠️ {error}")
            case Endless():
                return Ending("cut_off", f"✂️ {error}")
            case ProviderError():
                log_failure(self._instance.log, self._answer.question.room_id, error)
                return Ending("failed", f"⚠️ {error}")
            case Refusal() | ConfigError():
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

    def _so_far(self) -> Unfinished:
        """What is to be finished where the process dies now: all messages, begun anew or not."""
        answer, question, left = self._answer, self._answer.question, self._answer.resumes
        written = 0.0 if self._began_at is None else time.time() - self._began_at
        so_far = Answer(
            event_id=answer.messages[0] if answer.messages else "",
            room_id=question.room_id,
            question_id=question.event_id,
            thread_root=answer.destination.thread_root,
            asker=question.sender,
            provider=self._about.provider,
            model=self._about.model,
            text=answer.document.text,
            status=self._ends.status,
            created_at=left.answer.created_at if left else self._began_at or self._asked_at,
            event_ids=tuple(answer.messages),
            first_word=self._first_word,
            note=self._ends.note,
            rounds=answer.approvals.rounds,
        )
        return Unfinished(
            id=answer.id,
            state="concluded" if answer.concluded else "writing" if answer.messages else "asked",
            answer=so_far,
            document=answer.document,
            seconds=written + (left.seconds if left else 0.0),
            tries=left.tries + 1 if left else 0,
        )

    async def _kept_already(self) -> bool:
        """Whether it can be kept as an answer, where it cannot as one on its way."""
        if not self._answer.messages:
            return False
        saving = asyncio.create_task(self._instance.store.answers.save(self._kept()))
        done, _ = await asyncio.wait([saving], timeout=1)
        return bool(done) and saving.exception() is None

    def _kept(self, posted: Posted | None = None) -> Answer:
        """What becomes of it in the database."""
        answer, kept = self._answer, self._so_far().answer
        kept = kept.as_posted(posted) if posted else kept
        if answer.goes_on:
            kept = answer.goes_on.continued_by(kept)
        if answer.rewrites and self._stream.restored:
            kept = replace(answer.rewrites, event_ids=kept.event_ids, rounds=kept.rounds)
        return kept

    async def _keep(self, posted: Posted) -> None:
        kept = self._kept(posted)
        log_answer(self._instance.log, kept.room_id, self._about, posted)
        self._instance.tally.answered(self._so_far().answer.as_posted(posted))
        await self.checkpoint.keep(kept)
        self._offered.when_done(goes_on=kept.finish_reason == "length")
