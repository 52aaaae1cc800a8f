"""The recipes of docs/providers.md: each is a good configuration."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from llmstream.bot.config import read
from llmstream.providers import TYPES, connect
from mbp.pack import ROOT

PAGE = (ROOT / "docs" / "providers.md").read_text()
RECIPES: dict[str, Any] = {
    name: entry
    for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    for name, entry in YAML(typ="safe").load(block).items()
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_a_good_configuration(name: str) -> None:
    configuration = read({"providers": {name: RECIPES[name]}, "defaults": {"provider": name}})
    settings = configuration.provider(name)
    assert connect(settings).settings == settings
    path = TYPES[settings.type].url_path
    assert not settings.base_url or not path or re.search(r"/v\d", settings.base_url)
    assert not settings.base_url.endswith("/")


def test_the_page_has_the_servers_that_people_ask_for() -> None:
    for server in (
        *("OpenAI", "Azure", "Gemini", "Mistral", "Groq", "DeepSeek", "OpenRouter", "LiteLLM"),
        *("vLLM", "SGLang", "llama.cpp", "LM Studio", "Ollama", "Claude", "Bedrock", "Vertex"),
    ):
        assert server in PAGE
