"""The text that maubot keeps: what `!llm set` and an upgrade make of it, comments included."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from llmstream.bot.config import RoomSettings, entry
from llmstream.bot.config.entry import MARK

from .stored import MANUAL, Stored, yaml

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
async def test_a_setting_changes_its_own_line_and_no_other(text: str):
    stored = Stored(text)
    live = stored.started()
    await stored.config.set_room("!a.b:x.org", "trigger", "all")
    assert stored.text == MANUAL.replace(
        "rooms: {}\n", f'rooms:\n    {MARK}\n    "!a.b:x.org":\n        trigger: all\n'
    )
    assert await live.reload()
    assert live.current.for_room("!a.b:x.org") == RoomSettings(trigger="all")


async def test_a_setting_taken_away_leaves_the_document_as_it_was():
    stored = Stored(MANUAL)
    stored.started()
    await stored.config.set_room("!a:x", "trigger", "all")
    await stored.config.set_room("!a:x", "tools", ("time", "fetch"))
    await stored.config.unset_room("!a:x", "trigger")
    assert "time" in stored.text
    await stored.config.unset_room("!a:x", "tools")
    assert stored.text == MANUAL


async def test_the_comments_of_other_rooms_and_sections_survive_a_room():
    stored = Stored(WRITTEN_BY_HAND)
    stored.started()
    before = stored.text
    await stored.config.unset_room("!lab:x", "trigger")
    await stored.config.unset_room("!kitchen:x", "model")
    for comment in ("# The big one.", "# never here", "# was 50", "# Only us."):
        assert comment in stored.text
    await stored.config.set_room("!kitchen:x", "model", "small")
    assert stored.text.index("!kitchen:x") < stored.text.index("# Only us.")
    assert "!lab:x" in before
    assert "!lab:x" not in stored.text


async def test_unsetting_what_is_not_there_changes_nothing():
    stored = Stored(MANUAL)
    stored.started()
    await stored.config.unset_room("!a:x", "trigger")
    assert stored.text == MANUAL


async def test_a_default_can_be_set_for_everywhere():
    stored = Stored(MANUAL)
    live = stored.started()
    await stored.config.set_default("temperature", 0.5)
    assert stored.text == MANUAL.replace("temperature: ''", "temperature: 0.5")
    await stored.config.set_default("temperature", None)
    assert stored.text == MANUAL
    assert await live.reload()


@given(text=st.text(st.characters(codec="utf-8")), name=st.text(st.characters(codec="utf-8")))
@example(text="a\u0085b\u2028c\u2029d😀", name="\u0085\u2029😀\"'\\: #")
async def test_any_text_comes_back_from_the_document_as_it_was_set(text: str, name: str):
    stored = Stored("defaults: {provider: demo}\n", manual="defaults: {}\nrooms: {}\n")
    live, room_id = stored.started(), f"!{name}:x"
    assert await live.set_room(room_id, "system_prompt", text)
    assert live.current.for_room(room_id).system_prompt == text
    assert await live.reload()
    assert live.current.for_room(room_id).system_prompt == text


ROOMS = [f"!{letter}:x" for letter in "abc"]
changes = st.lists(
    st.tuples(
        st.sampled_from(ROOMS),
        st.sampled_from(["model", "placeholder", "system_prompt"]),
        st.none() | st.text(st.characters(codec="utf-8"), max_size=30),
    ),
    max_size=8,
)


@pytest.mark.slow
@given(changes)
@example([("!a:x", "model", "?0")])
@example([("!a:x", "model", "\x85"), ("!a:x", "placeholder", None)])
@pytest.mark.parametrize(
    "text", [WRITTEN_BY_HAND, MANUAL, "rooms: {'!a:x': {trigger: all}, '!d:x': {}}\n"]
)
async def test_what_holds_is_what_the_text_says_after_any_changes(
    text: str, made: list[tuple[str, str, str | None]]
):
    stored = Stored(text)
    live = stored.started()
    for room_id, key, value in made:
        if value is None:
            assert await live.unset_room(room_id, key)
        else:
            assert await live.set_room(room_id, key, value)
    before = live.current
    assert await live.reload()
    assert {key: own for key, own in live.current.rooms.items() if own} == {
        key: own for key, own in before.rooms.items() if own
    }
    assert "# Only us." in stored.text or text is not WRITTEN_BY_HAND


async def test_a_setting_among_thousands_of_rooms_reads_only_its_own(monkeypatch):
    rooms = "".join(f'    "!room{n}:x":\n        system_prompt: hi\n' for n in range(500))
    stored = Stored(f"rooms:\n{rooms}", manual="defaults: {}\nrooms: {}\n")
    live = stored.started()
    read = []

    class Counted(YAML):
        def load(self, stream: Any) -> Any:
            read.append(len(stream))
            return super().load(stream)

    monkeypatch.setattr(entry, "YAML", Counted)
    assert await live.set_room("!room250:x", "model", "small")
    assert live.current.for_room("!room250:x") == RoomSettings(system_prompt="hi", model="small")
    assert sum(read) < 100
    monkeypatch.undo()
    assert await live.reload()
    assert live.current.for_room("!room250:x").model == "small"
    assert len(live.current.rooms) == 500


async def test_a_room_that_we_left_is_forgotten_unless_an_admin_wrote_it():
    stored = Stored(WRITTEN_BY_HAND)
    live = stored.started()
    assert await live.set_room("!new:x", "trigger", "command")
    assert await live.set_room("!lab:x", "thread", "never")
    for room_id in ("!new:x", "!lab:x", "!unknown:x"):
        await live.forget_room(room_id)
    assert set(live.current.rooms) == {"!lab:x", "!kitchen:x"}
    assert "!new:x" not in stored.text
    assert await live.reload()
    assert set(live.current.rooms) == {"!lab:x", "!kitchen:x"}


async def test_a_text_that_was_saved_meanwhile_is_not_written_over():
    stored = Stored(WRITTEN_BY_HAND)
    live = stored.started()
    stored.text = stored.text.replace("!lab:x", "!hall:x")
    assert await live.set_room("!new:x", "thread", "never")
    assert "!hall:x" in stored.text
    assert "!lab:x" not in stored.text


@pytest.mark.parametrize(
    "rooms",
    [
        'rooms:\n    # Theirs.\n    "!old:x": {trigger: all}\n    "!b:x": {footer: no}\n',
        'rooms:\n    # Theirs.\n    "!old:x":\n        trigger: all\n    "!b:x": {footer: no}\n',
        "# Theirs.\nrooms: {'!old:x': {trigger: all}, '!b:x': {footer: false}}\n",
        f'rooms:\n    {MARK}\n    "!old:x":\n        trigger: all # Theirs.\n    "!b:x":\n'
        "        footer: no\n",
    ],
)
async def test_an_entry_moves_to_another_room_in_every_form_with_its_comments(rooms: str):
    stored = Stored(rooms)
    live = stored.started()
    assert await live.move_room("!old:x", "!new")
    assert not await live.move_room("!old:x", "!third:x")
    assert not await live.move_room("!new", "!b:x")
    assert live.current.rooms == {"!new": {"trigger": "all"}, "!b:x": {"footer": False}}
    assert "# Theirs." in stored.text
    assert list(yaml().load(stored.text)["rooms"]) == ["!new", "!b:x"]
    assert (MARK in stored.text) == (MARK in rooms)
