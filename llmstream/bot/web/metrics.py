"""The numbers of an instance as Prometheus reads them. No room and no person is named in them.

The package `prometheus_client` writes them, where it is installed. A registry is made for each
request, so that nothing is left of an instance that was reloaded.

Names and units: https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from ..instance import Instance
from ..tally import Spread

PACKAGE = "prometheus_client"


class Collector:
    """What prometheus_client asks for the numbers."""

    def __init__(self, instance: Instance, version: str) -> None:
        self._instance = instance
        self._version = version
        self._core = importlib.import_module(f"{PACKAGE}.core")

    def collect(self) -> Iterator[Any]:
        """All of them."""
        yield from self._answers()
        yield from self._now()
        yield from self._sends()
        yield from self._budget()

    def _answers(self) -> Iterator[Any]:
        tally = self._instance.tally
        yield self._counter(
            "llmstream_answers",
            "Answers that have ended, and how; not_taken: the room did not take them.",
            tally.answers,
            "provider",
            "status",
        )
        yield self._counter(
            "llmstream_tokens", "Tokens used.", tally.tokens, "provider", "direction"
        )
        yield self._counter(
            "llmstream_cost_dollars",
            "What was used has cost, in US dollars, where prices are known.",
            {(provider,): float(cost) for provider, cost in tally.cost.items()},
            "provider",
        )
        yield self._histogram(
            "llmstream_first_word_seconds",
            "From an answer's turn in its conversation until the room has its first words.",
            tally.first_words,
        )
        yield self._histogram(
            "llmstream_answer_seconds",
            "From an answer's turn in its conversation until it is complete.",
            tally.wholes,
        )

    def _now(self) -> Iterator[Any]:
        running = list(self._instance.running)
        waiting = sum(one.waiting for one in running)
        gauge = self._core.GaugeMetricFamily
        yield gauge(
            "llmstream_answers_writing", "Answers being written now.", len(running) - waiting
        )
        yield gauge("llmstream_waiting", "Questions that wait for their turn.", waiting)
        started = self._instance.started_at / 1000
        yield gauge("llmstream_start_time_seconds", "When the plugin started, unix time.", started)
        yield self._core.InfoMetricFamily(
            "llmstream", "Which version this is.", {"version": self._version}
        )

    def _sends(self) -> Iterator[Any]:
        counters = self._instance.scheduler.counters
        outcomes = {
            ("sent",): counters.events,
            ("rate_limited",): counters.rate_limited,
            ("refused",): counters.refused,
            ("unavailable",): counters.unavailable,
        }
        yield self._counter(
            "llmstream_sends", "Requests of the account to its homeserver.", outcomes, "outcome"
        )
        for name, what, value in (
            ("llmstream_edits", "Edits among the events sent.", counters.edits),
            ("llmstream_merged_edits", "Changes sent with a newer one.", counters.merged),
            ("llmstream_sent_bytes", "Bytes of the events sent.", counters.sent_bytes),
            ("llmstream_send_wait_seconds", "How long events have waited.", counters.waited),
        ):
            yield self._core.CounterMetricFamily(name, what, value=value)

    def _budget(self) -> Iterator[Any]:
        counters = self._instance.scheduler.counters
        for name, what, value in (
            ("llmstream_messages_open", "Messages being written.", counters.lanes),
            ("llmstream_sends_in_flight", "Requests on their way.", counters.in_flight),
            (
                "llmstream_budget_events_per_second",
                "What the homeserver allows in the long run, as learned; absent where it is not.",
                counters.rate,
            ),
            ("llmstream_budget_size_events", "The same at once.", counters.size),
            ("llmstream_budget_available_events", "The same now.", counters.available),
        ):
            if value is not None:
                yield self._core.GaugeMetricFamily(name, what, value)

    def _counter(self, name: str, what: str, values: Mapping[Any, float], *labels: str) -> Any:
        family = self._core.CounterMetricFamily(name, what, labels=labels)
        for key in sorted(values):
            family.add_metric(key, values[key])
        return family

    def _histogram(self, name: str, what: str, spreads: Mapping[str, Spread]) -> Any:
        family = self._core.HistogramMetricFamily(name, what, labels=["provider"])
        for provider, spread in sorted(spreads.items()):
            up_to, buckets = 0, []
            for bound, count in zip(
                [*map(str, spread.bounds), "+Inf"], spread.counts, strict=True
            ):
                up_to += count
                buckets.append((bound, up_to))
            family.add_metric([provider], buckets, spread.total)
        return family


def exposition(instance: Instance, version: str, accept: str) -> tuple[bytes, str]:
    """The numbers, and the content type in which they are written.
    prometheus_client has to be there.
    """
    prometheus: Any = importlib.import_module(PACKAGE)
    chosen: Any = importlib.import_module(f"{PACKAGE}.exposition")
    registry = prometheus.CollectorRegistry(auto_describe=False)
    registry.register(Collector(instance, version))
    write, content_type = chosen.choose_encoder(accept)
    return write(registry), content_type
