"""The end of a terminal: what the bot is writing, and under it the line that is being typed.

What is finished is printed above and stays. Nothing else may write to the terminal meanwhile.
"""

from __future__ import annotations

from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from . import screen
from .room import Frame, Room

_TYPED = 2  # lines of what is being typed, at most
_PROMPT = _TYPED + 1


class Terminal:
    """One painter for both, so that neither paints over the other."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._writing: RenderableType = ""
        self._typed: str | None = None
        self._waiting = 0

    def __enter__(self) -> Terminal:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._typed = None
        self._paint()
        self._live.stop()

    def typed(self, line: str, waiting: int) -> None:
        """What is being typed now, and how many questions wait for their turn."""
        self._typed, self._waiting = line, waiting
        self._paint()

    async def watch(self, room: Room, question: str) -> Frame | None:
        """Ask, and show what comes. Returns the last of it, None where nothing came."""
        frame = None
        async for frame in room.ask(question):
            shown = screen.conversation(frame.messages, typing=frame.typing)
            self._writing = screen.LastLines(shown, spare=_PROMPT)
            self._paint()
        self._writing = ""
        self._paint()
        if frame is not None:
            self._console.print(screen.conversation(frame.messages, typing=False))
        if frame is None or not frame.settled:
            self._console.print("[dim]Nothing (more) comes.[/]")
        return frame

    def asked(self, question: str) -> None:
        """A question that was typed has its turn."""
        self._waiting = max(0, self._waiting - 1)
        self._console.print(Text(f"› {question}", style="bold"))

    def _paint(self) -> None:
        parts = [self._writing] if self._writing else []
        if self._typed is not None:
            if self._waiting:
                parts.append(Text(f"  {self._waiting} more in line", "dim"))
            end = self._typed[-(_TYPED * self._console.width - 3) :]
            parts.append(Text.assemble(("› ", "bold"), end, ("▏", "dim")))
        self._live.update(Group(*parts), refresh=True)
