"""How the edits of one message are spread over its life. Pure arithmetic; scheduler.py keeps the
time.

Nobody knows how long an answer gets. So the first 70 % of its edits come nearly evenly, which is
what makes a short answer feel alive, and the gaps between the rest grow until the last reaches
far.
"""

from __future__ import annotations

# In intervals: the first gap, and the last one of the even part.
_FIRST, _EVEN_END = 1.1, 1.72
_EVEN_PART = 0.7
# How many times longer the very last gap is than the last even one.
_STRETCH = 80.0


def gap(edits: int, interval: float, max_edits: int) -> float:
    """Seconds from the start of one request of a message to the start of its next edit, at least
    `interval`.

    With an interval of 0.5 s and 60 edits: about 40 edits in half a minute, the last after about
    5 minutes.

    Args:
        edits: How many edits the message has had.
        max_edits: How many it may have; 0 is no limit, and the gaps do not grow.
    """
    if max_edits <= 0:
        return interval * _EVEN_END
    part = edits / max_edits
    if part < _EVEN_PART:
        return interval * (_FIRST + (_EVEN_END - _FIRST) * part / _EVEN_PART)
    return float(interval * _EVEN_END * _STRETCH ** ((part - _EVEN_PART) / (1 - _EVEN_PART)))
