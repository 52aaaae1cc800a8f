"""Why a model stopped: the word of each API, and the word that all of llmstream has for it.

A new one is a row here. Who reads an answer asks `finish_reason`; what a person is told of it is
said where the answer ends (`post.concluded`).
"""

from __future__ import annotations

_OURS = {
    # The model said all that it wanted.
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_token": "stop",
    # It ran out of tokens.
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    # It wants tools called.
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    # Somebody held back what it wanted to say: OpenAI and Azure, Claude, Gemini.
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
}


def finish_reason(said: str) -> str:
    """The `reason` of a `Finish`; what is not known stays as it was said.

    >>> finish_reason("max_tokens"), finish_reason("SAFETY"), finish_reason("pause_turn")
    ('length', 'content_filter', 'pause_turn')
    """
    return _OURS.get(said.lower(), said)
