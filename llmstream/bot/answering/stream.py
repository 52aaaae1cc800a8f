"""The stream of one answer, before it is a message: in line, admitted, and asked of a model.

Every way in which it can fail is an error that `answer.py` puts into words.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace

from ...chunks import Chunk, Text, Usage, Waiting
from ...document import Document
from ...messages import Message
from ...providers import TYPES, Provider, Request
from ...providers.errors import TooLong
from ..instance import Instance
from ..room.history import UNREADABLE, conversation
from ..room.limits import Asking
from ..room.token_estimate import estimate_tokens
from ..room.triggers import Place, Question
from ..room.turns import without_oldest_turns
from ..store import Answer
from ..tools import Approvals, Toolbox, run

_GO_ON = Message("user", "Go on exactly where you stopped. Repeat nothing.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Args:
        rewrites: The earlier answer that this one replaces, in the same messages.
        goes_on: The answer that this one continues, as the model ran out of tokens.
    """

    question: Question
    place: Place
    rewrites: Answer | None = None
    goes_on: Answer | None = None

    @property
    def messages(self) -> tuple[str, ...]:
        """The event ids to be written anew."""
        return self.rewrites.event_ids if self.rewrites else ()


class Stream:
    """The chunks of one answer.

    Attributes:
        notes: Sentences for the asker, on what the model was not given.
        restored: It failed before its first word, and the answer that it was to replace is back.
    """

    def __init__(self, instance: Instance, wish: Wish, approvals: Approvals) -> None:
        self.notes: list[str] = []
        self.restored = False
        self._instance = instance
        self._wish = wish
        self._approvals = approvals
        configuration = instance.configuration.current
        self._limits = configuration.limits
        self._settings = configuration.for_room(wish.question.room_id)

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """The answer's stream. A second try that fails does not cost the first one's text."""
        spoke = False
        try:
            async with aclosing(self._fresh()) as chunks:
                async for chunk in chunks:
                    spoke = spoke or isinstance(chunk, Text)
                    yield chunk
        except Exception:
            if self._wish.rewrites and not spoke:
                self.restored = True
                yield Text(self._wish.rewrites.text)
            raise

    async def _fresh(self) -> AsyncGenerator[Chunk, None]:
        """In line, admitted, asked."""
        configuration = self._instance.configuration.current
        provider = self._instance.connections.get(configuration.provider(self._settings.provider))
        async with AsyncExitStack() as stack:
            async for place in self._in_line(stack):
                yield place
            async for installing in self._install(provider):
                yield installing
            request = await self._request()
            asking = self._asking(provider, request)
            admission = await stack.enter_async_context(
                self._instance.gate.admit(self._limits, asking)
            )
            answer = Document()
            try:
                async with aclosing(self._asked(provider, request)) as chunks:
                    async for chunk in chunks:
                        answer.add(chunk)
                        yield chunk
            finally:
                written = answer.reasoning + answer.text
                if written or answer.usage != Usage():
                    await admission.settle(answer.usage, written)

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
        """Install the packages that this answer needs, where the admin wants that."""
        if not self._instance.configuration.current.install_missing_packages:
            return
        tools = "mcp" if any(map(self._instance.servers.get, self._settings.tools)) else ""
        for package in filter(None, (TYPES[provider.settings.type].package, tools)):
            if await self._instance.packages.lacks(package):
                yield Waiting(f"Installing the package {package}: once, for a minute or so.")
                if not await self._instance.packages.install(package):
                    self.notes.append(f"Installing {package} failed; maubot's log says why.")

    async def _request(self) -> Request:
        settings, question, instance = self._settings, self._wish.question, self._instance
        thread_root = question.thread_root
        talked = await conversation(
            instance.client,
            instance.store.answers,
            question,
            settings,
            self._wish.place,
            names=await instance.people.joined(question.room_id),
            since=await instance.store.resets.since(question.room_id, thread_root),
        )
        self.notes += talked.notes
        if talked.undecryptable and question.room_id not in instance.told_unreadable:
            instance.told_unreadable.add(question.room_id)
            self.notes.append(UNREADABLE)
        messages = talked.messages
        if self._wish.goes_on:
            messages = [*messages, Message("assistant", self._wish.goes_on.text), _GO_ON]
        return Request(
            messages=messages,
            model=settings.model,
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            stream=settings.stream != "single",
            idle_timeout=settings.idle_timeout_seconds,
        )

    def _asking(self, provider: Provider, request: Request) -> Asking:
        return Asking(
            person=self._wish.question.sender,
            room_id=self._wish.question.room_id,
            provider=provider.settings,
            model=request.model or provider.settings.model,
            prompt_tokens=sum(estimate_tokens(message.text) for message in request.messages),
            max_tokens=request.max_tokens,
        )

    async def _asked(self, provider: Provider, request: Request) -> AsyncGenerator[Chunk, None]:
        """The model's chunks; where the conversation is too long for it, once more with less."""
        begun = False
        try:
            async with aclosing(self._steps(provider, request)) as chunks:
                async for chunk in chunks:
                    begun = begun or not isinstance(chunk, Waiting)
                    yield chunk
        except TooLong:
            shorter = without_oldest_turns(request.messages)
            if begun or len(shorter) == len(request.messages):
                raise
            yield Waiting("The conversation is too long for the model: trying with less of it.")
            async with aclosing(
                self._steps(provider, replace(request, messages=shorter))
            ) as chunks:
                async for chunk in chunks:
                    yield chunk

    def _steps(self, provider: Provider, request: Request) -> AsyncGenerator[Chunk, None]:
        if not self._settings.tools:
            return provider.stream(request)
        return run(
            provider,
            request,
            Toolbox(self._settings.tools, self._instance.servers),
            max_steps=self._settings.max_steps,
            approve=self._approvals,
        )
