"""The loop of steps around a provider: ask, make the calls it wants, hand back results, ask again.

To the rest of the bot it is one stream of chunks, as a provider's is: `Text` of all steps, every
call as a task, `StepEnd` between steps, `Usage` of each step, one `Finish`. It knows neither what
a tool does (toolbox.py) nor how calls run together (calls.py).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from itertools import count

from ...chunks import Chunk, Finish, StepEnd, TaskUpdate, Text, ToolCall, WasReasoning
from ...messages import Message
from ...providers import Answerer, Request
from ...providers.errors import ToolsUnsupported
from . import shown
from .approval import Approval
from .call_reading import parsed, sendable, tool_name
from .calls import Calls, title_of
from .tool import Result
from .toolbox import Toolbox

_ENOUGH = Message(
    "user", "No more tools can be called for this answer. Answer now with what you have."
)
_LONGEST_ID = 200  # characters
_SURPLUS = "\n\nYou wanted {} more calls, which were not made: at most {} are made in one step."


async def run(
    provider: Answerer,
    request: Request,
    toolbox: Toolbox,
    *,
    max_steps: int,
    max_calls: int = 0,
    approve: Approval,
) -> AsyncGenerator[Chunk, None]:
    """Chunks of one answer, in order, ending with `Finish`. Closing it ends request and calls.

    Args:
        request: What is asked; its `tools` are the toolbox's.
        max_steps: How many times the model may call tools; then it has to answer without.
        max_calls: How many calls are made in one step; 0 is no limit.
        approve: Asks the person where a tool needs a yes.

    Raises:
        ProviderError: its text may be shown in a room.
    """
    async with aclosing(toolbox.open()) as opening:
        async for news in opening:
            yield news
    request = replace(request, tools=toolbox.tools if max_steps else ())
    ids = _Ids()
    for left in range(max_steps, -1, -1):
        if not left and request.tools:
            request = replace(request, tools=(), messages=(*request.messages, _ENOUGH))
            yield TaskUpdate(
                "tools.limit", f"Stopped using tools after {max_steps} steps", "error"
            )
        step = _Step(toolbox, ids, max_calls)
        async with aclosing(step.ask(provider, request)) as asking:
            async for chunk in asking:
                yield chunk
        if not step.calls:
            break
        calls = Calls(step.calls, toolbox, approve)
        async with aclosing(calls.run()) as calling:
            async for update in calling:
                yield update
        if step.surplus:
            title = f"Left out {step.surplus} more calls: at most {max_calls} in one step"
            yield TaskUpdate(f"tools.surplus.{left}", title, "error")
        yield StepEnd()
        request = replace(request, messages=(*request.messages, *step.turns(calls.results)))
    yield step.finish


class _Step:
    """One request to the model, and what came of it.

    Attributes:
        calls: What the model wants to be called, as far as it may.
        surplus: How many more calls it wanted.
    """

    def __init__(self, toolbox: Toolbox, ids: _Ids, max_calls: int) -> None:
        self.calls: list[ToolCall] = []
        self.surplus = 0
        self.finish = Finish()
        self._text: list[str] = []
        self._toolbox = toolbox
        self._ids = ids
        self._max_calls = max_calls

    async def ask(self, provider: Answerer, request: Request) -> AsyncGenerator[Chunk, None]:
        """The model's chunks; without tools where it turns out that it cannot use them."""
        try:
            async with aclosing(self._listen(provider, request)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except ToolsUnsupported:
            if not request.tools:
                raise
            model = shown.name(request.model or provider.settings.model or provider.settings.name)
            yield TaskUpdate("tools", f"{model} cannot use tools: answered without", "error")
            async with aclosing(self._listen(provider, replace(request, tools=()))) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _listen(self, provider: Answerer, request: Request) -> AsyncGenerator[Chunk, None]:
        async with aclosing(provider.stream(request)) as chunks:
            async for chunk in chunks:
                match chunk:
                    case ToolCall():
                        if not request.tools:
                            continue
                        if self._max_calls and len(self.calls) >= self._max_calls:
                            self.surplus += 1
                            continue
                        yield self._called(chunk)
                    case Finish():
                        self.finish = chunk
                    case Text(text):
                        self._text.append(text)
                        yield chunk
                    case WasReasoning():
                        self._text.clear()
                        yield chunk
                    case _:
                        yield chunk

    def _called(self, call: ToolCall) -> TaskUpdate:
        call = replace(call, id=self._ids.unique(call.id), name=self._named(call.name))
        self.calls.append(call)
        arguments = parsed(call.arguments)
        details = shown.code(call.arguments) if arguments is None else shown.arguments(arguments)
        return TaskUpdate(
            call.id, title_of(call, self._toolbox.find(call.name)), "in_progress", details
        )

    def _named(self, written: str) -> str:
        return written if self._toolbox.find(written) else tool_name(written)

    def turns(self, results: dict[str, Result]) -> tuple[Message, ...]:
        """What the conversation has gained: the model's turn, and one for each result."""
        calls = tuple(map(sendable, self.calls))
        texts = [results[call.id].text for call in self.calls]
        if self.surplus:
            texts[-1] += _SURPLUS.format(self.surplus, self._max_calls)
        return (
            Message("assistant", "".join(self._text), tool_calls=calls),
            *(
                Message("tool", text, tool_call_id=call.id)
                for call, text in zip(self.calls, texts, strict=True)
            ),
        )


class _Ids:
    """Ids that are unique in one answer: some providers give none, or begin anew in each step."""

    def __init__(self) -> None:
        self._given = {""}
        self._number = count(1)

    def unique(self, wanted: str) -> str:
        """`wanted`, or another where it is taken."""
        if len(wanted) > _LONGEST_ID or not wanted.isprintable():
            wanted = ""
        while wanted in self._given:
            wanted = f"call_{next(self._number)}"
        self._given.add(wanted)
        return wanted
