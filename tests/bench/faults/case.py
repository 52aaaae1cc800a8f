"""One fault: what happens to some answers, and what they must look like afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .scene import Scene
from .verdict import Expectation

Happens: TypeAlias = Callable[[Scene], Awaitable[None]]
Needs = Literal["", "encryption", "postgres", "small disk"]


@dataclass(frozen=True, slots=True)
class Case:
    """One fault.

    Args:
        name: As it is chosen.
        what: As the table has it.
        happens: Asks, and lets it happen; it returns when nothing stands in the way any more.
        expected: What must have become of the answers.
        patience: Seconds after which an answer that is still being written counts as stuck.
        together: It befalls all bots of a maubot at once.
        needs: What the bed must have for it.
        seconds: How long a run takes, about; by that the runs are divided among the beds.
    """

    name: str
    what: str
    happens: Happens
    expected: Expectation = "whole"
    patience: float = 120.0
    together: bool = False
    needs: Needs = ""
    seconds: float = 10.0

    @property
    def is_long(self) -> bool:
        """Whether it takes too long for the tests."""
        return self.seconds >= 30
