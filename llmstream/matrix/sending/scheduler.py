"""When each event of an account goes out, and what goes first.

One scheduler for an account (homeserver and user id), shared by all answers of the process: the
server counts events for a user over all rooms. It keeps the time and the order. When the next may
go is account.py's to say, what a message sends next lane.py's; the requests are sender.py's.

There is nothing to close: timers and tasks exist only while something waits to be sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from weakref import WeakValueDictionary

from mautrix.client import Client
from mautrix.types import EventID, RoomID

from .account import Account, Counters
from .budget import Budget, BudgetStore, Learned
from .lane import Lane, Paint
from .lengths import Lengths
from .outcome import Reason, Refused
from .priority import Rank, Writing
from .request import Content, Event, Join, Redaction, Request
from .sendable import Sendable, Single
from .sender import Sender

log = logging.getLogger(__name__)

# By account. What is known of one outlives its scheduler: a few numbers each.
_schedulers: WeakValueDictionary[str, Scheduler] = WeakValueDictionary()
_budgets: dict[str, Budget] = {}
_lengths: dict[str, Lengths] = {}

# Seconds after which turns are looked at anew: what is expected changes as messages get older.
_RECONSIDERED = 1.0


class Scheduler:
    """Sends for one account. Get it with `Scheduler.of`."""

    def __init__(self, client: Client, account: Account) -> None:
        self._sender = Sender(client)
        self._account = account
        self._sendables: dict[Sendable, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.Handle | asyncio.Task[None] | None = None

    @classmethod
    def of(cls, client: Client, store: BudgetStore | None = None) -> Scheduler:
        """The account's one scheduler. A store given later is taken on, and so is a newer client.

        What was learned of the account's limit, and of how long its messages take, stays known in
        the process, even when nobody holds the scheduler any more. Another account of the
        homeserver begins with that limit, as a guess.
        """
        name = f"{client.api.base_url} {client.mxid}"
        scheduler = _schedulers.get(name)
        if scheduler is None:
            budget = _budgets.setdefault(name, Budget())
            lengths = _lengths.setdefault(name, Lengths())
            account = Account(name, budget, lengths, partial(_elsewhere, name))
            scheduler = _schedulers[name] = cls(client, account)
        if scheduler._sender.client is not client:
            scheduler._sender = Sender(client)
        if store is not None:
            scheduler._account.adopt(store)
        return scheduler

    def open(
        self,
        room_id: str,
        paint: Paint,
        *,
        event_id: str | None = None,
        interval: float = 0.5,
        max_edits: int = 60,
        on_refused: Callable[[Refused], bool] | None = None,
        on_begun: Callable[[EventID], None] | None = None,
        on_taken: Callable[[EventID], None] | None = None,
        patient: bool = False,
        name: str = "",
        kind: str = "",
    ) -> Lane:
        """A message to be written over time.

        Args:
            paint: Returns the whole content to send now, or None where nothing would change
                (never for the final, for which it is given True). Called at the very moment of
                sending.
            event_id: An existing message of ours, to be written anew.
            interval: Seconds between two edits, at least.
            max_edits: Edits besides the final, at most; 0 is no limit.
            on_refused: Hears that the room refused something for good, and returns whether that
                is to be painted anew: smaller, say. If not, the lane sends nothing by itself any
                more.
            on_begun: Hears the id of the first event as soon as the server has it.
            on_taken: Hears that id whenever the server has taken what was painted last.
            patient: Its final waits for those of others, and for their first messages.
            name: The same for a message that a later process may have to send again. The server
                then takes its first event only once, and so each final.
            kind: Its model. Those of one kind take about as long to be written.
        """
        lane = Lane(
            self._wake,
            room_id,
            paint,
            event_id=event_id,
            interval=interval,
            max_edits=max_edits,
            on_refused=on_refused,
            on_begun=on_begun,
            on_taken=on_taken,
            patient=patient,
            name=name,
            kind=kind,
            lengths=self._account.lengths,
        )
        self._sendables[lane] = None
        return lane

    async def send(
        self, room_id: str, event_type: str, content: Content, *, first: bool = True
    ) -> EventID:
        """Send a single event, again until the server has it; `first` ranks it with first
        messages, else with edits.

        Raises:
            SendError: The room refuses it for good.
        """
        event = Event(RoomID(room_id), str(event_type), content)
        return await self._single(event, Rank.FIRST if first else Rank.EDIT)

    async def redact(self, room_id: str, event_id: str, reason: str = "") -> None:
        """Redact an event. Raises `SendError` when that is refused for good."""
        await self._single(Redaction(RoomID(room_id), EventID(event_id), reason), Rank.FIRST)

    async def join(self, room_id: str, via: str = "") -> None:
        """Join a room when the budget allows. Raises `SendError` when refused for good.

        `via` is a server that is in it, where ours may not be.
        """
        await self._single(Join(RoomID(room_id), via), Rank.FIRST)

    async def forget_limit(self) -> Counters:
        """What was learned of the account's limit holds no more: it is learned anew.

        Returns how things stood before.
        """
        if self._account.unread:
            await self._account.read()
        before = self.counters
        await self._account.forget()
        self._pump()
        return before

    def busiest(self, seconds: float) -> int:
        """The most events that the server took within so many seconds, of the last hundreds."""
        return self._account.busiest(seconds)

    @property
    def counters(self) -> Counters:
        """What it has done, and how things stand."""
        lanes = sum(1 for each in self._sendables if isinstance(each, Lane))
        return self._account.counters(lanes, asyncio.get_running_loop().time())

    async def _single(self, request: Request, rank: Rank) -> EventID:
        single = Single(self._wake, request, rank)
        self._wake(single)
        return await single.done()

    def _wake(self, sendable: Sendable) -> None:
        """Something may have changed for this one: look at everything, soon and once."""
        if sendable.over and not sendable.in_flight:
            self._sendables.pop(sendable, None)
        else:
            self._sendables[sendable] = None
        if self._look is None:
            self._look = asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        """Start whatever may start now, in order, and come back when more may."""
        if self._timer is not None:
            self._timer.cancel()
        if self._account.unread:
            self._look = self._spawn(self._remember())
            return
        loop = asyncio.get_running_loop()
        self._look = self._timer = None
        again = self._start_all(loop.time())
        if again < float("inf"):
            self._timer = loop.call_at(again, self._pump)

    def _start_all(self, now: float) -> float:
        """Start what may start now; returns when to look again if nothing happens before."""
        turns = self._turns(now)
        waiting = [
            (each, rank, max(each.due, turns.get(each, each.due) if rank is Rank.EDIT else 0))
            for each in self._sendables
            if (rank := each.rank) is not None and not each.in_flight
        ]
        again = min((due for *_, due in waiting if due > now), default=float("inf"))
        if turns and again > now + _RECONSIDERED:
            again = now + _RECONSIDERED
        ready = [(each, rank) for each, rank, due in waiting if due <= now]
        for each, rank in sorted(ready, key=lambda one: (one[1], -one[0].urgency(now))):
            may = self._account.may_go(rank, self._writing(now), now)
            if may > now:
                return min(again, may)
            self._start(each, rank, now)
        return again

    @property
    def _written(self) -> list[Lane]:
        return [lane for lane in self._sendables if isinstance(lane, Lane) and lane.keeps_back]

    def _writing(self, now: float) -> Writing:
        lanes = self._written
        known = lanes if self._account.limited else ()
        return Writing(len(lanes), tuple(lane.course(now) for lane in known))

    def _turns(self, now: float) -> dict[Sendable, float]:
        """Which messages have to wait with their next edit, and until when."""
        if not self._account.limited:
            return {}
        turns = self._account.turns(self._writing(now), now)
        return dict(zip(self._written, turns, strict=True)) if turns else {}

    def _start(self, sendable: Sendable, rank: Rank, now: float) -> None:
        merged, waited = sendable.touches - 1, now - max(sendable.since, sendable.due)
        try:
            request = sendable.request(now)
        except Exception as error:
            log.exception("a message could not be painted")
            sendable.fail(error)
            return
        if request is None:
            return
        sendable.started(now)
        self._account.began(sendable, rank, merged, waited, now)
        self._spawn(self._send(sendable, request))

    async def _send(self, sendable: Sendable, request: Request) -> None:
        try:
            outcome = await self._sender.send(request)
        except Exception as error:
            # A mistake of ours; nobody may wait for ever because of it.
            log.exception("a request could not be made")
            outcome = Refused(Reason.INVALID, None, f"not sent: {type(error).__name__}")
        now = asyncio.get_running_loop().time()
        self._account.ended(sendable, request, outcome, now)
        edits = sendable.edits
        try:
            sendable.settle(outcome, now)
        except Exception as error:
            log.exception("a message could not go on")
            sendable.fail(error)
        self._account.edited(sendable.edits - edits)
        if isinstance(sendable, Lane) and sendable.over and sendable.seconds:
            self._account.lengths.learn(sendable.kind, sendable.seconds)
        if self._account.stale:
            self._spawn(self._account.save())
        self._wake(sendable)

    async def _remember(self) -> None:
        await self._account.read()
        self._pump()

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _elsewhere(name: str, now: float, unix_now: float) -> list[Learned]:
    """What accounts of the same homeserver have learned in this process."""
    homeserver, _, _ = name.rpartition(" ")
    others = (each for other, each in _budgets.items() if other.startswith(f"{homeserver} "))
    return [learned for each in others if (learned := each.learned(now, unix_now))]
