"""Chunks add up to what an answer is, in whatever order they come."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.chunks import (
    Finish,
    PlanUpdate,
    Reasoning,
    StepEnd,
    TaskUpdate,
    Text,
    ToolCall,
    Usage,
    Waiting,
    WasReasoning,
)
from llmstream.document import Document

# No line ends, so that those in the document are those of the steps.
WORDS = st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=20)
COUNT = st.none() | st.integers(0, 10_000)
UPDATES = st.builds(
    TaskUpdate,
    st.sampled_from("abc"),
    st.text(max_size=5),
    st.sampled_from(["pending", "in_progress", "complete", "error"]),
    st.none() | st.text(max_size=5),
    st.none() | st.text(max_size=5),
)
CHUNKS = st.lists(
    st.one_of(
        st.builds(Text, st.text(max_size=20)),
        st.builds(Reasoning, st.text(max_size=20)),
        UPDATES,
        st.builds(PlanUpdate, st.text(max_size=5)),
        st.builds(StepEnd),
        st.builds(Usage, COUNT, COUNT, COUNT),
        st.builds(ToolCall, st.just("1"), st.just("look"), st.just("{}")),
        st.builds(Waiting, st.text(max_size=5)),
        st.builds(Finish, st.sampled_from(["stop", "length"])),
    ),
    max_size=40,
)


def document_of(*chunks: Any) -> Document:
    document = Document()
    for chunk in chunks:
        document.add(chunk)
    return document


@given(CHUNKS)
def test_any_chunks_add_up(chunks: list[Any]) -> None:
    document = document_of(*chunks)
    texts = "".join(chunk.text for chunk in chunks if isinstance(chunk, Text))
    assert document.length == len(document.text)
    # Steps put line ends between, and take line ends away; nothing else is touched.
    assert document.text.replace("\n", "") == texts.replace("\n", "")
    assert document.reasoning == "".join(
        chunk.text for chunk in chunks if isinstance(chunk, Reasoning)
    )
    assert all(0 <= task.at <= document.length for task in document.tasks)


@pytest.mark.parametrize(
    ("chunk", "begun"),
    [
        (Text("Yes"), True),
        (ToolCall("1", "look", "{}"), True),
        (TaskUpdate("1", "Look"), True),
        (Text(" \n"), False),
        (Reasoning("hm"), False),
        (Waiting("trying again in 4 s"), False),
        (Usage(1, 1), False),
    ],
)
def test_an_answer_has_begun_once_asking_anew_would_do_something_twice(
    chunk: Any, begun: bool
) -> None:
    assert document_of(chunk).begun is begun
    assert document_of(chunk, Text(""), Finish()).begun is begun


@given(st.lists(WORDS))
def test_without_steps_the_text_is_exactly_what_came(texts: list[str]) -> None:
    pieces = [f"{text}\n" for text in texts]
    assert document_of(*map(Text, pieces)).text == "".join(pieces)


@given(
    st.lists(st.tuples(WORDS, st.integers(0, 2), st.integers(1, 3), st.integers(0, 4)), min_size=1)
)
def test_steps_are_exactly_one_paragraph_apart(steps: list[tuple[str, int, int, int]]) -> None:
    """Whatever line ends stand before and after, in whatever pieces, and however many ends."""
    chunks: list[Any] = [StepEnd()]
    for text, after, ends, before in steps:
        chunks += [Text("\n")] * before if len(chunks) > 1 else []
        chunks += [Text(text), Text("\n" * after), *[StepEnd()] * ends]
    document = document_of(*chunks)
    assert document.text.rstrip("\n") == "\n\n".join(text for text, *_ in steps)


def test_text_of_one_step_goes_on_without_a_break() -> None:
    chunks = [Text("a"), StepEnd(), Reasoning("hm"), Text("b"), Text("c")]
    assert document_of(*chunks).text == "a\n\nbc"


def test_what_was_reasoning_after_all_is_no_text() -> None:
    document = Document()
    for chunk in (Text("First."), StepEnd(), Text("I should greet."), WasReasoning(), Text("Hi")):
        document.add(chunk)
    assert document.text == "First.\n\nHi"
    assert document.length == len(document.text)
    assert document.reasoning == "I should greet."


def test_a_step_that_ends_last_leaves_no_trace() -> None:
    assert document_of(Text("a"), StepEnd()).text == "a"


@given(st.lists(st.builds(Usage, COUNT, COUNT, COUNT)))
def test_usage_of_all_steps_adds_up(usages: list[Usage]) -> None:
    total = document_of(*usages).usage
    for name in ("input", "output", "reasoning"):
        known = [count for usage in usages if (count := getattr(usage, name)) is not None]
        assert getattr(total, name) == (sum(known) if known else None)


@given(st.lists(UPDATES))
def test_tasks_stand_in_the_order_in_which_they_began(updates: list[TaskUpdate]) -> None:
    tasks = document_of(*updates).tasks
    assert [task.id for task in tasks] == list(dict.fromkeys(update.id for update in updates))
    for task in tasks:
        own = [update for update in updates if update.id == task.id]
        assert task.status == own[-1].status
        assert task.title == next((one.title for one in reversed(own) if one.title), "")
        assert task.output == next(
            (one.output for one in reversed(own) if one.output is not None), ""
        )


def test_a_task_keeps_its_place_in_the_text() -> None:
    document = document_of(
        Text("Look:"), TaskUpdate("1", "Look"), Text(" and"), TaskUpdate("1", "", "complete")
    )
    (task,) = document.tasks
    assert (task.at, task.title, task.done) == (5, "Look", True)


def test_what_has_not_begun_is_still_pending_at_the_end() -> None:
    document = document_of(TaskUpdate("1", "a"), TaskUpdate("2", "b", "pending"))
    document.end_tasks("error")
    assert [task.status for task in document.tasks] == ["error", "pending"]


def test_what_comes_later_is_no_task_of_before_that_has_its_id() -> None:
    document = document_of(TaskUpdate("1", "a", "complete", output="yes"), TaskUpdate("2", "b"))
    for _ in range(2):
        document.put_tasks_behind()
        document.add(TaskUpdate("1", "c"))
    tasks = [(task.title, task.output) for task in document.tasks]
    assert tasks == [("a", "yes"), ("b", ""), ("c", ""), ("c", "")]
    assert len({task.id for task in document.tasks}) == 4


def test_who_goes_on_with_it_begins_a_paragraph_behind_a_task_that_came_to_no_end() -> None:
    asked = TaskUpdate("1", "Look", "pending", question="May I?")
    document = Document.restored(document_of(Text("Let me look."), asked).saved())
    document.put_tasks_behind()
    document.add(Text("It is five."))
    assert document.text == "Let me look.\n\nIt is five."
    assert [(task.status, task.question) for task in document.tasks] == [("error", "")]


def test_who_goes_on_with_it_takes_back_only_what_they_have_said() -> None:
    document = Document.restored(document_of(Text("The sky is blue because")).saved())
    for chunk in (Text("I must go on."), WasReasoning(), Text("the air scatters it.")):
        document.add(chunk)
    assert document.text == "The sky is blue because\n\nthe air scatters it."
    assert document.reasoning == "I must go on."


def test_waiting_ends_with_the_first_word() -> None:
    document = document_of(Waiting("trying again"))
    assert document.waiting == "trying again"
    document.add(Text("a"))
    assert document.waiting == ""


def test_a_status_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("not 'done'")):
        TaskUpdate("1", "a", "done")  # type: ignore[arg-type]
