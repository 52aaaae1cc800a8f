"""What people read on the other side of a bridge, which drops and cuts as its platform does."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
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
        longest_line: Bytes of a line, likewise.
        edit_count, edit_seconds: What of a message's edits arrives; 0 is all.
        corrections: Whether any does.
        resends: An edit comes as one more message.
        html: Formatting is read, where there is any.
        notices: Come over the bridge, as they do where its admin has set that.
    """

    longest: int = 0
    longest_line: int = 0
    edit_count: int = 0
    edit_seconds: float = 0
    corrections: bool = True
    resends: bool = False
    html: bool = True
    notices: bool = False
    messages: dict[str, Shown] = field(default_factory=dict)

    def takes(self, event_id: str, kind: str, content: dict[str, Any], at: float) -> None:
        """An event has come over the bridge."""
        relation = content.get("m.relates_to", {})
        if content.get("msgtype") == "m.notice" and not self.notices:
            return
        if kind == "m.room.redaction":
            self.messages.pop(content["redacts"], None)
        elif kind == "m.room.message" and relation.get("rel_type") == "m.replace":
            if self.resends:
                self.messages[event_id] = Shown(self._text(content["m.new_content"]), at)
            else:
                self._edit(self.messages[relation["event_id"]], content["m.new_content"], at)
        elif kind == "m.room.message":
            self.messages[event_id] = Shown(self._text(content), at)

    @property
    def dropped(self) -> int:
        """Edits that did not arrive."""
        return sum(message.dropped for message in self.messages.values())

    @property
    def shown(self) -> str:
        """All that they read there now."""
        return "\n".join(one.text for one in self.messages.values())

    @property
    def text(self) -> str:
        """The same without white space."""
        return "".join(self.shown.split())

    def _edit(self, message: Shown, new: dict[str, Any], at: float) -> None:
        late = bool(self.edit_seconds) and at - message.at > self.edit_seconds
        if late or not self.corrections or 0 < self.edit_count <= message.edits:
            message.dropped += 1
            return
        message.text = self._text(new)
        message.edits += 1

    def _text(self, content: dict[str, Any]) -> str:
        text = str(content["body"])
        if self.html and "formatted_body" in content:
            text = _Reader.text_of(content["formatted_body"])
        lines = text.removeprefix(MARK).split("\n")
        if self.longest_line:
            cut = (line.encode()[: self.longest_line] for line in lines)
            lines = [line.decode(errors="ignore") for line in cut]
        text = "\n".join(lines)
        units = text.encode("utf-16-le")[: self.longest * 2 or None]
        return units.decode("utf-16-le", errors="ignore")


class _Reader(HTMLParser):
    """What a bridge makes of HTML: its text."""

    def __init__(self) -> None:
        super().__init__()
        self._said: list[str] = []

    @classmethod
    def text_of(cls, html: str) -> str:
        reader = cls()
        reader.feed(html)
        reader.close()
        return "".join(reader._said).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "br", "li", "tr", "pre", "h1", "h2", "h3") and self._said:
            self._said.append("\n")

    def handle_data(self, data: str) -> None:
        self._said.append(data)


_RULES: dict[str, dict[str, Any]] = {
    "slack": {"longest": 40_000},
    "teams": {"longest": 28_000},
    "googlechat": {"longest": 4_096},
    "discord": {"longest": 2_000},
    "telegram": {"longest": 4_096},
    "whatsapp": {"longest": 65_536, "edit_seconds": 900},
    "messenger": {"longest": 20_000, "edit_count": 5, "edit_seconds": 900},
    "instagram": {"longest": 1_000, "edit_count": 5, "edit_seconds": 900},
    "signal": {"longest": 2_000, "edit_count": 10, "edit_seconds": 86_400},
    "imessage": {"longest": 20_000, "edit_count": 5, "edit_seconds": 900},
    "sms": {"longest": 1_600, "resends": True, "html": False},
    "irc": {"longest_line": 440, "resends": True, "html": False},
    "xmpp": {"resends": True, "html": False},
    "email": {"longest_line": 998, "resends": True, "html": False},
    "github": {"longest": 65_536, "corrections": False},
    "gitlab": {"longest": 1_000_000, "corrections": False},
    "linear": {"longest": 32_767, "corrections": False},
}
"""What the platforms themselves do, whatever our table of them says."""


def far_side(platform: str) -> FarSide:
    """The other side of a bridge to this platform, of which nobody has read anything yet."""
    return FarSide(**_RULES[platform])
