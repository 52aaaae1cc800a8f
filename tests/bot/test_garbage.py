"""What Python searches for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from llmstream.bot import garbage


@pytest.fixture(autouse=True)
def _all_is_looked_at_again() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_stays_is_not_looked_at_until_the_plugin_ends() -> None:
    garbage.leave_out()
    assert gc.get_freeze_count() > 10_000
    garbage.look_again()
    assert gc.get_freeze_count() < 10_000
