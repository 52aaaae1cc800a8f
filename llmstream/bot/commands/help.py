"""What this person can do in this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..answering.answer_buttons import GO_ON, RETRY, STOP, people_react
from ..phrases import listed
from ..room.triggers import Situation
from .call import Call, Run, Who

_ADMINS_FORMS = {
    "set KEY VALUE --everywhere": "change a setting of all rooms without their own.",
    "usage all": "what all people have used.",
    "doctor": "what works, what does not, and what to do.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One command.

    Args:
        help: What it is for, in a line.
        form: What is typed after its word.
        who: Who may use it at all; what only some arguments need, it asks for itself.
    """

    run: Run
    help: str
    form: str = ""
    who: Who = Who.ANYBODY


async def helping(call: Call, entries: Mapping[str, Entry]) -> str:
    """How to ask here, what to press, and the commands that this person may use."""
    situation = await call.instance.situation_in(call.room_id)
    may = {who: await call.may(who) for who in Who}
    commands = [
        f"{call.form(f'{word} {entry.form}'.strip())}: {entry.help}"
        for word, entry in entries.items()
        if may[entry.who]
    ]
    if may[Who.ADMINS]:
        commands += [f"{call.form(form)}: {what}" for form, what in _ADMINS_FORMS.items()]
    press = (
        f"**React** to an answer with {STOP} to stop it, {RETRY} to have it written again, "
        f"{GO_ON} to go on where the model ran out of tokens."
        if await people_react(call.instance, call.room_id)
        else "**Reply** to an answer with `stop` to stop it, `again` to have it written again, "
        "`go on` to go on where the model ran out of tokens."
    )
    return f"**Ask me**: {_how_to_ask(call, situation)}\n\n{press}\n\n{listed(commands)}"


def _how_to_ask(call: Call, situation: Situation) -> str:
    command = f"`!{call.configuration.command} why is the sky blue?`"
    if situation.answers_all:
        return f"just write, every message here is for me. {command} does it too."
    if situation.trigger == "mention":
        return (
            f"{command}, or mention me, reply to me, or write in a thread where I have answered."
        )
    return f"{command}. Nothing else is a question in this room."
