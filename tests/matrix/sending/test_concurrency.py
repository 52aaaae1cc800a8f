"""How many requests are on their way at once."""

from __future__ import annotations

import pytest

from llmstream.matrix.sending.concurrency import Flights


def room(flights: Flights, now: float) -> bool:
    return flights.free_at(now) <= now


def begin_finals(flights: Flights, now: float) -> int:
    """As many as there is room for."""
    begun = 0
    while flights.free_at(now, final=True) == now:
        flights.begin(begun, now)
        begun += 1
    return begun


def rounds(flights: Flights, number: int, now: float, busy: float) -> float:
    """As many requests as there is room for, over and over; a server with one thread answers."""
    for _ in range(number):
        begun = 0
        while room(flights, now):
            flights.begin(begun, now)
            begun += 1
        for each in range(begun):
            now += busy
            flights.end(each, now, answered=True)
    return now


def test_a_quick_server_is_given_more_and_more() -> None:
    flights = Flights()
    now = 0.0
    for _ in range(100):
        begun = 0
        while room(flights, now):
            flights.begin(begun, now)
            begun += 1
        now += 0.02
        for each in range(begun):
            flights.end(each, now, answered=True)
    assert flights.limit > 20


def test_a_server_that_slows_down_is_given_less() -> None:
    flights = Flights()
    now = rounds(flights, 20, 0.0, busy=0.01)
    before = flights.limit
    rounds(flights, 30, now, busy=0.5)
    assert flights.limit < before / 2
    assert flights.limit < 4


def test_a_server_that_is_slow_for_good_gets_two_at_a_time() -> None:
    flights = Flights()
    rounds(flights, 100, 0.0, busy=1.0)
    assert 1 <= flights.limit <= 4


def test_failures_make_it_careful_but_never_stop_it() -> None:
    flights = Flights()
    for n in range(50):
        assert room(flights, float(n))
        flights.begin("room", float(n))
        flights.end("room", n + 0.5, answered=False)
    assert flights.limit == 1


def test_requests_that_hang_give_their_place_away() -> None:
    flights = Flights()
    for n in range(8):
        flights.begin(n, 0.0)
    assert not room(flights, 1.0)
    at = flights.free_at(1.0)
    assert 1.0 < at <= 2.1
    assert room(flights, at)
    assert len(flights) == 8


def test_refusals_say_nothing_of_how_busy_the_server_is() -> None:
    flights = Flights()
    before = flights.limit
    flights.begin("room", 0.0)
    flights.drop("room")
    assert flights.limit == before
    assert len(flights) == 0


def test_finals_do_not_wait_for_each_other_and_say_nothing_of_the_server() -> None:
    flights = Flights()
    now = rounds(flights, 3, 0.0, busy=0.01)
    before = flights.limit
    for n in range(40):
        assert flights.free_at(now, final=True) == now
        flights.begin(n, now)
    assert not room(flights, now)
    for n in range(40):
        now += 0.01
        flights.end(n, now, answered=True)
    assert flights.limit == before
    assert room(flights, now)


@pytest.mark.parametrize("limited", [True, False])
def test_finals_go_like_edits_after_one_was_turned_away_and_are_given_more(limited: bool) -> None:
    flights = Flights()
    flights.begin("late", 0.0)
    if limited:
        flights.turned_away("late")
    else:
        flights.end("late", 0.1, answered=False)
    begun = begin_finals(flights, 0.2)
    assert begun == int(flights.limit)
    for each in range(begun):
        flights.end(each, 0.3, answered=True)
    assert 2 * begun <= begin_finals(flights, 0.3) < 64


def test_however_many_hang_connections_are_left_for_the_rest_of_the_process() -> None:
    flights = Flights()
    for n in range(300):
        if flights.free_at(10.0 * n, final=True) == 10.0 * n:
            flights.begin(n, 10.0 * n)
    assert 64 < len(flights) <= 90
    flights.drop(0)
    assert flights.free_at(4000.0, final=True) == 4000.0
