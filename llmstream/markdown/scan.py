"""What is open at the end of a leaf's text: emphasis, code, links, maths, spoilers.

A light reading of CommonMark's inline rules, one pass over the characters that mean something.
It renders nothing; `heal` closes what it finds, and segments.py cuts where nothing is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .emphasis import MOST_MARKERS, are_odd, flanks
from .guesses import USUAL, Habits, is_parameter, may_be_version, reads_as_brackets
from .spans import (
    end_of_tag,
    half_maths,
    half_number,
    inline_maths,
    is_half_known,
    is_half_tag,
    may_be_price,
)
from .tokens import TAG

_TOKEN = re.compile(rf"[*_~]{{{MOST_MARKERS},}}|\\(?:[\s\S]|$)|`+|\*+|_+|~+|!?\[|\]|<|\$+|\|\|")
_AUTOLINK = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]{1,31}:[^\s<>]*>|<[^\s<>@]+@[^\s<>@]+>")
# The destination of a link: balanced parentheses to a depth of two, and perhaps a title.
_PARENTHESES = r"\((?:[^\s()\\]|\\.|\([^\s()]*\))*\)"
_ADDRESS = rf"(?:<[^<>\n]*>|(?!<)(?:[^\s()\\]|\\.|{_PARENTHESES})+)?"
_TITLE = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\))"""
_TARGET = re.compile(rf"\(\s*{_ADDRESS}(?:\s+{_TITLE})?\s*\)")
_HALF_TARGET = re.compile(
    r"""\(\s*(?:<[^<>\n]*|[^\s<][^\s]*)?(?:>?\s+(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\([^()]*\)?)?\s*)?$"""
)
_LABEL = re.compile(r"\[[^\[\]]*\]")
_HALF_LABEL = re.compile(r"\[[^\[\]]*$")
_TAG = re.compile(rf"<({TAG})\s*>", re.IGNORECASE)
_TAG_END = re.compile(rf"</({TAG})\s*>", re.IGNORECASE)
_HALF_AUTOLINK = re.compile(
    r"<(?:(?:https?|ftp|mailto):|[A-Za-z_][\w.+\-]*@)[^\s<>]*$", re.IGNORECASE
)
_NEAREST = 50  # so many open markers are looked at when one ends; more are abuse


@dataclass(slots=True)
class Opener:
    """Something begun at `at` that nothing has ended; `length` of its marker is left."""

    marker: str
    at: int
    length: int
    closes: bool = False  # it may end emphasis as well
    run: int = 0  # the length of the whole run
    targeted: bool = False  # of a link, its address has begun
    around: bool = False  # the like of it stands within, whole


def _is_space(character: str) -> bool:
    return not character or character.isspace()


class Scanner:
    """Reads a text once: `read` to its end, `steps` from marker to marker.

    `open` is what has begun and not ended, outermost first. `end` is where what is decided ends:
    what stands behind it may turn out to be one thing or another. `dropped` are markers that are
    not to be shown. `habits` are those of the text so far.
    """

    def __init__(self, text: str, habits: Habits = USUAL) -> None:
        self.text = text
        self._habits = habits
        self.open: list[Opener] = []
        self.end = len(text)
        self.dropped: list[tuple[int, int]] = []
        self._at = 0

    def stays(self, opener: Opener, end: int) -> bool:
        """Whether it is a "[" that is likely to be just that, by what stands up to `end`."""
        return (
            opener.marker == "["
            and not opener.targeted
            and reads_as_brackets(self.text, opener.at, end, self._habits)
        )

    def may_be_version(self, opener: Opener, end: int) -> bool:
        """Whether it is a "[" of which nobody knows yet, with a number behind it up to `end`."""
        return opener.marker == "[" and may_be_version(self.text, opener.at, end, self._habits)

    def read(self) -> None:
        for _ in self.steps():
            pass

    def steps(self) -> Iterator[tuple[int, int]]:
        """Where plain text lies between two markers, before the second one is read."""
        while self._at < self.end:
            match = _TOKEN.search(self.text, self._at, self.end)
            if not match:
                break
            yield self._at, match.start()
            self._at = self._token(match[0], match.start(), match.end())
        yield self._at, self.end

    def _token(self, token: str, at: int, end: int) -> int:
        """Read one marker; where the text goes on behind it."""
        match token[0]:
            case "\\":
                return self._escape(token, at)
            case "`":
                return self._code(token, at)
            case "*" | "_" | "~" if len(token) >= MOST_MARKERS:
                return end  # no emphasis
            case "*" | "_" | "~":
                return self._emphasis(token[0], at, end)
            case "$":
                return self._dollar(at, end)
            case "<":
                return self._angle(at, end)
            case "|":
                return self._spoiler(at, end)
            case "]":
                return self._bracket(at)
        self.open.append(Opener(token, at, len(token)))
        return end

    def _rest_is(self, marker: str, at: int) -> int:
        """From here on it is all code or maths, until something ends it."""
        self.open.append(Opener(marker, at, len(marker)))
        return self.end

    def _escape(self, token: str, at: int) -> int:
        if token in {"\\(", "\\["}:
            if maths := inline_maths(self.text, at, self.end):
                return maths[1]
            half = token == "\\(" or half_maths(self.text[at + 2 : at + 202].strip())
            if half:
                return self._rest_is(token, at)
            if half is None or at + 2 == len(self.text):
                self.end = at
        if len(token) == 1:
            self.end = at
        return at + 2

    def _code(self, run: str, at: int) -> int:
        end = at + len(run)
        search = end
        while (search := self.text.find(run, search)) >= 0:
            stop = search + len(run)
            while self.text[stop : stop + 1] == "`":
                stop += 1
            if stop - search == len(run):
                return stop
            search = stop
        return self._rest_is(run, at)

    def _dollar(self, at: int, end: int) -> int:
        text = self.text
        maths = inline_maths(text, at, self.end)
        if maths and maths[1] == len(text) and may_be_price(maths[0]):
            self.end = at
        if maths:
            return maths[1]
        if end - at == 2 and not _is_space(text[end : end + 1]):
            if text.endswith("$"):
                self.end -= 1  # half of its end
            return self._rest_is("$$", at)
        if end == len(text):
            self.end = at
            return end
        if end - at != 1 or (at and (text[at - 1].isalnum() or text[at - 1] in "$_")):
            return end
        rest = text[end : self.end]
        half = None if len(rest) > 200 else half_maths(rest) if "$" not in rest else False
        if half is False and "$" not in rest:
            half = half_number(rest)
        if half:
            return self._rest_is("$", at)
        if half is None and len(rest) <= 200:
            self.end = at
        return end

    def _angle(self, at: int, end: int) -> int:
        text = self.text
        if link := _AUTOLINK.match(text, at):
            return link.end()
        if tag := _TAG.match(text, at):
            if not is_parameter(text, at, tag.end()):
                self.open.append(Opener(f"<{tag[1].lower()}>", at, len(tag[0])))
            return tag.end()
        if tag := _TAG_END.match(text, at):
            self._close_down_to(f"<{tag[1].lower()}>")
            return tag.end()
        if is_half_known(text, at):
            self.end = at
            return end
        if (raw := end_of_tag(text, at, len(text))) > 0:
            return raw
        if is_half_tag(text, at, len(text)):
            if self.open:
                self.end = at  # what closes them would be part of it
            return self.end
        if _HALF_AUTOLINK.match(text, at):
            self.dropped.append((at, end))
        return end

    def _spoiler(self, at: int, end: int) -> int:
        if any(opener.marker == "||" for opener in self.open):
            if not _is_space(self.text[at - 1 : at]):
                self._close_down_to("||")
        elif end == len(self.text):
            self.end = at
        elif not _is_space(self.text[end]) and self.text[end] != "|":
            self.open.append(Opener("||", at, 2))
        return end

    def _close_down_to(self, marker: str) -> None:
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index].marker == marker:
                del self.open[index:]
                return

    def _emphasis(self, marker: str, at: int, end: int) -> int:
        opens, closes = flanks(self.text, at, end)
        run = length = end - at
        last = end == len(self.text)
        if marker == "~" and run < 2 and not last:
            return end
        if last and not (closes and self._ends_with(marker, run)):
            self.end = at  # more may come: of the run, or what it begins
            return end
        if closes:
            index = len(self.open) - 1
            least = max(0, len(self.open) - _NEAREST)
            while index >= least and length:
                opener = self.open[index]
                if opener.marker == "||" or opener.marker.endswith("["):
                    index -= 1
                    continue
                if opener.marker != marker or are_odd(opener.run, run, opener.closes or opens):
                    index -= 1
                    continue
                taken = (
                    min(opener.length, length)
                    if marker == "~"
                    else 2
                    if min(opener.length, length) >= 2
                    else 1
                )
                del self.open[index + 1 :]
                for outer in self.open[least:index]:
                    outer.around |= (outer.marker, outer.length) == (marker, taken)
                opener.length -= taken
                length -= taken
                if not opener.length:
                    del self.open[index]
                    index -= 1
        if length and opens:
            self.open.append(Opener(marker, end - length, length, closes, run))
        return end

    def _ends_with(self, marker: str, run: int) -> bool:
        """Whether a run at the end ends all that the innermost run of its kind has begun."""
        for opener in reversed(self.open):
            if opener.marker == marker:
                return run >= opener.length
        return False

    def _bracket(self, at: int) -> int:
        index = next(
            (i for i in range(len(self.open) - 1, -1, -1) if self.open[i].marker.endswith("[")), -1
        )
        after = at + 1
        if index < 0:
            return after
        opener, text = self.open[index], self.text
        if full := _TARGET.match(text, after):
            del self.open[index:]
            if opener.marker == "[":  # no link contains another
                self.open = [outer for outer in self.open if outer.marker != "["]
            return full.end()
        if full := _LABEL.match(text, after):
            del self.open[index:]
            return full.end()
        opener.targeted = bool(_HALF_TARGET.match(text, after))
        if opener.targeted or _HALF_LABEL.match(text, after):
            self.end = at  # a link without its end shows as its text
            return after
        if after == len(text) and not self.stays(opener, after):
            self.end = at
            return after
        del self.open[index]
        return after
