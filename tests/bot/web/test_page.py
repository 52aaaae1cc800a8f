"""What the page shows, and what it never does."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from llmstream.bot.store import Answer
from llmstream.chunks import Text

from ...faults import Answer as HttpAnswer
from ..commands.commanding import ROOM, Town
from ..store.test_statistics import fill
from ..store.test_store import ANSWER, spending
from .visiting import WITH_TOKEN, Visited, visited

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{7*7}}"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Visited]:
    async with visited(tmp_path) as site:
        yield site


class Elements(HTMLParser):
    """Which elements a page has, with which attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def failed(**changes: object) -> Answer:
    answer = replace(ANSWER, event_ids=(), status="failed", created_at=time.time() - 60)
    return replace(answer, **changes)  # type: ignore[arg-type]


def words(page: str) -> str:
    """What a person reads of it."""
    text = re.sub(r"<(style|script)\b.*?</\1>|<title>.*?</title>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


async def test_nothing_has_happened_yet(site: Visited) -> None:
    page = words(await site.page())
    for said in ("No answer is being written.", "Nobody has asked yet.", "No limit met"):
        assert said in page
    assert "1.2.3" in page


async def test_an_answer_that_is_written_is_shown_with_its_provider_and_without_its_text(
    site: Visited,
) -> None:
    writing = site.bot.writes("@ann:here")
    writing.document.add(Text("secretive " * 200))
    writing.asked_at = time.time() - 12
    waiting = site.bot.writes("@bob:here")
    waiting.waiting = True
    page = words(await site.page())
    assert re.search(rf"{ROOM} demo ≈ 500 1[23] s", page)
    assert "waits for its turn" in page
    assert "Being written 1 1 waiting" in page
    assert "secretive" not in page
    assert "ann:here" not in page


async def test_sums_of_rooms_providers_and_days(site: Visited) -> None:
    store = site.bot.instance.store
    for number in range(3):
        await store.usage.reserve(spending(f"{number}", provider="work", at=time.time()))
    took = replace(ANSWER, provider="work", created_at=time.time() - 5, event_ids=())
    await store.answers.save(replace(took, first_word=1.5, seconds=4.0))
    page = words(await site.page())
    assert "Answers today 3" in page
    assert "Tokens today 3k 30 in, 3k out" in page
    assert re.search(r"work 3 3k – 1\.5 s 1\.9 s 3\.5 s 4\.7 s", page)
    assert "!a:x 3 3k" in page


async def test_a_failure_says_what_the_room_was_told(site: Visited) -> None:
    await site.bot.instance.store.answers.save(failed(note="⚠️ The key is refused."))
    assert "⚠️ The key is refused." in words(await site.page())


async def test_names_and_settings_of_strangers_are_text(tmp_path: Path) -> None:
    config = (
        f"{WITH_TOKEN}rooms:\n    '{ROOM}': {{model: '{HOSTILE.replace(chr(39), 2 * chr(39))}'}}\n"
    )
    async with visited(tmp_path, config) as site:
        site.bot.town.__class__ = Named
        instance = site.bot.instance
        await instance.store.answers.save(
            failed(room_id=f"!{HOSTILE}:x", provider=HOSTILE, model=HOSTILE, note=HOSTILE)
        )
        await instance.store.usage.reserve(spending("1", provider=HOSTILE, at=time.time()))
        site.bot.writes("@ann:here")
        page = await site.page()
    elements = Elements(page)
    assert len(elements.named("script")) == 1
    assert not elements.named("img")
    assert not [one for _, one in elements.found if any(name.startswith("on") for name in one)]
    assert "{{7*7}}" in words(page)
    assert "&lt;script&gt;" in page


class Named(Town):
    """Its rooms are called something."""

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> HttpAnswer:
        if method == "GET" and "m.room.name" in path:
            name = HOSTILE.replace('"', '\\"')
            return HttpAnswer(200, f'{{"name": "Kitchen {name}"}}'.encode())
        return await super().answer(user_id, method, path, body)


async def test_a_room_is_called_by_its_name(site: Visited) -> None:
    site.bot.town.__class__ = Named
    site.bot.writes("@ann:here")
    assert "Kitchen &lt;script" in await site.page()


async def test_half_a_character_in_a_name_is_no_reason_to_show_nothing(site: Visited) -> None:
    site.bot.town.names[ROOM] = "Kitchen \ud83d"
    site.bot.writes("@ann:here")
    assert "Kitchen ?" in await site.page()


async def test_costs_that_no_question_has_leave_the_page_as_it_is(site: Visited) -> None:
    store = site.bot.instance.store
    for number in range(20):
        most = spending(f"{number}", at=time.time(), output_tokens=10**12, cost=Decimal(10) ** 12)
        await store.usage.reserve(most)
    page = words(await site.page())
    assert "Tokens today 20T" in page
    assert "Cost today $20,000,000" in page


async def test_a_prompt_is_told_by_its_length(tmp_path: Path) -> None:
    config = f"{WITH_TOKEN}rooms:\n    '{ROOM}': {{system_prompt: Be kind., buttons: true}}\n"
    async with visited(tmp_path, config) as site:
        page = words(await site.page())
    assert "system_prompt 8 characters" in page
    assert "buttons yes" in page
    assert "Be kind" not in page


async def test_only_its_own_script_and_style_run(site: Visited) -> None:
    answer = await site.get("/", {"Cookie": await site.cookie()})
    page = Elements(await answer.text())
    [nonce] = {one["nonce"] for tag in ("script", "style") for one in page.named(tag)}
    policy = answer.headers["Content-Security-Policy"]
    assert f"script-src 'nonce-{nonce}'" in policy
    assert "default-src 'none'" in policy
    assert not [one for _, one in page.found if "style" in one]
    addresses = [one.get(key) or "" for _, one in page.found for key in ("src", "href")]
    assert all(
        address.startswith(("data:", "")) and "//" not in address[:8] for address in addresses
    )


async def test_a_database_that_fails_is_said_and_not_shown(
    site: Visited, caplog: pytest.LogCaptureFixture
) -> None:
    cookie = await site.cookie()
    await site.bot.instance.store.answers._database._database.stop()
    answer = await site.get("/", {"Cookie": cookie})
    assert answer.status == 503
    assert "Maubot's log says why" in words(await answer.text())
    assert "Traceback" in caplog.text


@pytest.mark.slow
async def test_the_page_of_a_hundred_thousand_answers_is_no_longer(site: Visited) -> None:
    await fill(site.bot.instance.store.answers._database._database, 100_000, until=time.time())
    page = await site.page()
    assert len(page) < 250_000
    assert words(page).count("home") >= 1
