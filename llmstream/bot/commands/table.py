"""The words after `!llm`, and how they are obeyed: who may, what is done, what is said then."""

from __future__ import annotations

from collections.abc import Mapping

from ...matrix.reading.said import Said
from ...providers.errors import ProviderError
from ..config import ConfigError
from ..config.mistakes import unknown
from ..instance import Instance
from ..notice import PAUSE, tell
from ..room.access import refusal
from .call import Call, Command, Denied, Reply, Who
from .changing import set_, unset
from .conversation import reset, stop
from .examining import doctor
from .forgetting import forget
from .help import Entry, helping
from .models import models, providers
from .settings import settings
from .status import status
from .usage import usage


async def _help(call: Call) -> str:
    return await helping(call, COMMANDS)


COMMANDS: Mapping[str, Entry] = {
    "help": Entry(_help, "this."),
    "status": Entry(status, "what answers here, how, and what is left of the limits."),
    "stop": Entry(stop, "stop what is being written here, or in this thread."),
    "reset": Entry(reset, "a fresh start: I forget what was said here, or in this thread."),
    "usage": Entry(usage, "what you and this room have used."),
    "doctor": Entry(
        doctor, "what works here, what does not, and what to do.", "room", Who.SETTERS
    ),
    "forget": Entry(
        forget, "forget the homeserver's rate limit, once it was lifted.", "limit", Who.ADMINS
    ),
    "providers": Entry(providers, "where answers can come from."),
    "models": Entry(models, "which models there are.", "[PROVIDER]"),
    "settings": Entry(settings, "what is set here, and what it means.", "[KEY]"),
    "set": Entry(set_, "change a setting of this room.", "KEY VALUE", Who.SETTERS),
    "unset": Entry(unset, "go back to the setting that holds everywhere.", "KEY", Who.SETTERS),
}


async def obey(instance: Instance, said: Said, command: Command) -> None:
    """Do what was asked and answer in the room. People not allowed hear so once an hour.

    Where a person has had many replies, nothing is done any more but to stop.
    """
    server = await instance.people.server(said.room_id)
    refused = refusal(instance.configuration.current.access, said.sender, said.room_id, server)
    if refused and not instance.notices.due(said.sender, said.room_id):
        return
    left = instance.replies.left(said.sender, said.room_id)
    if left < 0 and command.word != "stop":
        return
    reply = refused or await _answer(
        Call(instance, said, command.arguments, server), command.word or "help"
    )
    if left == 0 and isinstance(reply, str):
        reply = f"{reply}\n\n{PAUSE}"
    if left >= 0:
        await tell(
            instance, said.room_id, reply, reply_to=said.event_id, thread_root=said.thread_root
        )


async def _answer(call: Call, word: str) -> Reply:
    entry = COMMANDS.get(word)
    if entry is None:
        return f"{unknown(word, COMMANDS)} {call.form('help')} shows what can be done here."
    try:
        await call.require(entry.who)
        return await entry.run(call)
    except (Denied, ConfigError, ProviderError) as refused:
        return str(refused)
    except Exception:
        call.instance.log.exception("The command %s failed", word)
        return "Something went wrong here. Maubot's log says what."
