"""Text that may stand in a Matrix event: what UTF-8, JSON and readers can bear."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")
# C0 and C1 controls but tab and newline; directional formatting that can make a text read
# otherwise than it is written (Unicode TR36: embeddings, overrides, isolates); byte order marks.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_UNCLEAN = re.compile(_SURROGATE.pattern + "|" + _FORBIDDEN.pattern)


def clean(text: str) -> str:
    """The text as a Matrix event may carry it.

    Line ends become "\\n"; the two halves of a character (surrogates) become the character; lone
    halves (not encodable as UTF-8) and NUL become U+FFFD; other control characters and
    bidirectional overrides are dropped. Everything else stays as it is.
    """
    if not _UNCLEAN.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _FORBIDDEN.sub("", text)
