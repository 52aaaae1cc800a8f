"""One answer, from question to final edit: its turn, its stream, its place in the room.

It holds together what others do (`stream.py`, `post`, the store) and decides nothing of theirs.
Who may ask is settled before (`questions.py`); stopping and trying again come from outside
(`reactions.py`).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from ...document import Document
from ...matrix.content.style import About, Ending, Signature, Style
from ...matrix.sending.outcome import SendError
from ...matrix.sending.typing import Typing
from ...post import concluded, post
from ...providers.errors import CutOff, ProviderError, Stalled
from ..config import ConfigError
from ..instance import Instance
from ..notice import tell
from ..room.limits import Refusal
from ..room.triggers import spot
from ..store import Answer
from ..tools import Approvals
from .answer_buttons import GO_ON, RETRY, STOP, AnswerButtons
from .checkpoint import InFlight
from .continued import joined
from .running import INTERRUPTED, Writing
from .stream import Stream, Wish


def begin(instance: Instance, wish: Wish) -> Writing:
    """Begin to answer, in a task of its own. What fails is said in the room, or else logged."""
    question = wish.question
    settings = instance.configuration.current.for_room(question.room_id)
    where = spot(question, settings.thread)
    writing = Writing(
        question,
        where.thread_root,
        _conversation_of(instance, wish, where.thread_root),
        Approvals(question.sender),
        [*wish.messages, *(wish.goes_on.event_ids if wish.goes_on else ())],
    )
    instance.running.begin(writing, _in_turn(instance, wish, writing))
    return writing


def _conversation_of(instance: Instance, wish: Wish, thread_root: str) -> str:
    question = wish.question
    replied = question.reply_to and instance.running.of_event(question.room_id, question.reply_to)
    if thread_root:
        return f"{question.room_id} {thread_root}"
    if replied:
        return replied.conversation
    return question.room_id if wish.place.answers_all else question.event_id


async def _in_turn(instance: Instance, wish: Wish, writing: Writing) -> None:
    room_id = wish.question.room_id
    async with Typing(instance.client, room_id):
        try:
            async with instance.running.turn(writing.conversation):
                await _Answer(instance, wish, writing).write()
        except SendError as error:
            instance.log.warning("The answer in %s was not taken: %s", room_id, error)
        except asyncio.CancelledError:
            if writing.ending is INTERRUPTED and not writing.event_ids:
                await tell(
                    instance,
                    room_id,
                    INTERRUPTED.note,
                    reply_to=wish.question.event_id,
                    thread_root=writing.thread_root,
                )
            raise
        except Exception:
            instance.log.exception("The answer in %s failed", room_id)


class _Answer:
    """An answer while it is written."""

    def __init__(self, instance: Instance, wish: Wish, writing: Writing) -> None:
        self._instance = instance
        self._wish = wish
        self._writing = writing
        self._question = wish.question
        configuration = instance.configuration.current
        self._settings = configuration.for_room(wish.question.room_id)
        self._provider = configuration.providers.get(self._settings.provider)
        self._stream = Stream(instance, wish, writing.approvals)
        self._in_flight = InFlight(instance.store.streams, self._so_far)
        self._event_ids: list[str] = []
        self._buttons: AnswerButtons | None = None
        self._ended: tuple[Document, Ending] | None = None

    async def write(self) -> None:
        """Post it, and keep what came of it, however it ends."""
        async with self._in_flight:
            try:
                await self._post()
            finally:
                if self._ended and self._event_ids:
                    await self._keep(*self._ended)

    async def _post(self) -> None:
        question = self._question
        where = spot(question, self._settings.thread)
        await post(
            self._instance.client,
            question.room_id,
            self._in_flight.follow(self._stream.chunks()),
            reply_to=where.reply_to,
            thread=where.thread_root,
            mention=question.sender,
            style=await self._style(),
            about=self._about(),
            conclude=self._conclude,
            rewrite=self._wish.messages,
            on_begun=self._begun,
            budgets=self._instance.store.budgets,
        )

    async def _style(self) -> Style:
        settings = self._settings
        reach = await self._instance.capabilities.of(self._question.room_id)
        return Style(
            edit_interval_ms=settings.edit_interval_ms,
            max_edits=settings.max_edits,
            placeholder=settings.placeholder,
            placeholder_after_ms=settings.placeholder_after_ms,
            notify=settings.notify,
            reasoning=settings.reasoning,
            tables=settings.tables,
            single=not reach.takes(settings.stream),
        )

    def _about(self) -> About:
        settings, provider = self._settings, self._provider
        if provider is None:
            return About(settings.provider, settings.model, footer=settings.footer)
        return About(
            provider=provider.name,
            model=settings.model or provider.model,
            price_in=provider.price_in,
            price_out=provider.price_out,
            footer=settings.footer,
        )

    def _begun(self, event_id: str) -> None:
        self._event_ids.append(event_id)
        if event_id not in self._writing.event_ids:
            self._writing.event_ids.append(event_id)
        self._in_flight.begun()
        if self._settings.buttons and self._buttons is None:
            self._buttons = AnswerButtons(self._instance, self._question.room_id, event_id)
            self._show(self._buttons, STOP)

    def _conclude(self, document: Document, error: BaseException | None) -> Ending:
        ending = self._ending(document, error)
        note = " ".join([ending.note, *self._stream.notes]).strip()
        self._ended = document, ending
        self._writing.concluded = True
        return replace(ending, note=note)

    def _ending(self, document: Document, error: BaseException | None) -> Ending:
        match error:
            case asyncio.CancelledError() if self._writing.ending:
                return self._writing.ending
            case Stalled() | CutOff() if document.text and not self._stream.restored:
                return Ending("cut_off", f"⚠️ {error}")
            case ProviderError() | Refusal() | ConfigError():
                return Ending("failed", f"⚠️ {error}")
            case Exception():
                self._instance.log.error("The answer broke off", exc_info=error)
                return Ending("failed", "⚠️ Something went wrong here. Maubot's log says what.")
        ending = concluded(document, error)
        if ending.status == "cut_off":
            return Ending(
                "cut_off", f"✂️ The model ran out of tokens. React with {GO_ON} to go on."
            )
        return ending

    def _so_far(self, document: Document) -> Answer:
        """What is to be finished where the process dies now: all messages, begun anew or not."""
        messages = dict.fromkeys((*self._wish.messages, *self._event_ids))
        return replace(self._answer(document, INTERRUPTED), event_ids=tuple(messages))

    def _answer(self, document: Document, ending: Ending) -> Answer:
        question, about, usage = self._question, self._about(), document.usage
        return Answer(
            event_id=self._event_ids[0],
            room_id=question.room_id,
            question_id=question.event_id,
            thread_root=self._writing.thread_root,
            asker=question.sender,
            provider=about.provider,
            model=about.model,
            text=document.text,
            status=ending.status,
            created_at=time.time(),
            finish_reason=document.finish_reason,
            input_tokens=usage.input,
            output_tokens=usage.output,
            reasoning_tokens=usage.reasoning,
            cost=Signature(about, document, ending, 0).cost,
            event_ids=tuple(self._event_ids),
        )

    async def _keep(self, document: Document, ending: Ending) -> None:
        question, answer = self._question, self._answer(document, ending)
        if self._wish.goes_on:
            answer = joined(self._wish.goes_on, answer)
        if self._wish.rewrites and self._stream.restored:
            answer = replace(self._wish.rewrites, event_ids=answer.event_ids)
        await self._instance.store.answers.save(answer)
        self._instance.loops.answered(question.room_id)
        if self._buttons:
            goes_on = [GO_ON] if answer.finish_reason == "length" else []
            self._show(self._buttons, RETRY, *goes_on)
            self._clear_earlier_buttons()

    def _clear_earlier_buttons(self) -> None:
        """What is under the beginning of a continued answer stands under its end now."""
        for event_id in self._wish.goes_on.event_ids if self._wish.goes_on else ():
            self._show(AnswerButtons(self._instance, self._question.room_id, event_id))

    def _show(self, buttons: AnswerButtons, *keys: str) -> None:
        self._instance.running.keep(asyncio.create_task(buttons.show(*keys)))
