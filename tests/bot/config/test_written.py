"""The text that maubot keeps: what `!llm set` and an upgrade make of it, comments included."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mautrix.util.config import RecursiveDict
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from llmstream.bot.config import Config, ConfigError, LiveConfiguration, RoomSettings

MANUAL = (Path(__file__).parents[3] / "base-config.yaml").read_text()


def yaml() -> YAML:
    """As maubot has it: mautrix/util/config/file.py."""
    made = YAML()
    made.indent(4)
    made.width = 200
    return made


class Stored:
    """What a maubot stored is to its plugin's config: a text, loaded and saved.

    maubot/stored.py: load_config, save_config.
    """

    def __init__(self, text: str = "", manual: str = MANUAL) -> None:
        self.text = text
        self.manual = manual
        self.config = Config(self._load, self._load_base, self._save)

    def _load(self) -> CommentedMap:
        loaded: CommentedMap = yaml().load(self.text)
        return loaded

    def _load_base(self) -> RecursiveDict[CommentedMap]:
        return RecursiveDict(yaml().load(self.manual), CommentedMap)

    def _save(self, data: Any) -> None:
        stream = io.StringIO()
        yaml().dump(data, stream)
        self.text = stream.getvalue()

    def started(self) -> LiveConfiguration:
        return LiveConfiguration(self.config, logging.getLogger("test"))


WRITTEN_BY_HAND = """\
# Ours, since May.
providers:
    demo: {type: demo}
    # The big one.
    claude:
        type: anthropic
        api_key: env:KEY  # never here
# Raised for the workshop.
limits:
    answers_at_once: 200  # was 50
rooms:
    # The lab.
    "!lab:x":
        trigger: all
    # The kitchen.
    "!kitchen:x":
        model: small
# Only us.
access:
    users: ['@*:x']
"""


def test_a_new_instance_gets_the_manual_word_for_word():
    stored = Stored()
    stored.started()
    assert stored.text == MANUAL


def test_what_somebody_wrote_stays_with_comments_and_order():
    stored = Stored(WRITTEN_BY_HAND)
    live = stored.started()
    lines = stored.text.splitlines()
    ours = [line.replace('"', "'") for line in WRITTEN_BY_HAND.splitlines()]
    assert [line for line in lines if line in ours] == ours
    assert live.problem is None
    assert live.current.limits.answers_at_once == 200


def test_keys_that_are_lacking_come_with_their_comments():
    stored = Stored(WRITTEN_BY_HAND)
    stored.started()
    lines = stored.text.splitlines()
    assert lines[lines.index("aliases: []") - 1].startswith("# Other names of that command")
    at = lines.index("    tokens_per_room_per_day: 0")
    assert lines[at - 1] == "    # The same for all people in one room together."


def test_a_complete_document_is_not_changed():
    stored = Stored(WRITTEN_BY_HAND)
    stored.started()
    once = stored.text
    stored.started()
    assert stored.text == once


@pytest.mark.parametrize("text", ["", MANUAL])
def test_a_setting_changes_its_own_line_and_no_other(text: str):
    stored = Stored(text)
    live = stored.started()
    stored.config.set_room("!a.b:x.org", "trigger", "all")
    assert stored.text == MANUAL.replace(
        "rooms: {}\n", "rooms:\n    '!a.b:x.org':\n        trigger: all\n"
    )
    assert live.reload()
    assert live.current.for_room("!a.b:x.org") == RoomSettings(trigger="all")


def test_a_setting_taken_away_leaves_the_document_as_it_was():
    stored = Stored(MANUAL)
    stored.started()
    stored.config.set_room("!a:x", "trigger", "all")
    stored.config.set_room("!a:x", "tools", ("time", "fetch"))
    stored.config.unset_room("!a:x", "trigger")
    assert "time" in stored.text
    stored.config.unset_room("!a:x", "tools")
    assert stored.text == MANUAL


def test_the_comments_of_other_rooms_and_sections_survive_a_room():
    stored = Stored(WRITTEN_BY_HAND)
    stored.started()
    before = stored.text
    stored.config.unset_room("!lab:x", "trigger")
    stored.config.unset_room("!kitchen:x", "model")
    for comment in ("# The big one.", "# never here", "# was 50", "# Only us."):
        assert comment in stored.text
    stored.config.set_room("!kitchen:x", "model", "small")
    assert stored.text.index("!kitchen:x") < stored.text.index("# Only us.")
    assert len(stored.text) < len(before)


def test_unsetting_what_is_not_there_changes_nothing():
    stored = Stored(MANUAL)
    stored.started()
    stored.config.unset_room("!a:x", "trigger")
    assert stored.text == MANUAL


def test_a_default_can_be_set_for_everywhere():
    stored = Stored(MANUAL)
    live = stored.started()
    stored.config.set_default("temperature", 0.5)
    assert stored.text == MANUAL.replace("temperature: ''", "temperature: 0.5")
    stored.config.set_default("temperature", None)
    assert stored.text == MANUAL
    assert live.reload()


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_comes_back_from_the_document_as_it_was_set(text: str):
    stored = Stored("defaults: {provider: demo}\n", manual="defaults: {}\nrooms: {}\n")
    live = stored.started()
    stored.config.set_room("!a:x", "system_prompt", text)
    assert live.reload()
    assert live.current.for_room("!a:x").system_prompt == text


def test_an_edit_in_the_web_ui_takes_effect():
    stored = Stored(MANUAL)
    live = stored.started()
    stored.text = MANUAL.replace("trigger: mention", "trigger: all")
    assert live.reload()
    assert live.current.defaults.trigger == "all"


def test_a_mistake_keeps_the_last_good_configuration_and_says_so(caplog):
    stored = Stored(MANUAL.replace("command: ask", "command: hey"))
    live = stored.started()
    stored.text = MANUAL.replace("trigger: mention", "trigger: often")
    assert not live.reload()
    assert live.current.command == "hey"
    assert live.problem is not None
    assert "defaults.trigger is `often`; it can be command, mention or all." in live.problem
    assert "defaults.trigger is `often`" in caplog.text
    assert "trigger: often" in stored.text
    stored.text = MANUAL
    assert live.reload()
    assert live.problem is None


def test_a_text_that_is_no_yaml_keeps_the_last_good_configuration():
    stored = Stored(MANUAL)
    live = stored.started()
    stored.text = "command: hey\n  rooms: [s3cret"
    assert not live.reload()
    assert live.current.command == "ask"
    assert live.problem is not None
    assert "not readable as YAML at line 2" in live.problem
    assert "s3cret" not in live.problem


def test_a_key_that_stands_twice_is_not_shown():
    stored = Stored("a: {api_key: s3cret, api_key: s3cret}")
    assert "s3cret" not in str(stored.started().problem)


def test_a_text_that_somebody_is_about_to_mend_is_not_overwritten():
    stored = Stored(MANUAL)
    stored.started()
    stored.text = broken = MANUAL + "oops: ["
    with pytest.raises(ConfigError):
        stored.config.load_and_update()
    with pytest.raises(ConfigError, match="web UI"):
        stored.config.set_room("!a:x", "trigger", "all")
    assert stored.text == broken


def test_a_start_with_an_unreadable_text_lets_nobody_in():
    live = Stored("oops: [").started()
    assert live.current.access.users == ()
    assert live.problem is not None
    assert "only admins may ask" in live.problem


def test_a_start_with_a_mistake_elsewhere_works():
    live = Stored('rooms: {"!a:x": {trigger: often}}').started()
    assert live.current.access.users == ("*",)
    assert live.problem == ('rooms."!a:x".trigger is `often`; it can be command, mention or all.')


@pytest.mark.parametrize("text", ["just words", "[1, 2]", "5", "null", ""])
def test_a_text_that_is_no_map_is_a_sentence(text: str):
    live = Stored(text).started()
    assert live.problem is None or live.problem.startswith("The configuration is not a map")
