"""What the tests of packages share: an index without a network."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .shop import Shop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """What is found in it is forgotten after the test."""
    shop = Shop(tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop.wheels))
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield shop
    for name in [name for name in sys.modules if name.startswith("tiny_")]:
        del sys.modules[name]
