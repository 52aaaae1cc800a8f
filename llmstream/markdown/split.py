"""Where an answer too large for one event is cut, and how it goes on in the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """A message shows `text[start:end] + closing`; the next one starts as `opening + text[end:]`."""

    end: int
    closing: str
    opening: str


def cut(text: str, fits: Callable[[str], bool], *, opening: str = "") -> Cut | None:
    """Where to cut the text so that the piece fits; None when all of it does."""
    return None
