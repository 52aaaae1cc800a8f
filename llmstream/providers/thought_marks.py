"""How models mark their thoughts inside a text, all spellings in one table. All are in lower case
here, and found in any. What is done with them, think.py says.
"""

from __future__ import annotations

import re

_NAMES = (
    *("think", "thinking", "thought", "thoughts", "reasoning"),
    *("seed:think", "antthinking"),
)
CLOSING = {
    **{f"<{name}>": f"</{name}>" for name in _NAMES},
    "[think]": "[/think]",  # Mistral
    "◁think▷": "◁/think▷",  # Kimi
    "<|begin_of_thought|>": "<|end_of_thought|>",  # Sky-T1
    "<|start_thinking|>": "<|end_thinking|>",  # Cohere
}
"""What opens a thought, in any case, and what closes it."""
ANSWERS = {
    "<|begin_of_solution|>": "<|end_of_solution|>",
    "<|start_response|>": "<|end_response|>",
}
"""What stands around the answer itself."""
HEADERS = (
    "<|channel|>",  # gpt-oss ("harmony")
    "<|start|>assistant<|channel|>",
    "<|channel>",  # Gemma
)
"""What opens a section whose channel is named before `HEADER_ENDS`."""
_BARE_HEADER = "<|start|>assistant<|message|>"
CHANNEL_ENDS = (
    *("<|end|>", "<|return|>", "<|call|>", "<channel|>"),
    *("<|start|>", "<|channel|>", "<|channel>"),  # the next one begins, without an end of this one
)
BEGINNINGS = CHANNEL_ENDS[4:]

OPENINGS = (*CLOSING, *ANSWERS, *HEADERS, _BARE_HEADER)
ALONE = tuple(mark for mark in CLOSING.values() if not mark.startswith("<|"))
"""What closes a thought also where no mark has opened it."""


def any_of(marks: tuple[str, ...]) -> re.Pattern[str]:
    """What finds each of these marks, the longest first."""
    longest_first = sorted(marks, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


HEADER_ENDS = any_of(("<|message|>", "\n"))
