"""What a stream says instead of raising."""

from __future__ import annotations


class StreamFailed(Exception):
    """An event of the stream says that it has failed; the text is the event's own."""
