"""The configuration as values: what the rest of the bot reads. parsing.py makes them from YAML.

Names are the keys of base-config.yaml, which says in full what each means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ...providers import Settings as ProviderSettings
from .errors import ConfigError


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What holds in one room: every key under `defaults:`, with its own values first."""

    provider: str = "demo"
    model: str = ""  # '' is the provider's own
    system_prompt: str = ""
    temperature: float | None = None
    max_tokens: int = 0  # 0 leaves it to the provider
    idle_timeout_seconds: int = 120
    trigger: Literal["command", "mention", "all"] = "mention"
    thread: Literal["auto", "always", "never"] = "auto"
    history_messages: int = 20
    include_names: Literal["auto"] | bool = "auto"
    stream: Literal["auto", "edits", "single"] = "auto"
    edit_interval_ms: int = 500
    max_edits: int = 60
    placeholder: str = "Thinking…"
    placeholder_after_ms: int = 1500
    notify: Literal["done", "first", "never"] = "done"
    reasoning: Literal["hidden", "status", "collapsed"] = "status"
    tables: Literal["html", "text"] = "html"
    footer: bool = True
    buttons: bool = False
    tools: tuple[str, ...] = ()
    max_steps: int = 8
    missed_questions: Literal["answer", "tell", "ignore"] = "tell"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what: globs over whole user and room ids, which room/access.py applies."""

    users: tuple[str, ...] = ("*",)
    rooms: tuple[str, ...] = ("*",)
    admins: tuple[str, ...] = ()
    settings_power_level: int = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """How much. 0 is no limit."""

    answers_at_once: int = 50
    answers_per_user_per_hour: int = 0
    tokens_per_user_per_day: int = 0
    tokens_per_room_per_day: int = 0


@dataclass(frozen=True, slots=True)
class ToolServer:
    """One MCP server: a process (`command`, `args`, `env`) or an address (`url`, `headers`).

    `approve` says which calls wait for the asker's yes: all, none, or those of the named tools.
    """

    name: str
    command: str = ""
    args: tuple[str, ...] = field(default=(), repr=False)
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    url: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    approve: Literal["always", "never"] | tuple[str, ...] = "never"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The whole of it, checked. `rooms` has only what is each room's own: ask `for_room`."""

    command: str = "ask"
    aliases: tuple[str, ...] = ()
    settings_command: str = "llm"
    install_missing_packages: bool = False
    providers: Mapping[str, ProviderSettings] = field(
        default_factory=lambda: {"demo": ProviderSettings(name="demo", type="demo")}
    )
    defaults: RoomSettings = RoomSettings()
    rooms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    access: Access = Access()
    limits: Limits = Limits()
    tools: Mapping[str, ToolServer] = field(default_factory=dict)
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
        """How to reach the provider of this name. Raises `ConfigError` that names the others."""
        if name in self.providers:
            return self.providers[name]
        known = ", ".join(f"`{known}`" for known in sorted(self.providers)) or "none"
        raise ConfigError([f"There is no provider `{name}`; it can be one of: {known}."])
