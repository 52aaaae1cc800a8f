"""What changes a conversation: to stop what is being written, and to begin anew."""

from __future__ import annotations

import time

from ..answering.running import STOPPED
from ..permissions import may_steer
from ..phrases import count
from .call import Call


async def stop(call: Call) -> str:
    """Stop the answers being written here that the person may stop; in a thread, only its own."""
    instance, room_id = call.instance, call.room_id
    writing = instance.running.in_room(room_id, call.said.thread_root)
    if not writing:
        return f"Nothing is being written in {_here(call)}."
    askers = {one.question.sender for one in writing}
    steered = {one for one in askers if await may_steer(instance, call.person, one, room_id)}
    stopped = [one for one in writing if one.question.sender in steered]
    for one in stopped:
        one.stop(STOPPED)
    said = [f"⏹️ Stopped {count(len(stopped), 'answer')}."] if stopped else []
    if left := len(writing) - len(stopped):
        level = call.configuration.access.settings_power_level
        said.append(
            f"{count(left, 'answer')} to others {'goes' if left == 1 else 'go'} on: whoever "
            f"asked, people with power level {level} or more here and my admins can stop that."
        )
    return " ".join(said)


async def reset(call: Call) -> str:
    """Let the model know nothing of what was said so far, in the room or in the thread."""
    # The time is the sender's server's: one that is ahead must not silence what comes until then.
    at = min(call.said.sent_at, int(time.time() * 1000))
    await call.instance.store.resets.reset(call.room_id, call.said.thread_root, at)
    kept = (
        ""
        if call.said.thread_root
        else " Threads keep what was said in them; each can be reset by itself."
    )
    return f"🌱 A fresh start: I have forgotten what was said in {_here(call)} so far.{kept}"


def _here(call: Call) -> str:
    return "this thread" if call.said.thread_root else "this room"
