"""Text that may be stored and sent on, whatever a server makes of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.chunks import Chunk, Finish, Reasoning, TaskUpdate, Text, ToolCall
from llmstream.well_formed import well_formed, well_formed_chunks


async def made_of(*chunks: Chunk) -> list[Chunk]:
    async def stream() -> AsyncGenerator[Chunk, None]:
        for chunk in chunks:
            yield chunk

    return [chunk async for chunk in well_formed_chunks(stream())]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("plain 😀", "plain 😀"),
        ("\ud83d\ude00", "😀"),
        ("a\ud83db", "a\ufffdb"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("a\0b", "a\ufffdb"),
    ],
)
def test_halves_are_joined_or_replaced(text: str, good: str) -> None:
    assert well_formed(text) == good


async def test_a_half_waits_for_the_other_one() -> None:
    assert await made_of(Text("\ud83d"), Text("\ude00"), Finish()) == [Text("😀"), Finish()]


async def test_a_half_whose_other_never_comes_is_replaced_before_what_follows() -> None:
    assert await made_of(Text("a\ud83d"), Finish()) == [Text("a"), Text("\ufffd"), Finish()]


async def test_text_and_reasoning_have_halves_of_their_own() -> None:
    chunks = await made_of(
        Text("\ud83d"), Reasoning("\ud83d"), Text("\ude00"), Reasoning("\ude00")
    )
    assert chunks == [Text("😀"), Reasoning("😀")]


async def test_names_titles_and_arguments_are_made_good_too() -> None:
    chunks = await made_of(ToolCall("i\0", "n\ud83d", "{}"), TaskUpdate("i", "t\ud83d"))
    assert chunks == [ToolCall("i\ufffd", "n\ufffd", "{}"), TaskUpdate("i", "t\ufffd")]


def _said(chunks: Sequence[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, Text))


ANY = st.text(st.characters(exclude_categories=[]) | st.sampled_from("\ud83d\ude00\0"))


@given(st.lists(ANY))
async def test_where_it_is_cut_makes_no_difference(pieces: list[str]) -> None:
    assert _said(await made_of(*map(Text, pieces))) == well_formed("".join(pieces))


@given(ANY)
def test_it_can_always_be_stored(text: str) -> None:
    good = well_formed(text)
    good.encode()
    assert "\0" not in good
