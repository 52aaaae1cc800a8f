"""Python's search for garbage: it holds up everybody in maubot, for longer the more there is.

Most of what there is are the packages behind providers, which stay: a search through them takes
more than 100 ms. Here they are left out of it, until the plugin ends and perhaps they do too.
"""

from __future__ import annotations

import gc


def leave_out() -> None:
    """Look once more, then no more at what there is now."""
    gc.collect()
    gc.freeze()


def look_again() -> None:
    """Look at all of it again when the time comes: what was loaded may be garbage now."""
    gc.unfreeze()
