"""What holds while the text in maubot's web UI is good, and what when it is not."""

from __future__ import annotations

import logging

import pytest

from llmstream.bot.config import ConfigError, LiveConfiguration

from .stored import MANUAL, Remembered, Stored


async def test_an_edit_in_the_web_ui_takes_effect():
    stored = Stored(MANUAL)
    live = stored.started()
    stored.text = MANUAL.replace("trigger: mention", "trigger: all")
    assert await live.reload()
    assert live.current.defaults.trigger == "all"


async def test_a_mistake_keeps_the_last_good_configuration_and_says_so(caplog):
    stored = Stored(MANUAL.replace("command: ask", "command: hey"))
    live = stored.started()
    stored.text = MANUAL.replace("trigger: mention", "trigger: often")
    assert not await live.reload()
    assert live.current.command == "hey"
    assert live.problem is not None
    assert "defaults.trigger is `often`; it can be command, mention or all." in live.problem
    assert "defaults.trigger is `often`" in caplog.text
    assert "trigger: often" in stored.text
    stored.text = MANUAL
    assert await live.reload()
    assert live.problem is None


async def test_a_text_that_is_no_yaml_keeps_the_last_good_configuration():
    stored = Stored(MANUAL)
    live = stored.started()
    stored.text = "command: hey\n  rooms: [s3cret"
    assert not await live.reload()
    assert live.current.command == "ask"
    assert live.problem is not None
    assert "not readable as YAML at line 2" in live.problem
    assert "s3cret" not in live.problem


async def test_a_start_reads_the_text_off_the_loop_and_keeps_what_it_lacked():
    stored = Stored("command: hey\n")
    live = await LiveConfiguration.read_in_thread(
        stored.config, Remembered(), logging.getLogger("test")
    )
    assert live.current.command == "hey"
    assert "retention_days:" in stored.text


async def test_a_start_with_a_broken_text_says_so_though_it_was_read_off_the_loop():
    stored = Stored("oops: [")
    live = await LiveConfiguration.read_in_thread(
        stored.config, Remembered(), logging.getLogger("test")
    )
    assert "not readable as YAML" in str(live.problem)
    assert live.current.access.users == ()
    assert stored.text == "oops: ["


def test_a_key_that_stands_twice_is_not_shown():
    stored = Stored("a: {api_key: s3cret, api_key: s3cret}")
    assert "s3cret" not in str(stored.started().problem)


async def test_a_text_that_somebody_is_about_to_mend_is_not_overwritten():
    stored = Stored(MANUAL)
    stored.started()
    stored.text = broken = MANUAL + "oops: ["
    with pytest.raises(ConfigError):
        stored.config.load_and_update()
    with pytest.raises(ConfigError, match="web UI"):
        await stored.config.set_room("!a:x", "trigger", "all")
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


@pytest.mark.parametrize("mistake", ["oops: [", "limits: {answers_at_once: many}\n"])
async def test_the_last_good_configuration_stays_over_a_restart(mistake: str):
    memory = Remembered()
    good = Stored('command: hey\naccess: {admins: ["@me:x"]}\n')
    await good.started(memory).remember()
    live = good.started(memory)
    assert await live.set_room("!a:x", "thread", "never")
    broken = Stored(good.text.replace("limits:", "limit:") + mistake)
    again = broken.started(memory)
    await again.remember()
    assert again.current.command == "hey"
    assert again.current.access.users == ("*",)
    assert again.current.for_room("!a:x").thread == "never"
    assert "still in force" in str(again.problem)
    assert "only admins may ask" not in str(again.problem)
    broken.text = good.text
    assert await again.reload()
    assert again.problem is None


@pytest.mark.parametrize("before", ["", "command: hey\n"])
async def test_a_start_with_mistakes_is_logged_once_and_as_it_is(before: str, caplog):
    memory = Remembered()
    memory.text = before
    live = Stored("oops: [").started(memory)
    await live.remember()
    (said,) = caplog.messages
    assert ("only admins may ask" in said) == (live.current.access.users == ()) == (not before)
    assert ("still in force" in said) == bool(before)


@pytest.mark.parametrize("text", ["access:\n  admins: [@me:x]", "access:\n  rooms: [!a:x]"])
def test_an_id_without_quotes_is_answered_with_a_hint(text: str):
    problem = str(Stored(text).started().problem)
    assert "Ids begin with @ or ! and therefore stand in quotes." in problem


@pytest.mark.parametrize("room_id", [f"!{'l' * 200}:x", "!😀:x"])
async def test_a_room_of_a_long_name_does_not_make_every_setting_slow(room_id: str, monkeypatch):
    stored = Stored("rooms:\n    '!a:x':\n        thread: never\n", manual="rooms: {}\n")
    live = stored.started()
    assert await live.set_room(room_id, "model", "small")
    assert await live.reload()  # as YAML writes it, with a `?` before what is long
    monkeypatch.setattr("llmstream.bot.config.written.document_of", None)  # all of it is not read
    assert await live.set_room("!a:x", "model", "small")
    assert await live.set_room(room_id, "thread", "never")
    monkeypatch.undo()
    assert await live.reload()
    assert live.current.rooms == {
        "!a:x": {"thread": "never", "model": "small"},
        room_id: {"model": "small", "thread": "never"},
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["rooms: {!public: {tools: []}}", "a: " + "[" * 2000, "a: " + "{a: " * 500 + "}" * 500],
    ids=["unquoted", "lists", "maps"],
)
def test_what_yaml_itself_fails_at_is_a_sentence_and_lets_nobody_in(text: str):
    live = Stored(text).started()
    assert "not readable as YAML" in str(live.problem)
    assert live.current.access.users == ()


def test_an_ordered_map_of_rooms_is_read_as_any_map():
    assert "a key under rooms:" in str(Stored("rooms: !!omap [a: b]").started().problem)
