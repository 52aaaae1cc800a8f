"""The configuration as values: what the rest of the bot reads. parsing.py makes them from YAML.

Names are the keys of base-config.yaml, which says in full what each means. A new key is a row here
and an entry there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from ...matrix.reading.platforms import Platforms, platforms
from ...providers import Settings as ProviderSettings
from .keys import key
from .kinds import (
    address,
    always_never_or_names,
    arguments,
    dollars,
    either,
    flag,
    flag_or_auto,
    globs,
    list_of,
    matches,
    matches_room,
    name,
    number_or_unset,
    text,
    texts_by_name,
    whole,
)
from .mistakes import ConfigError
from .rules import AT_LEAST, AT_MOST, LIMIT, at_most, no_longer_than

BUILT_IN_TOOLS: Mapping[str, tuple[str, ...]] = {"time": ("*",), "fetch": ()}
"""Tools that need no server of their own, and who may choose them unless `tools:` says so."""

NOBODY = 2**60
"""A power level that no one has."""


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What holds in one room: every key under `defaults:`, with its own values first."""

    provider: str = key("demo", text(), "Which provider answers.")
    model: str = key("", text(), "Which model is asked; '' is the provider's own.")
    system_prompt: str = key(
        "", text(), "What the model is told before every conversation.", no_longer_than(4000)
    )
    temperature: float | None = key(None, number_or_unset(0, 2), "How freely the model writes.")
    max_tokens: int = key(
        0,
        whole(0, 10_000_000),
        "How many tokens an answer may have; 0 leaves it to the provider.",
        LIMIT,
    )
    idle_timeout_seconds: int = key(
        120, whole(1, 3600, "seconds"), "How long a silent model is waited for.", AT_MOST
    )
    trigger: Literal["command", "mention", "all"] = key(
        "mention",
        either("command", "mention", "all"),
        "What is taken for a question.",
        at_most("command", "mention", "all"),
    )
    direct_chats: Literal["auto", "two", "never"] = key(
        "auto",
        either("auto", "two", "never"),
        "Which rooms are direct chats, where every message is a question.",
        at_most("never", "auto", "two"),
    )
    thread: Literal["auto", "always", "never"] = key(
        "auto", either("auto", "always", "never"), "Whether answers stand in a thread."
    )
    history_messages: int = key(
        20, whole(0, 500), "How much of the conversation the model sees.", AT_MOST
    )
    context_messages: int = key(
        10, whole(0, 100), "How much of a group's talk the model sees before a question.", AT_MOST
    )
    include_names: Literal["auto"] | bool = key(
        "auto", flag_or_auto(), "Whether the model sees who said what."
    )
    stream: Literal["auto", "edits", "single"] = key(
        "auto",
        either("auto", "edits", "single"),
        "Whether the answer is seen while it is written.",
        at_most("single", "auto", "edits"),
    )
    edit_interval_ms: int = key(
        500, whole(100, 60_000, "milliseconds"), "The least time between two edits.", AT_LEAST
    )
    max_edits: int = key(
        60,
        whole(1, 1000),
        "How often one message may be edited; 60 edits last for five minutes.",
        AT_MOST,
    )
    placeholder: str = key(
        "Thinking…",
        text(),
        "What is shown until the first words come; '' shows typing only.",
        no_longer_than(200),
    )
    placeholder_after_ms: int = key(
        1500,
        whole(0, 600_000, "milliseconds"),
        "How long to wait before the placeholder is shown.",
        AT_LEAST,
    )
    notify: Literal["done", "first", "never"] = key(
        "done",
        either("done", "first", "never"),
        "When the asker's phone rings.",
        at_most("never", "first", "done"),
    )
    reasoning: Literal["hidden", "status", "collapsed"] = key(
        "status",
        either("hidden", "status", "collapsed"),
        "What is shown of the model's thinking.",
        at_most("hidden", "status", "collapsed"),
    )
    tables: Literal["html", "text"] = key("html", either("html", "text"), "How tables are shown.")
    footer: bool = key(True, flag(), "Model, tokens, seconds and cost under an answer.")
    buttons: bool = key(False, flag(), "Whether the bot places reactions to press.", AT_MOST)
    tools: tuple[str, ...] = key(
        (), list_of(name(), "names of tools"), "Which tools the model may use."
    )
    max_steps: int = key(
        8, whole(1, 100), "How often a model may use tools for one answer.", AT_MOST
    )
    missed_questions: Literal["answer", "tell", "ignore"] = key(
        "tell",
        either("answer", "tell", "ignore"),
        "What becomes of questions that were asked while the bot was down.",
        at_most("ignore", "tell", "answer"),
    )
    on_restart: Literal["interrupt", "go_on"] = key(
        "interrupt",
        either("interrupt", "go_on"),
        "What becomes of answers that a restart has cut.",
        at_most("interrupt", "go_on"),
    )


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what: globs over whole user and room ids, which room/access.py applies."""

    users: tuple[str, ...] = key(("*",), globs())
    rooms: tuple[str, ...] = key(("*",), globs())
    admins: tuple[str, ...] = key((), globs())
    settings_power_level: int = key(50, whole(-NOBODY, NOBODY))
    clear_text_in_encrypted_rooms: bool = key(False, flag())


@dataclass(frozen=True, slots=True)
class Limits:
    """How much. 0 is no limit."""

    answers_at_once: int = key(50, whole())
    answers_per_user_per_hour: int = key(0, whole())
    tokens_per_user_per_day: int = key(0, whole())
    tokens_per_room_per_day: int = key(0, whole())
    cost_per_user_per_day: Decimal = key(Decimal(0), dollars())  # noqa: RUF009
    cost_per_room_per_month: Decimal = key(Decimal(0), dollars())  # noqa: RUF009
    answer_characters: int = key(400_000, whole())
    answer_seconds: int = key(1800, whole())
    waiting_per_user: int = key(3, whole())
    tool_calls_per_step: int = key(16, whole())


@dataclass(frozen=True, slots=True)
class ToolServer:
    """One MCP server: a process (`command`, `args`, `env`) or an address (`url`, `headers`).

    `approve` says which calls wait for the asker's yes: all, none, or those of the named tools.
    `for_` are the users and rooms that may choose it; `Configuration.tools_for` knows who else.
    """

    name: str
    command: str = key("", text())
    args: tuple[str, ...] = key((), arguments())
    env: Mapping[str, str] = key({}, texts_by_name(), factory=dict)
    url: str = key("", address())
    headers: Mapping[str, str] = key({}, texts_by_name(), factory=dict)
    approve: Literal["always", "never"] | tuple[str, ...] = key("never", always_never_or_names())
    for_: tuple[str, ...] = key((), globs())


@dataclass(frozen=True, slots=True)
class Chooser:
    """Who sets something, and in which room, made at which server (see `matches_room`)."""

    user_id: str
    room_id: str
    is_admin: bool = False
    server: str = ""

    def may(self, allowed: Iterable[str]) -> bool:
        """Whether one of these globs is for them or for the room."""
        return self.is_admin or any(
            matches(glob, self.user_id) or matches_room(glob, self.room_id, self.server)
            for glob in allowed
        )


@dataclass(frozen=True, slots=True)
class Configuration:
    """The whole of it, checked. `rooms` has only what is each room's own: ask `for_room`.

    `provider_for` and `built_in_for` are who may choose a provider and a built-in tool.
    """

    command: str = "ask"
    aliases: tuple[str, ...] = ()
    settings_command: str = "llm"
    install_missing_packages: bool = False
    providers: Mapping[str, ProviderSettings] = field(
        default_factory=lambda: {"demo": ProviderSettings(name="demo", type="demo")}
    )
    provider_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: RoomSettings = RoomSettings()
    rooms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    access: Access = Access()
    limits: Limits = Limits()
    tools: Mapping[str, ToolServer] = field(default_factory=dict)
    built_in_for: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: BUILT_IN_TOOLS)
    fetch_ports: tuple[int, ...] = (80, 443)
    platforms: Platforms = field(default_factory=platforms)
    retention_days: int = 90
    dashboard_token: str = field(default="", repr=False)

    def for_room(self, room_id: str) -> RoomSettings:
        """What holds in this room: its own settings over the defaults.

        A room with a provider of its own does not take the model named for another one.
        """
        own = self.rooms.get(room_id, {})
        settings = replace(self.defaults, **own)
        if settings.provider != self.defaults.provider and "model" not in own:
            return replace(settings, model="")
        return settings

    def provider(self, name: str) -> ProviderSettings:
        """How to reach the provider of this name. Raises `ConfigError`, which names no other."""
        if name in self.providers:
            return self.providers[name]
        called = f"called `{name}`" if name else "that this room could use"
        raise ConfigError(
            [f"There is no provider {called}. `!{self.settings_command} providers` shows which."]
        )

    def providers_for(self, chooser: Chooser) -> list[str]:
        """The providers that they may choose: those for them, and what holds in any case."""
        always = (self.defaults.provider, self.for_room(chooser.room_id).provider)
        return [
            name
            for name in self.providers
            if name in always or chooser.may(self.provider_for.get(name, ("*",)))
        ]

    def tools_for(self, chooser: Chooser) -> list[str]:
        """The tools that they may choose: those for them, and those that the room has anyway."""
        always = (*self.defaults.tools, *self.for_room(chooser.room_id).tools)
        globs_of = {
            **self.built_in_for,
            **{name: server.for_ for name, server in self.tools.items()},
        }
        return [name for name in globs_of if name in always or chooser.may(globs_of[name])]
