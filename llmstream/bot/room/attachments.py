"""What a model is given of a room's files: pictures as pictures, text as text, else a sentence.

Nothing a sender says of a file is believed: a picture is what its first bytes say, a text what
decodes. Fetching is media.py's.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ...matrix.reading.said import File
from ...messages import Image
from .media import UNKNOWN, Files, Unreadable, size

_TEXT_TYPES = re.compile(
    r"text/.+|application/(?:.+\+)?(?:json|xml|yaml|x-yaml|toml|x-toml|csv|sql|graphql"
    r"|javascript|ecmascript|typescript|x-sh|x-python|x-ndjson|x-tex|rtf)|image/svg\+xml",
    re.IGNORECASE,
)
_TEXT_NAMES = re.compile(
    r".*\.(?:txt|text|md|markdown|rst|adoc|org|tex|log|csv|tsv|json|jsonl|ndjson|json5|xml|svg"
    r"|ya?ml|toml|ini|cfg|conf|properties|env|html?|css|scss|less|sql|graphql|proto|diff|patch"
    r"|py|pyi|ipynb|js|mjs|cjs|jsx|ts|tsx|vue|svelte|java|kt|kts|scala|groovy|gradle|clj|c|h|cc"
    r"|cpp|cxx|hpp|hh|m|mm|cs|fs|vb|go|rs|swift|zig|nim|d|rb|pl|pm|php|lua|r|jl|ex|exs|erl|hrl"
    r"|hs|ml|mli|elm|lisp|el|scm|rkt|sh|bash|zsh|fish|ps1|bat|cmd|awk|sed|vim|nix|tf|hcl|cmake"
    r"|asm|s|sol|dart|srt|vtt|ics|vcf)|(?:.*/)?(?:makefile|dockerfile|readme|license|changelog)",
    re.IGNORECASE,
)
_PICTURE_NAMES = re.compile(r".*\.(?:png|apng|jpe?g|jfif|gif|webp)", re.IGNORECASE)
_SEEN = "PNG, JPEG, GIF and WebP"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a conversation's files a model is given, and how long it is waited for.

    Sizes are bytes. `tried` counts the files that are fetched, whatever they turn out to be.
    """

    tried: int = 12
    pictures: int = 5
    picture: int = 5_000_000
    all_pictures: int = 15_000_000
    texts: int = 200_000
    text: int = 100_000
    seconds: float = 30.0


class Attachments:
    """The files of one conversation, read within the bounds that all of them share.

    As a context it fetches the newest that it may need side by side; what is still being fetched
    at its end is given up.
    """

    def __init__(
        self, files: Files, expected: Sequence[File] = (), bounds: Bounds | None = None
    ) -> None:
        """`expected` are the files to be read, in that order."""
        self._files = files
        self._expected = expected
        self._bounds = bounds or Bounds()
        self._pictures: list[int] = []
        self._text_left = self._bounds.texts
        self._tries_left = self._bounds.tried
        self._fetching: dict[int, asyncio.Task[bytes]] = {}
        self._refusals: list[tuple[File, str]] = []
        self._until = asyncio.get_running_loop().time() + self._bounds.seconds

    async def __aenter__(self) -> Self:
        pictures = [one for one in self._expected if _may_be_picture(one)][: self._bounds.pictures]
        texts = [one for one in self._expected if is_text(one)][: self._bounds.pictures]
        for file in [*pictures, *texts][: self._bounds.tried]:
            self._fetching[id(file)] = asyncio.create_task(self._fetch(file))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._fetching.values():
            task.cancel()
        await asyncio.gather(*self._fetching.values(), return_exceptions=True)

    async def read(self, file: File) -> Image | str:
        """The picture, or the text, or in their place a sentence on why there is neither."""
        try:
            if is_text(file):
                return await self._text(file)
            if _may_be_picture(file):
                return await self._picture(file)
            raise Unreadable(UNKNOWN)
        except Unreadable as reason:
            sentence = f"{called(file)} could not be read: {reason}"
            self._refusals.append((file, f"The {sentence}."))
            return f"[{sentence}]"

    def refusal(self, file: File | None) -> str:
        """The sentence that tells a person why this file was not read; '' where it was."""
        return next((sentence for refused, sentence in self._refusals if refused == file), "")

    async def _picture(self, file: File) -> Image:
        if len(self._pictures) >= self._bounds.pictures:
            raise Unreadable(f"a conversation has at most {self._bounds.pictures} pictures")
        content = await self._content(file)
        media_type = picture_type(content)
        if media_type is None:
            raise Unreadable(f"of pictures only {_SEEN} can be" if _is_image(file) else UNKNOWN)
        if sum(self._pictures) + len(content) > self._bounds.all_pictures:
            most = size(self._bounds.all_pictures)
            raise Unreadable(f"the pictures of a conversation together have at most {most}")
        self._pictures.append(len(content))
        return Image(media_type, content, file.name)

    async def _text(self, file: File) -> str:
        content = await self._content(file)
        if len(content) > self._text_left:
            most = size(self._bounds.texts)
            raise Unreadable(f"the text files of a conversation together have at most {most}")
        text = decoded(content)
        if text is None:
            raise Unreadable("its text is not UTF-8")
        self._text_left -= len(content)
        return inlined(file.name, text)

    async def _content(self, file: File) -> bytes:
        if self._tries_left <= 0:
            raise Unreadable(f"of a conversation at most {self._bounds.tried} files are read")
        self._tries_left -= 1
        fetching = self._fetching.pop(id(file), None) or asyncio.create_task(self._fetch(file))
        try:
            async with asyncio.timeout_at(self._until):
                return await fetching
        except TimeoutError:
            raise Unreadable("the server took too long to send it") from None

    async def _fetch(self, file: File) -> bytes:
        if is_text(file):
            return await self._files.fetch(file, self._bounds.text)
        begins = None if _is_image(file) else _begins_as_picture
        return await self._files.fetch(file, self._bounds.picture, begins)


def is_text(file: File) -> bool:
    """Whether it calls itself a text; "application/octet-stream" and the like go by the name."""
    if file.kind not in ("m.file", "m.image"):
        return False
    is_named_text = not file.media_type.startswith(("image/", "audio/", "video/"))
    return bool(
        _TEXT_TYPES.fullmatch(file.media_type)
        or (is_named_text and file.kind == "m.file" and _TEXT_NAMES.fullmatch(file.name))
    )


def _is_image(file: File) -> bool:
    """Whether it calls itself a picture."""
    return file.kind == "m.image" or file.media_type.startswith("image/")


def _may_be_picture(file: File) -> bool:
    """Whether its first bytes are worth a look, as it says nothing else of itself."""
    says_nothing = file.media_type.rpartition("/")[2] in ("", "octet-stream")
    is_unknown = file.kind == "m.file" and (says_nothing or _PICTURE_NAMES.fullmatch(file.name))
    return _is_image(file) or bool(is_unknown)


def _begins_as_picture(content: bytes) -> bool:
    return picture_type(content) is not None


def picture_type(content: bytes) -> str | None:
    """The media type that the first bytes give away; None where models cannot see it."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def decoded(content: bytes) -> str | None:
    """The text if it is UTF-8, or UTF-16 with its mark, and has no zero bytes; else None."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def inlined(name: str, text: str) -> str:
    """The text under its name, in a fence that nothing in it can close."""
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"[file {name or 'without a name'}]\n{fence}\n{text.rstrip()}\n{fence}"


def called(file: File) -> str:
    """What a file is and is called, in a line: "picture cat.png"."""
    kind = {"m.image": "picture", "m.audio": "recording", "m.video": "video"}.get(
        file.kind, "file"
    )
    return f"{kind} {file.name}" if file.name else kind
