"""For all tests: a homeserver in virtual time, a browser, and how hypothesis looks for
counterexamples.

No deadlines, as a busy machine proves nothing. In continuous integration the examples are the same
each time: what fails there fails here too, and new ones are found where somebody is looking.
`--hypothesis-profile=quick` looks at few, for the loop between two edits.
"""

import os
import sys
from collections.abc import AsyncIterator, Iterator

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
def untraced() -> Iterator[None]:
    """What is timed is our code, and not coverage, which makes it five times as slow."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all; where there is none, what needs it is skipped and says why."""
    try:
        async with Browser.open() as browser:
            yield browser
    except NoBrowser as why:
        pytest.skip(str(why))
