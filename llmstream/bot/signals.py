"""SIGTERM and SIGINT, heard between two steps of the event loop.

maubot (mautrix's Program) lets them raise KeyboardInterrupt wherever Python is just then, be it in
the middle of an answer or of its last event: that one would never be finished. Raised between two
steps, it stops maubot as before, and maubot stops its plugins.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress


def hear_between_steps() -> None:
    """From now on. Handlers that are not maubot's stay as they are."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is signal.default_int_handler:
            # Some loops, and threads other than the first, have none.
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, _interrupt)


def _interrupt() -> None:
    raise KeyboardInterrupt
