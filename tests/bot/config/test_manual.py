"""base-config.yaml as it is met in maubot's editor: narrow, and 15 lines of it at a time."""

from __future__ import annotations

import re

from ruamel.yaml import YAML

from llmstream.bot.config import read
from llmstream.providers import TYPES

from .stored import MANUAL

WIDTH, HEIGHT = 68, 15  # of the editor in maubot 0.6.0, in a window of 1280 pixels
LINES = MANUAL.splitlines()


def test_no_line_is_cut_in_the_editor():
    assert [line for line in LINES if len(line) > WIDTH] == []


def test_what_a_mistake_does_and_that_ids_stand_in_quotes_is_seen_at_once():
    seen = " ".join(line.lstrip("# ") for line in LINES[:HEIGHT])
    assert "A mistake stops nothing" in seen
    assert "`!llm status` and the log say what is wrong" in seen
    assert "Ids begin with ! or @ and stand in quotes" in seen


def test_it_begins_with_what_a_first_hour_needs():
    document = YAML().load(MANUAL)
    assert list(document)[:4] == ["providers", "install_missing_packages", "access", "defaults"]
    assert next(iter(document["access"])) == "admins"
    assert next(iter(document["defaults"])) == "provider"
    assert LINES.index("    provider: demo") < 4 * HEIGHT


def test_each_example_of_a_provider_needs_no_more_than_its_number_sign_taken_away():
    seen = "\n".join(LINES[:HEIGHT])
    uncommented = re.sub(r"^(    )# (\w+: \{)", r"\1\2", seen, flags=re.MULTILINE)
    providers = read(YAML().load(uncommented)).providers
    assert {provider.type for provider in providers.values()} == set(TYPES)
