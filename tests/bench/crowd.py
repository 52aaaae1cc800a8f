"""Many people in a room, who say nothing: users of the bed's application service."""

from __future__ import annotations

import aiohttp

from tests.bed.bridge import Ghost
from tests.bed.client import Client
from tests.bed.synapse import SERVER_NAME, SERVICE, Account, Synapse

ANYBODY = {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "public"}}


async def gather_in(synapse: Synapse, owner: Client, people: int) -> str:
    """A room of the owner's with so many others in it."""
    room_id = await owner.create_room(state=[ANYBODY])
    token = synapse.service.token
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(synapse.url, headers=headers) as http:
        for number in range(people):
            name = f"{SERVICE}_{number}"
            ghost = Ghost(Account(f"@{name}:{SERVER_NAME}", "", token, ""), http)
            fields = {"type": "m.login.application_service", "username": name}
            await ghost.request("POST", "register", fields | {"inhibit_login": True})
            await ghost.join(room_id)
    return room_id
