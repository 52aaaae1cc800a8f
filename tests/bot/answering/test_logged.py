"""What stands in the log, at which level, after answers that went well or did not."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import llmstream
from llmstream.bot.answering.answer import begin
from llmstream.bot.quiet import quieten
from llmstream.bot.room.triggers import Question, Situation

from ...bed.models import ModelServer, Reply
from ..commands.commanding import ALICE, ROOM, CommandedBot

CONFIG = """\
providers:
    work: {{type: openai, model: small, base_url: "{url}", api_key: sk-never-in-a-log, \
price_in: 1, price_out: 10}}
defaults: {{provider: work, history_messages: 0, edit_interval_ms: 100}}
"""
ASKED, SAID = "Why do we part?", "The river alone knows of it."


class LoggedBot:
    """A bot that is asked one question, and what its log has afterwards, at every level."""

    def __init__(self, bot: CommandedBot, models: ModelServer, log: Any) -> None:
        self.bot, self.models, self._log = bot, models, log

    async def asked(self, *replies: Reply) -> None:
        """The question is asked, and what becomes of it is over."""
        self.models.script(*replies)
        situation = Situation(str(self.bot.instance.client.mxid), "", frozenset())
        await begin(self.bot.instance, Question("$asked", ROOM, ALICE, ASKED, 0), situation)
        [answer] = self.bot.instance.running
        await answer.over()

    def at(self, level: int) -> list[str]:
        """What our own code has written at this level."""
        ours = str(Path(llmstream.__file__).parent)
        return [
            one.getMessage()
            for one in self._log.records
            if one.levelno == level and one.pathname.startswith(ours)
        ]


@pytest.fixture
async def asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LoggedBot]:
    monkeypatch.setattr("llmstream.providers.attempts._BACKOFF", (0.0, 0.0))
    caplog.set_level(logging.DEBUG)
    quieten()
    async with ModelServer() as models:
        config = CONFIG.format(url=models.url_for("openai"))
        async with CommandedBot.laid_in(tmp_path, config) as bot:
            yield LoggedBot(bot, models, caplog)


@pytest.mark.slow
class TestAnAnswer:
    async def test_has_one_line_with_what_it_was_and_none_of_its_words(
        self, asked: LoggedBot, caplog: pytest.LogCaptureFixture
    ):
        await asked.asked(Reply(SAID, usage=(100, 20)))
        [line] = asked.at(logging.INFO)
        assert re.fullmatch(
            r"Answered in !room:here: complete, work small, 100 → 20 tokens, \$0.0003, "
            r"\d+\.\d s, \d+ edits?",
            line,
        )
        assert asked.at(logging.WARNING) == asked.at(logging.ERROR) == []
        for text in (ASKED, SAID, "river", "sk-never"):
            assert text not in caplog.text

    async def test_of_a_provider_that_refuses_the_key_warns_the_admin(
        self, asked: LoggedBot, caplog: pytest.LogCaptureFixture
    ):
        await asked.asked(Reply(status=401, body={"error": {"message": f"No: {ASKED}"}}))
        [warning] = asked.at(logging.WARNING)
        assert warning.startswith("No answer in !room:here: openai refused the key of provider")
        assert "providers.work.api_key" in warning
        [line] = asked.at(logging.INFO)
        assert "failed, work small, ? → ? tokens" in line
        for text in (ASKED, "sk-never"):
            assert text not in caplog.text

    async def test_that_is_refused_for_what_was_asked_warns_nobody(
        self, asked: LoggedBot, caplog: pytest.LogCaptureFixture
    ):
        await asked.asked(*[Reply(status=400, body={"error": {"message": f"No: {ASKED}"}})] * 3)
        assert asked.at(logging.WARNING) == asked.at(logging.ERROR) == []
        assert ASKED not in caplog.text


def test_info_is_for_that_one_line_alone():
    root = Path(llmstream.__file__).parent
    telling = re.compile(r"\blog\.info\(")
    found = {path.name for path in root.rglob("*.py") if telling.search(path.read_text())}
    assert found == {"logged.py"}
