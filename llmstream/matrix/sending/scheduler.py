"""When each event of an account goes out, and whose turn it is.

One scheduler for an account (homeserver and user id), shared by all answers of the process: the
server counts events for a user over all rooms. It keeps the time and the order. What may be spent
on what is priority.py over the model in budget.py, how many requests at once concurrency.py, the
requests sender.py; what a message sends next, lane.py.

There is nothing to close: timers and tasks exist only while something waits to be sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from weakref import WeakValueDictionary

from mautrix.client import Client
from mautrix.types import EventID, RoomID

from .budget import Budget, BudgetStore
from .concurrency import Flights
from .counters import Counters
from .lane import Lane, Paint
from .memory import Memory
from .outcome import Outcome, Reason, Refused, SendError, Sent
from .priority import Rank, earliest
from .request import Content, Event, Join, Redaction, Request
from .sendable import Single, Turn
from .sender import Sender

__all__ = ["Counters", "Lane", "Scheduler", "SendError"]

log = logging.getLogger(__name__)


_Account = tuple[str, str]

# What is known of an account outlives its scheduler: a few numbers each.
_schedulers: WeakValueDictionary[_Account, Scheduler] = WeakValueDictionary()
_budgets: dict[_Account, Budget] = {}


class Scheduler:
    """Sends for one account. Get it with `Scheduler.of`."""

    def __init__(self, client: Client, budget: Budget) -> None:
        self._sender = Sender(client)
        self._budget = budget
        self._memory = Memory(" ".join(_account(client)), budget)
        self._flights = Flights()
        self._turns: dict[Turn, None] = {}
        self._last_edit = float("-inf")
        self._counters = Counters()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.Handle | asyncio.Task[None] | None = None

    @classmethod
    def of(cls, client: Client, store: BudgetStore | None = None) -> Scheduler:
        """The account's one scheduler. A store given later is taken on, and so is a newer client.

        What was learned of the account's limit stays known in the process, even when nobody holds
        the scheduler any more.
        """
        account = _account(client)
        scheduler = _schedulers.get(account)
        if scheduler is None:
            scheduler = cls(client, _budgets.setdefault(account, Budget()))
            _schedulers[account] = scheduler
        if scheduler._sender.client is not client:
            scheduler._sender = Sender(client)
        if store is not None:
            scheduler._memory.adopt(store)
        return scheduler

    def open(
        self,
        room_id: str,
        paint: Paint,
        *,
        event_id: str | None = None,
        interval: float = 0.5,
        max_edits: int = 60,
        keep_final: bool = True,
        on_refused: Callable[[Refused], None] | None = None,
        on_begun: Callable[[EventID], None] | None = None,
    ) -> Lane:
        """A message to be written over time.

        Args:
            paint: Returns the whole content to send now, or None where nothing would change
                (never for the final, for which it is given True). Called at the very moment of
                sending.
            event_id: An existing message of ours, to be written anew.
            interval: Seconds between two edits, at least.
            max_edits: Edits besides the final, at most; 0 is no limit.
            keep_final: Whether a part of the budget is kept back for the final.
            on_refused: Hears that the room refused the first event or an edit for good. The lane
                then sends nothing by itself; after TOO_LARGE a touch starts it again.
            on_begun: Hears the id of the first event as soon as the server has it.
        """
        lane = Lane(
            self._wake,
            room_id,
            paint,
            event_id=event_id,
            interval=interval,
            max_edits=max_edits,
            keep_final=keep_final,
            on_refused=on_refused,
            on_begun=on_begun,
        )
        self._turns[lane] = None
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

    async def join(self, room_id: str) -> None:
        """Join a room when the budget allows. Raises `SendError` when refused for good."""
        await self._single(Join(RoomID(room_id)), Rank.FIRST)

    @property
    def counters(self) -> Counters:
        """What it has done, and how things stand."""
        counters = replace(
            self._counters,
            in_flight=len(self._flights),
            lanes=sum(1 for turn in self._turns if isinstance(turn, Lane)),
        )
        if not self._budget.known:
            return counters
        available = self._budget.available(asyncio.get_running_loop().time())
        return replace(
            counters, rate=self._budget.rate, size=self._budget.size, available=available
        )

    async def _single(self, request: Request, rank: Rank) -> EventID:
        single = Single(self._wake, request, rank)
        self._wake(single)
        return await single.done()

    def _wake(self, turn: Turn) -> None:
        """Something may have changed for this turn: look at everything, soon and once."""
        if turn.over and not turn.in_flight:
            self._turns.pop(turn, None)
        else:
            self._turns[turn] = None
        if self._look is None:
            self._look = asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        """Start whatever may start now, in order, and come back when more may."""
        if self._timer is not None:
            self._timer.cancel()
        if self._memory.unread:
            self._look = self._spawn(self._read_memory())
            return
        loop = asyncio.get_running_loop()
        self._look = self._timer = None
        again = self._start_all(loop.time())
        if again < float("inf"):
            self._timer = loop.call_at(again, self._pump)

    def _start_all(self, now: float) -> float:
        """Start what may start now; returns when to look again if nothing happens before."""
        waiting = [turn for turn in self._turns if turn.rank is not None and not turn.in_flight]
        again = min((turn.due for turn in waiting if turn.due > now), default=float("inf"))
        ready = [turn for turn in waiting if turn.due <= now]
        for turn in sorted(ready, key=lambda turn: (turn.rank, -turn.urgency(now))):
            may = max(self._flights.free_at(now), self._may_go(turn, now))
            if may > now:
                return min(again, may)
            self._start(turn, now)
        return again

    def _may_go(self, turn: Turn, now: float) -> float:
        kept_back = sum(1 for turn in self._turns if turn.keeps_back)
        assert turn.rank is not None
        return earliest(turn.rank, self._budget, kept_back, self._last_edit, now)

    def _start(self, turn: Turn, now: float) -> None:
        rank, touches, waited = turn.rank, turn.touches, now - max(turn.since, turn.due)
        try:
            request = turn.request(now)
        except Exception as error:
            log.exception("a message could not be painted")
            turn.fail(error)
            return
        if request is None:
            return
        turn.started(now)
        self._flights.begin(turn, now)
        self._budget.sent(now)
        if rank is Rank.EDIT:
            self._last_edit = now
        self._counters = replace(
            self._counters,
            merged=self._counters.merged + max(0, touches - 1),
            waited=self._counters.waited + max(0.0, waited),
        )
        self._spawn(self._send(turn, request))

    async def _send(self, turn: Turn, request: Request) -> None:
        try:
            outcome = await self._sender.send(request)
        except Exception as error:
            # A mistake of ours; nobody may wait for ever because of it.
            log.exception("a request could not be made")
            outcome = Refused(Reason.INVALID, None, f"not sent: {type(error).__name__}")
        now = asyncio.get_running_loop().time()
        self._learn(turn, request, outcome, now)
        edits = turn.edits
        try:
            turn.settle(outcome, now)
        except Exception as error:
            log.exception("a message could not go on")
            turn.fail(error)
        self._count(request, outcome, turn.edits - edits)
        if self._memory.stale:
            self._spawn(self._memory.save())
        self._wake(turn)

    def _learn(self, turn: Turn, request: Request, outcome: Outcome, now: float) -> None:
        """Tell the models of the server what it said."""
        asked_at = now - outcome.seconds
        match outcome:
            case Sent():
                self._budget.accepted(asked_at, now)
                self._flights.end(turn, now, answered=True)
            case Refused(Reason.LOST):
                self._budget.lost()
                self._flights.end(turn, now, answered=False)
            case Refused(Reason.UNAVAILABLE):
                self._budget.returned(now)
                self._flights.end(turn, now, answered=False)
            case Refused(Reason.RATE_LIMITED, retry_after) if not isinstance(request, Join):
                self._budget.refused(asked_at, now, retry_after)
                self._flights.drop(turn)
            case Refused():
                self._budget.returned(now)
                self._flights.drop(turn)

    def _count(self, request: Request, outcome: Outcome, edits: int) -> None:
        counters, sealed = self._counters, request.sealed if isinstance(request, Event) else None
        limited = isinstance(outcome, Refused) and outcome.reason is Reason.RATE_LIMITED
        self._counters = replace(
            counters,
            events=counters.events + isinstance(outcome, Sent),
            edits=counters.edits + edits,
            rate_limited=counters.rate_limited + limited,
            sent_bytes=counters.sent_bytes + (len(sealed.body) if sealed else 0),
        )

    async def _read_memory(self) -> None:
        await self._memory.read()
        self._pump()

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _account(client: Client) -> _Account:
    return str(client.api.base_url), str(client.mxid)
