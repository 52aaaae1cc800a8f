"""One answer in a room, from its first event to its last.

A Document is written by the stream; `Live` decides when the room may first see it, and delivers
every message. Which message shows what is `layout.py`'s; when an event goes out, in what order
over all rooms, `scheduler.py`'s: it asks for a message's newest content at the moment of sending.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from mautrix.types import EventID

from ..chunks import Chunk, PlanUpdate, TaskUpdate, Waiting, WasReasoning
from ..document import Document, Task
from .content.envelope import Envelope
from .content.events import Content, Relation, Rendered
from .content.layout import Layout
from .content.style import About, Ending, Signature, Style
from .content.thinking import Thinking
from .sending.lane import Lane
from .sending.outcome import Reason, Refused, SendError
from .sending.scheduler import Scheduler

FIRST_WORDS = 24  # characters: a few words, not a syllable
FIRST_WORDS_AFTER = 0.25  # seconds after the first token, where fewer came
THINKING_TICK = 5.0  # seconds between two counts of "Thinking… 12 s", more as it gets long

_ABANDONED = Refused(Reason.LOST, None, "abandoned")


@dataclass(eq=False)
class _Message:
    """How far the delivery of one message is.

    Args:
        lane: None while the messages before it are not finished.
        tasks: Those in its final, once that is painted.
        delivered: Likewise, once the server has it.
        painted: What an edit of it showed last, and where its lane stood then.
        words: Those that it was painted with last.
    """

    lane: Lane | None = None
    tasks: tuple[Task, ...] = ()
    delivered: tuple[Task, ...] | None = None
    painted: tuple[Rendered, tuple[str | None, int]] | None = None
    words: str = ""


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
    ) -> None:
        self._scheduler = scheduler
        self._room_id = room_id
        self._document = document
        self._style = style
        self._rewrite = list(rewrite)
        self._on_begun = on_begun
        self._on_shown = on_shown
        self._on_sending = on_sending
        self._patient = patient
        self._about = about
        self._envelope = Envelope(relation, about, style.notify, mention, encrypted)
        self._thinking = Thinking(document, style)
        self._layout = Layout(
            document, style, self._thinking, self._on_divided, encrypted=encrypted
        )
        self._messages = [_Message()]
        self._visible = False
        self._refused: Refused | None = None
        self._waiting: asyncio.Future[str] | None = None
        self._delivery: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._began_at = self._loop.time() - elapsed
        self._words_timer: asyncio.TimerHandle | None = None
        self._wait_timer = self._loop.call_later(
            style.placeholder_after_ms / 1000, self._wait_is_long
        )
        self._open(self._messages[0])

    @property
    def event_ids(self) -> tuple[str, ...]:
        """The first event of each message that the server has, in order."""
        lanes = (message.lane for message in self._messages)
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
        if isinstance(chunk, TaskUpdate | PlanUpdate | Waiting):
            self._visible = True
        if isinstance(chunk, TaskUpdate) and chunk.question:
            await self._layout.make_room()
        elif self._layout.behind:
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
        signature = Signature(self._about, self._document, ending, seconds)
        try:
            await self._layout.catch_up(wholly=True)
            self._layout.end(signature)
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
        for message in self._messages:
            if message.lane:
                message.lane.abandon()

    def _touch(self) -> None:
        """The document has changed. Cheap: called for every token."""
        if not self._visible:
            self._wait_for_words()
        lane = self._messages[-1].lane
        if self._visible and lane and (not self._style.single or self._asks()):
            lane.touch()

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

    def _open(self, message: _Message) -> Lane:
        """The lane of a message: of a new one, or of one that has had its final, once more."""
        event_id = message.lane.event_id if message.lane else None
        if event_id is None and self._rewrite:
            event_id = EventID(self._rewrite.pop(0))
            self._has_begun(event_id)
        message.lane = self._scheduler.open(
            self._room_id,
            partial(self._paint, message),
            event_id=event_id,
            interval=self._style.edit_interval_ms / 1000,
            max_edits=self._style.max_edits,
            on_refused=partial(self._on_refused, message),
            on_begun=self._has_begun,
            on_taken=partial(self._on_taken, message),
            patient=self._patient,
        )
        return message.lane

    def _paint(self, message: _Message, final: bool) -> Content | None:
        """What a message has to send now; None where the server has it already, or where there is
        nothing to show.
        """
        assert message.lane
        number, lane = self._messages.index(message), message.lane
        if not final and self._layout.is_full(number):
            return None  # its final is on the way
        rendered = self._layout.paint(number, final=final)
        message.words = rendered.body
        if final:
            message.tasks = self._layout.tasks(number)
            signature = self._layout.signature(number)
            return self._envelope.final(rendered, number, lane.event_id, signature)
        # What was painted last may have been refused; only what was taken need not be sent again.
        before, stood = message.painted or (None, None)
        stands = (lane.event_id, lane.edits)
        if not rendered.html or (rendered == before and stands != stood):
            return None
        message.painted = rendered, stands
        if self._on_sending:
            self._on_sending()
        return self._envelope.writing(rendered, number, lane.event_id)

    def _has_begun(self, event_id: str) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(event_id)
        if self._on_begun:
            self._on_begun(event_id)

    def _on_taken(self, message: _Message, event_id: str) -> None:
        if self._on_shown:
            self._on_shown(event_id, message.words)

    def _on_refused(self, message: _Message, refused: Refused) -> bool:
        """Whether there is less to send than what was refused."""
        too_large = refused.reason is Reason.TOO_LARGE
        if too_large and self._layout.shrink(self._messages.index(message)):
            return True
        self._refused = refused
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(SendError(refused))
        return False

    def _on_divided(self, number: int) -> None:
        self._messages.insert(number + 1, _Message())
        if self._delivery is None or self._delivery.done():
            self._delivery = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        """Finish the messages that are full, in order, and open the one that grows after them."""
        number = 0
        while number < len(self._messages):
            message = self._messages[number]
            if not self._layout.is_full(number):
                if not message.lane:
                    self._open(message)
                self._touch()
                return
            if message.delivered != self._layout.tasks(number):
                await self._finish_message(message, number)
            number += 1

    async def _finish_message(self, message: _Message, number: int) -> None:
        """Send a message's final; once more where its tasks have changed since."""
        if message.lane is None or message.delivered is not None:
            self._open(message)
        if not self._layout.signature(number):
            await self._layout.prepare(number)
        assert message.lane
        await message.lane.finish()
        message.delivered, message.painted = message.tasks, None
        self._layout.put_away(self._messages.index(message))

    async def _remove_leftovers(self) -> None:
        """A shorter answer leaves messages of the longer one that it replaces."""
        for event_id in self._rewrite:
            await self._scheduler.redact(self._room_id, event_id)
        self._rewrite.clear()
