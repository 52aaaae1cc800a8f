"""The tool calls of one step, made together. The loop around them is steps.py."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

from ...chunks import TaskStatus, TaskUpdate, ToolCall
from . import shown
from .approval import TOO_LONG, Approval
from .call_reading import parsed
from .exact import written_out
from .tool import BoundTool, Result, ToolError, failed
from .toolbox import Toolbox

log = logging.getLogger(__name__)


class Calls:
    """Makes calls side by side and tells how each is getting on.

    Attributes:
        results: How each call ended, by its id; complete when `run` has ended.
    """

    def __init__(self, calls: Sequence[ToolCall], toolbox: Toolbox, approve: Approval) -> None:
        self.results: dict[str, Result] = {}
        self._calls = calls
        self._toolbox = toolbox
        self._approve = approve

    async def run(self) -> AsyncGenerator[TaskUpdate, None]:
        """Updates as they happen. Closing it ends the calls that still run."""
        updates: asyncio.Queue[TaskUpdate | None] = asyncio.Queue()
        tasks = [asyncio.create_task(self._make(call, updates.put_nowait)) for call in self._calls]
        for task in tasks:
            task.add_done_callback(lambda _: updates.put_nowait(None))
        running = len(tasks)
        try:
            while running:
                update = await updates.get()
                if update is None:
                    running -= 1
                else:
                    yield update
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, call: ToolCall, tell: Callable[[TaskUpdate], None]) -> None:
        tool = self._toolbox.find(call.name)
        title = title_of(call, tool)
        result = await self._result(call, tool, tell)
        self.results[call.id] = result
        status: TaskStatus = "error" if result.is_error else "complete"
        tell(TaskUpdate(call.id, title, status, output=result.output))

    async def _result(
        self,
        call: ToolCall,
        tool: BoundTool | None,
        tell: Callable[[TaskUpdate], None],
    ) -> Result:
        arguments = parsed(call.arguments)
        if tool is None:
            return failed("There is no such tool.")
        if arguments is None:
            return failed("The arguments were not a JSON object.")
        try:
            if tool.asks_first and (refusal := await self._asked(call, arguments, tell)):
                return failed(refusal)
            return await tool.call(arguments)
        except ToolError as error:
            return failed(str(error))
        except Exception:
            log.exception("The tool %s failed", call.name)
            return failed("The tool failed; the log says why.")

    async def _asked(
        self, call: ToolCall, arguments: Mapping[str, Any], tell: Callable[[TaskUpdate], None]
    ) -> str:
        """Ask the person about a call: why it is not to be made; '' where they approve."""
        written = written_out(call.name, arguments)
        if written is None:
            return TOO_LONG

        def ask(question: str) -> None:
            tell(TaskUpdate(call.id, "", "pending", details="", question=question))

        tell(TaskUpdate(call.id, "", "pending"))  # until it is asked about
        approved = await self._approve(written, ask)
        tell(TaskUpdate(call.id, "", "in_progress", details=shown.arguments(arguments)))
        return "" if approved else "The person did not approve this call. Do without it."


def title_of(call: ToolCall, tool: BoundTool | None) -> str:
    """What the room calls this call."""
    return shown.name(call.name) if tool is None else tool.title
