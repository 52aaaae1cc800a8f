"""Which model the demo asks: a local Ollama, else a key in the environment, else `demo`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

OLLAMA = "http://localhost:11434"


@dataclass(frozen=True, slots=True)
class Model:
    """An entry for `providers:` under a name, and how to speak of it."""

    provider: str
    settings: Mapping[str, Any]
    described: str

    @property
    def config(self) -> dict[str, Any]:
        """What the plugin's configuration says to use it."""
        return {
            "providers": {self.provider: dict(self.settings)},
            "defaults": {"provider": self.provider},
        }


async def choose(environment: Mapping[str, str]) -> Model:
    """The best model that this machine offers. Keys are named to the plugin, never copied."""
    if name := await _ollama_model():
        return Model("ollama", {"type": "ollama", "model": name}, f"{name} on Ollama")
    if environment.get("OPENAI_API_KEY"):
        name = environment.get("OPENAI_MODEL", "gpt-5-mini")
        key = "env:OPENAI_API_KEY"
        return Model("openai", {"type": "openai", "model": name, "api_key": key}, name)
    if environment.get("ANTHROPIC_API_KEY"):
        name = environment.get("ANTHROPIC_MODEL", "claude-sonnet-4-5")
        key = "env:ANTHROPIC_API_KEY"
        return Model("claude", {"type": "anthropic", "model": name, "api_key": key}, name)
    described = "demo (a tour; start Ollama or set OPENAI_API_KEY or ANTHROPIC_API_KEY for more)"
    return Model("demo", {"type": "demo"}, described)


async def _ollama_model() -> str:
    """The first model of a local Ollama that can chat; '' where there is none."""
    timeout = aiohttp.ClientTimeout(total=2)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(f"{OLLAMA}/api/tags") as response,
        ):
            models = (await response.json())["models"]
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
        return ""
    names = (str(model["name"]) for model in models)
    return next((name for name in names if "embed" not in name), "")
