"""Sums of money as the tables have them: whole billionths of a dollar, which add up exactly."""

from __future__ import annotations

from decimal import Decimal

_BILLION = 1_000_000_000


def billionths(amount: Decimal) -> int:
    """An amount as the tables have it."""
    return round(amount * _BILLION)


def amount_of(billionths: int) -> Decimal:
    """The amount that stands in a table so."""
    return Decimal(billionths) / _BILLION
