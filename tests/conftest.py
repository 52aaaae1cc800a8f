"""For all tests: a homeserver in virtual time, a browser, and how hypothesis looks for
counterexamples.

No deadlines, as a busy machine proves nothing. In continuous integration the examples are the same
each time: what fails there fails here too, and new ones are found where somebody is looking.
`--hypothesis-profile=quick` looks at few, for the loop between two edits.
"""

import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from hypothesis import settings

from tests.bed.browser import Browser, NoBrowser
from tests.homeserver import Homeserver

settings.register_profile("here", deadline=None)
settings.register_profile("integration", deadline=None, derandomize=True)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("integration" if os.environ.get("CI") else "here")


@pytest.fixture
def homeserver() -> Homeserver:
    return Homeserver()


@pytest.fixture
def pace() -> Iterator[Callable[[], float]]:
    """How slow the machine is now: 1 where it counts to a million in 30 ms, and more elsewhere.

    Bounds of time are to find what grows faster than its input. Times this, they say nothing of
    the machine or of who else is on it. Nor does coverage, which makes our code five times as
    slow, see what is timed.
    """
    tracer = sys.gettrace()
    sys.settrace(None)
    yield _pace
    sys.settrace(tracer)


def _pace() -> float:
    began = time.process_time()
    for _ in range(1_000_000):
        pass
    return max(1.0, (time.process_time() - began) / 0.03)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all; where there is none, what needs it is skipped and says why."""
    try:
        async with Browser.open() as browser:
            yield browser
    except NoBrowser as why:
        pytest.skip(str(why))
