"""What each guess about half-written Markdown is worth, on answers as models write them.

Run as `python -m tests.bench.guesses`. For each guess: how many frames more are wrong when it is
left out, and how much more or less of what has arrived is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from llmstream.markdown import guesses, heal, scan, tree
from tests.bench.markdown import frames
from tests.markdown.texts import ANSWERS

STEP = 3  # characters between two frames

Left_Out = list[tuple[object, str, Callable[..., Any]]]
REFERS = guesses.Habits(refers=True)


def _without_blanks(text: str, at: int, end: int, _: guesses.Habits) -> bool:
    return guesses.reads_as_brackets(text, at, end, REFERS)


NEVER: Callable[..., bool] = lambda *_: False  # noqa: E731
LEFT_OUT: dict[str, Left_Out] = {
    "labels_wanted": [
        (tree, "labels_wanted", lambda text, habits: ({}, habits)),
        (heal, "labels_wanted", lambda text, habits: ({}, habits)),
    ],
    "_may_be_reference": [(guesses, "_may_be_reference", NEVER)],
    "Habits.blank": [(scan, "reads_as_brackets", _without_blanks)],
    "reads_as_brackets": [(scan, "reads_as_brackets", NEVER)],
    "may_be_version": [(scan, "may_be_version", NEVER)],
    "is_literal": [(heal, "is_literal", NEVER)],
    "header_from": [(heal, "header_from", lambda line: -1)],
    "half_definition": [(heal, "half_definition", NEVER)],
    "half_number": [(scan, "half_number", NEVER)],
}


def measured(left_out: Left_Out) -> tuple[int, int, float]:
    """Frames that are wrong, all frames, and the mean of what is shown."""
    with ExitStack() as stack:
        for module, name, instead in left_out:
            stack.enter_context(patch.object(module, name, instead))
        guesses._labels.cache_clear()
        counted = [frame for text in ANSWERS.values() for frame in frames(text, STEP)]
    guesses._labels.cache_clear()
    wrong = sum(not steady for steady, _ in counted)
    return wrong, len(counted), sum(share for _, share in counted) / len(counted)


def main() -> None:
    wrong, count, share = measured([])
    print(f"{len(ANSWERS)} answers, {count} frames: {wrong} wrong, {share:.2%} shown")
    for name, left_out in LEFT_OUT.items():
        more, _, other = measured(left_out)
        print(f"  without {name:20} {more - wrong:+5} wrong, {other - share:+.2%} shown")


if __name__ == "__main__":
    main()
