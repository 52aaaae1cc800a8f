"""The line that a person is typing, key by key. Pure: it neither reads keys nor shows anything."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

_BACKSPACE, _CLEAR, _WORD, _END = "\b\x7f", "\x15", "\x17", "\x04"
# Arrows and their kin, a whole sequence at a time; and one of which the rest has not come yet.
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\[O])")
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?$")


@dataclass
class Typed:
    """`line` is what stands there now; `ended`, whether there was a Ctrl-D in an empty one."""

    line: str = ""
    ended: bool = False
    _rest: str = ""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")(errors="replace")
    )

    def keys(self, pressed: bytes) -> list[str]:
        """Take what was pressed. Returns the lines that are complete with it."""
        text = _SEQUENCE.sub("", self._rest + self._decoder.decode(pressed))
        begun = _BEGUN.search(text)
        self._rest = begun[0] if begun else ""
        complete = []
        for key in text[: len(text) - len(self._rest)]:
            if key in "\r\n":
                complete.append(self.line)
                self.line = ""
            else:
                self._press(key)
        return complete

    def _press(self, key: str) -> None:
        if key in _BACKSPACE:
            self.line = self.line[:-1]
        elif key == _CLEAR:
            self.line = ""
        elif key == _WORD:
            self.line = re.sub(r"\S*\s*$", "", self.line)
        elif key == _END:
            self.ended = self.ended or not self.line
        elif key == "\t" or key.isprintable():
            self.line += " " if key == "\t" else key
