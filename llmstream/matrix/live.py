"""One answer in a room, from its first event to its last.

A Document is written by the stream; `Live` decides when the room may first see it, and sees to it
that every message is finished. Which message shows what is `layout.py`; when an event goes out, in
what order over all rooms, `scheduler.py`: it asks a message for its newest content at the moment
of sending.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from ..chunks import Chunk, PlanUpdate, TaskUpdate, Waiting
from ..document import Document
from .content.events import Relation
from .content.layout import Layout
from .content.span import Answer, Message
from .content.style import About, Ending, Signature, Style
from .content.thinking import Thinking
from .sending.outcome import Reason, Refused, SendError
from .sending.scheduler import Lane, Scheduler

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
    ) -> None:
        thinking = Thinking(document, style)
        self._answer = Answer(document, style, about, relation, mention, encrypted, thinking)
        self._scheduler = scheduler
        self._room_id = room_id
        self._document = document
        self._style = style
        self._rewrite = list(rewrite)
        self._on_begun = on_begun
        self._layout = Layout(self._answer, self._start_delivery)
        self._visible = False
        self._refused: Refused | None = None
        self._waiting: asyncio.Future[str] | None = None
        self._delivery: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._began_at = self._loop.time()
        self._words_timer: asyncio.TimerHandle | None = None
        self._wait_timer = self._loop.call_later(
            style.placeholder_after_ms / 1000, self._wait_is_long
        )
        self._open(self._layout.growing)

    @property
    def event_ids(self) -> tuple[str, ...]:
        """The first event of each message that the server has, in order."""
        lanes = (message.lane for message in self._layout.messages)
        return tuple(lane.event_id for lane in lanes if lane and lane.event_id)

    async def begun(self) -> str:
        """The first event's id, once the server has it. Shows what there is, however little.

        Raises:
            SendError: The room does not take it, for good.
        """
        self._reveal()
        if self.event_ids:
            return self.event_ids[0]
        self._waiting = self._loop.create_future()
        return await self._waiting

    async def add(self, chunk: Chunk) -> None:
        """Take in the next chunk; the room sees it when its turn comes.

        Raises:
            SendError: The room takes nothing more (we are not in it, may not speak): there is no
                use in going on.
        """
        if self._refused:
            raise SendError(self._refused)
        self._document.add(chunk)
        self._answer.thinking.hear(chunk)
        if isinstance(chunk, TaskUpdate | PlanUpdate | Waiting):
            self._visible = True
        if self._layout.behind:
            await self._layout.catch_up()
        if self._style.reasoning == "collapsed":
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
        signature = Signature(self._answer.about, self._document, ending, seconds)
        try:
            await self._layout.catch_up(wholly=True)
            self._answer.signature = signature
            self._layout.end()
            if self._delivery:
                await self._delivery
            await self._deliver()
            await self._remove_leftovers()
        finally:
            self.abandon()
        return signature

    def abandon(self) -> None:
        """Nothing more is sent."""
        self._stop_timers()
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(SendError(self._refused or _ABANDONED))
        if self._delivery:
            self._delivery.cancel()
        for message in self._layout.messages:
            if message.lane and message.delivered is None:
                message.lane.abandon()

    def _touch(self) -> None:
        """The document has changed. Cheap: called for every token."""
        if not self._visible:
            self._wait_for_words()
        lane = self._layout.growing.lane
        if self._visible and lane and not self._style.single:
            lane.touch()

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

    def _open(self, message: Message, event_id: str | None = None) -> Lane:
        if event_id is None and self._rewrite:
            event_id = self._rewrite.pop(0)
            self._has_begun(event_id)
        message.lane = self._scheduler.open(
            self._room_id,
            partial(self._layout.paint, message),
            event_id=event_id,
            interval=self._style.edit_interval_ms / 1000,
            max_edits=self._style.max_edits,
            on_refused=partial(self._on_refusal, message),
            on_begun=self._has_begun,
        )
        return message.lane

    def _has_begun(self, event_id: str) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(event_id)
        if self._on_begun:
            self._on_begun(event_id)

    def _on_refusal(self, message: Message, refused: Refused) -> None:
        if refused.reason is Reason.TOO_LARGE and self._layout.shrink(message):
            return
        self._refused = refused
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(SendError(refused))

    def _start_delivery(self) -> None:
        if self._delivery is None or self._delivery.done():
            self._delivery = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        """Finish the messages that are full, in order, and open the one that grows after them."""
        number = 0
        while number < len(self._layout.messages):
            message = self._layout.messages[number]
            if message.end is None:
                if not message.lane:
                    self._open(message)
                self._touch()
                return
            if message.delivered != message.tasks:
                await self._deliver_one(message)
            number += 1

    async def _deliver_one(self, message: Message) -> None:
        """Send a message's final; once more where its tasks have changed since."""
        if message.delivered is not None and message.lane:
            self._open(message, message.lane.event_id)
        while True:
            lane, tasks = message.lane or self._open(message), message.tasks
            try:
                await lane.finish()
            except SendError as error:
                too_large = error.refused.reason is Reason.TOO_LARGE
                if not (too_large and self._layout.shrink(message)):
                    raise
            else:
                message.delivered = tasks
                return

    async def _remove_leftovers(self) -> None:
        """A shorter answer leaves messages of the longer one that it replaces."""
        for event_id in self._rewrite:
            await self._scheduler.redact(self._room_id, event_id)
        self._rewrite.clear()
