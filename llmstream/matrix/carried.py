"""How far one message of an answer has come on its way. What becomes of it is `courier.py`'s."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from ..document import Task
from .content.events import Rendered
from .sending.lane import Lane


@dataclass(eq=False)
class Carried:
    """How far the delivery of one message is.

    Args:
        lane: None while the messages before it are not finished.
        name: Names its transactions; '' for none.
        tasks: Those in its final, once that is painted.
        delivered: Likewise, once the server has it.
        painted: What an edit of it showed last, and where its lane stood then.
        words: Those that it was painted with last.
        asked: Questions in what was painted last, which a person has to see.
        edits: Those that it had before its lane was opened.
        too_old: Loop time since when its edits do not arrive.
        ageing: What ends it before that.
        promised: An earlier event has said that it comes, and it need not until it has words.
    """

    lane: Lane | None = None
    name: str = ""
    tasks: tuple[Task, ...] = ()
    delivered: tuple[Task, ...] | None = None
    painted: tuple[Rendered, tuple[str | None, int]] | None = None
    words: str = ""
    asked: frozenset[str] = frozenset()
    edits: int = 0
    too_old: float = math.inf
    ageing: asyncio.TimerHandle | None = None
    promised: bool = False
