"""What admins are told without having asked, where, and how often."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from llmstream.bot.config import Limits
from llmstream.bot.for_admins import OF_COSTS, shut_out, tell_of_costs, tell_of_mistakes
from llmstream.bot.incoming.questions import hear
from llmstream.bot.room.limits import Asking
from llmstream.bot.store import month_of
from llmstream.chunks import Usage
from llmstream.matrix.reading.said import read

from ..faults import FORBIDDEN, Answer
from .commands.commanding import ADMIN, ALICE, ROOM, CommandedBot, Town
from .room.rooms import said

ROOT = "@root:here"
CONFIG = f"""\
providers:
    demo: {{type: demo}}
    work: {{type: openai, model: small, base_url: "http://127.0.0.1:9/v1", price_in: 1}}
limits: {{cost_per_user_per_day: 1.5, cost_per_room_per_month: 100}}
access: {{admins: ["{ADMIN}", "{ROOT}"]}}
"""
OFFICE, OTHER = "!office:here", "!other:here"
BROKEN = f"{CONFIG}limitz: {{}}\n"


class House(Town):
    """A homeserver whose rooms have people of their own. It says so to who is there."""

    def __init__(self) -> None:
        super().__init__()
        self.people = {ROOM: {*self.members}, OFFICE: {ADMIN, self.bot}, OTHER: {ROOT, self.bot}}

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        parts = [unquote(part) for part in path.split("/")[4:]]
        match method, parts:
            case "GET", ["rooms", room_id, "joined_members"]:
                joined: dict[str, Any] = {user: {} for user in self.people[room_id]}
                if user_id not in joined:
                    return Answer(403, b'{"errcode": "M_FORBIDDEN", "error": "not there"}')
                return Answer(200, json.dumps({"joined": joined}).encode())
        return await super().answer(user_id, method, path, body)

    def said_in(self, room_id: str) -> list[str]:
        """What the bot has said there."""
        return [self.shown(one.event_id) for one in self.messages(room_id)]


class Office:
    """A bot that admins have talked to in some rooms."""

    def __init__(self, bot: CommandedBot, house: House) -> None:
        self.house, self.instance, self._stored = house, bot.instance, bot.stored

    async def hears(self, person: str, room_id: str) -> None:
        """Somebody looks at a setting there."""
        event = {
            "type": "m.room.message",
            "event_id": f"$in{room_id}{time.monotonic_ns()}",
            "room_id": room_id,
            "sender": person,
            "origin_server_ts": int(time.time() * 1000),
            "content": said("!llm settings trigger"),
        }
        heard = read(event)
        assert heard is not None
        await hear(self.instance, heard)
        self.house.events.clear()

    async def saved(self, config: str) -> None:
        """A configuration is saved in maubot."""
        self._stored.config_str = config
        await self.instance.configuration.reload()
        await tell_of_mistakes(self.instance)

    async def spends(self, person: str, dollars: float, room_id: str = ROOM) -> None:
        """So much is used, and an answer ends."""
        provider = self.instance.configuration.current.providers["work"]
        async with self.instance.gate.admit(
            Limits(), Asking(person, room_id, provider, "small", 0)
        ) as admission:
            admission.used(Usage(input=round(dollars * 1_000_000), output=0))
        await tell_of_costs(self.instance, person, room_id)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    house = House()
    async with CommandedBot.laid_in(tmp_path, CONFIG, house) as bot:
        yield Office(bot, house)


class TestMistakes:
    async def test_are_told_once_where_nobody_but_admins_is(self, office: Office):
        await office.hears(ADMIN, OFFICE)
        await office.hears(ADMIN, ROOM)
        await office.saved(BROKEN)
        await office.saved(BROKEN)
        [told] = office.house.said_in(OFFICE)
        assert "limitz is unknown; did you mean `limits`?" in told
        assert "still in force" in told
        assert office.house.said_in(ROOM) == []

    async def test_are_told_again_once_they_were_mended(self, office: Office):
        await office.hears(ADMIN, OFFICE)
        await office.saved(BROKEN)
        await office.saved(CONFIG)
        await office.saved(BROKEN)
        assert len(office.house.said_in(OFFICE)) == 2

    async def test_wait_for_an_admin_whom_they_can_be_told(self, office: Office):
        await office.saved(BROKEN)
        await office.hears(ALICE, OFFICE)
        await office.saved(BROKEN)
        assert office.house.said_in(OFFICE) == []
        await office.hears(ROOT, OTHER)
        await office.saved(BROKEN)
        assert len(office.house.said_in(OTHER)) == 1

    @pytest.mark.parametrize(
        "how",
        ["it is kicked", "somebody joins", "it may not speak", "all may join", "all may read"],
    )
    async def test_go_to_another_room_where(self, office: Office, how: str):
        await office.hears(ROOT, OTHER)
        await office.hears(ADMIN, OFFICE)
        match how:
            case "it is kicked":
                office.house.people[OFFICE].discard(office.house.bot)
                office.instance.people.forget(OFFICE)
                await shut_out(office.instance, OFFICE)
            case "somebody joins":
                office.instance.people.changed(OFFICE, ALICE, "Alice")
            case "all may join":
                office.house.state_events[OFFICE, "m.room.join_rules"] = {"join_rule": "public"}
            case "all may read":
                shown = {"history_visibility": "world_readable"}
                office.house.state_events[OFFICE, "m.room.history_visibility"] = shown
            case _:
                office.house.order([FORBIDDEN] * 9, OFFICE)
        await office.saved(BROKEN)
        assert office.house.said_in(OFFICE) == []
        assert len(office.house.said_in(OTHER)) == 1

    async def test_a_database_that_fails_stops_nothing(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ):
        await office.instance.store.admin_rooms._database.execute("DROP TABLE told")
        await office.saved(BROKEN)
        assert "Admins could not be told of the mistakes" in caplog.text


class TestCosts:
    @pytest.fixture(autouse=True)
    async def _an_admin_is_there(self, office: Office):
        await office.hears(ADMIN, OFFICE)

    async def test_are_told_at_eighty_per_cent_once_a_day(self, office: Office):
        await office.spends(ALICE, 1.19)
        assert office.house.said_in(OFFICE) == []
        await office.spends(ALICE, 0.01)
        await office.spends(ALICE, 0.5)
        assert office.house.said_in(OFFICE) == [
            f"💰 `{ALICE}` has used $1.20 of the $1.50 that `limits.cost_per_user_per_day` allows "
            "today. Beyond that no question is answered; the next is possible after midnight UTC."
        ]

    async def test_of_a_room_are_told_once_a_month(self, office: Office):
        for number in range(70):
            await office.spends(f"@guest{number}:here", 1.19)
        [told] = office.house.said_in(OFFICE)
        assert told.startswith(f"💰 The room `{ROOM}` has used $80.92 of the $100.00 that")
        assert "this month" in told

    async def test_of_a_month_are_not_told_again_where_little_is_retained(self, office: Office):
        store = office.instance.store
        await office.spends(ALICE, 85)
        told = len(office.house.said_in(OFFICE))
        early = int(month_of(time.time()) * 1000) + 1
        await store.admin_rooms._database.execute("UPDATE told SET at = $1", early)
        await store.forget_older_than(1)
        await office.spends(ALICE, 1)
        assert len(office.house.said_in(OFFICE)) == told == 2

    async def test_two_answers_that_end_at_once_tell_it_once(self, office: Office):
        await asyncio.gather(*(office.spends(ALICE, 2) for _ in range(10)))
        assert len(office.house.said_in(OFFICE)) == 1

    async def test_of_a_hundred_people_fill_no_room_but_the_log(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ):
        caplog.set_level(logging.WARNING)
        for number in range(20):
            await office.spends(f"@guest{number}:here", 1.2, f"!{number}:here")
        told = office.house.said_in(OFFICE)
        assert len(told) == OF_COSTS
        assert told[-1].endswith(
            "I say no more of costs today; the log does, and so does the dashboard."
        )
        assert len(caplog.messages) == 20

    async def test_a_limit_that_is_raised_in_the_day_is_told_of_again(self, office: Office):
        await office.spends(ALICE, 1.2)
        await office.saved(CONFIG.replace("1.5", "2"))
        await office.spends(ALICE, 0.1)
        assert len(office.house.said_in(OFFICE)) == 1
        await office.spends(ALICE, 0.3)
        assert "$1.60 of the $2.00" in office.house.said_in(OFFICE)[1]

    async def test_without_limits_are_nobody_s_business(self, office: Office):
        await office.saved(CONFIG[: CONFIG.index("limits")])
        await office.spends(ALICE, 100)
        assert office.house.said_in(OFFICE) == []
