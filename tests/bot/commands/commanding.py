"""A bot that hears commands: real configuration, database and providers, a homeserver in process.

async with CommandedBot.laid_in(tmp_path, CONFIG) as bot:
    assert "trigger" in await bot.hears("!llm set trigger all", by=MODERATOR)
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mautrix.util.async_db import Database

from llmstream.bot.answering.connections import Connections
from llmstream.bot.answering.running import Running, RunningAnswer
from llmstream.bot.commands import command_of, obey
from llmstream.bot.config import LiveConfiguration
from llmstream.bot.instance import Instance
from llmstream.bot.packages import Packages
from llmstream.bot.room.access import Notices
from llmstream.bot.room.bot_loops import Loops
from llmstream.bot.room.direct_chats import DirectChats
from llmstream.bot.room.limits import Gate, Replies
from llmstream.bot.room.media import Files
from llmstream.bot.room.people import People
from llmstream.bot.room.queue import Line
from llmstream.bot.room.triggers import Question, Situation
from llmstream.bot.room.visibility import Visibility
from llmstream.bot.store import Store, upgrade_table
from llmstream.bot.tools import Servers
from llmstream.matrix.reading.capabilities import Capabilities
from llmstream.matrix.reading.said import read
from llmstream.matrix.sending.scheduler import Scheduler

from ...faults import Answer
from ...homeserver import Homeserver
from ...limiter import Limiter
from ..config.test_written import Stored
from ..room.rooms import said

ROOM = "!room:here"
ALICE, MODERATOR, ADMIN = "@alice:here", "@mod:here", "@admin:here"

CONFIG = """\
# Ours, since May.
providers:
    demo: {type: demo}
    work:
        type: openai
        model: small
        base_url: http://joe:pass-in-url@127.0.0.1:9/v1
        api_key: sk-secret-key
        headers: {X-Token: secret-header}
    home: {type: ollama, model: llama3.2}
tools:
    tickets: {url: "https://u:tool-pass@tickets.example/mcp", headers: {Authorization: tool-key}}
access:
    admins: ["@admin:here"]
"""


class Town(Homeserver):
    """A homeserver that also says who is in a room, what its state is, and keeps account data."""

    def __init__(self, limiter: Callable[[], Limiter] | None = None) -> None:
        super().__init__(limiter, latency=0)
        self.members = {ALICE: "Alice", MODERATOR: "Mod", ADMIN: "", self.bot: "LLM"}
        self.power: Mapping[str, int] | None = {MODERATOR: 50}
        self.state: list[dict[str, Any]] = []
        self.names: dict[str, str] = {}
        self.left: list[str] = []
        self.state_events: dict[tuple[str, str], dict[str, Any]] = {}
        self.account_data: dict[str, Any] = {}
        self.says_nothing = False
        self.next: dict[str, list[Answer | Exception]] = {}  # to a GET of a path that ends so
        self.was = ""  # the bot, when what it asks for was sent: join, invite, leave
        self.came: dict[str, Any] = {}
        self.syncs: dict[str, Answer] = {}

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        for end, faults in self.next.items() if method == "GET" else ():
            if faults and path.partition("?")[0].endswith(end):
                return _met(faults.pop(0))
        if method == "GET" and self.says_nothing:
            return Answer(500, b'{"errcode":"M_UNKNOWN","error":"busy"}')
        parts = [unquote(part) for part in path.split("/")[4:]]
        if self.was and "event" in parts:
            return _json({"unsigned": {"membership": self.was}})
        found = self._of_account(method, parts, body) or self._of_room(method, parts)
        return found or await super().answer(user_id, method, path, body)

    def _of_account(self, method: str, parts: list[str], body: bytes) -> Answer | None:
        match method, parts:
            case "GET", [sync] if sync.startswith("sync?"):
                # The same request gets the same answer for a while: Synapse remembers it.
                return self.syncs.setdefault(sync, _json({"rooms": {"join": self.came}}))
            case "GET", ["user", _, "account_data", kind] if kind in self.account_data:
                return _json(self.account_data[kind])
            case "PUT", ["user", _, "account_data", kind]:
                self.account_data[kind] = json.loads(body)
                return _json({})
            case "POST", ["rooms", room_id, "leave"]:
                self.left.append(room_id)
                return _json({})
        return None

    def _of_room(self, method: str, parts: list[str]) -> Answer | None:
        match method, parts:
            case "GET", ["rooms", _, "joined_members"]:
                joined = {user: {"display_name": name} for user, name in self.members.items()}
                return _json({"joined": joined})
            case "GET", ["rooms", _, "state"]:
                return _json(self.state)
            case "GET", ["rooms", room_id, "state", kind, *_] if event := self.state_events.get(
                (room_id, kind)
            ):
                return _json(event)
            case "GET", ["rooms", room_id, "state", "m.room.name", *_] if room_id in self.names:
                return _json({"name": self.names[room_id]})
            case "GET", ["rooms", _, "state", "m.room.create", *_]:
                return _json({"sender": "@founder:here", "content": {"room_version": "10"}})
            case "GET", ["rooms", _, "state", "m.room.power_levels", *_] if self.power is not None:
                return _json({"users": dict(self.power)})
        return None


class CommandedBot:
    """`stored` is what maubot keeps of it, `town` where it lives."""

    def __init__(self, stored: Stored, database: Database, town: Town) -> None:
        self.town = town
        self.stored = stored
        self._ids = count(1)
        client, store, log = self.town.client(), Store(database), logging.getLogger("test")
        live = LiveConfiguration(stored.config, store.last_good, log)
        self.instance = Instance(
            client=client,
            config=stored.config,
            configuration=live,
            store=store,
            scheduler=Scheduler.of(client),
            connections=Connections(),
            packages=Packages(Path("packages"), lambda: live.current.install_missing_packages),
            servers=Servers(live.current.tools),
            people=People(client),
            direct_chats=DirectChats(client),
            visibility=Visibility(client),
            files=Files(client),
            capabilities=Capabilities.of_client(client),
            gate=Gate(store.usage),
            line=Line(),
            loops=Loops(),
            notices=Notices(),
            replies=Replies(),
            running=Running(),
            started_at=int(time.time() * 1000) - 1000,
            log=log,
        )

    @classmethod
    @asynccontextmanager
    async def laid_in(
        cls, folder: Path, config: str = CONFIG, town: Town | None = None
    ) -> AsyncIterator[CommandedBot]:
        """A new one, with its database in this folder."""
        database = Database.create(f"sqlite:///{folder}/bot.db", upgrade_table=upgrade_table)
        await database.start()
        bot = cls(Stored(config), database, town or Town())
        try:
            yield bot
        finally:
            await bot.instance.running.stop_all(1)
            await bot.instance.connections.close()
            await database.stop()

    async def hears(self, text: str, *, by: str = ALICE, thread: str = "", **keys: Any) -> str:
        """Somebody says this. What the bot answers, or '' if it says nothing."""
        content = {**said(text, thread=thread), **keys.pop("content", {})}
        event = {
            "type": "m.room.message",
            "event_id": f"$said{next(self._ids)}",
            "room_id": ROOM,
            "sender": by,
            "origin_server_ts": int(time.time() * 1000),
            "content": content,
            **keys,
        }
        before = len(self.town.messages(ROOM))
        heard = read(event)
        assert heard is not None
        command = command_of(self.instance, heard, await self.instance.situation_in(ROOM))
        if command:
            await obey(self.instance, heard, command)
        return "\n".join(
            self.town.shown(one.event_id) for one in self.town.messages(ROOM)[before:]
        )

    def writes(self, asker: str, thread: str = "") -> RunningAnswer:
        """An answer to somebody that is being written, and never done by itself."""
        asked = Question(f"$asked{next(self._ids)}", ROOM, asker, "why?", 0, thread_root=thread)
        situation = Situation(me=str(self.instance.client.mxid), name="", commands=frozenset())
        writing = RunningAnswer(asked, situation, self.instance.configuration.current)
        self.instance.running.begin(writing, asyncio.sleep(3600))
        return writing


def _met(fault: Answer | Exception) -> Answer:
    if isinstance(fault, Exception):
        raise fault
    return fault


def _json(body: Any) -> Answer:
    return Answer(200, json.dumps(body).encode())
