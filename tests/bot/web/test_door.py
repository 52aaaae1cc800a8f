"""Who sees the page and the numbers, and how often somebody may guess."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from llmstream.bot.web.door import COOKIE, Guesses

from ..commands.commanding import CONFIG
from .visiting import TOKEN, Visited, visited

ENCODED = TOKEN.replace("+", "%2B")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Visited]:
    async with visited(tmp_path) as site:
        yield site


async def test_the_first_visit_takes_the_token_out_of_the_address(site: Visited) -> None:
    entered = await site.get(f"/?token={ENCODED}")
    assert (entered.status, entered.headers["Location"]) == (303, "./")
    cookie = entered.cookies[COOKIE]
    assert (cookie["path"], cookie["samesite"]) == ("", "Strict")  # the path that it came from
    assert cookie["httponly"]
    assert not cookie["secure"]
    assert TOKEN not in entered.headers["Set-Cookie"]
    page = await site.get("/", {"Cookie": f"{COOKIE}={cookie.value}"})
    assert page.status == 200
    assert site.bot.town.bot in await page.text()


async def test_a_plus_in_the_token_may_be_typed_as_it_is(site: Visited) -> None:
    assert (await site.get(f"/?token={TOKEN}")).status == 303


@pytest.mark.parametrize(
    "path", ["/", "/metrics", "/?token=", "/?token=wrong", "/metrics?token=x"]
)
async def test_nobody_else_sees_anything(site: Visited, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": f"{COOKIE}=9999999999.00"}):
        answer = await site.get(path, headers)
        assert answer.status == 401
        assert "Set-Cookie" not in answer.headers
        assert "here" not in (await answer.text()).replace("where", "")


async def test_a_cookie_ends_and_cannot_be_made_to_last(site: Visited) -> None:
    name, _, value = (await site.cookie()).partition("=")
    until, _, signature = value.partition(".")
    assert time.time() < int(until) < time.time() + 31 * 86400
    for forged in (f"{int(until) + 1}.{signature}", f"{until}.", until, f"{until}.é", "x.y", "."):
        answer = await site.get("/", {"Cookie": f"{name}={forged}".encode().decode("latin-1")})
        assert answer.status == 401


async def test_without_a_token_there_is_no_page(tmp_path: Path) -> None:
    async with visited(tmp_path, CONFIG) as site:
        for path in ("/", "/metrics", "/?token=", "/metrics?token="):
            assert (await site.get(path)).status == 404


async def test_a_token_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESAME", "elsewhere\n")
    async with visited(tmp_path, f"{CONFIG}dashboard: {{token: env:SESAME}}\n") as site:
        assert (await site.get("/?token=elsewhere")).status == 303
        assert (await site.get("/?token=env:SESAME")).status == 401


async def test_a_token_that_cannot_be_read_closes_the_page_and_is_said_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with visited(tmp_path, f"{CONFIG}dashboard: {{token: file:/nowhere}}\n") as site:
        for _ in range(2):
            answer = await site.get("/?token=file:/nowhere")
            assert answer.status == 503
    said = [record.getMessage() for record in caplog.records if "dashboard" in record.getMessage()]
    assert len(said) == 1
    assert "the file /nowhere, which cannot be read" in said[0]


async def test_another_token_ends_what_the_one_before_has_opened(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    async with visited(tmp_path, f"{CONFIG}dashboard: {{token: 'file:{token}'}}\n") as site:
        cookie = await site.cookie()
        assert (await site.get("/", {"Cookie": cookie})).status == 200
        token.write_text("another")
        assert (await site.get("/", {"Cookie": cookie})).status == 401


async def test_whoever_guesses_is_bounded_and_who_was_let_in_is_not(site: Visited) -> None:
    cookie = await site.cookie()
    statuses = [(await site.get(f"/?token=guess{number}")).status for number in range(15)]
    assert statuses == [401] * Guesses.AT_ONCE + [429] * 5
    refused = await site.get(f"/?token={ENCODED}")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
    assert (await site.get("/", {"Cookie": cookie})).status == 200


async def test_whoever_guesses_at_a_long_token_shuts_nobody_out(tmp_path: Path) -> None:
    long = "0123456789abcdef" * 2
    async with visited(tmp_path, f"{CONFIG}dashboard: {{token: '{long}'}}\n") as site:
        for number in range(2 * Guesses.AT_ONCE):
            assert (await site.get(f"/?token=guess{number}")).status == 401
        assert (await site.get(f"/?token={long}")).status == 303


def test_guesses_come_back_and_what_is_remembered_of_them_is_bounded() -> None:
    now = 0.0
    guesses = Guesses(lambda: now)
    for _ in range(Guesses.AT_ONCE):
        assert guesses.left("a")
        guesses.wrong("a")
    assert not guesses.left("a")
    assert guesses.left("b")
    now += Guesses.EVERY
    assert guesses.left("a")
    for number in range(Guesses.ADDRESSES * Guesses.AT_ONCE):
        guesses.wrong(str(number))
    assert not guesses.left("new")
    for number in range(3000):
        guesses.wrong(str(number))
    assert len(guesses._used) == Guesses.REMEMBERED


@pytest.mark.parametrize("path", ["/", "/nothing?token=x", f"/?token={ENCODED}", "/metrics"])
async def test_no_answer_is_kept_or_framed(site: Visited, path: str) -> None:
    headers = (await site.get(path)).headers
    if path.startswith("/nothing"):
        return
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_who_follows_a_link_from_elsewhere_is_asked_once_more_by_a_page_of_ours(
    site: Visited,
) -> None:
    elsewhere = await site.get("/", {"Sec-Fetch-Site": "cross-site"})
    assert 'http-equiv="refresh"' in await elsewhere.text()
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {}):
        assert 'http-equiv="refresh"' not in await (await site.get("/", headers)).text()


@pytest.mark.parametrize(
    ("public", "headers", "secure"),
    [
        ("https://example.com", {"X-Forwarded-Proto": "https"}, True),
        ("https://example.com", {"X-Forwarded-Proto": "HTTPS, http"}, True),
        ("https://example.com", {"X-Forwarded-Proto": "http, https"}, False),
        ("https://127.0.0.1", {}, True),
        ("https://example.com", {}, False),
        ("http://127.0.0.1", {}, False),
    ],
)
async def test_the_cookie_stays_with_https(
    tmp_path: Path, public: str, headers: dict[str, str], secure: bool
) -> None:
    async with visited(tmp_path, public=public) as site:
        entered = await site.get(f"/?token={ENCODED}", headers)
        assert bool(entered.cookies[COOKIE]["secure"]) is secure
