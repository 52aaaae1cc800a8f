from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from llmstream.bot.config import (
    SETTABLE,
    Chooser,
    ConfigError,
    Configuration,
    RoomSettings,
    parse_setting,
    read,
)
from llmstream.bot.config.parsing import salvage

ADMIN = Chooser("@admin:x", "!any:x", is_admin=True)
BASE = Path(__file__).parents[3] / "base-config.yaml"


def problems_of(yaml: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(YAML().load(yaml))
    return list(caught.value.problems)


def refusal_of(key: str, typed: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_setting(key, typed, Configuration(), ADMIN)
    return str(caught.value)


def test_the_manual_says_what_the_defaults_are():
    assert read(YAML().load(BASE)) == Configuration()


def test_the_manual_has_a_sentence_above_every_key():
    lines = BASE.read_text().splitlines()
    for number, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith("#") and "demo: {" not in line:
            assert lines[number - 1].lstrip().startswith("#"), line


def test_every_setting_of_a_room_can_be_set():
    assert list(SETTABLE) == [field.name for field in fields(RoomSettings)]


def test_an_empty_configuration_is_the_defaults():
    assert read({}) == Configuration()


def test_a_null_is_the_default():
    assert read(YAML().load("rooms:\naccess:\n  users:\ndefaults:\n  model:\n")) == Configuration()


def test_a_room_has_its_own_settings_over_the_defaults():
    configuration = read(YAML().load('defaults: {trigger: all}\nrooms: {"!a:x": {thread: never}}'))
    assert configuration.for_room("!a:x").thread == "never"
    assert configuration.for_room("!a:x").trigger == "all"
    assert configuration.for_room("!b:x").thread == "auto"


def test_a_room_with_another_provider_does_not_take_the_default_model():
    configuration = read(
        YAML().load(
            "providers: {a: {type: openai}, b: {type: ollama}}\n"
            "defaults: {provider: a, model: gpt}\n"
            'rooms: {"!b:x": {provider: b}, "!c:x": {provider: b, model: m}, "!d:x": {footer: no}}'
        )
    )
    assert [configuration.for_room(f"!{room}:x").model for room in "abcd"] == [
        "gpt",
        "",
        "m",
        "gpt",
    ]


@pytest.mark.parametrize(
    ("yaml", "sentence"),
    [
        (
            'rooms: {"!abc:x": {trigger: sometimes}}',
            'rooms."!abc:x".trigger is `sometimes`; it can be command, mention or all.',
        ),
        ("defaults: {modle: x}", "defaults.modle is unknown; did you mean `model`?"),
        ("acess: {}", "acess is unknown; did you mean `access`?"),
        (
            "defaults: {edit_interval_ms: 20}",
            "defaults.edit_interval_ms is `20`; "
            "it can be a whole number of milliseconds from 100 to 60000.",
        ),
        (
            "defaults: {temperature: .nan}",
            "defaults.temperature is `nan`; it can be a number from 0 to 2, "
            "or '' for the model's own.",
        ),
        ("defaults: {footer: 1}", "defaults.footer is `1`; it can be true or false."),
        (
            "defaults: {provider: claude}",
            "defaults.provider is `claude`, which is not under providers:; it can be demo.",
        ),
        (
            'rooms: {"!a:x": {tools: [time, files]}}',
            'rooms."!a:x".tools is `files`, which is not under tools:; it can be fetch or time.',
        ),
        (
            'rooms: {"#lab:x": {}}',
            "a key under rooms: is `#lab:x`; "
            "it can be a room id in quotes, which begins with `!` (an alias, with `#`, is none).",
        ),
        ("rooms: [1]", "rooms is a list; it can be a map of keys and values."),
        ("tools: {a: {}}", "tools.a needs either a command or a url."),
        (
            "tools: {time: {command: x}}",
            "tools.time is built in and takes only `for`; give a server another name.",
        ),
        (
            "settings_command: ask",
            "settings_command is also the command that asks; choose another.",
        ),
        (
            "providers: {demo: {type: demo}, work: {}}",
            "providers.work.type is empty; it can be openai, ollama, anthropic or demo.",
        ),
    ],
)
def test_a_mistake_is_a_sentence_that_says_what_would_be_right(yaml: str, sentence: str):
    assert problems_of(yaml) == [sentence]


def test_all_mistakes_are_said_at_once():
    assert len(problems_of("command: a b\nretention_days: -1\nlimits: {answers_at_once: x}")) == 3


@pytest.mark.parametrize(
    "yaml",
    [
        "providers: {w: {type: openai, api_key: [s3cret]}}",
        "providers: {w: {type: openai, base_url: 'user:s3cret@host'}}",
        "providers: {w: {type: openai, headers: s3cret}}",
        "providers: {w: {type: openai, options: s3cret}}",
        "tools: {t: {command: x, args: s3cret, env: s3cret}}",
        "dashboard: {token: [s3cret]}",
    ],
)
def test_no_secret_is_in_a_sentence(yaml: str):
    assert "s3cret" not in "".join(problems_of(yaml))


def test_no_secret_is_in_a_printed_configuration():
    configuration = read(
        YAML().load(
            "providers: {demo: {type: demo, api_key: s3cret, headers: {a: s3cret}}}\n"
            "tools: {t: {command: x, args: [s3cret], env: {a: s3cret}}, "
            "u: {url: 'https://s3cret@host'}}\n"
            "dashboard: {token: s3cret}"
        )
    )
    assert "s3cret" not in repr(configuration)


def test_what_is_good_counts_beside_a_mistake():
    configuration, problems = salvage(
        YAML().load('command: hey\nrooms: {"!a:x": {trigger: often, thread: never}}')
    )
    assert configuration.command == "hey"
    assert configuration.access.users == ("*",)
    assert configuration.for_room("!a:x") == RoomSettings(thread="never", trigger="command")
    assert len(problems) == 1


@pytest.mark.parametrize(
    "yaml",
    [
        "access: {user: ['@me:x']}",
        "acces: {}",
        "acl: {users: ['@me:x']}",
        "limits: {answers_at_once: few}",
    ],
)
def test_a_mistake_about_who_may_ask_does_not_open_the_door(yaml: str):
    configuration, _ = salvage(YAML().load(yaml))
    assert configuration.access.users == ()
    assert configuration.access.settings_power_level > 100


def test_a_mistake_elsewhere_does_not_close_it():
    configuration, problems = salvage(YAML().load("retension_days: 5\ncommand: a b"))
    assert len(problems) == 2
    assert configuration.access == Configuration().access


def test_a_tool_server_with_a_mistake_is_left_out_as_it_might_run_unasked():
    configuration, _ = salvage(YAML().load("tools: {t: {command: x, approve: allways}}"))
    assert not configuration.tools


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("trigger", "ALL", "all"),
        ("include_names", "auto", "auto"),
        ("include_names", "no", False),
        ("temperature", "0.7", 0.7),
        ("temperature", "''", None),
        ("max_tokens", " 500 ", 500),
        ("tools", "time, fetch", ("time", "fetch")),
        ("tools", '""', ()),
        ("placeholder", "''", ""),
        ("system_prompt", "Be kind.\nBe brief.", "Be kind.\nBe brief."),
        ("buttons", "on", True),
    ],
)
def test_what_is_typed_is_read(key: str, typed: str, value: Any):
    assert parse_setting(key, typed, Configuration(), ADMIN) == value


def test_what_is_typed_wrong_is_answered_with_what_is_allowed():
    assert refusal_of("notify", "loudly") == "notify is `loudly`; it can be done, first or never."
    assert refusal_of("modle", "x") == "modle is unknown; did you mean `model`?"
    assert refusal_of("provider", "gpt").endswith("not under providers:; it can be demo.")
    assert (
        refusal_of("max_edits", "") == "max_edits is ``; it can be a whole number from 1 to 1000."
    )


@pytest.mark.parametrize(
    "yaml",
    [
        "providers: {w: {type: openai, apikey sk-s3cret1234567: }}",
        "apikey sk-s3cret1234567: x",
        "providers: {w: {type: sk-s3cret1234567}}",
        "defaults: {provider: sk-s3cret1234567}",
        "defaults: {trigger: sk-s3cret1234567}",
        "rooms: {sk-s3cret1234567: {}}",
        "access: {admins: {sk-s3cret1234567: }}",
    ],
)
def test_no_key_in_the_wrong_place_is_in_a_sentence(yaml: str):
    assert "s3cret" not in "".join(problems_of(yaml))


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
)
keys = st.sampled_from(
    [*SETTABLE, "providers", "defaults", "rooms", "access", "users", "limits", "tools", "type"]
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(keys | st.text(max_size=8) | st.integers(), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(keys | st.text(max_size=8), values, max_size=8))
def test_nothing_in_a_map_is_worse_than_a_sentence(mapping: dict[Any, Any]):
    configuration, problems = salvage(mapping)
    configuration.for_room("!any:x")
    assert all(problem.endswith((".", "?")) and "\n" not in problem for problem in problems)


@given(keys, st.text())
def test_nothing_typed_is_worse_than_a_sentence(key: str, typed: str):
    with suppress(ConfigError):
        parse_setting(key, typed, Configuration(), ADMIN)


@pytest.mark.parametrize("room_id", ["!public:x ", " !public:x", "!public:x\n"])
def test_a_room_id_with_a_space_is_a_mistake_and_gives_no_room_the_tools_of_all(room_id: str):
    written = {"defaults": {"tools": ["time"]}, "rooms": {room_id: {"tools": []}}}
    configuration, problems = salvage(written)
    assert "no space at its ends" in " ".join(problems)
    assert configuration.for_room("!public:x").tools == ()


@pytest.mark.parametrize("section", ["providers", "tools"])
@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\u202eb"])
def test_what_cannot_be_typed_is_no_name(section: str, name: str):
    entry = {"providers": {"type": "demo"}, "tools": {"command": "x"}}[section]
    configuration, problems = salvage({section: {name: entry}})
    assert f"a key under {section}:" in " ".join(problems)
    assert name not in getattr(configuration, section)
