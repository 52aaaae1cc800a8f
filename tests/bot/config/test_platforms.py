"""The admin's own platforms behind bridges."""

from __future__ import annotations

import pytest

from llmstream.bot.config import ConfigError
from llmstream.bot.config.parsing import read, salvage
from llmstream.bot.config.sections import PLATFORM
from llmstream.matrix.reading.bridges import delivery
from llmstream.matrix.reading.platforms import Platform, platforms
from tests.bridged import bridge


def test_a_known_platform_is_changed_in_what_is_named() -> None:
    table = read({"platforms": {"telegram": {"interval_ms": 5000, "protocols": ["tg"]}}}).platforms
    found = delivery([bridge("tg")], table)
    assert (found.interval_ms, found.longest_text) == (5_000, 4_096)
    assert {**table, "telegram": platforms()["telegram"]} == platforms()


def test_a_new_platform_is_added_and_takes_edits_where_it_is_to_stream() -> None:
    row = {"protocols": "zulip", "edits": "yes", "longest_text": 10_000, "name": "Zulip"}
    found = delivery([bridge("zulip")], read({"platforms": {"zulip": row}}).platforms)
    assert (found.edits, found.takes("auto"), found.longest_text) == (True, True, 10_000)
    assert found.why == "this room is bridged to Zulip"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"telegramm": {"edits": True}}, "did you mean `telegram`?"),
        ({"telegram": {"interval": 3}}, "platforms.telegram.interval is unknown; did you mean"),
        ({"telegram": {"edits": "maybe"}}, "platforms.telegram.edits is `maybe`; it can be true"),
        ({"telegram": 3}, "platforms.telegram is `3`"),
        ([], "platforms is a list"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(written: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said.replace("?", r"\?").replace("`", ".")):
        read({"platforms": written})
    assert salvage({"platforms": written})[0].platforms == platforms()


def test_every_key_is_a_column_of_the_table() -> None:
    assert set(PLATFORM) == {
        *(name for name in Platform.__dataclass_fields__ if name not in _OURS)
    }


_OURS = ("state", "chat_sdk", "why")
