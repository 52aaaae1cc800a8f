"""How the edits of one message are spread over its life. Pure arithmetic; lane.py obeys it.

Nobody knows how long an answer gets, and each edit carries all of it. So an answer begins lively,
the gaps between its edits widen as it grows, and after 70 % of them they stretch so that the last
reaches far. Where it is known how long such answers take (lengths.py), the gaps do not stretch:
most of the edits are spread over that time, after a lively beginning, and the others are kept for
an answer that is longer than any before.
"""

from __future__ import annotations

# In intervals: no gap is less, the line on which they widen, and where on it the stretch begins.
_LEAST, _BEGIN, _END = 1.02, 0.6, 2.2
_WIDENING = 0.7
# How many times longer the very last gap is than the first one stretched.
_STRETCH = 60.0
# What part of the edits is planned, and of its age how much a gap of a young message is at most.
_PLANNED, _LIVELY = 5 / 6, 0.3


def gap(edits: int, interval: float, max_edits: int, age: float = 0.0, left: float = 0.0) -> float:
    """Seconds from the start of one request of a message to the start of its next edit.

    Never less than the interval. With 0.5 s and 60 edits: about 40 edits in half a minute, the
    last after about 5 minutes.

    Args:
        edits: How many edits the message has had.
        max_edits: How many it may have; 0 is no limit, and the gaps do not widen.
        age: Seconds for which it has been written.
        left: Seconds that it is expected to go on; 0 where that is not known.
    """
    if max_edits <= 0:
        return interval * (_BEGIN + _END) / 2
    spent = edits / max_edits
    widened = interval * max(_LEAST, _BEGIN + (_END - _BEGIN) * min(spent / _WIDENING, 1.0))
    planned = _PLANNED * max_edits - edits
    if left > 0 and planned >= 1:
        return max(widened, min(left / planned, interval + _LIVELY * age))
    return float(widened * _STRETCH ** max(0.0, (spent - _WIDENING) / (1 - _WIDENING)))
