"""Which words can be commands: those that somebody can type."""

from __future__ import annotations

import pytest

from llmstream.bot.config.parsing import salvage


@pytest.mark.parametrize(
    "word",
    [
        "\0",
        "a\0b",
        "\x1b",
        "\x7f",
        "",
        " ",
        "a b",
        "a\u00a0b",
        "\u200b",
        "\u2060",
        "\ud800",
        "\u0301",
        "!",
        "a!b",
        "a" * 101,
    ],
)
def test_a_command_that_no_message_could_begin_with_is_a_mistake(word: str):
    for key, value in (("command", word), ("settings_command", word), ("aliases", ["k", word])):
        configuration, problems = salvage({key: value})
        assert [problem.split(" is ")[0] for problem in problems] == [key]
        assert (configuration.command, configuration.settings_command) == ("ask", "llm")


@pytest.mark.parametrize(
    "word", ["frage", "Ask", "спроси", "問", "👩\u200d💻", "?", "می\u200cپرسم", "हि"]
)
def test_a_command_may_be_of_any_script(word: str):
    assert salvage({"command": word})[0].command == word.lower()
