"""The requests on their way to the server, and how many there may be at once.

Pure arithmetic; account.py keeps it. The limit grows, while it is used, as long as answers come as
quickly as when the server was asked alone, and shrinks when they take longer: the way TCP shares a
line. A request that hangs, say in one broken room, stops counting after a while and so holds up
nobody else.

Finals go beyond that. Of many that come together each waits for all the others wherever it stands,
and a server is through with them sooner where it has them at once: who syncs is given several with
one response (measured: 60 on Synapse take 600 ms eight at a time, 460 ms thirty at a time, 390 ms
all at once). Once the server has turned something away, they are as few at once as edits, and one
more with each that it takes: else all would come again together.
"""

from __future__ import annotations

from dataclasses import dataclass

_FIRST, _LEAST, _MOST = 8.0, 1.0, 64.0
# Slower than this many times as when asked alone, and some seconds that nobody feels, is slow.
_SLOWER, _UNFELT = 2.5, 0.08
_SHRINK = 0.7
# An HTTP session of aiohttp has 100 connections, and whoever syncs needs some of them.
_OPEN = 90
# After so many times what is typical, but not before so many seconds, a request hangs.
_HANGS, _HANGS_AT_LEAST, _TICK = 4.0, 2.0, 0.001


@dataclass(frozen=True, slots=True)
class _Flight:
    started: float
    alone: bool
    beyond: bool


class Flights:
    """Requests of one account that are on their way. Whose they are is any hashable."""

    def __init__(self) -> None:
        self.limit = _FIRST
        self._finals = _MOST
        self._flights: dict[object, _Flight] = {}
        self._alone: float | None = None
        self._typical = 0.0
        self._shrunk_at = float("-inf")

    def __len__(self) -> int:
        return len(self._flights)

    def free_at(self, now: float, *, final: bool = False) -> float:
        """When another may start: `now`, or when one on its way counts as hanging; infinite where
        one has to end first.
        """
        if len(self._flights) >= _OPEN:
            return float("inf")
        limit = max(self.limit, self._finals) if final else self.limit
        patience = max(_HANGS_AT_LEAST, _HANGS * self._typical)
        counted = [f.started for f in self._flights.values() if now - f.started < patience]
        return now if len(counted) < int(limit) else min(counted) + patience + _TICK

    def begin(self, whose: object, now: float) -> None:
        """A request starts."""
        at_once = len(self._flights)
        self._flights[whose] = _Flight(now, not at_once, beyond=at_once >= int(self.limit))

    def end(self, whose: object, now: float, *, answered: bool) -> None:
        """It has ended. `answered`: the server has done what it was asked."""
        at_once = len(self._flights)
        flight = self._flights.pop(whose)
        seconds = now - flight.started
        if not answered:
            self._shrink(flight, now)
            self._finals = self.limit
            return
        self._finals = min(_MOST, self._finals + 1)
        self._typical += (seconds - self._typical) / 8
        if flight.beyond or at_once > self.limit:
            return  # it was slow for that alone
        if self._alone is None:
            self._alone = seconds
        elif flight.alone:
            self._alone += (seconds - self._alone) / 4
        self._alone = min(seconds, self._alone)
        if seconds > self._alone * _SLOWER + _UNFELT:
            self._shrink(flight, now)
        elif 2 * at_once >= self.limit:
            self.limit = min(_MOST, self.limit + 1 / self.limit)

    def turned_away(self, whose: object) -> None:
        """It came too soon after others, however busy the server is."""
        self.drop(whose)
        self._finals = self.limit

    def drop(self, whose: object) -> None:
        """It has ended in a way that says nothing of how busy the server is."""
        del self._flights[whose]

    def _shrink(self, flight: _Flight, now: float) -> None:
        """Once for each round: what was on its way when it shrank says nothing new."""
        if flight.started >= self._shrunk_at:
            self.limit = max(_LEAST, self.limit * _SHRINK)
            self._shrunk_at = now
