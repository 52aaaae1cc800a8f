"""Charts as values: where each bar stands, and what is written at the axes. Pure.

How they look is the template's (dashboard.html); lengths are those of its drawings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 480, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 4, 8, 22
_LETTER = 3.4  # half the width of one at the axis, on a phone
COLOURS = 6
"""So many series have a colour of their own; the others share one."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a column. `series` is a colour, `COLOURS` that of all others."""

    series: int
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Stacked columns. `summary` says it in a sentence, for who cannot see it."""

    bars: tuple[Bar, ...]
    lines: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    summary: str
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    width: int = WIDTH
    height: int = HEIGHT
    base: float = HEIGHT - _BOTTOM


def columns(
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    said: Callable[[float], str],
    axis: Callable[[float], str],
    every: int = 1,
    least: float = 0,
    summary: str = "",
) -> Columns:
    """A column for each label, of the values of all series at its place.

    Args:
        said: A value in full, for who points at its bar.
        axis: The same in short.
        every: Each of so many labels is written.
        least: The axis reaches as far as this.
    """
    room, base = WIDTH - _LEFT - _RIGHT, HEIGHT - _BOTTOM
    step = room / max(1, len(labels))
    top = nice(max([least, *map(sum, zip(*series.values(), strict=True))]))
    scale = (base - _TOP) / top
    gap = min(6.0, step * 0.25)
    bars: list[Bar] = []
    for place, label in enumerate(labels):
        below = float(base)
        for number, (name, values) in enumerate(series.items()):
            if values[place] > 0:
                high = values[place] * scale
                below -= high
                x = _LEFT + place * step + gap / 2
                title = f"{label} · {name}: {said(values[place])}"
                bars.append(Bar(min(number, COLOURS), x, below, step - gap, high, title))
    marks = [
        Mark(min(_LEFT + (place + 0.5) * step, WIDTH - _RIGHT - len(label) * _LETTER), label)
        for place, label in enumerate(labels)
        if (len(labels) - 1 - place) % every == 0
    ]
    return Columns(
        bars=tuple(bars),
        lines=tuple(Mark(base - value * scale, axis(value)) for value in _steps(top)),
        marks=tuple(marks),
        summary=summary,
    )


def nice(most: float) -> float:
    """The end of an axis on which `most` has its place: 1, 2 or 5 times a power of ten."""
    if not 0 < most < math.inf:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(power * step for step in (1, 2, 5, 10, 20) if power * step >= most)


def _steps(top: float) -> list[float]:
    """Where lines go across: 0 to 5 by ones, to 10 by twos, to 20 by fives."""
    lines = 4 if f"{top:e}".startswith("2") else 5
    return [top * number / lines for number in range(lines + 1)]


def quantile(counts: Sequence[int], bounds: Sequence[float], part: float) -> float | None:
    """About the value below which this part of all lies. None of none, and above all bounds.

    `counts[i]` are those up to `bounds[i]`, the last those above.
    """
    wanted, below, least = part * sum(counts), 0.0, 0.0
    if not sum(counts):
        return None
    for count, bound in zip(counts, bounds, strict=False):
        if count and below + count >= wanted:
            return least + (bound - least) * (wanted - below) / count
        below, least = below + count, bound
    return None
