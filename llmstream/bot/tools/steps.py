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
from .calls import Calls, parsed, title_of
from .tool import Result
from .toolbox import Toolbox

_ENOUGH = Message(
    "user", "No more tools can be called for this answer. Answer now with what you have."
)


async def run(
    provider: Answerer, request: Request, toolbox: Toolbox, *, max_steps: int, approve: Approval
) -> AsyncGenerator[Chunk, None]:
    """Chunks of one answer, in order, ending with `Finish`. Closing it ends request and calls.

    Args:
        request: What is asked; its `tools` are the toolbox's.
        max_steps: How many times the model may call tools; then it has to answer without.
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
        step = _Step(toolbox, ids)
        async with aclosing(step.ask(provider, request)) as asking:
            async for chunk in asking:
                yield chunk
        if not step.calls:
            break
        calls = Calls(step.calls, toolbox, approve)
        async with aclosing(calls.run()) as calling:
            async for update in calling:
                yield update
        yield StepEnd()
        request = replace(request, messages=(*request.messages, *step.turns(calls.results)))
    yield step.finish


class _Step:
    """One request to the model, and what came of it."""

    def __init__(self, toolbox: Toolbox, ids: _Ids) -> None:
        self.calls: list[ToolCall] = []
        self.finish = Finish()
        self._text: list[str] = []
        self._toolbox = toolbox
        self._ids = ids

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
                        if request.tools:
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
        call = replace(call, id=self._ids.unique(call.id))
        self.calls.append(call)
        arguments = parsed(call.arguments)
        details = shown.code(call.arguments) if arguments is None else shown.arguments(arguments)
        return TaskUpdate(
            call.id, title_of(call, self._toolbox.find(call.name)), "in_progress", details
        )

    def turns(self, results: dict[str, Result]) -> tuple[Message, ...]:
        """What the conversation has gained: the model's turn, and one for each result."""
        calls = tuple(
            call if parsed(call.arguments) is not None else replace(call, arguments="{}")
            for call in self.calls  # no provider takes back arguments that are not JSON
        )
        return (
            Message("assistant", "".join(self._text), tool_calls=calls),
            *(Message("tool", results[call.id].text, tool_call_id=call.id) for call in self.calls),
        )


class _Ids:
    """Ids that are unique in one answer: some providers give none, or begin anew in each step."""

    def __init__(self) -> None:
        self._given = {""}
        self._number = count(1)

    def unique(self, wanted: str) -> str:
        """`wanted`, or another where it is taken."""
        while wanted in self._given:
            wanted = f"call_{next(self._number)}"
        self._given.add(wanted)
        return wanted
