"""One answer in a room, from its first event to its last.

A Document is written by the stream; `Live` decides when the room may first see it, and when it is
finished. Which message shows what is `layout.py`'s; how each is delivered, `courier.py`'s; when an
event goes out, in what order over all rooms, `scheduler.py`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ..chunks import Chunk, PlanUpdate, TaskUpdate, Waiting, WasReasoning
from ..document import Document
from .content.envelope import Envelope
from .content.events import Relation
from .content.layout import Layout
from .content.style import About, Ending, Signature, Style
from .content.thinking import Thinking
from .courier import Courier
from .sending.outcome import Reason, Refused, SendError
from .sending.scheduler import Scheduler

FIRST_WORDS = 24  # characters: a few words, not a syllable
FIRST_WORDS_AFTER = 0.25  # seconds after the first token, where fewer came
THINKING_TICK = 5.0  # seconds between two counts of "Thinking… 12 s", more as it gets long

_ABANDONED = Refused(Reason.LOST, None, "abandoned")


class Live:
    """An answer being written. Whoever makes one must `finish()` or `abandon()` it, whatever
    happens.

    Args:
        document: What the answer is; `add()` writes it.
        relation: Where the first message stands; later ones stand there too.
        mention: Whose phone rings, see `Style.notify`; '' for nobody's.
        encrypted: Whether the room is, which makes events larger.
        rewrite: Event ids of an earlier answer's messages, to be written anew.
        on_begun: Hears the id of each message's first event as soon as the server has it.
        on_shown: Hears that id and a message's words whenever the server has taken new ones.
        on_sending: Hears each time that more of it is about to be sent, but for its end.
        patient: Its end is not urgent: answers go first.
        elapsed: Seconds that it took before.
        name: Its own, also in a process that writes it again after a crash; '' for none.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        room_id: str,
        document: Document,
        style: Style,
        *,
        relation: Relation,
        about: About,
        mention: str = "",
        encrypted: bool = False,
        rewrite: Sequence[str] = (),
        on_begun: Callable[[str], None] | None = None,
        on_shown: Callable[[str, str], None] | None = None,
        on_sending: Callable[[], None] | None = None,
        patient: bool = False,
        elapsed: float = 0.0,
        name: str = "",
    ) -> None:
        self._document = document
        self._style = style
        self._on_begun = on_begun
        self._about = about
        self._thinking = Thinking(document, style)
        self._layout = Layout(
            document,
            style,
            self._thinking,
            lambda number: self._courier.divided(number),
            encrypted=encrypted,
        )
        self._visible = False
        self._refused: Refused | None = None
        self._waiting: asyncio.Future[str] | None = None
        self._loop = asyncio.get_running_loop()
        self._began_at = self._loop.time() - elapsed
        self._words_timer: asyncio.TimerHandle | None = None
        self._wait_timer = self._loop.call_later(
            style.placeholder_after_ms / 1000, self._wait_is_long
        )
        self._courier = Courier(
            scheduler,
            room_id,
            self._layout,
            Envelope(
                relation, about, style.notify, mention, encrypted, name, style.bounds.notices
            ),
            style,
            rewrite=rewrite,
            patient=patient,
            name=name,
            on_begun=self._has_begun,
            on_shown=on_shown,
            on_sending=on_sending,
            on_refused=self._has_refused,
            on_opened=self._touch,
        )
        if style.reasoning == "collapsed":
            self._layout.roll_thoughts()

    @property
    def event_ids(self) -> tuple[str, ...]:
        """The first event of each message that the server has, in order."""
        return self._courier.event_ids

    @property
    def edits(self) -> int:
        """Edits that the server has taken, finals included."""
        return self._courier.edits

    async def begun(self) -> str:
        """The first event's id, once the server has it. Shows what there is, however little.

        Raises:
            SendError: The room does not take it, for good.
        """
        self._reveal()
        if self.event_ids:
            return self.event_ids[0]
        self._courier.touch()  # also where nothing else is shown before its end
        self._waiting = self._loop.create_future()
        return await self._waiting

    async def add(self, chunk: Chunk) -> None:
        """Take in the next chunk; the room sees it with its next edit.

        Raises:
            SendError: The room takes nothing more (we are not in it, may not speak): there is no
                use in going on.
        """
        if self._refused:
            raise SendError(self._refused)
        self._document.add(chunk)
        self._thinking.hear(chunk)
        if isinstance(chunk, WasReasoning):
            self._layout.rewind()
        if isinstance(chunk, (TaskUpdate, PlanUpdate, Waiting)):
            self._visible = True
        if isinstance(chunk, TaskUpdate) and chunk.question:
            await self._layout.make_room()
        elif self._layout.behind:
            await self._layout.catch_up()
        if self._style.reasoning == "collapsed" and not self._document.length:
            self._layout.roll_thoughts()
        self._touch()

    async def finish(self, ending: Ending) -> Signature:
        """The final edit: exact, and last. Returns once the server has all of it.

        Raises:
            SendError: The room does not take it, for good.
        """
        self._stop_timers()
        self._document.end_tasks("complete" if ending.status == "complete" else "error")
        seconds = self._loop.time() - self._began_at
        signature = Signature(self._about, self._document, ending, seconds)
        try:
            await self._layout.catch_up(wholly=True)
            self._layout.end(signature)
            await self._courier.finish()
        finally:
            self.abandon()
        return signature

    def abandon(self) -> None:
        """Nothing more is sent."""
        self._stop_timers()
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(SendError(self._refused or _ABANDONED))
        self._courier.abandon()

    def _touch(self) -> None:
        """The document has changed. Cheap: called for every token.

        What came before the stream stands in the room as it is until that begins.
        """
        if self._layout.behind:
            return
        if not self._visible:
            self._wait_for_words()
        if self._visible and (not self._style.single or self._asks()):
            self._courier.touch()

    def _asks(self) -> bool:
        """A person has to see something now, also where nothing is seen before the end."""
        return any(task.question for task in self._document.tasks)

    def _wait_for_words(self) -> None:
        if self._document.length >= FIRST_WORDS:
            self._visible = True
        elif self._document.length and self._words_timer is None:
            self._words_timer = self._loop.call_later(FIRST_WORDS_AFTER, self._reveal)

    def _reveal(self) -> None:
        self._visible = True
        self._touch()

    def _wait_is_long(self) -> None:
        """Show the placeholder, and count the seconds of thinking until there is text."""
        self._reveal()
        if not self._document.length:
            tick = max(THINKING_TICK, (self._loop.time() - self._began_at) / 6)
            self._wait_timer = self._loop.call_later(tick, self._wait_is_long)

    def _stop_timers(self) -> None:
        self._wait_timer.cancel()
        if self._words_timer:
            self._words_timer.cancel()

    def _has_begun(self, event_id: str) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(event_id)
        if self._on_begun:
            self._on_begun(event_id)

    def _has_refused(self, refused: Refused) -> None:
        self._refused = refused
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(SendError(refused))
