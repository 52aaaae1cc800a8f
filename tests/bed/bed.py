"""The whole bed: a homeserver, a maubot with our plugin, and whoever the caller invites."""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, overload

from .maubot import Maubot
from .message import Message
from .person import Person
from .synapse import Account, Limits, Synapse

P = TypeVar("P", bound=Person)


@dataclass(frozen=True, slots=True)
class Bot:
    """One instance of the plugin with an account of its own."""

    instance: str
    account: Account

    @property
    def user_id(self) -> str:
        return self.account.user_id


class Bed:
    """A running bed: `synapse`, `maubot`, and the `folder` with their logs."""

    def __init__(self, folder: Path, synapse: Synapse, maubot: Maubot) -> None:
        self.folder = folder
        self.synapse = synapse
        self.maubot = maubot
        self._names: Counter[str] = Counter()

    @classmethod
    @asynccontextmanager
    async def up(
        cls,
        archive: bytes,
        *,
        limits: Limits = "raised",
        postgres: str = "",
        disk: int = 0,
        progress: Callable[[str], None] = lambda step: None,
    ) -> AsyncIterator[Bed]:
        """Start the servers and upload the plugin; with the block they end, and their files go.

        Args:
            archive: The .mbp.
            limits: What Synapse lets an account send.
            postgres: The address of a database for maubot, instead of SQLite's files.
            disk: Megabytes of a disk of its own for maubot's files, which only root can make.
            progress: Hears what is being done now, for a person who waits.
        """
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="llmstream-")))
            (folder / "synapse").mkdir()
            (folder / "maubot").mkdir()
            if disk:
                stack.enter_context(_mounted(folder / "maubot", disk))
            progress("Starting Synapse")
            synapse = await stack.enter_async_context(
                Synapse.up(folder / "synapse", limits=limits)
            )
            progress("Starting maubot")
            maubot = await stack.enter_async_context(
                Maubot.up(folder / "maubot", postgres=postgres)
            )
            progress("Uploading the plugin")
            await maubot.upload(archive)
            yield cls(folder, synapse, maubot)

    @asynccontextmanager
    async def with_a_maubot_in(
        self, folder: Path, archive: bytes, postgres: str = ""
    ) -> AsyncIterator[Bed]:
        """The same homeserver with another maubot, in that folder: one that may come to harm.

        What it leaves there, another `Maubot.up` finds.
        """
        async with Maubot.up(folder, postgres=postgres) as maubot:
            await maubot.upload(archive)
            yield Bed(folder, self.synapse, maubot)

    async def bot(
        self,
        config: Mapping[str, Any] | None = None,
        name: str = "bot",
        *,
        device: bool = True,
        homeserver: str = "",
    ) -> Bot:
        """A new account and its running instance. Keys not in `config` are base-config.yaml's.

        Without its `device`, maubot does not encrypt for it. It may be given the `homeserver` at
        another address, that of a gateway (gateway.py).
        """
        account = await self.synapse.register(self._unused(name))
        without = replace(account, device_id="")
        address = homeserver or self.synapse.url
        await self.maubot.add_client(address, account if device else without)
        instance = account.user_id[1:].partition(":")[0]
        await self.maubot.add_instance(instance, account.user_id, config)
        return Bot(instance, account)

    async def dismiss(self, bot: Bot) -> None:
        """Take an instance and its client out of maubot. Its account and messages stay."""
        await self.maubot.delete_instance(bot.instance)
        await self.maubot.delete_client(bot.user_id)

    @overload
    def person(self, name: str) -> AbstractAsyncContextManager[Person]: ...
    @overload
    def person(self, name: str, kind: type[P]) -> AbstractAsyncContextManager[P]: ...
    @asynccontextmanager
    async def person(self, name: str, kind: type[Any] = Person) -> AsyncIterator[Any]:
        """A new person, whom the message limit does not touch, and who leaves with the block."""
        account = await self.synapse.register(self._unused(name))
        await self.synapse.override_ratelimit(account.user_id)
        async with kind.present(self.synapse.url, account) as person:
            yield person

    async def room(self, person: Person, *others: Bot | Person, **options: Any) -> str:
        """A person's new room, with the others in it. `options` are those of `create_room`."""
        room_id = await person.create_room(invite=[one.user_id for one in others], **options)
        for one in others:
            if isinstance(one, Person):
                await one.join(room_id)
            await person.sees_joined(room_id, one.user_id)
        return room_id

    async def answer(self, person: Person, room_id: str, bot: Bot, after: str = "") -> Message:
        """The bot's first answer in a room after an event, once it is finished."""

        def look() -> Message | None:
            said = person.messages(room_id, bot.user_id, after)
            return next((message for message in said if message.answer is not None), None)

        return await person.until(look)

    def _unused(self, name: str) -> str:
        """The first of a name is called so, the others are numbered."""
        self._names[name] += 1
        number = self._names[name]
        return name if number == 1 else f"{name}{number}"


@contextmanager
def _mounted(folder: Path, megabytes: int) -> Iterator[None]:
    """A disk of that size in this folder."""
    subprocess.run(
        ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder), check=True
    )
    try:
        yield
    finally:
        subprocess.run(("umount", "-l", folder), check=True)
