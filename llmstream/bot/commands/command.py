"""Which messages are commands. Pure; who may use them, and what they do, is decided elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from ...matrix.reading.said import Said
from ..instance import Instance
from ..room.addressing import command
from ..room.triggers import Situation, is_new


@dataclass(frozen=True, slots=True)
class Command:
    """What was typed after `!llm`: the first word in lower case, '' for none, and the rest."""

    word: str
    arguments: str = ""


def command_of(instance: Instance, said: Said, situation: Situation) -> Command | None:
    """The command in a message. None where there is none, or where it could be no question."""
    found = command(said.text) if is_new(said, situation) else None
    if found is None or found[0] != instance.configuration.current.settings_command:
        return None
    word, arguments = [*found[1].split(maxsplit=1), "", ""][:2]
    return Command(word.lower(), arguments)
