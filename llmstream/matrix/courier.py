"""The messages of one answer on their way: the lane of each, its edits, its final.

What each shows is `layout.py`'s to say; when an answer is shown and when it ends, `live.py`'s.
When an event goes out is `scheduler.py`'s: it asks for a message's newest content at that moment.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from functools import partial

from mautrix.types import EventID

from .carried import Carried
from .content.envelope import Envelope
from .content.events import Content, Rendered
from .content.layout import Layout
from .content.style import Style
from .sending.lane import Lane
from .sending.outcome import Reason, Refused
from .sending.scheduler import Scheduler

GOES_ON = "This takes longer. The answer comes in a message of its own."
"""What a message says that nothing can be added to soon."""


class Courier:
    """Delivers what a layout shows. Whoever makes one must `finish()` or `abandon()` it.

    Args:
        rewrite: Event ids of an earlier answer's messages, to be written anew.
        name: Names its transactions, see `Scheduler.open`.
        on_begun: Hears the id of each message's first event as soon as the server has it.
        on_shown: Hears that id and a message's words whenever the server has taken new ones.
        on_sending: Hears each time that more of it is about to be sent, but for its end.
        on_refused: Hears that the room refuses something for good.
        on_opened: Hears that another message can be written.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        room_id: str,
        layout: Layout,
        envelope: Envelope,
        style: Style,
        *,
        rewrite: Sequence[str],
        patient: bool,
        name: str,
        on_begun: Callable[[str], None],
        on_shown: Callable[[str, str], None] | None,
        on_sending: Callable[[], None] | None,
        on_refused: Callable[[Refused], None],
        on_opened: Callable[[], None],
    ) -> None:
        self._scheduler = scheduler
        self._room_id = room_id
        self._layout = layout
        self._envelope = envelope
        self._style = style
        self._rewrite = list(rewrite)
        self._leftovers: list[str] = []
        if not style.bounds.rewriting:
            self._leftovers, self._rewrite = self._rewrite, []
        self._patient = patient
        self._name = name
        self._begun = len(self._leftovers)
        self._on_begun = on_begun
        self._on_shown = on_shown
        self._on_sending = on_sending
        self._told_of_refusal = on_refused
        self._on_opened = on_opened
        self._delivery: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[EventID]] = set()
        self._messages = [Carried()]
        self._open(self._messages[0])

    @property
    def event_ids(self) -> tuple[str, ...]:
        """The first event of each message that the server has, in order."""
        lanes = (message.lane for message in self._messages)
        return tuple(lane.event_id for lane in lanes if lane and lane.event_id)

    @property
    def edits(self) -> int:
        """Edits that the server has taken, finals included."""
        return sum(one.edits + (one.lane.edits if one.lane else 0) for one in self._messages)

    def touch(self) -> None:
        """There is more to show in the message that grows. Cheap."""
        message = self._messages[-1]
        if self._asks_more(message):
            self._leave(message)
        if message.lane:
            message.lane.touch()

    def divided(self, number: int) -> None:
        """The message of this number (from 0) is full, and another has begun after it."""
        self._messages.insert(number + 1, Carried())
        if self._delivery is None or self._delivery.done():
            self._delivery = asyncio.create_task(self._deliver())

    async def finish(self) -> None:
        """Returns once the server has the final of every message.

        Raises:
            SendError: The room does not take it, for good.
        """
        if self._delivery:
            await self._delivery
        await self._deliver()
        if self._closing:
            await asyncio.wait(self._closing)
        await self._remove_leftovers()

    def abandon(self) -> None:
        """Nothing more is sent."""
        if self._delivery:
            self._delivery.cancel()
        for message in self._messages:
            if message.ageing:
                message.ageing.cancel()
            if message.lane:
                message.lane.abandon()

    def _open(self, message: Carried) -> Lane:
        """The lane of a message: of a new one, or of one that has had its final, once more."""
        event_id = message.lane.event_id if message.lane else None
        if event_id is None:
            # Of its own, also where a message is sent anew: under one name the server takes one.
            message.name = self._name and f"{self._name}-{self._begun}"
            self._begun += 1
            if self._rewrite:
                event_id = EventID(self._rewrite.pop(0))
                self._on_begun(event_id)
        message.lane = self._scheduler.open(
            self._room_id,
            partial(self._paint, message),
            event_id=event_id,
            interval=self._style.edit_interval_ms / 1000,
            max_edits=self._style.max_edits,
            on_refused=partial(self._on_refused, message),
            on_begun=partial(self._has_begun, message),
            on_taken=partial(self._on_taken, message),
            patient=self._patient,
            name=message.name,
            kind=self._envelope.about.model,
        )
        return message.lane

    def _paint(self, message: Carried, final: bool) -> Content | None:
        """What a message has to send now; None where the server has it already, or where there is
        nothing to show.
        """
        assert message.lane
        number, lane = self._messages.index(message), message.lane
        if not final and (
            self._layout.is_full(number)  # its final is on the way
            or (lane.event_id and not self._style.bounds.corrections)
            or (message.promised and not self._has_words(number))
        ):
            return None
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
        message.asked = self._questions(number)
        if self._on_sending:
            self._on_sending()
        begun = self._layout.has_text(number)
        return self._envelope.writing(rendered, number, lane.event_id, begun=begun)

    def _has_begun(self, message: Carried, event_id: EventID) -> None:
        loop, seconds = asyncio.get_running_loop(), self._style.bounds.edit_seconds
        if seconds:
            message.too_old = loop.time() + seconds
            message.ageing = loop.call_at(message.too_old, self._end_in_time, message)
        self._on_begun(event_id)

    def _end_in_time(self, message: Carried) -> None:
        """A message can still be edited, and not much longer: it gets its end, and another goes
        on.
        """
        number = self._messages.index(message)
        lane = message.lane
        if self._layout.is_full(number) or lane is None or self._layout.close(number):
            return
        # It has no text of the answer yet: it says where that will be.
        rendered = Rendered(GOES_ON, f"<p>{GOES_ON}</p>")
        if self._style.bounds.corrections and lane.event_id:
            closed = self._scheduler.open(
                self._room_id,
                lambda _: self._envelope.writing(rendered, number, lane.event_id, live=False),
                event_id=lane.event_id,
            )
            closing = asyncio.create_task(closed.finish())
            self._closing.add(closing)
            lane.abandon()
            message.edits, message.too_old, message.painted = 0, math.inf, None
            message.lane, message.promised = None, True
            self._open(message).touch()

    def _leave(self, message: Carried) -> None:
        """What it shows cannot be changed, and has to be: it is sent anew, and removed there."""
        assert message.lane
        self._leftovers.append(str(message.lane.event_id))
        message.lane.abandon()
        message.lane, message.edits, message.too_old = None, 0, math.inf
        message.painted = None
        self._open(message)

    def _takes_edits(self, message: Carried) -> bool:
        """Whether another edit of it arrives."""
        bounds, now = self._style.bounds, asyncio.get_running_loop().time()
        edits = message.edits + (message.lane.edits if message.lane else 0)
        in_time = now < message.too_old or message.delivered is None
        return bounds.corrections and in_time and not 0 < bounds.edit_count <= edits

    def _has_words(self, number: int) -> bool:
        return self._layout.has_text(number) or bool(self._questions(number))

    def _questions(self, number: int) -> frozenset[str]:
        return frozenset(task.question for task in self._layout.tasks(number) if task.question)

    def _asks_more(self, message: Carried) -> bool:
        """Whether a question waits that the room has not seen, and that no edit can show."""
        lane = message.lane
        if self._style.bounds.corrections or lane is None or lane.event_id is None:
            return False
        return bool(self._questions(self._messages.index(message)) - message.asked)

    def _on_taken(self, message: Carried, event_id: str) -> None:
        if self._on_shown:
            self._on_shown(event_id, message.words)

    def _on_refused(self, message: Carried, refused: Refused) -> bool:
        """Whether there is less to send than what was refused."""
        too_large = refused.reason is Reason.TOO_LARGE
        if too_large and self._layout.shrink(self._messages.index(message)):
            return True
        self._told_of_refusal(refused)
        return False

    async def _deliver(self) -> None:
        """Finish the messages that are full, in order, and open the one that grows after them."""
        number = 0
        while number < len(self._messages):
            message = self._messages[number]
            if not self._layout.is_full(number):
                if not message.lane:
                    self._open(message)
                self._on_opened()
                return
            if message.delivered is None or (
                message.delivered != self._layout.tasks(number) and self._takes_edits(message)
            ):
                await self._finish_message(message, number)
            number += 1

    async def _finish_message(self, message: Carried, number: int) -> None:
        """Send a message's final; once more where its tasks have changed since."""
        lane = message.lane
        if lane and lane.event_id and not self._takes_edits(message):
            self._leave(message)
        elif lane is None or message.delivered is not None:
            message.edits += lane.edits if lane else 0
            self._open(message)
        if not self._layout.signature(number):
            await self._layout.prepare(number)
        assert message.lane
        await message.lane.finish()
        message.delivered, message.painted, message.words = message.tasks, None, ""
        self._layout.put_away(self._messages.index(message))

    async def _remove_leftovers(self) -> None:
        """A shorter answer leaves messages of the longer one that it replaces, and so does what
        could not be changed.
        """
        for event_id in (*self._rewrite, *self._leftovers):
            await self._scheduler.redact(self._room_id, event_id)
        self._rewrite, self._leftovers = [], []
