"""An account that sends through one scheduler."""

import pytest

from llmstream.matrix.sending.scheduler import Scheduler
from tests.homeserver import Homeserver


@pytest.fixture
def scheduler(homeserver: Homeserver) -> Scheduler:
    return Scheduler.of(homeserver.client())
