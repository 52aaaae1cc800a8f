"""Who may make what of a room, and that a mistake in the file never gives more."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from llmstream.bot.config import Chooser, ConfigError, Configuration, parse_setting, read
from llmstream.bot.config.parsing import salvage

ADMIN = Chooser("@admin:x", "!any:x", is_admin=True)

TOOLS = """
defaults: {tools: [files, time]}
tools: {files: {command: x}}
"""


@pytest.mark.parametrize(
    "rooms",
    [
        'rooms: {"!public:x": {tools: False}}',
        'rooms: {"!public:x": {tols: []}}',
        'rooms: {"!public:x": {tools: [fils]}}',
        'rooms: {"!public:x": {tools: [], trigger: [mention]}}',
        'rooms: {"!public:x": off}',
        "rooms: {'#public:x': {tools: []}}",
        "rooms: [x]",
        'room: {"!public:x": {tools: []}}',
    ],
)
def test_a_mistake_gives_a_room_no_tools(rooms: str):
    configuration, problems = salvage(YAML().load(TOOLS + rooms))
    assert problems
    assert configuration.for_room("!public:x").tools == ()


@pytest.mark.parametrize(
    "own", ["provider: gone", "provder: home", "provider: [home]", "privider: home"]
)
def test_a_room_whose_provider_is_mistaken_gets_no_other_one(own: str):
    providers = "providers: {demo: {type: demo}, home: {type: ollama}}\n"
    configuration, _ = salvage(YAML().load(f'{providers}rooms: {{"!a:x": {{{own}}}}}'))
    with pytest.raises(ConfigError) as caught:
        configuration.provider(configuration.for_room("!a:x").provider)
    assert "demo" not in str(caught.value)


@pytest.mark.parametrize(
    "where", ["defaults: {trigger: comand}", 'rooms: {"!a:x": {triger: command}}']
)
def test_a_mistaken_trigger_is_the_quietest(where: str):
    configuration, _ = salvage(YAML().load(where))
    assert configuration.for_room("!a:x").trigger == "command"


STRANGER = Chooser("@eve:x", "!hers:x")


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("max_tokens", "900000000000"),
        ("max_tokens", "1001"),
        ("max_tokens", "0"),
        ("max_steps", "100"),
        ("history_messages", "500"),
        ("context_messages", "11"),
        ("edit_interval_ms", "100"),
        ("max_edits", "1000"),
        ("idle_timeout_seconds", "3600"),
        ("trigger", "all"),
        ("stream", "edits"),
        ("placeholder_after_ms", "0"),
        ("reasoning", "collapsed"),
        ("buttons", "true"),
        ("missed_questions", "answer"),
        ("on_restart", "go_on"),
        ("system_prompt", "x" * 4001),
        ("placeholder", "x" * 201),
        ("provider", "dear"),
        ("tools", "files"),
        ("tools", "fetch"),
    ],
)
def test_strangers_make_no_room_faster_dearer_or_wider(key: str, typed: str):
    configuration = read(
        YAML().load(
            "providers: {demo: {type: demo}, dear: {type: openai, for: ['@boss:x', '!ok:x']}}\n"
            "tools: {files: {command: x, for: ['!ok:x']}}\ndefaults: {max_tokens: 1000}"
        )
    )
    with pytest.raises(ConfigError) as caught:
        parse_setting(key, typed, configuration, STRANGER)
    assert "files" not in str(caught.value).replace("`files`", "")
    if typed != "900000000000":
        parse_setting(key, typed, configuration, ADMIN)


def test_strangers_may_make_a_room_slower_cheaper_and_quieter():
    for key, typed in {
        "max_tokens": "500",
        "max_steps": "1",
        "history_messages": "0",
        "context_messages": "3",
        "edit_interval_ms": "5000",
        "trigger": "command",
        "stream": "single",
        "notify": "never",
        "reasoning": "hidden",
        "tools": "time",
        "system_prompt": "Be brief.",
        "temperature": "1",
    }.items():
        parse_setting(key, typed, Configuration(), STRANGER)


def test_who_may_choose_is_said_by_globs_over_people_and_rooms():
    configuration = read(
        YAML().load(
            "providers: {demo: {type: demo}, dear: {type: openai, for: ['@*:ok', '!ok:x']}}\n"
            "tools: {files: {command: x, for: ['!ok:x']}, fetch: {for: ['@ann:ok']}}"
        )
    )
    assert configuration.providers_for(STRANGER) == ["demo"]
    assert configuration.tools_for(STRANGER) == ["time"]
    assert configuration.providers_for(Chooser("@ann:ok", "!a:x")) == ["demo", "dear"]
    assert configuration.tools_for(Chooser("@ann:ok", "!a:x")) == ["time", "fetch"]
    assert configuration.tools_for(Chooser("@eve:x", "!ok:x")) == ["time", "files"]
    assert configuration.tools_for(ADMIN) == ["time", "fetch", "files"]


def test_a_room_that_has_a_tool_may_keep_it_when_it_is_set_again():
    configuration = read(
        YAML().load('tools: {files: {command: x}}\nrooms: {"!hers:x": {tools: [files]}}')
    )
    assert parse_setting("tools", "files", configuration, STRANGER) == ("files",)


@pytest.mark.parametrize("mistake", ["for: 3", "for: [[x]]", "four: ['*']"])
def test_a_mistake_in_who_may_choose_lets_nobody(mistake: str):
    entry = f"providers: {{demo: {{type: demo}}, dear: {{type: openai, {mistake}}}}}"
    configuration, problems = salvage(YAML().load(entry))
    assert problems
    assert configuration.providers_for(STRANGER) == ["demo"]
