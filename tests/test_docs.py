"""The page for plugin authors: every snippet runs, and every public name is on it. README's table
of keys: all of them, with their defaults."""

from __future__ import annotations

import ast
import re
from types import SimpleNamespace
from typing import Any

import pytest
from openai import AsyncOpenAI
from ruamel.yaml import YAML

import llmstream
from mbp.pack import ROOT
from tests.bed.models import ModelServer
from tests.faults import Answer
from tests.homeserver import Homeserver
from tests.posting import ALICE, ROOM

PAGE = (ROOT / "docs" / "plugin-authors.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


class Elsewhere(Homeserver):
    """A server with a room that we are not in."""

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        if "elsewhere" in path:
            return Answer(403, b'{"errcode":"M_FORBIDDEN","error":"not in room"}')
        return await super().answer(user_id, method, path, body)


@pytest.mark.slow
async def test_every_snippet_runs() -> None:
    homeserver = Elsewhere()
    said: dict[str, Any] = {
        "type": "m.room.message",
        "event_id": "$question",
        "room_id": ROOM,
        "sender": ALICE,
        "origin_server_ts": 1,
        "content": {"msgtype": "m.text", "body": "Why?"},
    }
    async with (
        ModelServer() as models,
        AsyncOpenAI(base_url=models.url_for("openai"), api_key="k") as model,
    ):
        page: dict[str, Any] = {
            "client": homeserver.client(),
            "room_id": ROOM,
            "event": SimpleNamespace(event_id="$question", sender=ALICE),
            "events": [said],
            "model": model,
        }
        for snippet in SNIPPETS:
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            code = compile(snippet, "plugin-authors.md", "exec", flags=flags)
            running = eval(code, page)
            if running is not None:
                await running
    assert page["turns"] == [{"role": "user", "content": "[alice]: Why?"}]
    assert len(homeserver.messages(ROOM)) >= len(SNIPPETS)


def test_every_public_name_is_shown() -> None:
    shown = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]+`|```.*?```", PAGE, re.DOTALL))))
    assert set(llmstream.__all__) <= shown


SECTIONS = ("defaults", "access", "limits", "dashboard")


def test_every_key_stands_in_the_readme_with_its_default() -> None:
    yaml = YAML(typ="safe")
    manual = yaml.load((ROOT / "base-config.yaml").read_text())
    keys = {key: value for key, value in manual.items() if key not in (*SECTIONS, "providers")}
    for section in SECTIONS:
        keys |= {f"{section}.{key}": value for key, value in manual[section].items()}

    shown: dict[str, Any] = {}
    table = (ROOT / "README.md").read_text().partition("## Every configuration key")[2]
    for row in re.findall(r"^\| (.*) \| (.*?) \| .* \|$", table, re.MULTILINE):
        names, defaults = (re.findall(r"`([^`]*)`", cell) for cell in row)
        above = "defaults." if row[0].startswith("–") else ""
        defaults += defaults[-1:] * len(names)
        shown |= {above + name: text for name, text in zip(names, defaults, strict=False)}

    assert {key: yaml.load(shown.get(key, "missing")) for key in keys} == keys
