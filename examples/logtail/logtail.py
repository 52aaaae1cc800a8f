"""A maubot plugin that streams with the llmstream beside it: !tail follows a log, !deploy a plan.

llmstream is imported where it is used: it may be loaded after this plugin, and loaded anew while
this one runs.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from maubot import MessageEvent, Plugin
from maubot.handlers import command

LOG = Path("deploy.log")  # in the directory that maubot runs in
QUIET = 3  # seconds without a new line after which nobody follows any longer


class LogTail(Plugin):
    @command.new("tail")
    async def tail(self, event: MessageEvent) -> None:
        import llmstream

        await llmstream.post(self.client, event.room_id, lines(), reply_to=event.event_id)

    @command.new("deploy")
    async def deploy(self, event: MessageEvent) -> None:
        import llmstream

        plan = llmstream.Plan("Deploying…")
        await llmstream.post(self.client, event.room_id, plan, reply_to=event.event_id)
        async with plan:
            for step in ("Build", "Test", "Upload"):
                await plan.add_task(step)
                await asyncio.sleep(1)  # the work
                await plan.update_task(output="took 1 s")
            await plan.complete("Deployed")


def lines() -> Iterator[str]:
    """The log as it stands and what is added, as a block of code; read in a thread of its own."""
    try:
        log = LOG.open(errors="replace")
    except OSError as error:
        yield f"I cannot read `{LOG.resolve()}`: {error.strerror}."
        return
    with log:
        yield "````\n"
        quiet = 0
        while quiet < QUIET:
            new = log.read()
            yield new
            time.sleep(1)
            quiet = 0 if new else quiet + 1
        yield "````"
