"""Hearing a server out: every byte in time, and no answer cut off because it is long.

The clients have no time limits of their own but the one to connect; those that count are here.
Any byte shows that the server is alive, also a comment. What an answer's pieces mean, its `Reader`
knows.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator, Mapping
from contextlib import aclosing, suppress
from typing import Any, Protocol

from ..chunks import WORDS, Chunk, Reasoning, Text
from ..shapes import mapping, word
from .base import Request
from .bounds import LARGEST_PIECE, too_large
from .failures import Failed, Failure, Kind, error_in, failure_of, failure_said, remark_in
from .frames import DONE, Frame, Frames, whole
from .intake import Intake

_WHOLE_ANSWER = 10  # idle time-outs: an answer that is not streamed comes late and all at once
_AFTER_THE_END = 5.0  # seconds for what may follow a model's last word: the usage
_DRAIN = 0.2  # seconds; a response read to its end leaves a connection to use again


class Response(Protocol):
    """What is needed of a response of httpx, or of its fork httpx2.

    Attributes:
        stream: The body, as `bounds.bound` has unpacked it: two layers less for each chunk than
            `aiter_bytes()`.
    """

    headers: Mapping[str, str]

    @property
    def stream(self) -> AsyncIterable[bytes]: ...


class Reader(Protocol):
    """Reads one answer, whole or in pieces."""

    @property
    def ended(self) -> bool:
        """The server has said that the model has stopped."""

    def take(self, piece: Frame, /) -> Iterable[Chunk]:
        """What this piece says. Raises `Failed` where it cannot be borne."""

    def end(self) -> Iterable[Chunk]:
        """What only the whole answer says, last of all a `Finish`. Raises `Failed` where it is not
        whole.
        """


def idle(request: Request) -> float | None:
    """Seconds that may pass without a byte; None is any number."""
    return request.idle_timeout or None


def for_all(request: Request) -> float | None:
    """Seconds that may pass before the first byte of an answer which comes in one piece."""
    return request.idle_timeout * _WHOLE_ANSWER or None


async def heard(
    response: Response, reader: Reader, request: Request
) -> AsyncGenerator[Chunk, None]:
    """The chunks of the answer in a response.

    Raises:
        TimeoutError: Nothing came in time.
        Failed: The server says so, it is not whole, or not to be understood.
    """
    listening = _Listening(response, reader, request)
    try:
        async with aclosing(listening.chunks()) as chunks:
            async for chunk in chunks:
                yield chunk
    except Exception as error:
        if not (reader.ended and _nothing_more(error)):
            raise
    if not listening.understood:
        raise Failed(Failure(Kind.FOREIGN if listening.strange else Kind.LOST))
    try:
        rest = list(reader.end())
    except Failed as error:
        remark = listening.remark
        if remark and error.failure.kind in (Kind.FOREIGN, Kind.LOST):
            raise Failed(failure_said(remark)) from None
        raise
    for chunk in rest:
        yield chunk


def joined(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The same chunks, neighbouring texts as one; also those before an error, which goes on."""
    kind: type[Text | Reasoning] = Text
    texts: list[str] = []
    try:
        for chunk in chunks:
            if texts and type(chunk) is not kind:
                yield kind("".join(texts))
                texts.clear()
            if isinstance(chunk, WORDS):
                kind = type(chunk)
                texts.append(chunk.text)
            else:
                yield chunk
    except Exception:
        if texts:
            yield kind("".join(texts))
        raise
    if texts:
        yield kind("".join(texts))


def _nothing_more(error: Exception) -> bool:
    """After its end an answer cannot be cut off any more."""
    failure = failure_of(error)
    return isinstance(error, TimeoutError) or bool(failure and failure.kind is Kind.LOST)


class _Listening:
    """The pieces of one response, read as they come.

    Attributes:
        understood: There were some.
        strange: There was something else.
        remark: What one of them said that was nothing of an answer, the last; None where none did.
    """

    def __init__(self, response: Response, reader: Reader, request: Request) -> None:
        self.understood = False
        self.remark: object = None
        self._begun = False
        self._done = False
        self._frames = Frames()
        self._response = response
        self._reader = reader
        self._type = response.headers.get("content-type", "").lower()
        self._idle = idle(request)
        late = not request.stream or self._type.startswith("application/json")
        self._first = for_all(request) if late else self._idle

    @property
    def strange(self) -> bool:
        return self._frames.strange

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """What the server says until it has said all: what came at once, together."""
        patience = self._first
        async with Intake(self._response.stream) as intake:
            while piece := await intake.next(patience):
                if not self._begun and piece.lstrip().startswith(b"<"):  # a web page
                    raise Failed(Failure(Kind.FOREIGN))
                self._begun = self._begun or bool(piece.strip())
                for chunk in joined(self._taken(self._frames.feed(piece))):
                    yield chunk
                if self._done:
                    await _drain(intake)
                    return
                patience = _soon(self._idle) if self._reader.ended else self._idle
            for chunk in joined(self._taken(self._frames.end())):
                yield chunk

    def _taken(self, frames: Iterable[Frame]) -> Iterator[Chunk]:
        """What the frames mean; those after the last word mean nothing."""
        try:
            for frame in frames:
                self.understood = True
                if error := error_in(frame):
                    raise Failed(failure_said(error))
                self.remark = remark_in(frame) or self.remark
                yield from self._reader.take(frame)
                if frame is DONE:
                    self._done = True
                    return
        except Failed as error:
            if error.failure.kind is Kind.GARBLED and not self.understood:
                raise Failed(Failure(Kind.FOREIGN)) from None
            raise


def _soon(idle: float | None) -> float:
    return min(idle or _AFTER_THE_END, _AFTER_THE_END)


async def _drain(intake: Intake) -> None:
    with suppress(Exception):
        while await intake.next(_DRAIN):
            pass


async def model_ids(response: Response) -> list[str]:
    """The names in a response that lists models; some servers send the list alone.

    Raises:
        Failed: It is no such list, or too large.
    """
    pieces, size = [], 0
    async for piece in response.stream:
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_PIECE:
            raise too_large()
    try:
        body = whole(b"".join(pieces))
    except Failed:
        raise Failed(Failure(Kind.FOREIGN)) from None
    if isinstance(body, Mapping):
        if error := error_in(body):
            raise Failed(failure_said(error))
        body = body.get("data") or body.get("models")
    names = map(_name, body if isinstance(body, list) else ())
    return [name for name in names if name]


def _name(model: Any) -> str:
    entry = mapping(model)
    named = (word(entry.get(key)) for key in ("id", "model", "name"))
    return word(model) if isinstance(model, str) else next(filter(None, named), "")
