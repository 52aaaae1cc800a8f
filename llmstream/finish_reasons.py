"""Why a model stopped: the words of each API, the word that all of llmstream has for them, and
what a person is told of it.

A new one is a word here. Who reads an answer asks `finish_reason`; who ends one in a room asks
`ended_early`.
"""

from __future__ import annotations

import re

_WORDS = {
    # The model said all that it wanted.
    "stop": "stop end_turn stop_sequence eos eos_token stop_token end_of_text end done complete "
    "completed finished",
    # It ran out of tokens.
    "length": "length max_tokens max_output_tokens max_completion_tokens model_length token_limit "
    "model_context_window_exceeded context_length_exceeded",
    # It wants tools called.
    "tool_calls": "tool_calls tool_call tool_use function_call",
    # Somebody held back what it wanted to say: OpenAI and Azure, Claude, Bedrock, Zhipu, Gemini.
    "content_filter": "content_filter content_filtered refusal guardrail_intervened sensitive "
    "blocked safety recitation language blocklist prohibited_content spii image_safety",
}
_OURS = {word: ours for ours, words in _WORDS.items() for word in words.split()}

_EARLY = {
    "length": "The model ran out of tokens here.",
    "content_filter": "A filter for what may be said held back the rest.",
    "pause_turn": "The model paused here. Ask it to go on.",
    "error": "The model's server reported an error here.",
}


def finish_reason(said: str) -> str:
    """The `reason` of a `Finish`; what is not known stays as it was said.

    >>> finish_reason("max_tokens"), finish_reason("SAFETY"), finish_reason("pause_turn")
    ('length', 'content_filter', 'pause_turn')
    """
    plain = re.sub(r"^finish_?reason[._]", "", said.strip().lower().replace("-", "_"))
    return _OURS.get(plain, said)


def ended_early(reason: str) -> str:
    """A sentence on why an answer that ends with this `Finish` is not whole; '' where it is."""
    if reason in ("", "stop", "tool_calls"):
        return ""
    own = " ".join(re.sub(r"[^\w .:-]", " ", reason)[:60].split())
    return _EARLY.get(reason) or f"The model ended here for a reason of its own: {own}."
