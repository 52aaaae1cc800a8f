"""What people read on the other side of a bridge, which drops and cuts as its platform does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.homeserver import MARK


@dataclass
class Shown:
    """One message there: its text, when it came, and how many edits it has had."""

    text: str
    at: float
    edits: int = 0
    dropped: int = 0


@dataclass
class FarSide:
    """Takes the bot's events in order, each with its time in seconds.

    Args:
        longest: Characters of a message, of which the rest is lost; 0 is any number.
        edit_count, edit_seconds: What of a message's edits arrives; 0 is all.
        corrections: Whether any does.
    """

    longest: int = 0
    edit_count: int = 0
    edit_seconds: float = 0
    corrections: bool = True
    messages: dict[str, Shown] = field(default_factory=dict)

    def takes(self, event_id: str, kind: str, content: dict[str, Any], at: float) -> None:
        """An event has come over the bridge."""
        relation = content.get("m.relates_to", {})
        if kind == "m.room.redaction":
            self.messages.pop(content["redacts"], None)
        elif kind == "m.room.message" and relation.get("rel_type") == "m.replace":
            self._edit(self.messages.get(relation["event_id"]), content["m.new_content"], at)
        elif kind == "m.room.message":
            self.messages[event_id] = Shown(self._text(content), at)

    @property
    def dropped(self) -> int:
        """Edits that did not arrive."""
        return sum(message.dropped for message in self.messages.values())

    @property
    def text(self) -> str:
        """All that they read there now, without white space."""
        return "".join("".join(one.text for one in self.messages.values()).split())

    def _edit(self, message: Shown | None, new: dict[str, Any], at: float) -> None:
        if message is None:
            return
        late = bool(self.edit_seconds) and at - message.at > self.edit_seconds
        if late or not self.corrections or 0 < self.edit_count <= message.edits:
            message.dropped += 1
            return
        message.text = self._text(new)
        message.edits += 1

    def _text(self, content: dict[str, Any]) -> str:
        text = str(content["body"]).removeprefix(MARK)
        return text[: self.longest] if self.longest else text
