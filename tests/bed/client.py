"""What a person does in Matrix: one method for each thing that a client's buttons do."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from .synapse import Account

_CLIENT = "/_matrix/client/v3"
_txn_ids = itertools.count()


class Refused(Exception):
    """The homeserver refused what a person did. The text holds status, errcode and its words."""


class Client:
    """One logged-in account. `http` knows the homeserver's address and the access token."""

    def __init__(self, account: Account, http: aiohttp.ClientSession) -> None:
        self.account = account
        self.user_id = account.user_id
        self._http = http

    async def create_room(
        self,
        *,
        invite: Iterable[str] = (),
        name: str = "",
        direct: bool = False,
        state: Iterable[Mapping[str, Any]] = (),
    ) -> str:
        """A private room. `state` are further initial events: type, state_key, content."""
        fields = {
            "preset": "trusted_private_chat" if direct else "private_chat",
            "name": name,
            "is_direct": direct,
            "invite": list(invite),
            "initial_state": list(state),
        }
        return str((await self.request("POST", "createRoom", fields))["room_id"])

    async def invite(self, room_id: str, user_id: str) -> None:
        await self.request("POST", f"rooms/{quote(room_id)}/invite", {"user_id": user_id})

    async def join(self, room_id: str) -> None:
        await self.request("POST", f"join/{quote(room_id)}", {})

    async def leave(self, room_id: str) -> None:
        await self.request("POST", f"rooms/{quote(room_id)}/leave", {})

    async def kick(self, room_id: str, user_id: str) -> None:
        await self.request("POST", f"rooms/{quote(room_id)}/kick", {"user_id": user_id})

    async def send(self, room_id: str, event_type: str, content: Mapping[str, Any]) -> str:
        """Any event. Returns its id."""
        path = f"rooms/{quote(room_id)}/send/{event_type}/bed-{next(_txn_ids)}"
        return str((await self.request("PUT", path, content))["event_id"])

    async def set_state(
        self, room_id: str, event_type: str, content: Mapping[str, Any], state_key: str = ""
    ) -> str:
        path = f"rooms/{quote(room_id)}/state/{event_type}/{quote(state_key)}"
        return str((await self.request("PUT", path, content))["event_id"])

    async def say(self, room_id: str, text: str, **content: Any) -> str:
        """A text message. Further keys of its content may be laid over (`msgtype="m.notice"`)."""
        plain = {"msgtype": "m.text", "body": text, "m.mentions": {}}
        return await self.send(room_id, "m.room.message", plain | content)

    async def mention(self, room_id: str, user_id: str, text: str, **content: Any) -> str:
        """A text message that begins with someone's name, as clients write it."""
        body, mentions = f"{user_id}: {text}", {"user_ids": [user_id]}
        return await self.say(room_id, body, **{"m.mentions": mentions} | content)

    async def reply(self, room_id: str, event_id: str, text: str, **content: Any) -> str:
        relation = {"m.in_reply_to": {"event_id": event_id}}
        return await self.say(room_id, text, **{"m.relates_to": relation} | content)

    async def say_in_thread(self, room_id: str, root: str, text: str, **content: Any) -> str:
        relation = {
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": root},
        }
        return await self.say(room_id, text, **{"m.relates_to": relation} | content)

    async def edit(self, room_id: str, event_id: str, text: str) -> str:
        new = {"msgtype": "m.text", "body": text, "m.mentions": {}}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        edit = {"body": f"* {text}", "m.new_content": new, "m.relates_to": relation}
        return await self.send(room_id, "m.room.message", new | edit)

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.send(room_id, "m.reaction", {"m.relates_to": relation})

    async def redact(self, room_id: str, event_id: str) -> str:
        path = f"rooms/{quote(room_id)}/redact/{quote(event_id)}/bed-{next(_txn_ids)}"
        return str((await self.request("PUT", path, {}))["event_id"])

    async def upload(self, content: bytes, media_type: str) -> str:
        """Put a file on the server. Returns its mxc:// address."""
        path = "/_matrix/media/v3/upload"
        headers = {"Content-Type": media_type}
        async with self._http.post(path, data=io.BytesIO(content), headers=headers) as response:
            return str((await response.json())["content_uri"])

    async def request(
        self, method: str, path: str, fields: Mapping[str, Any] | None = None, **query: str
    ) -> dict[str, Any]:
        """Any request under /_matrix/client/v3 (or an own path, where it begins with `/`)."""
        path = path if path.startswith("/") else f"{_CLIENT}/{path}"
        url = URL(path, encoded=True).update_query(query)
        async with self._http.request(method, url, json=fields) as response:
            answer: dict[str, Any] = await response.json()
            if response.status != 200:
                raise Refused(f"{method} {path}: {response.status} {answer}")
            return answer
