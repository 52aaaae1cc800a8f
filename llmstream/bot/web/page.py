"""The page: an overview in, HTML out, by the template beside this file. Pure.

The template escapes all that it is given, for names of rooms and of models are strangers' words.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from ...matrix.content.style import dollars
from ..store import Day, Latencies
from ..tally import FIRST_WORD, WHOLE
from .charts import COLOURS, Columns, columns, quantile
from .overview import DAYS, Overview

_DAY = 86400.0
_FEW_ANSWERS = 5
_FILES = ("dashboard.html", "dashboard.css", "dashboard.js", "door.html")


@dataclass(frozen=True, slots=True)
class Provider:
    """What one provider was asked in `DAYS`, and how fast it was. None where that is not known."""

    name: str
    colour: int
    answers: int
    input_tokens: int
    output_tokens: int
    cost: Decimal
    first_word: float | None
    first_word_slow: float | None
    whole: float | None
    whole_slow: float | None


@cache
def _templates() -> Environment:
    texts = {name: (pkgutil.get_data(__package__, name) or b"").decode() for name in _FILES}
    environment = Environment(
        loader=DictLoader(texts), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "short": short,
        "span": span,
        "money": lambda amount: dollars(amount) if amount else "–",
        "when": lambda at: f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}",
    }
    return environment


def render(overview: Overview, *, nonce: str, version: str) -> str:
    """The page. `nonce` is what its own script and style are known by."""
    sums = overview.sums
    providers = _providers(overview)
    names = [one.name for one in providers]
    costs = any(day.cost for day in sums.days)
    return _template("dashboard.html").render(
        overview=overview,
        nonce=nonce,
        version=version,
        providers=providers,
        colours=COLOURS,
        days=DAYS,
        today=_sum(overview.today),
        median=_quantile(sums.first_words, FIRST_WORD, 0.5),
        tokens=_by_day(overview, names, "tokens"),
        costs=_by_day(overview, names, "cost") if costs else None,
        first_words=_spread(sums.first_words, FIRST_WORD, names, "had their first words"),
        durations=_spread(sums.durations, WHOLE, names, "were complete"),
        most=max((room.used.tokens for room in overview.rooms), default=0) or 1,
    )


def plain(title: str, text: str, *, again: bool = False) -> str:
    """A page that says one thing. `again` lets the browser ask once more, by itself."""
    return _template("door.html").render(title=title, text=text, again=again)


def short(value: float) -> str:
    """A number in at most five characters: 950, 1.2k, 34M."""
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size * 0.9995:
            scaled = value / size
            return (
                f"{scaled:.1f}".removesuffix(".0") + unit if scaled < 10 else f"{scaled:.0f}{unit}"
            )
    return f"{value:.3g}"


def span(seconds: float | None) -> str:
    """How long that is: 0.4 s, 12 s, 3 min, 2 h, 5 d."""
    if seconds is None:
        return "–"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    for size, unit, until in ((1, "s", 120), (60, "min", 7200), (3600, "h", 172_800)):
        if seconds < until:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} d"


def _template(name: str) -> Template:
    return _templates().get_template(name)


def _sum(days: Sequence[Day]) -> dict[str, Any]:
    return {
        "answers": sum(day.answers for day in days),
        "input": sum(day.input_tokens for day in days),
        "output": sum(day.output_tokens for day in days),
        "cost": sum((day.cost for day in days), Decimal(0)),
    }


def _providers(overview: Overview) -> tuple[Provider, ...]:
    """Those that were asked most come first, and have a colour of their own."""
    by_name: dict[str, list[Day]] = {}
    for day in overview.sums.days:
        by_name.setdefault(day.provider, []).append(day)
    for one in (*overview.sums.first_words, *overview.sums.durations):
        by_name.setdefault(one.provider, [])
    sums = {name: _sum(days) for name, days in by_name.items()}
    order = sorted(sums, key=lambda name: (-sums[name]["input"] - sums[name]["output"], name))
    return tuple(
        Provider(
            name=name,
            colour=min(place, COLOURS),
            answers=sums[name]["answers"],
            input_tokens=sums[name]["input"],
            output_tokens=sums[name]["output"],
            cost=sums[name]["cost"],
            first_word=_quantile(_of(overview.sums.first_words, name), FIRST_WORD, 0.5),
            first_word_slow=_quantile(_of(overview.sums.first_words, name), FIRST_WORD, 0.9),
            whole=_quantile(_of(overview.sums.durations, name), WHOLE, 0.5),
            whole_slow=_quantile(_of(overview.sums.durations, name), WHOLE, 0.9),
        )
        for place, name in enumerate(order)
    )


def _of(latencies: Sequence[Latencies], provider: str) -> list[Latencies]:
    return [one for one in latencies if one.provider == provider]


def _quantile(
    latencies: Sequence[Latencies], bounds: Sequence[float], part: float
) -> float | None:
    counts = [sum(each) for each in zip(*(one.counts for one in latencies), strict=True)]
    return quantile(counts, bounds, part)


def _by_day(overview: Overview, providers: Sequence[str], of: str) -> Columns:
    """The last `DAYS` days, of which most have something in a busy room, and few else."""
    last = overview.at // _DAY
    places = {(last - back) * _DAY: DAYS - 1 - back for back in range(DAYS)}
    series: dict[str, list[float]] = {name: [0.0] * DAYS for name in providers}
    for day in overview.sums.days:
        if day.at in places:
            value = float(day.cost) if of == "cost" else day.input_tokens + day.output_tokens
            series[day.provider][places[day.at]] += value
    labels = [f"{datetime.fromtimestamp(at, UTC):%d %b}".lstrip("0") for at in sorted(places)]
    said, axis = (_dollars, _few_dollars) if of == "cost" else (_number, short)
    whole = sum(sum(values) for values in series.values())
    return columns(
        labels,
        series,
        said=said,
        axis=axis,
        every=7,
        summary=f"{of.capitalize()} of each of the last {DAYS} days; {said(whole)} in all.",
    )


def _dollars(value: float) -> str:
    return dollars(Decimal(value))


def _few_dollars(value: float) -> str:
    return f"${value:.3g}"


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _spread(
    latencies: Sequence[Latencies], bounds: Sequence[float], providers: Sequence[str], did: str
) -> Columns:
    labels = [*(f"≤{bound:g}" for bound in bounds), f">{bounds[-1]:g}"]
    nothing = [0] * len(labels)
    counts = {one.provider: one.counts for one in latencies}
    half = _quantile(latencies, bounds, 0.5)
    return columns(
        labels,
        {name: counts.get(name, nothing) for name in providers},
        said=lambda value: f"{value:,.0f} answers",
        axis=short,
        every=2 if len(labels) > 11 else 1,
        least=_FEW_ANSWERS,
        summary=f"Half of all answers {did} within {span(half)}." if half is not None else "",
    )
