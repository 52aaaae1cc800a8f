"""The JSON objects in what a server sends, however it frames them.

A pure decoder: `feed()` bytes, cut anywhere, then `end()`. It reads server-sent events, JSON lines
and whole JSON documents, also mixed, because servers declare one and send another: an error as
bare JSON inside an event stream, an event stream declared as JSON. What the objects mean is not
known here.
Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from .bounds import LARGEST_PIECE, MOST_VALUES, too_large
from .failures import Failed, Failure, Kind

Frame: TypeAlias = Mapping[str, Any]

DONE: Frame = {"type": "[DONE]"}
"""Stands for OpenAI's `data: [DONE]`."""

_DECODER = json.JSONDecoder()
_BREAK = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?')
_BARE = re.compile(r'\s*(\{\s*("|\}|$)|\[\s*([\[{"\]]|$))')  # how JSON without `data:` begins
_SENTENCE = re.compile(r"[A-Za-z]\w*[ :][^\"{}\[\]]*")  # a server's words instead of JSON


class Frames:
    """Objects out of bytes. One for each response.

    Attributes:
        strange: There was something that none of these framings has.
    """

    def __init__(self) -> None:
        self.strange = False
        self._lines = _Lines()
        self._name = ""
        self._fields: list[str] = []  # the `data:` lines of the event that is being read
        self._bare: list[str] = []  # the lines of a document without `data:`
        self._depth = 0
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The objects that are whole now.

        Raises:
            Failed: What came cannot be understood, or is too large.
        """
        for line in self._lines.feed(data):
            yield from self._line(line)

    def end(self) -> Iterator[Frame]:
        """What stands at the end without its line break or blank line; half an object is nothing.

        Raises:
            Failed: As with `feed`.
        """
        last = self._lines.end()
        try:
            if last:
                yield from self._line(last)
            yield from self._dispatch()
        except Failed as error:
            if error.failure.kind is not Kind.GARBLED:
                raise

    def _line(self, line: str) -> Iterable[Frame]:
        """Called for every line: what is common comes first, and costs no generator."""
        if not self._bare:
            if line.startswith("data:"):
                self._data(line)
                return ()
            if not line.strip():
                return self._dispatch()
            if line.startswith("event:"):
                self._name = line[len("event:") :].strip()
                return ()
            if line.startswith('{"') and not (self._fields or self._name):
                return self._go_on(line)
        return self._uncommon(line)

    def _uncommon(self, line: str) -> Iterator[Frame]:
        if self._bare:
            yield from self._go_on(line)
        elif _BARE.match(line):
            yield from self._dispatch()
            yield from self._go_on(line)
        elif line.strip().lower() == "[done]":
            yield from self._dispatch()
            yield DONE
        elif line.lstrip().startswith(("{", "[")):
            raise Failed(Failure(Kind.GARBLED))
        else:
            yield from self._field(line)

    def _field(self, line: str) -> Iterator[Frame]:
        name, _, value = line.partition(":")
        match name.strip():
            case "data":
                self._data(value)
            case "event":
                self._name = value.strip()
            case "error":  # llama.cpp's
                yield from self._dispatch()
                self._name = "error"
                self._fields.append(value.strip())
            case "" | "id" | "retry":
                pass  # a comment, and what is for browsers
            case _:
                self.strange = True

    def _data(self, value: str) -> None:
        value = value.strip()
        while value.startswith("data:"):  # proxies wrap what is wrapped already
            value = value[len("data:") :].lstrip()
        self._grow(value)
        self._fields.append(value)

    def _dispatch(self) -> list[Frame]:
        """The event that a blank line ends."""
        name, fields = self._name, [field for field in self._fields if field]
        self._name, self._fields, self._size = "", [], 0
        if not fields:
            return []
        said = "\n".join(fields)
        if said[0] == "[" and said.replace("\n", "").lower() == "[done]":
            return [DONE]
        try:
            values = [_parsed(said)]
        except ValueError:
            values = self._apart(name, fields)
        found: list[Frame] = []
        for value in values:
            self.strange = self.strange or not isinstance(value, (dict, list))
            found += _named(name, value)
        return found

    def _apart(self, name: str, fields: list[str]) -> list[Any]:
        """Fields that are not one JSON text together: several, or one that is none."""
        try:
            return [DONE if field.lower() == "[done]" else _parsed(field) for field in fields]
        except ValueError:
            said, unnamed = "\n".join(fields), name in ("", "message")
            if name == "error" or (unnamed and _SENTENCE.fullmatch(said)):
                return [{"error": said}]
            if unnamed or said.startswith(("{", "[")):
                raise Failed(Failure(Kind.GARBLED)) from None
            return []  # an event of the server's own

    def _go_on(self, line: str) -> Iterator[Frame]:
        """A line of a document that stands alone; it ends where its brackets do."""
        if line.startswith("data:"):
            raise Failed(Failure(Kind.GARBLED))
        self._grow(line)
        if not self._bare and line.endswith("}"):  # Ollama's: a line is a document
            try:
                value = _parsed(line)
            except ValueError:
                pass  # it goes on
            else:
                self._size = 0
                yield from _named("", value)
                return
        self._bare.append(line)
        marks = _STRING.sub("", line)
        self._depth += sum(marks.count(m) for m in "{[") - sum(marks.count(m) for m in "}]")
        if self._depth > 0:
            return
        text, self._bare, self._depth, self._size = "\n".join(self._bare), [], 0, 0
        try:
            value = _parsed(text)
        except ValueError:
            raise Failed(Failure(Kind.GARBLED)) from None
        yield from _named("", value)

    def _grow(self, line: str) -> None:
        self._size += len(line)
        if self._size > LARGEST_PIECE:
            raise too_large()


def whole(data: bytes) -> Any:
    """A response that is one JSON text. Raises `Failed` where it is none."""
    try:
        return _parsed(data.decode("utf-8-sig", "replace"))
    except ValueError:
        raise Failed(Failure(Kind.GARBLED)) from None


def _parsed(text: str) -> Any:
    """Raises ValueError, also for what is nested too deeply, and `Failed` for far too much."""
    if len(text) > MOST_VALUES and text.count("[") + text.count("{") > MOST_VALUES:
        raise too_large()
    text = text.strip(" \t\n\r")
    try:
        value, end = _DECODER.raw_decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if end < len(text):
        raise ValueError("more than one value")
    return value


def _named(name: str, value: Any) -> list[Frame]:
    """The objects of an event; its name tells what they are where they do not say so."""
    if isinstance(value, list):
        found: list[Frame] = []
        for item in value:
            found += _named(name, item)
        return found
    if name == "error":
        return [value if isinstance(value, dict) and value.get("error") else {"error": value}]
    if isinstance(value, dict):
        said = "type" in value or name in ("", "message")
        return [value if said else {"type": name, **value}]
    return []


class _Lines:
    """Lines out of bytes, ended by CR, LF or both, without a byte order mark."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._size = 0
        self._begun = False
        self._after_cr = False

    def feed(self, data: bytes) -> Iterator[str]:
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if not data:
            return
        self._after_cr = data.endswith(b"\r")
        *lines, rest = _BREAK.split(data) if b"\r" in data else data.split(b"\n")
        if lines:
            yield self._whole(lines[0])
        for line in lines[1:]:
            if len(line) > LARGEST_PIECE:
                raise too_large()
            yield line.decode("utf-8", "replace")
        self._hold(rest)

    def end(self) -> str:
        """The line that no line break ends."""
        return self._whole(b"")

    def _whole(self, rest: bytes) -> str:
        self._hold(rest)
        line, self._held, self._size = b"".join(self._held), [], 0
        if not self._begun:
            line = line.removeprefix(_BOM)
        self._begun = True
        return line.decode("utf-8", "replace")

    def _hold(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > LARGEST_PIECE:
            raise too_large()
        self._held.append(data)
