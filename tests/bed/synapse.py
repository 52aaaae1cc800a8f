"""A real Synapse on loopback: one process, SQLite, everything in a folder that the caller owns.

    async with Synapse.up(folder, limits="default") as synapse:
        alice = await synapse.register("alice")
        await synapse.override_ratelimit(alice.user_id)

Only messages are ever limited, as `limits` says; all other limits are raised, because the bed
registers, invites and joins in a hurry.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import aiohttp

from .process import Server, answers, free_port

SERVER_NAME = "localhost"
SERVICE = "standin"
"""The name of the bridge's own user, with which those of its ghosts begin."""

_GENEROUS = {"per_second": 10_000, "burst_count": 10_000}


@dataclass(frozen=True, slots=True)
class MessageLimit:
    """Synapse's `rc_message`: what one account may send, over all rooms and devices."""

    per_second: float
    burst_count: int


# "default" is Synapse's own: 10 events, then one in 5 s.
Limits: TypeAlias = Literal["raised", "default"] | MessageLimit


@dataclass(frozen=True, slots=True)
class Account:
    """One user with one device."""

    user_id: str
    device_id: str
    access_token: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Service:
    """The application service that the server knows: its events go to this port, if anybody is
    there (bridge.py).
    """

    port: int
    token: str = field(repr=False)

    @classmethod
    def registered(cls, file: Path) -> Service:
        """A new one, with its registration in this file. JSON is YAML."""
        service = cls(free_port(), secrets.token_hex(16))
        users = [{"regex": f"@{SERVICE}_.*", "exclusive": True}]
        registration = {
            "id": SERVICE,
            "url": f"http://127.0.0.1:{service.port}",
            "as_token": service.token,
            "hs_token": secrets.token_hex(16),
            "sender_localpart": SERVICE,
            "rate_limited": False,
            "namespaces": {"users": users, "rooms": [], "aliases": []},
        }
        file.write_text(json.dumps(registration))
        return service


class SynapseError(Exception):
    """Synapse refused a request of the bed. The text holds status, errcode and its own words."""


class Synapse:
    """A running homeserver. `folder/synapse.log` is what it says."""

    def __init__(
        self,
        url: str,
        http: aiohttp.ClientSession,
        shared_secret: str,
        server: Server,
        service: Service,
    ) -> None:
        self.url = url
        self.service = service
        self.server = server
        self._http = http
        self._shared_secret = shared_secret
        self._admin: Account | None = None

    @classmethod
    @asynccontextmanager
    async def up(
        cls, folder: Path, *, limits: Limits = "raised", extra: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Synapse]:
        """Run one until the block ends.

        Args:
            folder: Where everything of it lives; must exist.
            limits: What an account may send.
            extra: Further keys of homeserver.yaml, laid over ours.
        """
        port, shared_secret = free_port(), secrets.token_hex(16)
        config = _config(folder, port, shared_secret, limits) | dict(extra or {})
        service = Service.registered(folder / "service.yaml")
        (folder / "log.yaml").write_text(json.dumps(_log_config(folder / "synapse.log")))
        (folder / "signing.key").write_text(_signing_key())
        (folder / "homeserver.yaml").write_text(json.dumps(config, indent=1))
        url = f"http://127.0.0.1:{port}"
        server = Server(
            (sys.executable, "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"),
            folder=folder,
            ready=answers(f"{url}/health"),
            log=folder / "synapse.out.log",
        )
        async with server.up(), aiohttp.ClientSession(url) as http:
            yield cls(url, http, shared_secret, server, service)

    async def register(self, name: str, *, admin: bool = False) -> Account:
        """A new user, by the shared-secret registration of the admin API."""
        path = "/_synapse/admin/v1/register"
        nonce = (await self._request("GET", path))["nonce"]
        password = secrets.token_urlsafe(9)
        signed = "\0".join((nonce, name, password, "admin" if admin else "notadmin"))
        mac = hmac.new(self._shared_secret.encode(), signed.encode(), hashlib.sha1).hexdigest()
        fields = {"nonce": nonce, "username": name, "password": password, "admin": admin}
        made = await self._request("POST", path, fields | {"mac": mac})
        return Account(made["user_id"], made["device_id"], made["access_token"], password)

    async def log_in(self, account: Account) -> Account:
        """The same user with another device."""
        fields = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": account.user_id},
            "password": account.password,
        }
        made = await self._request("POST", "/_matrix/client/v3/login", fields)
        device_id, token = made["device_id"], made["access_token"]
        return replace(account, device_id=device_id, access_token=token)

    async def delete_device(self, account: Account) -> None:
        """As an admin of the server does: its token holds no more, its keys are gone."""
        path = f"/_synapse/admin/v2/users/{account.user_id}/devices/{account.device_id}"
        await self._request("DELETE", path, None, await self._admin_token())

    async def override_ratelimit(
        self, user_id: str, *, per_second: int = 0, burst_count: int = 0
    ) -> None:
        """Give one account its own message limit, from now on. 0 and 0 is no limit."""
        fields = {"messages_per_second": per_second, "burst_count": burst_count}
        await self._request("POST", _override(user_id), fields, await self._admin_token())

    async def restore_ratelimit(self, user_id: str) -> None:
        """Put one account back under the server's limit."""
        await self._request("DELETE", _override(user_id), None, await self._admin_token())

    async def _admin_token(self) -> str:
        if self._admin is None:
            self._admin = await self.register("server-admin", admin=True)
        return self._admin.access_token

    async def _request(
        self, method: str, path: str, fields: Mapping[str, Any] | None = None, token: str = ""
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._http.request(method, path, json=fields, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
            if response.status != 200:
                raise SynapseError(f"{method} {path}: {response.status} {answer}")
            return answer


def _override(user_id: str) -> str:
    return f"/_synapse/admin/v1/users/{user_id}/override_ratelimit"


def _config(folder: Path, port: int, shared_secret: str, limits: Limits) -> dict[str, Any]:
    """homeserver.yaml; JSON is YAML."""
    return {
        "server_name": SERVER_NAME,
        "public_baseurl": f"http://127.0.0.1:{port}/",
        "pid_file": str(folder / "synapse.pid"),
        "listeners": [
            {
                "port": port,
                "bind_addresses": ["127.0.0.1"],
                "type": "http",
                "tls": False,
                "resources": [{"names": ["client"], "compress": False}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "log_config": str(folder / "log.yaml"),
        "app_service_config_files": [str(folder / "service.yaml")],
        "registration_shared_secret": shared_secret,
        "macaroon_secret_key": secrets.token_hex(16),
        "form_secret": secrets.token_hex(16),
        "bcrypt_rounds": 4,
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "presence": {"enabled": False},
        **_rate_limits(limits),
    }


def _rate_limits(limits: Limits) -> dict[str, Any]:
    raised: dict[str, Any] = {
        "rc_registration": _GENEROUS,
        "rc_login": {"address": _GENEROUS, "account": _GENEROUS, "failed_attempts": _GENEROUS},
        "rc_joins": {"local": _GENEROUS, "remote": _GENEROUS},
        "rc_joins_per_room": _GENEROUS,
        "rc_invites": {"per_room": _GENEROUS, "per_user": _GENEROUS, "per_issuer": _GENEROUS},
        "rc_room_creation": _GENEROUS,
        "rc_media_create": _GENEROUS,
    }
    if limits == "default":
        return raised
    if limits == "raised":
        return raised | {"rc_message": _GENEROUS}
    return raised | {
        "rc_message": {"per_second": limits.per_second, "burst_count": limits.burst_count}
    }


def _signing_key() -> str:
    seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return f"ed25519 a_bed {seed}\n"


def _log_config(log: Path) -> dict[str, Any]:
    line = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    return {
        "version": 1,
        "formatters": {"line": {"format": line}},
        "handlers": {
            "file": {"class": "logging.FileHandler", "filename": str(log), "formatter": "line"}
        },
        "root": {"level": "WARNING", "handlers": ["file"]},
        "disable_existing_loggers": False,
    }
