"""Pictures as a provider takes them: known by their bytes, of a kind and a size that it allows.

What is too large is made smaller where Pillow is at hand, which this needs for nothing else; what
still does not fit is left out, and named in its place. Work for a thread: a picture takes a while.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from ..messages import Image, Message

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_READ = frozenset({"image/webp", *(kind for _, kind in _SIGNATURES)})
_LONGEST_SIDE = 2000  # pixels; models look at no more, and Claude refuses more of many
_MOST_PIXELS = 30_000_000  # a small file may be a very large picture
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Fitted:
    """Messages whose pictures all fit, and the names of those of the last turn that do not."""

    messages: tuple[Message, ...]
    left_out: tuple[str, ...]


def fitted(messages: Sequence[Message], largest: int) -> Fitted:
    """Pictures of at most `largest` bytes each, of a kind that all models which see can read."""
    made, left_out = [], list[str]()
    asked = max((n for n, m in enumerate(messages) if m.role == "user"), default=-1)
    for number, message in enumerate(messages):
        pairs = [(image, _fitting(image, largest)) for image in message.images]
        lost = [_name(image) for image, good in pairs if good is None]
        images = tuple(good for _, good in pairs if good is not None)
        made.append(without(message, lost, images, "too large or of an unusual kind"))
        left_out += lost if number == asked else []
    return Fitted(tuple(made), tuple(left_out))


def unseen(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The same conversation for a model that sees nothing: each picture is only named."""
    return tuple(
        without(m, [_name(image) for image in m.images], (), "which you cannot see")
        for m in messages
    )


def last_pictures(messages: Sequence[Message], most: int) -> tuple[Message, ...]:
    """The same conversation with the last of its pictures; those before are only named."""
    made = list[Message]()
    for message in reversed(messages):
        taken = message.images[max(0, len(message.images) - most) :] if most else ()
        lost = [_name(image) for image in message.images if image not in taken]
        made.append(without(message, lost, taken, "one too many for you"))
        most -= len(taken)
    return tuple(reversed(made))


def without(message: Message, lost: Sequence[str], images: tuple[Image, ...], why: str) -> Message:
    """The message with these images, and a word in it on those which it has lost."""
    said = [f"[{name}: a picture, {why}]" for name in lost]
    return replace(message, images=images, text="\n".join(filter(None, [message.text, *said])))


def _name(image: Image) -> str:
    """Its name as plain words: whoever sent it has chosen it."""
    return " ".join(re.sub(r"[^\w .()-]", " ", image.name).split())[:60] or "a picture"


def kind_of(content: bytes) -> str:
    """The media type that the bytes say; '' where it is none of the four that models read."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in _SIGNATURES if content.startswith(mark)), "")


def _fitting(image: Image, largest: int) -> Image | None:
    kind = kind_of(image.content)
    kind = kind or (image.media_type if image.media_type in _READ else "")
    if kind and len(image.content) <= largest:
        return image if kind == image.media_type else replace(image, media_type=kind)
    return _smaller(image, largest)


def _smaller(image: Image, largest: int) -> Image | None:
    """The same picture in fewer bytes; None where that cannot be done here."""
    try:
        from PIL import Image as Pillow
    except ImportError:
        return None
    try:
        with Pillow.open(BytesIO(image.content)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            seen = opened.convert("RGBA")
            picture = Pillow.new("RGB", seen.size, "white")
            picture.paste(seen, mask=seen)
        for side in (_LONGEST_SIDE, _LONGEST_SIDE // 2):
            picture.thumbnail((side, side))
            written = BytesIO()
            picture.save(written, "JPEG", quality=_QUALITY)
            if written.tell() <= largest:
                return Image("image/jpeg", written.getvalue(), image.name)
    except Exception:  # whatever Pillow makes of bytes that are no picture
        return None
    return None
