"""What Prometheus reads, by Prometheus's own parser, and the board that is made of it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from llmstream.bot.tally import Spread
from llmstream.chunks import Text

from ..store.test_store import ANSWER, spending
from .visiting import TOKEN, Visited, visited

BEARER = {"Authorization": f"Bearer {TOKEN}"}
BOARD = Path(__file__).parents[3] / "docs" / "grafana.json"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Visited]:
    async with visited(tmp_path) as site:
        yield site


Samples = dict[str, dict[tuple[str, ...], float]]


async def samples(site: Visited, **headers: str) -> Samples:
    """Each name's values, by those of its labels in the order of their names."""
    answer = await site.get("/metrics", BEARER | headers)
    assert answer.status == 200
    found: Samples = {}
    for family in text_string_to_metric_families(await answer.text()):
        for one in family.samples:
            found.setdefault(one.name, {})[
                tuple(one.labels[key] for key in sorted(one.labels))
            ] = one.value
    return found


async def test_what_was_answered_and_used_is_counted(site: Visited) -> None:
    tally = site.bot.instance.tally
    for first_word, seconds in ((0.2, 3.0), (0.9, 12.0)):
        tally.answered(replace(ANSWER, first_word=first_word, seconds=seconds))
    tally.answered(replace(ANSWER, status="failed"))
    tally.used(spending("1", output_tokens=90, cost=Decimal("0.0125")))
    tally.used(spending("2", output_tokens=10))
    found = await samples(site)
    assert found["llmstream_answers_total"] == {("demo", "complete"): 2, ("demo", "failed"): 1}
    assert found["llmstream_tokens_total"] == {("input", "demo"): 20, ("output", "demo"): 100}
    assert found["llmstream_cost_dollars_total"] == {("demo",): 0.0125}
    first_words = found["llmstream_first_word_seconds_bucket"]
    assert first_words["0.25", "demo"] == 1
    assert first_words["1.0", "demo"] == first_words["+Inf", "demo"] == 2
    assert found["llmstream_first_word_seconds_count"] == {("demo",): 2}
    assert found["llmstream_answer_seconds_sum"] == {("demo",): 15.0}


def test_a_second_is_within_a_second() -> None:
    """Buckets hold what is less than or equal to their bound."""
    spread = Spread((1.0, 2.0))
    for seconds in (1.0, 1.01, 2.0, 2.01):
        spread.add(seconds)
    assert spread.counts == [1, 2, 1]


async def test_what_is_written_now_and_what_waits(site: Visited) -> None:
    site.bot.writes("@ann:here").document.add(Text("word"))
    site.bot.writes("@bob:here").waiting = True
    found = await samples(site)
    assert found["llmstream_answers_writing"] == {(): 1}
    assert found["llmstream_waiting"] == {(): 1}
    assert found["llmstream_info"] == {("1.2.3",): 1}


async def test_what_was_sent_and_what_the_server_allows(site: Visited) -> None:
    await site.bot.hears("!llm help")
    found = await samples(site)
    assert found["llmstream_sends_total"]["sent",] >= 1
    assert set(found["llmstream_sends_total"]) == {
        ("sent",),
        ("rate_limited",),
        ("refused",),
        ("unavailable",),
    }
    assert "llmstream_budget_size_events" not in found


async def test_no_room_and_no_person_is_named(site: Visited) -> None:
    site.bot.writes("@ann:here")
    site.bot.instance.tally.answered(ANSWER)
    site.bot.instance.tally.used(spending("1"))
    text = await (await site.get("/metrics", BEARER)).text()
    assert not re.search(r"[@!$]\w+:|:here|:x", text)


async def test_the_token_may_stand_in_the_address_and_nothing_is_kept(site: Visited) -> None:
    answer = await site.get("/metrics?token=" + TOKEN.replace("+", "%2B"))
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert "Set-Cookie" not in answer.headers


async def test_open_metrics_are_written_for_who_asks_for_them(site: Visited) -> None:
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    answer = await site.get("/metrics", BEARER | {"Accept": accept})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert (await answer.text()).endswith("# EOF\n")


async def test_they_can_be_asked_for_again_and_again(site: Visited) -> None:
    assert (await samples(site)).keys() == (await samples(site)).keys()


async def test_without_the_package_a_sentence_says_how_to_get_it(
    site: Visited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)  # as if there were none
    answer = await site.get("/metrics", BEARER)
    assert answer.status == 501
    assert "The Python package `prometheus_client` is not installed" in await answer.text()


async def test_the_board_asks_for_metrics_that_there_are(site: Visited) -> None:
    tally = site.bot.instance.tally
    tally.answered(replace(ANSWER, first_word=1.0, seconds=2.0))
    tally.used(spending("1"))
    there = set(await samples(site)) | {
        f"llmstream_budget_{name}"
        for name in ("available_events", "size_events", "events_per_second")
    }
    board = json.loads(BOARD.read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    queries += [variable["query"]["query"] for variable in board["templating"]["list"][1:]]
    asked = set(re.findall(r"llmstream_\w+", " ".join(queries)))
    assert asked
    assert asked <= there
    assert all(query.count("(") == query.count(")") for query in queries)


def test_the_board_has_a_place_and_a_name_for_each_panel() -> None:
    panels: list[dict[str, Any]] = json.loads(BOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels})
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
