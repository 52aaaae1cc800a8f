"""Where an answer goes: the room, the question's thread, or one of its own."""

from __future__ import annotations

from typing import Any

from llmstream.bot.room.triggers import (
    Destination,
    Question,
    destination,
)


def asks(**keys: Any) -> Question:
    return Question("$1", "!r:here.org", "@alice:here.org", "why?", 1000, **keys)


def test_an_answer_goes_where_the_thread_setting_says() -> None:
    assert destination(asks(), "auto") == Destination("", "$1")
    assert destination(asks(thread_root="$root"), "auto") == Destination("$root", "$1")
    assert destination(asks(), "always") == Destination("$1", "$1")
    assert destination(asks(thread_root="$root", roots=False), "always") == Destination(
        "$root", "$1"
    )
    assert destination(asks(roots=False), "always") == Destination("", "$1")
    assert destination(asks(thread_root="$root"), "never") == Destination("", "$1")
