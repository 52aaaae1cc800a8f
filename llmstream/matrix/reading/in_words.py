"""What people share besides texts and files, in words: where something is, and what they ask.

So that a model can take it for a part of the conversation. Pure.

Spec: `m.location`; MSC3488 (locations), MSC3381 (polls).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .raw import Raw, at, text

LOCATION = "m.location"
STICKER = "m.sticker"
POLLS = ("m.poll.start", "org.matrix.msc3381.poll.start")

_LONGEST = 1000
_ANSWERS = 20


def location(content: Raw) -> str:
    """ "[location: Big Ben, London, UK; latitude 51.5008, longitude -0.1247]"; '' is nowhere."""
    shared = at(content, "org.matrix.msc3488.location") or at(content, "m.location")
    uri = (text(content, "geo_uri") or text(shared, "uri"))[:_LONGEST]
    name = _line(text(shared, "description") or text(content, "body"))
    numbers = uri.removeprefix("geo:").partition(";")[0].split(",")
    if not uri.startswith("geo:") or not all(map(_is_number, numbers)) or len(numbers) < 2:
        return ""
    where = f"latitude {numbers[0].strip()}, longitude {numbers[1].strip()}"
    # Clients that know no name write the address into the body.
    return f"[location: {where}]" if not name or "geo:" in name else f"[location: {name}; {where}]"


def poll(content: Raw) -> str:
    """The question, and each answer that can be given in a line of its own."""
    start = at(content, POLLS[0]) or at(content, POLLS[1]) or at(content, "m.poll")
    question = _line(_said(at(start, "question")))
    answers = start.get("answers")
    offered = (
        [_line(_said(one)) for one in answers[:_ANSWERS]] if isinstance(answers, list) else []
    )
    lines = [f"[poll: {question}]", *(f"- {one}" for one in offered if one)]
    return "\n".join(lines) if question or len(lines) > 1 else _line(_said(content))


IN_WORDS: Mapping[str, Callable[[Raw], str]] = {LOCATION: location, **dict.fromkeys(POLLS, poll)}
"""How each kind is put; by its msgtype, or by the type of its event."""


def _said(value: Any) -> str:
    """A text as extensible events have it, in any of the forms that there were."""
    if not isinstance(value, Mapping):
        return ""
    form = value.get("m.text")
    if isinstance(form, list):
        bodies = (text(one, "body") for one in form[:9] if isinstance(one, Mapping))
        return next(filter(None, bodies), "")
    return text(value, "m.text") or text(value, "org.matrix.msc1767.text") or text(value, "body")


def _line(words: str) -> str:
    """One line, which closes no bracket."""
    plain = words[:_LONGEST].translate({ord("["): "(", ord("]"): ")"})
    return " ".join(plain.split())


def _is_number(part: str) -> bool:
    whole, _, rest = part.strip().removeprefix("-").partition(".")
    return whole.isdecimal() and (not rest or rest.isdecimal())
