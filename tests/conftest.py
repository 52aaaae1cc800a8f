"""For all tests: a homeserver in virtual time, and how hypothesis looks for counterexamples.

No deadlines, as a busy machine proves nothing. In continuous integration the examples are the same
each time: what fails there fails here too, and new ones are found where somebody is looking.
`--hypothesis-profile=quick` looks at few, for the loop between two edits.
"""

import os

import pytest
from hypothesis import settings

from tests.homeserver import Homeserver

settings.register_profile("here", deadline=None)
settings.register_profile("integration", deadline=None, derandomize=True)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("integration" if os.environ.get("CI") else "here")


@pytest.fixture
def homeserver() -> Homeserver:
    return Homeserver()
