"""The contents of the events we send, and how large they are as sent.

Pure. What a message says comes as `Rendered`; which message says it is `layout.py`'s to decide, as
what it is sent `envelope.py`'s.

Spec: client-server API, "Event replacements", "Threading", "User and room mentions", "Size
limits". The live marker is MSC4357's. What was measured: docs/facts.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .inert import inert, inert_html

Content: TypeAlias = dict[str, Any]
Stretch: TypeAlias = tuple[int, int, int]
"""Of a body, from where to where it is an answer's text, and where in that it stands."""

LIVE = "org.matrix.msc4357.live"
BEGUN = "dev.llmstream.begun"  # what is live shows words of the answer, not only signs of life
_STRETCHES = 32  # so many are named: more would need room in an event that is full already
ANSWER = "dev.llmstream.answer"

# Synapse refuses an event of more than 65,536 B in federation format; what it adds was measured at
# 583 B and grows with the server's name and the room's history.
PLAIN_LIMIT = 63_000
# Megolm and base64 make 4 bytes of 3; mautrix encrypts JSON with every non-ASCII character
# escaped.
ENCRYPTED_LIMIT = 46_900

_FALLBACK_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a message says: Markdown for clients without HTML, and Matrix HTML.

    `plain` is what is sent instead of both where a room understands no formatting; '' elsewhere.
    `words` are the stretches of the body that are the answer's own text (characters).
    """

    body: str
    html: str
    plain: str = ""
    words: tuple[Stretch, ...] = ()

    @property
    def sent(self) -> Rendered:
        """As it stands in an event."""
        return Rendered(self.plain, "") if self.plain else self

    def named(self) -> Content:
        """Its words, for whoever finds them in the room; nothing where they cannot be named."""
        if self.plain or len(self.words) > _STRETCHES:
            return {}
        return {"text": [list(stretch) for stretch in self.words]}


@dataclass(frozen=True, slots=True)
class Relation:
    """Where a first event stands: a reply, in a thread, or both. '' is not set."""

    reply_to: str = ""
    thread: str = ""

    def content(self) -> Content:
        """The `m.relates_to` of the first event; empty where it stands alone."""
        if self.thread:
            return {
                "rel_type": "m.thread",
                "event_id": self.thread,
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": self.reply_to or self.thread},
            }
        return {"m.in_reply_to": {"event_id": self.reply_to}} if self.reply_to else {}


@dataclass(frozen=True, slots=True)
class Manner:
    """How one event is sent:

    its msgtype, whether more is to come, and words of the answer are there, whom it calls, what it
    tells machines.
    """

    msgtype: str = "m.text"
    live: bool = False
    begun: bool = False
    mention: str = ""
    answer: Mapping[str, Any] | None = None


def message(rendered: Rendered, manner: Manner, relation: Relation) -> Content:
    """A first event."""
    content = _message(rendered, manner)
    if related := relation.content():
        content["m.relates_to"] = related
    return content


def edit(event_id: str, rendered: Rendered, manner: Manner, *, whole: bool = False) -> Content:
    """An edit of `event_id`, always the first event of its message.

    The fallback for clients that know no edits is short, or all of it where `whole`.
    """
    body = rendered.sent.body
    fallback = body if whole else _shortened(body)
    content: Content = {
        "msgtype": manner.msgtype,
        "body": f"* {inert(fallback)}",
        "m.mentions": _mentions(manner.mention),
        "m.new_content": _message(rendered, manner),
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }
    if manner.live:
        content[LIVE] = {}
    return content


def size(content: Content, *, encrypted: bool) -> int:
    """Bytes of `content` as they count against the limit of the room."""
    if encrypted:
        # The plaintext also names the room and the type; 300 bytes are more than both.
        return len(json.dumps(content)) + 300
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))


def limit(*, encrypted: bool) -> int:
    """The bytes that a content may have in such a room."""
    return ENCRYPTED_LIMIT if encrypted else PLAIN_LIMIT


def _message(rendered: Rendered, manner: Manner) -> Content:
    content: Content = {
        "msgtype": manner.msgtype,
        "body": inert(rendered.sent.body),
        "m.mentions": _mentions(manner.mention),
    }
    if html := rendered.sent.html:
        content |= {"format": "org.matrix.custom.html", "formatted_body": inert_html(html)}
    if manner.live:
        content[LIVE] = {}
    if manner.live and manner.begun:
        content[BEGUN] = rendered.named()
    if manner.answer is not None:
        content[ANSWER] = dict(manner.answer)
    return content


def _mentions(user_id: str) -> Content:
    return {"user_ids": [user_id]} if user_id else {}


def _shortened(body: str) -> str:
    line = body.lstrip()[:_FALLBACK_CHARACTERS].split("\n", 1)[0].rstrip()
    return line if line == body else f"{line}…"
