"""The keys a room can have of its own: their kinds, and a line of help for each.

Everything that can stand under `defaults:` can stand under a room, and be typed at `!llm set`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ConfigError
from .kinds import Kind, either, flag, flag_or_auto, list_of, name, number_or_unset, text, whole
from .mistakes import no_such_name, unknown, wrong
from .values import Configuration

BUILT_IN_TOOLS = ("time", "fetch")
"""Tools that are there without a server of their own under `tools:`."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key: what it can be, and what it does, in a line."""

    kind: Kind
    help: str


SETTABLE: Mapping[str, Setting] = {
    "provider": Setting(text(), "Which provider answers."),
    "model": Setting(text(), "Which model is asked; '' is the provider's own."),
    "system_prompt": Setting(text(), "What the model is told before every conversation."),
    "temperature": Setting(number_or_unset(0, 2), "How freely the model writes."),
    "max_tokens": Setting(whole(), "How long an answer may get; 0 leaves it to the provider."),
    "idle_timeout_seconds": Setting(
        whole(1, 3600, "seconds"), "How long a silent model is waited for."
    ),
    "trigger": Setting(either("command", "mention", "all"), "What is taken for a question."),
    "thread": Setting(either("auto", "always", "never"), "Whether answers are in a thread."),
    "history_messages": Setting(whole(0, 500), "How much of the conversation the model sees."),
    "include_names": Setting(flag_or_auto(), "Whether the model sees who said what."),
    "stream": Setting(
        either("auto", "edits", "single"), "Whether the answer is seen while it is written."
    ),
    "edit_interval_ms": Setting(
        whole(100, 60_000, "milliseconds"), "The least time between two edits."
    ),
    "max_edits": Setting(whole(1, 1000), "How often one message may be edited."),
    "placeholder": Setting(text(), "Shown until the first words come; '' shows typing only."),
    "placeholder_after_ms": Setting(
        whole(0, 600_000, "milliseconds"), "How long to wait before showing the placeholder."
    ),
    "notify": Setting(either("done", "first", "never"), "When the asker's phone rings."),
    "reasoning": Setting(
        either("hidden", "status", "collapsed"), "What is shown of the model's thinking."
    ),
    "tables": Setting(either("html", "text"), "How tables are shown."),
    "footer": Setting(flag(), "Model, tokens, seconds and cost under an answer."),
    "buttons": Setting(flag(), "Whether the bot places reactions to press."),
    "tools": Setting(list_of(name(), "names of tools"), "Which tools the model may use."),
    "max_steps": Setting(whole(1, 100), "How often a model may use tools for one answer."),
    "missed_questions": Setting(
        either("answer", "tell", "ignore"),
        "What becomes of questions missed while down.",
    ),
}


def parse_setting(key: str, typed: str, configuration: Configuration) -> Any:
    """The value of what somebody typed at `!llm set`, as a `RoomSettings` has it.

    `''` and `""` are the empty text. Raises `ConfigError` that says what is allowed, also where
    the provider or a tool is not one of `configuration`'s.
    """
    if key not in SETTABLE:
        raise ConfigError([unknown(key, SETTABLE)])
    kind = SETTABLE[key].kind
    typed = "" if typed.strip() in ("''", '""') else typed.strip()
    try:
        value = kind.read(typed)
    except ValueError:
        raise ConfigError([wrong(key, typed, kind)]) from None
    if problems := names_unknown(key, key, value, configuration):
        raise ConfigError(problems)
    return value


def names_unknown(path: str, key: str, value: Any, configuration: Configuration) -> list[str]:
    """A sentence for each provider or tool that the value of `key` names and that is not there.

    `path` is how the sentences name the key.
    """
    if key == "provider" and value not in configuration.providers:
        return [no_such_name(path, value, configuration.providers, "providers")]
    if key == "tools":
        known = {*configuration.tools, *BUILT_IN_TOOLS}
        return [no_such_name(path, tool, known, "tools") for tool in value if tool not in known]
    return []
