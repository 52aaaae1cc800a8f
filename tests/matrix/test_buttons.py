"""Buttons: reactions that are placed, and those that people answer them with."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest
from mautrix.client import Client
from mautrix.types import EventType

from llmstream.matrix.buttons import HEARD_FOR, REMEMBERED, Buttons, Press
from llmstream.matrix.reading.annotations import plain_key
from tests.homeserver import Homeserver
from tests.posting import ALICE
from tests.reacting import react
from tests.virtual_time import virtual_time


class Heard:
    """Remembers every press."""

    def __init__(self) -> None:
        self.presses: list[Press] = []

    async def __call__(self, press: Press) -> None:
        self.presses.append(press)


@pytest.fixture
def client() -> Client:
    return Homeserver().client()


def handlers(client: Client) -> int:
    return len(client.event_handlers.get(EventType.REACTION, {}))


@virtual_time
async def test_a_press_is_heard_with_the_key_as_it_was_placed(client: Client) -> None:
    heard = Heard()
    Buttons.of(client).hear("$answer", ["👍", "⏹️"], heard)
    for key in ("👍", "👍🏽", "⏹", "⏹️"):
        await react(client, key, "$answer")
    assert [press.key for press in heard.presses] == ["👍", "👍", "⏹️", "⏹️"]
    assert heard.presses[0] == Press("👍", ALICE, "$answer")


@virtual_time
async def test_what_is_no_press_of_ours_is_not_heard(client: Client) -> None:
    heard = Heard()
    Buttons.of(client).hear("$answer", ["👍"], heard)
    await react(client, "👎", "$answer")
    await react(client, "", "$answer")
    await react(client, "👍", "$another")
    await react(client, "👍", "$answer", sender=str(client.mxid))
    assert heard.presses == []


@virtual_time
async def test_one_handler_hears_all_messages_of_a_client(client: Client) -> None:
    one, two = Heard(), Heard()
    Buttons.of(client).hear("$one", ["👍"], one)
    Buttons.of(client).hear("$two", ["👍"], two)
    assert handlers(client) == 1
    await react(client, "👍", "$two")
    assert (len(one.presses), len(two.presses)) == (0, 1)


@virtual_time
async def test_the_handler_goes_when_there_is_nothing_left_to_hear(client: Client) -> None:
    heard = Heard()
    Buttons.of(client).hear("$one", ["👍"], heard)
    Buttons.of(client).hear("$two", ["👍"], heard)
    Buttons.of(client).forget("$one")
    assert handlers(client) == 1
    Buttons.of(client).forget("$two")
    Buttons.of(client).forget("$two")
    assert handlers(client) == 0
    Buttons.of(client).hear("$three", ["👍"], heard)
    await react(client, "👍", "$three")
    assert len(heard.presses) == 1


@virtual_time
async def test_buttons_are_heard_for_a_week(client: Client) -> None:
    heard = Heard()
    Buttons.of(client).hear("$answer", ["👍"], heard)
    await asyncio.sleep(HEARD_FOR - 1)
    await react(client, "👍", "$answer")
    await asyncio.sleep(2)
    await react(client, "👍", "$answer")
    assert len(heard.presses) == 1
    assert handlers(client) == 0


@virtual_time
async def test_of_very_many_the_oldest_are_forgotten(client: Client) -> None:
    heard = Heard()
    for number in range(REMEMBERED + 1):
        Buttons.of(client).hear(f"${number}", ["👍"], heard)
    await react(client, "👍", "$0")
    await react(client, "👍", "$1")
    assert [press.event_id for press in heard.presses] == ["$1"]


@virtual_time
async def test_heard_again_a_message_is_heard_by_the_newer(client: Client) -> None:
    older, newer = Heard(), Heard()
    Buttons.of(client).hear("$answer", ["👍"], older)
    await asyncio.sleep(HEARD_FOR / 2)
    Buttons.of(client).hear("$answer", ["👎"], newer)
    await asyncio.sleep(HEARD_FOR / 2 + 1)
    await react(client, "👎", "$answer")
    await react(client, "👍", "$answer")
    assert (len(older.presses), len(newer.presses)) == (0, 1)


@virtual_time
async def test_a_client_that_is_gone_is_not_kept() -> None:
    client = Homeserver().client()
    Buttons.of(client).hear("$answer", ["👍"], Heard())
    gone = weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("key", ["👍🏿", "👍\ufe0f", "👍"])
def test_variants_of_a_key_are_one(key: str) -> None:
    assert plain_key(key) == "👍"
