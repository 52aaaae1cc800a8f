"""For all tests: how hypothesis looks for counterexamples.

No deadlines, as a busy machine proves nothing. In continuous integration the examples are the same
each time: what fails there fails here too, and new ones are found where somebody is looking.
"""

import os

from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("integration", deadline=None, derandomize=True)
settings.load_profile("integration" if os.environ.get("CI") else "here")
