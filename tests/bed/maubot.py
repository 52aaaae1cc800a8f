"""A real maubot on loopback, driven through its management API as its web UI does.

    async with Maubot.up(folder) as maubot:
        await maubot.upload(archive)
        await maubot.add_client(synapse.url, account)
        await maubot.add_instance("bot", account.user_id, {"defaults": {"trigger": "all"}})

Its log is `folder/maubot.log`.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from .process import Server, answers, free_port, last_lines
from .synapse import Account

PLUGIN_ID = "dev.llmstream"
ADMIN = "admin"
_API = "/_matrix/maubot/v1"


class MaubotError(Exception):
    """maubot refused a request of the bed. The text ends with the last lines of its log."""


class Maubot:
    """A running maubot, logged in as its admin."""

    def __init__(
        self,
        url: str,
        http: aiohttp.ClientSession,
        password: str,
        log: Path,
        server: Server,
    ) -> None:
        self.url = url
        self.server = server
        self.password = password
        self._log = log
        self._http = http
        self._token = ""

    @classmethod
    @asynccontextmanager
    async def up(
        cls, folder: Path, python: Sequence[str] = (sys.executable,), *, postgres: str = ""
    ) -> AsyncIterator[Maubot]:
        """Run one until the block ends. Everything of it lives in the folder, which must exist.

        In the folder of an earlier one it finds that one's plugins, clients and instances.

        Args:
            folder: Where it lives.
            python: The command that runs it: a host that may not be ours.
            postgres: The address of a database for it and its plugins, instead of SQLite's files.
        """
        port, password = free_port(), secrets.token_urlsafe(9)
        url = f"http://127.0.0.1:{port}"
        for name in ("plugins", "trash"):
            (folder / name).mkdir(exist_ok=True)
        config = _config(port, password, postgres)
        (folder / "config.yaml").write_text(json.dumps(config, indent=1))
        server = Server(
            (*python, "-m", "maubot", "-c", "config.yaml"),
            folder=folder,
            ready=answers(f"{url}{_API}/features"),
            log=folder / "maubot.out.log",
        )
        async with server.up(), aiohttp.ClientSession(url) as http:
            maubot = cls(url, http, password, folder / "maubot.log", server)
            await maubot._login()
            yield maubot

    @property
    def web_ui(self) -> str:
        """Where a person manages it with a browser, as `ADMIN` with `password`."""
        return f"{self.url}/_matrix/maubot"

    def webapp(self, instance: str) -> str:
        """Where an instance's own pages are."""
        return f"{self.url}/_matrix/maubot/plugin/{instance}"

    async def crash(self) -> None:
        """It dies as by `kill -9`. What the block has left of it ends at once."""
        await self.server.crash()

    async def terminate(self) -> None:
        """SIGTERM, as a container gets it. Returns when it has ended."""
        await self.server.end()

    async def start(self) -> None:
        """Run it once more, after it has ended."""
        await self.server.start()
        await self._login()

    @asynccontextmanager
    async def logs(self, text: str, patience: float = 90.0) -> AsyncIterator[None]:
        """Its log says this from the beginning of the block on; waits for that at its end."""
        before = self._log.stat().st_size
        yield
        async with asyncio.timeout(patience):
            while text.encode() not in self._log.read_bytes()[before:]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def processor_seconds(self) -> float:
        """What its process, with all threads, has used of the processors so far."""
        fields = Path(f"/proc/{self.server.pid}/stat").read_text().rpartition(")")[2]
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    async def upload(self, archive: bytes) -> None:
        """A new plugin, from the "+" of the web UI."""
        await self._request("POST", "/plugins/upload", data=io.BytesIO(archive))

    async def replace(self, archive: bytes) -> None:
        """Another version of the plugin, from the plugin's own page."""
        await self._request("PUT", f"/plugin/{PLUGIN_ID}", data=io.BytesIO(archive))

    async def reload(self) -> None:
        """The "Reload" of the plugin's page."""
        await self._request("POST", f"/plugin/{PLUGIN_ID}/reload")

    async def delete_plugin(self, plugin: str = PLUGIN_ID) -> None:
        """Refused while an instance of it exists."""
        await self._request("DELETE", f"/plugin/{plugin}")

    async def add_client(self, homeserver: str, account: Account) -> None:
        """Let maubot act as this account. It joins every room it is invited to."""
        fields = {
            "homeserver": homeserver,
            "access_token": account.access_token,
            "device_id": account.device_id,
        }
        await self._request("PUT", f"/client/{account.user_id}", json=fields)

    async def change_token(self, homeserver: str, account: Account) -> None:
        """The "Save" of the client's page, with another token of the same account."""
        fields = {"homeserver": homeserver, "access_token": account.access_token}
        await self._request("PUT", f"/client/{account.user_id}", json=fields)

    async def generate_recovery_key(self, user_id: str) -> str:
        """The button of that name on the client's page: makes the account's keys, and signs."""
        made = await self._request("POST", f"/client/{user_id}/generate_recovery_key")
        return str(made["recovery_key"])

    async def verify_client(self, user_id: str, recovery_key: str) -> None:
        """The "Verify" of the client's page: signs the device that it has now."""
        await self._request(
            "POST", f"/client/{user_id}/verify", json={"recovery_key": recovery_key}
        )

    async def start_client(self, user_id: str, started: bool) -> None:
        """The "Running" switch of the client's page: with it its instances stop and start."""
        await self._request("PUT", f"/client/{user_id}", json={"started": started})

    async def delete_client(self, user_id: str) -> None:
        """Refused while an instance uses it."""
        await self._request("DELETE", f"/client/{user_id}")

    async def add_instance(
        self,
        instance: str,
        user_id: str,
        config: Mapping[str, Any] | str | None = None,
        plugin: str = PLUGIN_ID,
    ) -> None:
        """Start a plugin as this user. Keys that `config` leaves out are base-config.yaml's."""
        text = config if isinstance(config, str) else json.dumps(config or {})
        fields = {"type": plugin, "primary_user": user_id, "config": text}
        made = await self._request("PUT", f"/instance/{instance}", json=fields)
        if not made["started"]:
            raise self._error(f"Instance {instance} did not start.")

    async def instance(self, instance: str) -> dict[str, Any]:
        """What the web UI shows of an instance: `enabled`, `started`, `config` (YAML text), …"""
        return await self._request("GET", f"/instance/{instance}")

    async def set_config(self, instance: str, config: Mapping[str, Any] | str) -> None:
        """The "Save" of the instance's page. Text goes as it is typed, good YAML or not."""
        text = config if isinstance(config, str) else json.dumps(config)
        await self._request("PUT", f"/instance/{instance}", json={"config": text})

    async def start_instance(self, instance: str, started: bool) -> None:
        """The "Running" switch of the instance's page."""
        await self._request("PUT", f"/instance/{instance}", json={"started": started})

    async def delete_instance(self, instance: str) -> None:
        """Stop it and forget its database."""
        await self._request("DELETE", f"/instance/{instance}")

    async def _login(self) -> None:
        fields = {"username": ADMIN, "password": self.password}
        self._token = (await self._request("POST", "/auth/login", json=fields))["token"]

    async def _request(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._http.request(method, _API + path, headers=headers, **body) as response:
            text = await response.text()
            if response.status >= 300:
                raise self._error(f"{method} {path}: {response.status} {text}")
            answer: dict[str, Any] = json.loads(text) if text else {}
            return answer

    def _error(self, what: str) -> MaubotError:
        return MaubotError(f"{what}\n{last_lines(self._log)}")


def _config(port: int, password: str, postgres: str) -> dict[str, Any]:
    """config.yaml; JSON is YAML. Paths are in maubot's own folder."""
    line = {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    file = {"class": "logging.FileHandler", "filename": "maubot.log", "formatter": "line"}
    return {
        "database": postgres or "sqlite:maubot.db",
        "plugin_directories": {"upload": "plugins", "load": ["plugins"], "trash": "trash"},
        "plugin_databases": {"sqlite": "plugins", "postgres": "default" if postgres else None},
        "server": {
            "hostname": "127.0.0.1",
            "port": port,
            "public_url": f"http://127.0.0.1:{port}",
            "unshared_secret": secrets.token_hex(16),
        },
        "homeservers": {},
        "admins": {ADMIN: password},
        "logging": {
            "version": 1,
            "formatters": {"line": line},
            "handlers": {"file": file},
            "loggers": {
                "maubot": {"level": "DEBUG"},
                "maubot.client": {"level": "INFO"},  # its debug lines are whole events
            },
            "root": {"level": "DEBUG", "handlers": ["file"]},  # as maubot comes
        },
    }
