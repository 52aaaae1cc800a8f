"""What an event says: the one reading of messages, stickers and polls for all who look at a room.

Pure. It fetches nothing (bot/room/timeline.py), decides nothing (bot/room/triggers.py) and knows
no conversation (transcript.py). Events are JSON as the server gives it, or mautrix events; of both
forms the same comes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ..content.events import ANSWER, BEGUN, LIVE
from ..content.inert import as_meant
from .in_words import IN_WORDS, LOCATION, POLLS, STICKER
from .raw import Event, Raw, as_identifier, as_raw, at, identifier, number, text

WORDS = ("m.text", "m.emote", "m.notice")
FILES = ("m.image", "m.file", "m.audio", "m.video")

_MEDIA_TYPE = 255  # characters (RFC 6838: 127 before the slash, 127 behind it)

# The quote that clients put above a reply until spec v1.13; a person's own quote has no `<@`.
_QUOTE = re.compile(r"\A(?:> \* ?|> )<@[^\n]*(?:\n>[^\n]*)*(?:\n{1,2}|\Z)")
_QUOTE_HTML = re.compile(r"\A\s*<mx-reply>.*?</mx-reply>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class File:
    """A file in a message, not yet fetched. All of it is what the sender says, and may be untrue.

    Args:
        kind: The msgtype: "m.image", "m.file", "m.audio" or "m.video".
        name: One line, with nothing in it that could close a bracket around it.
        url: `mxc://server/id`.
        media_type: '' where the sender names none.
        size: Bytes; None where the sender names none.
        lock: The `EncryptedFile` as JSON where the file is encrypted, else None.
    """

    kind: str
    name: str
    url: str
    media_type: str = ""
    size: int | None = None
    lock: Raw | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """What one event says.

    Args:
        sent_at: Milliseconds since 1970, by the sender's server.
        msgtype: Of a sticker or a poll the event's type.
        text: Without the quote that old clients put above replies. Of a file its caption, or '';
            a place or a poll in words.
        html: Likewise; '' where there is none.
        thread_root: '' outside threads.
        reply_to: The event that a person replied to; '' where a thread only falls back to a reply.
        edit_of: The event whose text this replaces, '' where this is a message of its own.
        related: It relates to another event by a `rel_type`: no thread can start from it.
        mentions: User ids in `m.mentions`; None where the event has no such object.
        live: Still being written (MSC4357).
        answer: `dev.llmstream.answer` where it is one of a llmstream bot.
        words: Of such a one, also while it is written, the answer's own text: each stretch with
            where in the answer it stands. None where that is not said.
        encrypted_by: By whom it was, as whoever decrypted it has found out: a device of the
            sender's, or one that is not known to be. "" where it came in clear.
    """

    event_id: str
    room_id: str
    sender: str
    sent_at: int
    msgtype: str
    text: str
    html: str = ""
    file: File | None = None
    thread_root: str = ""
    reply_to: str = ""
    edit_of: str = ""
    related: bool = False
    mentions: frozenset[str] | None = None
    live: bool = False
    answer: Raw | None = None
    words: tuple[tuple[int, str], ...] | None = None
    encrypted_by: Literal["", "sender", "somebody"] = ""


def read(event: Event) -> Said | None:
    """What the event says, with the newest edit that the server has bundled with it.

    None where it says nothing: another type, redacted, or without a body. An event that is itself
    an edit gives its new text and `edit_of`.
    """
    raw = as_raw(event)
    said = _read(raw)
    return said and edited(said, _read(bundled_edit(raw)))


def read_all(events: Iterable[Event]) -> list[Said]:
    """What the events say, oldest first: edits applied, redacted ones gone, each event once."""
    given = [as_raw(event) for event in events]
    raws = [*given, *map(bundled_edit, given)]
    redacted = {_redacts(raw) for raw in raws if raw.get("type") == "m.room.redaction"}
    readable = (_read(raw) for raw in raws if identifier(raw, "event_id") not in redacted)
    # Of edits the highest timestamp counts, then the highest id (spec: event replacements).
    said = sorted((one for one in readable if one), key=lambda one: (one.sent_at, one.event_id))
    messages = {one.event_id: one for one in said if not one.edit_of}
    for edit in said:
        if edit.edit_of in messages:
            messages[edit.edit_of] = edited(messages[edit.edit_of], edit)
    return list(messages.values())


def edited(said: Said, edit: Said | None) -> Said:
    """`said` as the edit leaves it; unchanged where that is no valid edit of it.

    Only the sender may edit, and an edit changes neither the place in a thread nor the reply.
    """
    if edit is None or edit.edit_of != said.event_id or edit.sender != said.sender:
        return said
    return replace(
        edit,
        event_id=said.event_id,
        room_id=said.room_id,
        sent_at=said.sent_at,
        thread_root=said.thread_root,
        reply_to=said.reply_to,
        related=said.related,
        edit_of="",
    )


def bundled_edit(raw: Raw) -> Raw:
    """The newest edit as the server sends it along, maybe encrypted; {} where there is none."""
    return at(raw, "unsigned", "m.relations", "m.replace")


def is_edit(raw: Raw) -> bool:
    """Whether an event replaces another's text. The relation is in clear on encrypted ones too."""
    return at(raw, "content", "m.relates_to").get("rel_type") == "m.replace"


def is_redacted(raw: Raw) -> bool:
    """Whether a message was removed: not all servers say by what, but no message is empty."""
    return raw.get("content") == {}


def _read(raw: Raw) -> Said | None:
    content = at(raw, "content")
    relation = at(content, "m.relates_to")
    rel_type = text(relation, "rel_type")
    is_replacement = rel_type == "m.replace"
    # Servers accept an edit without m.new_content, and would have its fallback taken for the text.
    shown = at(content, "m.new_content") if is_replacement else content
    msgtype = _msgtype(raw, shown)
    if not msgtype:
        return None
    event_id, sender = identifier(raw, "event_id"), identifier(raw, "sender")
    if not event_id or not sender:
        return None
    reply_to = "" if relation.get("is_falling_back") is True else _reply(relation)
    file = _file(shown, msgtype) if msgtype in (*FILES, STICKER) else None
    put = IN_WORDS.get(msgtype)
    target = identifier(relation, "event_id")
    return Said(
        event_id=event_id,
        room_id=identifier(raw, "room_id"),
        sender=sender,
        sent_at=number(raw, "origin_server_ts") or 0,
        msgtype=msgtype,
        text=put(shown) if put else _words(shown, file, quoted=bool(_reply(relation))),
        html=_QUOTE_HTML.sub("", text(shown, "formatted_body")),
        file=file,
        thread_root=target if rel_type == "m.thread" else "",
        reply_to=reply_to,
        edit_of=target if is_replacement else "",
        related=bool(rel_type),
        mentions=_mentions(content if "m.mentions" in content else shown),
        live=LIVE in content or LIVE in shown,
        answer=at(shown, ANSWER) if ANSWER in shown else None,
        words=_own_words(shown),
    )


def _own_words(shown: Raw) -> tuple[tuple[int, str], ...] | None:
    stretches = (at(shown, ANSWER) or at(shown, BEGUN)).get("text")
    if not isinstance(stretches, list):
        return None
    body, words = as_meant(text(shown, "body")), []
    for stretch in stretches:
        match stretch:
            case [int(start), int(end), int(place)] if 0 <= start <= end <= len(body):
                words.append((place, body[start:end]))
            case _:
                return None
    return tuple(words)


def _msgtype(raw: Raw, shown: Raw) -> str:
    """What kind of message it is; of stickers and polls the type of the event. '' is none."""
    kind = raw.get("type")
    if kind == STICKER or kind in POLLS:
        return str(kind)
    msgtype = text(shown, "msgtype")
    return msgtype if kind == "m.room.message" and msgtype in (*WORDS, *FILES, LOCATION) else ""


def _words(content: Raw, file: File | None, *, quoted: bool) -> str:
    """The body; of a file only its caption (spec v1.10: a body that is not the file's name)."""
    body = text(content, "body")
    if file is not None:
        filename = text(content, "filename")
        return body.strip() if filename and filename != body else ""
    return (_QUOTE.sub("", body) if quoted else body).strip()


def _file(content: Raw, msgtype: str) -> File:
    info = at(content, "info")
    lock = at(content, "file")
    name = text(content, "filename") or text(content, "body")
    return File(
        kind="m.image" if msgtype == STICKER else msgtype,
        name=" ".join("".join(c if _is_plain(c) else " " for c in name[:400]).split())[:100],
        url=text(lock, "url") or text(content, "url"),
        media_type=text(info, "mimetype")[:_MEDIA_TYPE].partition(";")[0].strip().lower(),
        size=number(info, "size"),
        lock=lock or None,
    )


def _is_plain(character: str) -> bool:
    return character.isprintable() and character not in "[]"


def _mentions(content: Raw) -> frozenset[str] | None:
    if not isinstance(content.get("m.mentions"), Mapping):
        return None  # also null, which some clients write
    named = at(content, "m.mentions").get("user_ids")
    return (
        frozenset(filter(None, map(as_identifier, named)))
        if isinstance(named, list)
        else frozenset()
    )


def _reply(relation: Raw) -> str:
    return identifier(at(relation, "m.in_reply_to"), "event_id")


def _redacts(raw: Raw) -> str:
    # Room versions from 11 on have it in the content; servers send both.
    return identifier(raw, "redacts") or identifier(at(raw, "content"), "redacts")
