"""The maubot plugin: it starts and stops what makes an instance. It holds nothing else.

Handlers are registered once everything is there, and never before: maubot would leave its own in
place where a start fails. `start()` does not raise, for an instance that raises is switched off
(maubot 0.6.0).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import cast

from maubot.plugin_base import Plugin
from mautrix.util.async_db import Database, UpgradeTable
from mautrix.util.config import BaseProxyConfig

from ..matrix.reading.capabilities import Capabilities
from ..matrix.sending.scheduler import Scheduler
from ..providers import TYPES
from ..providers.errors import PackageMissing
from ..providers.importing import load
from ..providers.prices import prices_of
from . import first_sync
from .answering.connections import Connections
from .answering.repair import repair
from .answering.running import Running
from .config import Config, LiveConfiguration
from .current_client import current
from .for_admins import tell_of_mistakes
from .garbage import garbage
from .incoming.handlers import Handlers
from .instance import Instance
from .own_device import note_own_device
from .packages import Packages, beside
from .quiet import quieten
from .room.access import Notices
from .room.bot_loops import Loops
from .room.direct_chats import DirectChats
from .room.limits import Gate, Replies
from .room.media import Files
from .room.people import People
from .room.queue import Line
from .room.visibility import Visibility
from .signals import hear_between_steps
from .store import Store, upgrade_table
from .tally import Tally
from .tools import Servers
from .web.metrics import PACKAGE
from .web.site import Site, open_site

_ID = "dev.llmstream"  # as in maubot.yaml
_STOP_PATIENCE = 8.0  # seconds in which open messages can be finished when the plugin stops
_FORGET_EVERY = 6 * 3600.0


class LLMStream(Plugin):
    """One instance."""

    _instance: Instance
    _handlers: Handlers
    _site: Site | None
    _chores: list[asyncio.Task[None]]
    _importing: asyncio.Task[None]

    @classmethod
    def get_config_class(cls) -> type[BaseProxyConfig]:
        """What maubot keeps the configuration in."""
        return Config

    @classmethod
    def get_db_upgrade_table(cls) -> UpgradeTable:
        """How the database came to be what it is. maubot asks for it first of all."""
        first_sync.keep(_ID)
        return upgrade_table

    async def start(self) -> None:
        """Wire the parts together, then listen."""
        quieten()
        hear_between_steps()
        config, client = cast(Config, self.config), current(self.client)
        database = cast(Database, self.database)
        store, tally = Store(database), Tally()
        configuration = await LiveConfiguration.read_in_thread(config, store.last_good, self.log)
        await configuration.remember()
        packages = Packages(
            beside(database, self.loader.source) / f"{self.id}.packages",
            lambda: configuration.current.install_missing_packages,
        )
        self._instance = Instance(
            client=client,
            config=config,
            configuration=configuration,
            store=store,
            scheduler=Scheduler.of(client, store.budgets),
            connections=Connections(),
            packages=packages,
            servers=Servers(configuration.current.tools, load=packages.load),
            people=People(client),
            direct_chats=DirectChats(client),
            visibility=Visibility(client),
            files=Files(client),
            capabilities=Capabilities.of_client(client),
            gate=Gate(store.usage, tally.used),
            line=Line(),
            loops=Loops(),
            notices=Notices(),
            replies=Replies(),
            running=Running(),
            tally=tally,
            started_at=int(time.time() * 1000),
            log=self.log,
            version=str(self.loader.meta.version),
        )
        self._site = None
        if self.webapp is not None and self.webapp_url is not None:
            version = str(self.loader.meta.version)
            self._site = open_site(self.webapp, self.webapp_url, self._instance, version)
        self._handlers = Handlers(self._instance)
        self._chores = [asyncio.create_task(chore(self._instance)) for chore in _CHORES]
        self._importing = asyncio.create_task(_import(self._instance, self.id))
        self._handlers.begin()

    async def stop(self) -> None:
        """Finish the open messages, and let nothing run on."""
        await self._handlers.end()
        if self._site:
            self._site.close()
        chores = [*self._chores, self._importing]
        for chore in chores:
            chore.cancel()
        await asyncio.wait(chores, timeout=_STOP_PATIENCE)
        await self._instance.running.stop_all(_STOP_PATIENCE)
        await self._instance.servers.close()
        await self._instance.connections.close()
        await self._instance.packages.close()
        garbage.look_again(self.id)

    async def on_external_config_update(self) -> None:
        """The configuration was saved in the web UI: it holds at once, for running rooms too."""
        await self._instance.configuration.reload()
        self._instance.running.keep(asyncio.create_task(tell_of_mistakes(self._instance)))
        await self._instance.servers.configure(self._instance.configuration.current.tools)
        self._instance.packages.retry()
        self._importing.cancel()
        self._importing = asyncio.create_task(_import(self._instance, self.id))


async def _forget(instance: Instance) -> None:
    """Forget what is older than `retention_days`, now and again every few hours."""
    while True:
        try:
            await instance.store.forget_older_than(instance.configuration.current.retention_days)
        except Exception:
            instance.log.exception("Old answers could not be forgotten")
        await asyncio.sleep(_FORGET_EVERY)


async def _import(instance: Instance, name: str) -> None:
    """Install and import what the configuration needs before somebody waits for it."""
    configuration = instance.configuration.current
    packages = {TYPES[provider.type].package for provider in configuration.providers.values()}
    packages |= {"mcp"} if configuration.tools else set()
    packages |= {PACKAGE} if configuration.dashboard_token else set()
    for package in sorted(packages - {""}):
        with suppress(PackageMissing):  # said to whoever asks
            async for _ in instance.packages.need(package):
                pass
            await load(package)
    for provider in configuration.providers.values():
        if TYPES[provider.type].package:
            await prices_of(provider, provider.model)
    garbage.leave_out(name)


_CHORES = (repair, _forget, tell_of_mistakes, note_own_device)
