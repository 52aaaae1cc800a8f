"""GFM's tables: what a row's cells are, and a table as aligned text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice

from .plain import columns

_PIPE = re.compile(r"(?<!\\)(?:\\\\)*\|")
_COLUMN = re.compile(r"(:?)-+(:?)$")
# 12, -3.5, 1,000, 99.9 %, $5, 10 ms, 3×
_NUMBER = re.compile(r"[-+−±~≈<>]?\s?[$€£¥]?\d[\d.,'’\u202f ]*(?:\s?(?:[%‰°€£¥×]|[^\W\d_]{1,3}))?")
_NOTHING = re.compile(r"[-–—?]|n/?a", re.IGNORECASE)  # in place of a number
_MOST = 500  # columns; what follows is text
_ALIGNS = {(True, True): "center", (True, False): "left", (False, True): "right"}


def cells(row: str) -> list[str]:
    """What the cells of a row say, "\\|" read as the pipe it stands for; others end a cell."""
    row = row.strip()
    if row.startswith("|"):
        row = row[1:]
    found = []
    start = 0
    for match in islice(_PIPE.finditer(row), _MOST):
        found.append(row[start : match.end() - 1])
        start = match.end()
    if start < len(row):
        found.append(row[start:])
    return [cell.strip().replace("\\|", "|") for cell in found]


def alignments(row: str) -> tuple[str, ...]:
    """How the columns are aligned ("" where it is not said), if this row separates header and
    body; else ().
    """
    if set(row) - set("|-: \t") or row.startswith("- "):
        return ()
    found = []
    written = row.strip().removeprefix("|").removesuffix("|").split("|", _MOST)
    for column in written:
        match = _COLUMN.match(column.strip())
        if not match:
            return ()
        found.append(_ALIGNS.get((bool(match[1]), bool(match[2])), ""))
    return tuple(found)


width = lru_cache(maxsize=4096)(columns)  # a growing table asks again with every row


def aligned(rows: Sequence[Sequence[str]], aligns: Sequence[str]) -> str:
    """The table as text: the header, a line under it, the body; columns as wide as their widest
    cell, those of numbers to the right where nothing else is said.
    """
    count = max(map(len, rows))
    aligns = [
        (aligns[i] if i < len(aligns) else "") or ("right" if _is_numbers(rows[1:], i) else "")
        for i in range(count)
    ]
    widths = [
        max((width(row[i]) for row in rows if i < len(row)), default=0) for i in range(count)
    ]
    lines = [_line(row, widths, aligns) for row in rows]
    return "\n".join([lines[0], "─┼─".join("─" * w for w in widths), *lines[1:]])


def _is_numbers(rows: Sequence[Sequence[str]], column: int) -> bool:
    cells = [row[column] for row in rows if column < len(row) and row[column]]
    cells = [cell for cell in cells if not _NOTHING.fullmatch(cell)]
    return bool(cells) and all(map(_NUMBER.fullmatch, cells))


def _line(row: Sequence[str], widths: Iterable[int], aligns: Sequence[str]) -> str:
    padded = []
    for i, wide in enumerate(widths):
        cell = row[i] if i < len(row) else ""
        room = wide - width(cell)
        left = room if aligns[i] == "right" else room // 2 if aligns[i] == "center" else 0
        padded.append(" " * left + cell + " " * (room - left))
    return " │ ".join(padded).rstrip()
