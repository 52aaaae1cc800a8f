"""Messages as a terminal shows them: the Markdown of the event that counts, and how it stands."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.panel import Panel
from rich.segment import Segment
from rich.text import Text

from ..message import Message


def conversation(messages: Sequence[Message], *, typing: bool) -> RenderableType:
    """What the bot has said to one question, as it stands."""
    shown = [_message(message) for message in messages]
    return Group(*shown, Text("  ⋯ is typing", style="dim italic") if typing else "")


def _message(message: Message) -> Panel:
    edits = len(message.events) - 1
    state = "[green]● being written[/]" if message.live else "✓"
    kind = str(message.content.get("msgtype"))
    return Panel(
        Markdown(message.body, code_theme="ansi_dark"),
        title=f"{message.first.sender} {state}",
        subtitle=f"[dim]{kind}, {edits} edit{'' if edits == 1 else 's'}[/]",
        title_align="left",
        subtitle_align="right",
        border_style="green" if message.live else "blue",
    )


class LastLines:
    """As much of the end as fits on the screen, but for `spare` lines: where a message grows is
    where one looks."""

    def __init__(self, inner: RenderableType, *, spare: int = 0) -> None:
        self._inner = inner
        self._spare = spare + 1

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._inner, options.update(height=None), pad=False)
        for line in lines[-max(1, console.height - self._spare) :]:
            yield from line
            yield Segment.line()
