"""Sums of money as the tables have them: whole billionths of a dollar, which add up exactly."""

from __future__ import annotations

from decimal import Decimal

_BILLION = 1_000_000_000
_MOST = 10**15
"""A million dollars: no question costs more, whatever a server says. Thousands still add up."""


def billionths(amount: Decimal) -> int:
    """An amount as the tables have it; a million dollars at most."""
    return min(round(amount * _BILLION), _MOST)


def amount_of(billionths: int) -> Decimal:
    """The amount that stands in a table so."""
    return Decimal(billionths) / _BILLION
