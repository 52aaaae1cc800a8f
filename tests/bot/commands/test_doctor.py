"""What `!llm doctor` says of providers, the account, the room and the host, and to whom."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from llmstream.bot.commands.doctor.examination import examine
from llmstream.bot.commands.doctor.finding import Check, Finding
from llmstream.chunks import PlanUpdate, TaskUpdate, Text

from ...bed.models import ModelServer, Reply
from ...faults import FORBIDDEN, Answer
from ...virtual_time import virtual_time
from .commanding import ADMIN, MODERATOR, ROOM, CommandedBot, Town

CONFIG = """\
providers:
    good: {{type: openai, model: small, base_url: "{url}", api_key: sk-of-good-123456}}
    locked: {{type: anthropic, model: big, base_url: "{claude}", api_key: sk-of-locked-123456}}
    gone: {{type: openai, model: small, base_url: "http://joe:pass-in-url@127.0.0.1:9/v1"}}
    bare: {{type: openai, base_url: "{url}"}}
    half: {{type: openai, model: small, base_url: "{url}", price_in: 1}}
defaults: {{provider: good}}
rooms:
    "!other:here": {{model: never-heard-of}}
limits: {{cost_per_user_per_day: 1}}
access: {{admins: ["@admin:here"]}}
"""


class AskedTown(Town):
    """Says what it is, and lifts the limit of nobody."""

    federates = True

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        if path == "/_matrix/federation/v1/version":
            said = {"server": {"name": "Synapse"}} if self.federates else {"errcode": "M_NO"}
            return Answer(200, json.dumps(said).encode())
        if path == "/_synapse/admin/v1/server_version" and not self.federates:
            return Answer(200, b'{"server_version": "1.140.0"}')
        if path == "/_matrix/client/versions":
            return Answer(200, b"{}", {"Date": "Thu, 01 Jan 2015 00:00:00 GMT"})
        return await super().answer(user_id, method, path, body)


@pytest.fixture
async def models() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        server.names = ["small", "big"]
        yield server


@pytest.fixture
async def bot(
    tmp_path: Path, models: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[CommandedBot]:
    monkeypatch.setattr("llmstream.providers.attempts._BACKOFF", (0.0, 0.0))
    config = CONFIG.format(url=models.url_for("openai"), claude=models.url_for("anthropic"))
    async with CommandedBot.laid_in(tmp_path, config, town=AskedTown()) as bot:
        yield bot


def line_of(said: str, title: str) -> str:
    return next(line for line in said.splitlines() if line[4:].startswith(title))


@pytest.mark.slow
async def test_every_provider_is_tried_and_each_bad_one_has_its_remedy(
    bot: CommandedBot, models: ModelServer
):
    counted, refused = Reply("one two three four five six", delay=0.02), Reply(status=401, body={})
    models.answer_with(lambda asked: refused if asked.api == "anthropic" else counted)
    said = await bot.hears("!llm doctor", by=ADMIN)
    good = line_of(said, "Provider `good`")
    assert "`small`, first word after " in good
    assert "tokens a second" in good
    assert "does not list `never-heard-of`" in good
    assert line_of(said, "Provider `locked`") == "- ❌ Provider `locked`: `big`, not let in"
    assert line_of(said, "Provider `gone`") == "- ❌ Provider `gone`: `small`, not reached"
    assert "anthropic refused the key of provider `locked`. Set providers.locked.api_key." in said
    assert "gone did not answer at 127.0.0.1:9." in said
    assert "the address of the host in `providers.gone.base_url`" in said
    assert "reached, with 2 models, of which none is chosen" in line_of(said, "Provider `bare`")
    assert "to mend" in said.splitlines()[0]
    for secret in ("sk-of", "pass-in-url", "joe"):
        assert secret not in said
    used = await bot.instance.store.usage.total(0, person=ADMIN)
    assert (
        used.answers == 3
    )  # this one, `half` and the demo; what was refused, or is not there, is free


@pytest.mark.parametrize("federates", [True, False])
async def test_the_rate_limit_has_the_call_that_lifts_it(bot: CommandedBot, federates: bool):
    assert isinstance(bot.town, AskedTown)
    bot.town.federates = federates
    said = await bot.hears("!llm doctor", by=ADMIN)
    me = bot.instance.client.mxid
    address = f"{bot.town.url}/_synapse/admin/v1/users/{me}/override_ratelimit"
    assert f"'{address}'" in said
    assert '{"messages_per_second": 0, "burst_count": 0}' in said
    assert "token" not in said.replace("$ADMIN_TOKEN", "").replace("tokens", "")


async def test_a_clock_that_is_wrong_is_named(bot: CommandedBot):
    said = await bot.hears("!llm doctor", by=ADMIN)
    assert " s ahead of the homeserver's" in line_of(said, "Clock")
    assert line_of(said, "Clock").startswith("- ❌")


async def test_costs_without_a_price_are_told(bot: CommandedBot):
    said = await bot.hears("!llm doctor", by=ADMIN)
    costs = line_of(said, "Costs")
    assert "no price is known of `good`, `locked`, `gone`, `bare`: no limit" in costs
    assert "`half` has one price of two" in costs


async def test_a_damaged_database_is_told(bot: CommandedBot, tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "bot.db")) as file:
        file.execute("DROP TABLE answer_parts")
    said = await bot.hears("!llm doctor", by=ADMIN)
    assert "cannot be read and written (OperationalError)" in line_of(said, "Database")


async def test_a_mistake_in_the_configuration_is_told_to_admins(bot: CommandedBot):
    bot.stored.config_str = "limitz: {}"
    await bot.instance.configuration.reload()
    said = await bot.hears("!llm doctor", by=ADMIN)
    assert line_of(said, "Configuration") == "- ❌ Configuration: it has mistakes"
    assert "limitz is unknown; did you mean `limits`?" in said
    assert "limitz" not in await bot.hears("!llm doctor room", by=MODERATOR)


async def test_a_rooms_setters_hear_of_their_room_alone(bot: CommandedBot, models: ModelServer):
    bot.town.power = {MODERATOR: 50, bot.town.bot: 0}
    said = await bot.hears("!llm doctor room", by=MODERATOR)
    assert line_of(said, "Power here") == "- ✅ Power here: 0, which is enough"
    assert "Provider" not in said
    assert models.requests == []
    assert "Only my admins" in await bot.hears("!llm doctor", by=MODERATOR)
    assert "power level 50" in await bot.hears("!llm doctor room")


async def test_of_many_that_are_asked_for_at_once_two_look(bot: CommandedBot, models: ModelServer):
    said = await asyncio.gather(*(bot.hears("!llm doctor", by=ADMIN) for _ in range(5)))
    reports = [bot.town.shown(one.event_id) for one in bot.town.messages(ROOM)]
    assert len(reports) == len(said) == 5
    assert sum("Looked at" in one for one in reports) == 2
    assert sum("what I find stands below" in one for one in reports) == 3


async def test_a_platform_of_the_admin_s_own_is_known(tmp_path: Path):
    town = AskedTown()
    content = {"protocol": {"id": "telegram"}}
    town.state = [{"type": "m.bridge", "state_key": "", "content": content}]
    config = """{platforms: {telegram: {interval_ms: 7000}}, access: {admins: ["@admin:here"]}}"""
    async with CommandedBot.laid_in(tmp_path, config, town=town) as bot:
        said = await bot.hears("!llm doctor room", by=ADMIN)
    assert "at most every 7000 ms" in line_of(said, "Answers here")


async def test_what_a_room_refuses_keeps_the_next_one_waiting_for_nothing(bot: CommandedBot):
    bot.town.order([FORBIDDEN] * 9, ROOM)
    assert await bot.hears("!llm doctor", by=ADMIN) == ""
    bot.town.order_nothing()
    assert "Looked at" in await bot.hears("!llm doctor", by=ADMIN)


async def test_tool_servers_are_tried_and_none_of_their_secrets_is_shown(tmp_path: Path):
    config = """\
tools:
    tickets: {url: "http://u:tool-pass@127.0.0.1:9/mcp?key=tool-key", headers: {A: tool-head}}
    files: {command: /nowhere/mcp-files, args: [--token=tool-arg], env: {TOKEN: tool-env}}
access: {admins: ["@admin:here"]}
"""
    async with CommandedBot.laid_in(tmp_path, config, town=AskedTown()) as bot:
        said = await bot.hears("!llm doctor", by=ADMIN)
        await bot.instance.servers.close()
    for name in ("tickets", "files"):
        assert line_of(said, f"Tools of `{name}`").startswith("- ❌")
    for secret in ("tool-pass", "tool-key", "tool-head", "tool-arg", "tool-env"):
        assert secret not in said


async def test_in_a_room_whose_id_names_no_server_people_of_its_server_may_ask(tmp_path: Path):
    config = """{access: {users: ["@*:here"], rooms: ["!*:here"], admins: ["@admin:here"]}}"""
    async with CommandedBot.laid_in(tmp_path, config, town=AskedTown()) as bot:
        said = await bot.hears("!llm doctor room", by=ADMIN, room_id="!nowhere")
    assert said == ""
    newest = bot.town.messages("!nowhere")[-1]
    assert "3 of 3 people here may ask" in bot.town.shown(newest.event_id)


async def test_it_is_seen_while_it_looks(bot: CommandedBot):
    await bot.hears("!llm doctor", by=ADMIN)
    first = bot.town.messages(ROOM)[-1]
    assert "🩺 Looking at" in first.content["body"]
    assert bot.town.edits(first.event_id)
    assert first.content["msgtype"] == "m.notice"


@virtual_time
async def test_what_hangs_or_breaks_keeps_nothing_else_back():
    async def hangs() -> Finding:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                await asyncio.sleep(1)
                raise

    async def breaks() -> Finding:
        raise LookupError("sk-a-secret")

    async def works() -> Finding:
        return Finding("fine")

    checks = [Check("A", hangs, patience=5), Check("B", breaks), Check("C", works)]
    chunks = [chunk async for chunk in examine(checks)]
    last = {chunk.id: chunk for chunk in chunks if isinstance(chunk, TaskUpdate)}
    assert [(one.title, one.status) for one in last.values()] == [
        ("A: no answer within 5 s", "error"),
        ("B: could not be looked at", "error"),
        ("C: fine", "complete"),
    ]
    titles = [chunk.title for chunk in chunks if isinstance(chunk, PlanUpdate)]
    assert titles[-1] == "🩺 Looked at 3 things in 5.0 s: 2 to mend."
    assert "sk-a-secret" not in "".join(one.text for one in chunks if isinstance(one, Text))
