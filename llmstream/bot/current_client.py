"""The Matrix client of the moment.

maubot makes a new client object when a client's token, device or homeserver is changed, as for
switching encryption on, and lets plugins keep the old one, which can neither encrypt nor, with a
token that is gone, speak (maubot 0.6.0, client.py, `update_access_details`).
"""

from __future__ import annotations

from typing import Any, cast

from maubot.client import Client as Account
from mautrix.client import Client


class CurrentClient:
    """Is whatever client maubot has now for the account of this one."""

    def __init__(self, client: Client) -> None:
        self._given = client

    def __getattr__(self, name: str) -> Any:
        return getattr(now(self._given), name)


def current(client: Client) -> Client:
    """The same account's client, which stays the right one."""
    return cast(Client, CurrentClient(client))


def now(client: Client) -> Client:
    """The client object that maubot has at this moment for the account of this one."""
    account = Account.cache.get(client.mxid)
    return account.client if account else client
