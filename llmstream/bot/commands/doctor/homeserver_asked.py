"""Questions to the homeserver that change nothing and count against no limit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientTimeout
from mautrix.client import Client

from ....shapes import mapping

_TIMEOUT = ClientTimeout(total=5)
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Said:
    """A status (0 where there was no answer), the headers by their names, and the JSON."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]


async def ask(client: Client, *path: str, as_bot: bool = False) -> Said:
    """GET this path, with the account's token where it is asked as the bot."""
    api = client.api
    url = api.base_url.joinpath(*path)
    headers = {"Authorization": f"Bearer {api.token}"} if as_bot else {}
    try:
        async with api.session.request("GET", url, headers=headers, timeout=_TIMEOUT) as response:
            text = (await response.read())[:_MOST]
            return Said(response.status, response.headers, _object(text))
    except (ClientError, ConnectionError, TimeoutError):
        return Said(0, {}, {})


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(text))
    except ValueError:
        return {}
