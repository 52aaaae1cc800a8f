"""The page for plugin authors: every snippet runs, and every public name is on it. README's table
of keys: all of them, with their defaults. What README and the compose file install and start."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openai import AsyncOpenAI
from ruamel.yaml import YAML

import llmstream
from llmstream.bot.config import SETTABLE
from llmstream.bot.config.sections import ACCESS, LIMITS, PLATFORM, PROVIDER, TOOL, TOP
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


PACKAGES = ("openai", "ollama", "anthropic", "mcp")
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


def test_the_manual_has_every_key() -> None:
    text = (ROOT / "base-config.yaml").read_text()
    manual = YAML(typ="safe").load(text)
    assert set(manual) == {*TOP, *SECTIONS, "providers", "rooms", "tools", "platforms"}
    for section, keys in (("defaults", SETTABLE), ("access", ACCESS), ("limits", LIMITS)):
        assert set(manual[section]) == set(keys)
    for key in (*PROVIDER, *TOOL, *PLATFORM):
        assert re.search(rf"\b{key}\b", text), key


def test_the_readme_names_every_key_of_providers_and_tools() -> None:
    page = (ROOT / "README.md").read_text()
    for name, keys in (("providers", PROVIDER), ("tools", TOOL)):
        row = re.search(rf"^\| `{name}` \|.*", page, re.MULTILINE)
        assert row
        assert [key for key in keys if not re.search(rf"\b{key}\b", row[0])] == []


def test_packages_are_installed_in_the_versions_that_we_work_with() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    newest = (extras[name][0].partition(",")[2] for name in PACKAGES)
    packages = " ".join(f"'{name}{below}'" for name, below in zip(PACKAGES, newest, strict=True))
    for page, times in (("README.md", 2), ("docs/compose.yaml", 1)):
        installed = re.findall("RUN pip3 install (.*)", (ROOT / page).read_text())
        assert installed == [f"--break-system-packages {packages}"] * times


@pytest.mark.slow
def test_synapse_takes_its_part_of_the_compose_file(tmp_path: Path) -> None:
    compose = YAML(typ="safe").load((ROOT / "docs" / "compose.yaml").read_text())
    mounted = {"/data/homeserver.yaml": tmp_path / "homeserver.yaml"}
    for config in compose["services"]["synapse"]["configs"]:
        mounted[config["target"]] = tmp_path / config["source"]
        mounted[config["target"]].write_text(compose["configs"][config["source"]]["content"])
    _, *options = compose["services"]["synapse"]["command"]
    files = [f"{option}={mounted[path]}" for option, path in (o.split("=") for o in options)]

    new = ("--server-name=localhost", "--report-stats=no", f"--config-directory={tmp_path}")
    synapse = (sys.executable, "-m", "synapse.app.homeserver", "--generate-config", *new, files[0])
    subprocess.run(synapse, check=True, cwd=tmp_path, stderr=subprocess.DEVNULL)
    read = (sys.executable, "-m", "synapse.config", "read", "ratelimiting.rc_message", *files)
    told = subprocess.run(read, check=True, cwd=tmp_path, capture_output=True, text=True).stdout
    assert "per_second=100, burst_count=200" in told
