"""The stream of one answer, before it is a message: in line, admitted, and asked of a model.

Every way in which it can fail is an error that `answer.py` puts into words.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import replace

from ...chunks import Chunk, Text, Waiting, beginning, size
from ...matrix.content.style import Ending
from ...messages import Message
from ...providers import TYPES, Answerer, Provider, Request
from ...providers.errors import PackageMissing, TooLong
from ..instance import Instance
from ..room.fitting import without_oldest_turns
from ..room.history import UNREADABLE, conversation
from ..room.limits import Asking, duration
from ..room.token_estimate import estimate_request
from ..tools import Toolbox, built_in, run
from .metered import Metered
from .running import PAUSED, STOPPED, RunningAnswer

_GO_ON = Message("user", "Go on exactly where you stopped. Repeat nothing.")


class Endless(Exception):
    """The answer does not stop by itself. The text says why it ends."""


class AnswerStream:
    """The chunks of one answer. Whoever reads them adds them to its document.

    Attributes:
        notes: Sentences for the asker, on what the model was not given.
        restored: It failed before its first word, and the answer that it was to replace is back.
    """

    def __init__(self, instance: Instance, answer: RunningAnswer) -> None:
        self.notes: list[str] = []
        self.restored = False
        self._instance = instance
        self._answer = answer
        self._limits = instance.configuration.current.limits

    def restore(self, error: BaseException | None) -> None:
        """A second try that fails before its first word does not cost the first one's text."""
        answer = self._answer
        goes = answer.ending in (STOPPED, PAUSED)  # as is wanted, or not for long
        if error and answer.rewrites and not (answer.document.length or goes):
            self.restored = True
            answer.document.add(Text(answer.rewrites.text))

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """In line, admitted, asked."""
        chosen = self._answer.configuration.provider(self._answer.settings.provider)
        provider = self._instance.connections.get(chosen)
        async with AsyncExitStack() as stack:
            async for place in self._in_line(stack):
                yield place
            self._answer.waiting = False
            async for installing in self._install(provider):
                yield installing
            request = await self._request()
            admission = await stack.enter_async_context(
                self._instance.gate.admit(self._limits, self._asking(provider, request))
            )
            stack.callback(self._end_in_time())
            async with aclosing(self._asked(Metered(provider, admission), request)) as chunks:
                left = self._limits.answer_characters or sys.maxsize
                async for chunk in chunks:
                    yield beginning(chunk, max(0, left))
                    left -= size(chunk)
                    if left < 0:
                        raise Endless(
                            "This answer has reached the limit of "
                            f"{self._limits.answer_characters:,} characters. "
                            "Ask for the rest, or for less."
                        )

    def _end_in_time(self) -> Callable[[], None]:
        """End the answer when its time is over. Returns what calls that off."""
        seconds = self._limits.answer_seconds
        if not seconds:
            return lambda: None
        ending = Ending(
            "cut_off",
            f"✂️ This answer has reached the limit of {duration(seconds)}. "
            "Ask for the rest, or for less.",
        )
        loop = asyncio.get_running_loop()
        return loop.call_later(seconds, self._answer.stop, ending).cancel

    async def _in_line(self, stack: AsyncExitStack) -> AsyncGenerator[Waiting, None]:
        """Wait until few enough answers are being written, and tell the place meanwhile."""
        places: asyncio.Queue[int] = asyncio.Queue()
        turn = self._instance.line.turn(self._limits.answers_at_once, places.put_nowait)
        entering = asyncio.ensure_future(stack.enter_async_context(turn))
        entering.add_done_callback(lambda _: places.put_nowait(0))
        try:
            while place := await places.get():
                yield Waiting(f"Many are asking at once: you are number {place} in line.")
            await entering
        finally:
            entering.cancel()

    async def _install(self, provider: Provider) -> AsyncGenerator[Waiting, None]:
        """Have the packages that this answer needs. Without that of tools it goes without them."""
        packages = self._instance.packages
        if package := TYPES[provider.settings.type].package:
            async for progress in packages.need(package):
                yield Waiting(progress)
        if any(map(self._instance.servers.get, self._answer.settings.tools)):
            with suppress(PackageMissing):  # said where each of them is missing
                async for progress in packages.need("mcp"):
                    yield Waiting(progress)

    async def _request(self) -> Request:
        instance, answer, question = self._instance, self._answer, self._answer.question
        settings = answer.settings
        talked = await conversation(
            instance.client,
            instance.store.answers,
            question,
            settings,
            answer.situation,
            names=await instance.people.joined(question.room_id),
            visibility=instance.visibility,
            files=instance.files,
            since=await self._since(),
        )
        self.notes += talked.notes
        if talked.undecryptable and question.room_id not in instance.told_unreadable:
            instance.told_unreadable.add(question.room_id)
            self.notes.append(UNREADABLE)
        messages = talked.messages
        if answer.said_before:
            messages = [*messages, Message("assistant", answer.said_before), _GO_ON]
        return Request(
            messages=messages,
            model=settings.model,
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            stream=settings.stream != "single",
            idle_timeout=settings.idle_timeout_seconds,
        )

    async def _since(self) -> int:
        """From when on the conversation counts; without a database nothing of before does."""
        question = self._answer.question
        try:
            return await self._instance.store.resets.since(question.room_id, question.thread_root)
        except Exception:
            self._instance.log.exception("Where the conversation begins is not known")
            return question.asked_at

    def _asking(self, provider: Provider, request: Request) -> Asking:
        return Asking(
            person=self._answer.question.sender,
            room_id=self._answer.question.room_id,
            provider=provider.settings,
            model=request.model or provider.settings.model,
            prompt_tokens=estimate_request(request.messages),
            max_tokens=request.max_tokens,
            id=self._answer.id,
        )

    async def _asked(self, provider: Answerer, request: Request) -> AsyncGenerator[Chunk, None]:
        """The model's chunks; where the conversation is too long for it, once more with less."""
        try:
            async with aclosing(self._steps(provider, request)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except TooLong:
            shorter = without_oldest_turns(request.messages)
            if self._answer.document.begun or len(shorter) == len(request.messages):
                raise
            yield Waiting("The conversation is too long for the model: trying with less of it.")
            async with aclosing(
                self._steps(provider, replace(request, messages=shorter))
            ) as chunks:
                async for chunk in chunks:
                    yield chunk

    def _steps(self, provider: Answerer, request: Request) -> AsyncGenerator[Chunk, None]:
        settings = self._answer.settings
        if not settings.tools:
            return provider.stream(request)
        return run(
            provider,
            request,
            Toolbox(
                settings.tools,
                self._instance.servers,
                built_in(self._answer.configuration.fetch_ports),
            ),
            max_steps=settings.max_steps,
            max_calls=self._limits.tool_calls_per_step,
            approve=self._answer.approvals,
        )
