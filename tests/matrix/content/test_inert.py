"""What we say is nobody's command: other bots, as they read, bridges, and people who copy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mautrix.types import MessageEvent

from llmstream.markdown.html import to_html
from llmstream.matrix.content.inert import as_meant, inert, inert_html
from llmstream.matrix.content.style import Style
from llmstream.matrix.reading.transcript import to_messages
from llmstream.post import post
from tests.homeserver import Homeserver
from tests.posting import ALICE, ROOM, script
from tests.virtual_time import virtual_time

COMMANDS = [
    "!ban @bob:example.org",
    "  !ban @bob:example.org",
    "\n\n\u200b!ban @bob",
    "/kick bob",
    "mjolnir: ban @bob",
    "Draupnir ban @bob",
    "hubot, deploy production",
    "@draupnir:example.org ban @bob",
    "**!ban** @bob",
    "> <@alice:example.org> may I?\n\n!ban @bob",
    "* !ban @bob",
    *(f"{prefix}ban @bob" for prefix in ".$%&?+-~;:^=|\\_,°§€"),
]
_COMMAND = re.compile(
    r"[\s*]*([^\w\s\u2060]{1,3}\s*(ban|kick)\b|_ban\b|@?(mjolnir|draupnir|hubot)\b.*(ban|deploy))",
    re.I,
)


def _as_maubot(event: Any) -> Iterator[str]:
    """mautrix hands an edit's new content to handlers, and trims the quote above a reply."""
    content: Any = MessageEvent.deserialize(event).content
    yield content.body
    content.trim_reply_fallback()
    yield content.body


def _as_naive(event: dict[str, Any]) -> Iterator[str]:
    content = event["content"]
    for body in (content["body"], content.get("m.new_content", content)["body"]):
        yield body
        yield body.strip().lstrip("* ")
        yield re.sub(r"\A(> .*\n)+\n", "", body)


def _as_bridge(event: dict[str, Any]) -> Iterator[str]:
    """What the far side is given: the text of the HTML."""
    content = event["content"]
    html = content.get("m.new_content", content)["formatted_body"]
    if not html.startswith("<pre>"):
        yield unescape(re.sub("<[^>]*>", "", html)).strip()


@pytest.mark.slow
@pytest.mark.parametrize("reads", [_as_maubot, _as_naive, _as_bridge])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_bot_takes_it_for_a_command(command: str, reads: Callable[..., Iterator[str]]) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = Homeserver()
        client = homeserver.client()
        text = f"{command}, and words enough to be shown at once."
        await post(client, ROOM, text, style=Style(notify="first"))
        await post(client, ROOM, script(text, 2, " More.", 2), mention=ALICE)
        await post(client, ROOM, script(text, 2, " More."), style=Style(notify="first"))
        long = [f"{command} {n}\n\n{'word ' * 5_000}" for n in range(8)]
        await post(client, ROOM, "\n\n".join(long))
        assert len(homeserver.events) > 10
        for event in homeserver.events:
            raw: dict[str, Any] = {"type": event.type, "room_id": ROOM, "event_id": event.event_id}
            raw |= {"sender": homeserver.bot, "origin_server_ts": 0, "content": event.content}
            for words in reads(raw):
                assert not _COMMAND.match(words), words

    scene()


def test_the_bot_of_this_test_does_obey_people() -> None:
    obeyed = [command for command in COMMANDS if _COMMAND.match(command.replace("\u200b", ""))]
    assert len(obeyed) >= len(COMMANDS) - 1


@given(st.text())
def test_nothing_that_trims_takes_the_mark_away_and_we_do(text: str) -> None:
    marked = inert(text)
    assert as_meant(marked) == text
    assert not text or marked.strip() == marked.rstrip() != text.strip()


@pytest.mark.parametrize("code", ["```sh\ngit push\n```", "    git push", "- ```\n  git push\n"])
def test_a_block_of_code_at_the_beginning_is_copied_as_it_is(code: str) -> None:
    assert inert_html(to_html(code)) == to_html(code)


def test_the_mark_stands_outside_of_code_in_a_line() -> None:
    assert inert_html(to_html("`git push` does it")).startswith("<p>\u2060<code>git push</code>")


@given(st.text(alphabet="!# *>-|`$a\n1.[]()"))
def test_the_html_stays_the_same_but_for_the_mark(text: str) -> None:
    html = to_html(text)
    assert inert_html(html).replace("\u2060", "", 1) == html.replace("\u2060", "", 1)


@virtual_time
async def test_a_model_is_given_what_was_meant(homeserver: Homeserver) -> None:
    await post(homeserver.client(), ROOM, "!ban is a command of **other** bots.")
    (event,) = homeserver.messages(ROOM)
    raw: dict[str, Any] = {
        "type": event.type,
        "room_id": ROOM,
        "event_id": event.event_id,
        "sender": "@b:c",
    }
    raw |= {"origin_server_ts": 0, "content": event.content}
    (message,) = await to_messages([raw], me="@b:c")
    assert message.text == "!ban is a command of **other** bots."
    assert "<p>\u2060!ban" in event.content["formatted_body"]
