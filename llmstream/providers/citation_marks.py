r"""Marks that OpenAI's models leave in their text for a program to replace, taken out as it
streams.

`Fact.\ue200cite\ue202turn0search1\ue201`: private-use characters around the name of a source,
which only OpenAI's own pages know. A pure decoder, as think.py has one.
"""

from __future__ import annotations

import re

_LONGEST = 500  # characters between the marks
_SPAN = re.compile("\ue200[^\ue200\ue201]{0,%d}\ue201" % _LONGEST)  # noqa: UP031
_CUT = re.compile("\ue200[^\ue200\ue201]*\ue202[^\ue200\ue201]*$")
_STRAY = re.compile("[\ue200-\ue206]")


class CitationMarks:
    """Takes the marks out of the pieces of one text."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """What is certain after this piece."""
        if not self._held and "\ue200" not in text:
            return _STRAY.sub("", text)
        text = _SPAN.sub("", self._held + text)
        begun = text.rfind("\ue200")
        if begun < 0 or len(text) - begun > _LONGEST + 1:
            begun = len(text)
        self._held = text[begun:]
        return _STRAY.sub("", text[:begun])

    def flush(self) -> str:
        """What was held back, when nothing more comes."""
        held, self._held = self._held, ""
        return _STRAY.sub("", _CUT.sub("", held))
