"""A configuration's text as maubot keeps it, and what the database remembers of it."""

from __future__ import annotations

import io
import logging
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from mautrix.util.config import RecursiveDict
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from llmstream.bot.config import Config, LiveConfiguration

MANUAL = (Path(__file__).parents[3] / "base-config.yaml").read_text()


def yaml() -> YAML:
    """As maubot has it: mautrix/util/config/file.py."""
    made = YAML()
    made.indent(4)
    made.width = 200
    return made


class Remembered:
    """What the database remembers of it."""

    def __init__(self) -> None:
        self.text = ""

    async def load(self) -> str:
        return self.text

    async def save(self, text: str) -> None:
        self.text = text


@cache
def _read(text: str) -> CommentedMap:
    read: CommentedMap = yaml().load(text)
    return read


class Stored:
    """What a maubot stored is to its plugin's config: a text, loaded and saved.

    maubot/instance.py: config_str, update, load_config, save_config.
    """

    def __init__(self, text: str = "", manual: str = MANUAL) -> None:
        self.config_str = text
        self.manual = manual
        self.config = Config(self.load_config, self._load_base, self.save_config)

    @property
    def text(self) -> str:
        return self.config_str

    @text.setter
    def text(self, text: str) -> None:
        self.config_str = text

    def load_config(self) -> CommentedMap:
        loaded: CommentedMap = yaml().load(self.text)
        return loaded

    async def update(self) -> None:
        """Maubot keeps it in its database."""

    def _load_base(self) -> RecursiveDict[CommentedMap]:
        return RecursiveDict(deepcopy(_read(self.manual)), CommentedMap)

    def save_config(self, data: Any) -> None:
        stream = io.StringIO()
        yaml().dump(data, stream)
        self.text = stream.getvalue()

    def started(self, memory: Remembered | None = None) -> LiveConfiguration:
        return LiveConfiguration(self.config, memory or Remembered(), logging.getLogger("test"))
