"""Wires that went wrong on their way, or whose server has lost its mind: chunks come of them and
failures that can be put into words, never anything else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.chunks import Chunk, Finish
from llmstream.providers import TYPES, Settings
from llmstream.providers.credentials import Address
from llmstream.providers.explain import Asked, cut_off, error_for
from llmstream.providers.failures import Failed
from tests.bed.models import ModelServer, Reply

from .conftest import APIS, Connect, answer
from .replay import WIRES, Wire, heard_of

WORDS = [
    *("choices", "delta", "message", "content", "reasoning_content", "reasoning_details"),
    *("tool_calls", "function", "name", "arguments", "id", "index", "finish_reason", "usage"),
    *("prompt_tokens", "error", "errors", "code", "status", "detail", "metadata", "raw", "type"),
    *("text", "thinking", "content_block", "stop_reason", "signature", "partial_json", "input"),
    *("done", "done_reason", "eval_count", "extra_content", "function_call", "refusal"),
    *("item", "response", "item_id", "annotation", "url", "title", "output", "summary", "status"),
    *("output_tokens_details", "completion_tokens_details", "annotations", "citations"),
]
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "stop", "text", "tool_use", "error", "\ud83d", "0", "a\0", "{}", "{"])
    | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inside, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Wire, list[bytes]]:
    """A wire with bytes lost, doubled and moved, in some pieces."""
    wire = draw(st.sampled_from(WIRES))
    body = wire.body
    for _ in range(draw(st.integers(1, 4))):
        a, b = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
        c = draw(st.integers(0, len(body)))
        match draw(st.sampled_from(["cut", "double", "move", "noise"])):
            case "cut":
                body = body[:a] + body[b:]
            case "double":
                body = body[:b] + body[a:b] + body[b:]
            case "move":
                part, rest = body[a:b], body[:a] + body[b:]
                body = rest[:c] + part + rest[c:]
            case "noise":
                body = body[:a] + draw(st.binary(max_size=5)) + body[a:]
    at = draw(st.integers(0, len(body)))
    return wire, [body[:at], body[at:]]


@st.composite
def deranged(draw: st.DrawFn) -> tuple[Wire, list[bytes]]:
    """A wire in whose objects anything may stand anywhere."""
    wire = draw(st.sampled_from(WIRES))
    lines = wire.body.split(b"\n")
    frames = [n for n, line in enumerate(lines) if b"{" in line]
    for number in draw(st.lists(st.sampled_from(frames), max_size=3)) if frames else ():
        begin, brace, written = lines[number].partition(b"{")
        try:
            value = json.loads(brace + written)
        except ValueError:
            continue
        changed = json.dumps(_changed(draw, value)).encode()
        lines[number] = begin + changed
    return wire, [b"\n".join(lines)]


def _changed(draw: st.DrawFn, value: Any) -> Any:
    """The value with one thing in it that is anything."""
    inside: Sequence[Any] = list(value) if isinstance(value, dict) else ()
    if isinstance(value, list):
        inside = range(len(value))
    if not inside or draw(st.integers(0, 3)) == 0:
        return draw(ANY_JSON)
    key = draw(st.sampled_from(inside))
    copy = value.copy()
    copy[key] = _changed(draw, value[key])
    return copy


@st.composite
def invented(draw: st.DrawFn) -> tuple[Wire, list[bytes]]:
    """Objects that no server has ever sent, framed as events or lines."""
    wire = draw(st.sampled_from(WIRES))
    frames = draw(st.lists(ANY_JSON, max_size=4))
    begin = draw(st.sampled_from(["data: ", "", "event: error\ndata: ", "error: "]))
    return wire, ["".join(f"{begin}{json.dumps(frame)}\n\n" for frame in frames).encode()]


@given(damaged() | deranged() | invented())
async def test_whatever_comes_is_chunks_or_a_failure_in_words(came: tuple[Wire, list[bytes]]):
    wire, pieces = came
    chunks = await heard_of(wire.api, pieces, wire.media_type)
    assert chunks, "it ends in silence"
    last = chunks[-1]
    assert isinstance(last, Finish | Failed)
    for chunk in chunks:
        _storable(chunk)
    if isinstance(last, Failed):
        asked = Asked(
            Settings("work", "openai"), TYPES["openai"], Address.of("localhost"), "m", "", True
        )
        for error in (error_for(last.failure, asked), cut_off(last.failure, asked)):
            str(error).encode()
            assert str(error).endswith((".", "?"))


def _storable(chunk: Chunk | Failed) -> None:
    said = repr(chunk)
    said.encode()
    assert "\\x00" not in said


@pytest.mark.parametrize("api", APIS)
async def test_also_over_a_real_connection(models: ModelServer, provider: Connect, api: str):
    connected = provider(api)
    for wire in WIRES:
        if wire.api != api or "failure" in wire.means:
            continue
        models.script(Reply(body=wire.body, headers={"Content-Type": wire.media_type}))
        chunks = await answer(connected)
        assert chunks[-1] == Finish(wire.means["finish"])
