"""Streams into a room from a plain script, with any mautrix client:

pip install .     (in the directory above: `pip install llmstream` is a stranger's package)
HOMESERVER=https://example.org TOKEN=… ROOM='!id:example.org' python script.py
"""

import asyncio
import os
from collections.abc import AsyncIterator

from mautrix.client import Client

import llmstream


async def countdown() -> AsyncIterator[str | llmstream.Chunk]:
    """Any async iterable of text and chunks will do."""
    yield llmstream.TaskUpdate("fuel", "Fuel the rocket")
    await asyncio.sleep(1)
    yield llmstream.TaskUpdate("fuel", "Fuel the rocket", "complete", output="full")
    for number in range(10, 0, -1):
        yield f"{number}… "
        await asyncio.sleep(0.2)
    yield llmstream.StepEnd()
    yield "**Lift-off!**"


async def main() -> None:
    client = Client(base_url=os.environ["HOMESERVER"], token=os.environ["TOKEN"])
    client.mxid = (await client.whoami()).user_id
    try:
        posted = await llmstream.post(client, os.environ["ROOM"], countdown())
        print(posted.status, *posted.event_ids)
    finally:
        await client.api.session.close()


asyncio.run(main())
