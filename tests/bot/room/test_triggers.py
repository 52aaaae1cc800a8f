"""Which messages are questions, and where their answers go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.config import Configuration, RoomSettings
from llmstream.bot.room.triggers import (
    Situation,
    edited_question,
    is_chatter,
    question,
    restated,
    words,
)
from llmstream.matrix.reading.said import File, Said, read

ME = "@llm:here.org"
GROUP = Situation(ME, "LLM Bot", frozenset({"ask", "ai"}), trigger="mention", members=5, since=500)
COMMAND = replace(GROUP, trigger="command")
ALL = replace(GROUP, trigger="all")
DIRECT = replace(GROUP, trigger="command", members=2, is_direct=True)

CAT: dict[str, Any] = {"msgtype": "m.image", "body": "cat.png", "url": "mxc://here/cat"}
FILM: dict[str, Any] = {**CAT, "msgtype": "m.video"}
THREAD: dict[str, Any] = {
    "m.relates_to": {"rel_type": "m.thread", "event_id": "$root", "is_falling_back": True}
}
REPLY: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}}
EDIT: dict[str, Any] = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}
MENTION: dict[str, Any] = {"m.mentions": {"user_ids": [ME]}}


def message(body: str = "", /, **content: Any) -> Said:
    """What alice says, or whoever is given as `sender`; `kind` is the event's type."""
    sender = content.pop("sender", "@alice:here.org")
    kind = content.pop("kind", "m.room.message")
    said = read(
        {
            "type": kind,
            "room_id": "!r:here.org",
            "event_id": "$1",
            "sender": sender,
            "origin_server_ts": 1000,
            "content": {"msgtype": "m.text", "body": body, **content},
        }
    )
    assert said is not None
    return said


def asked(said: Said, situation: Situation = GROUP, *, to_us: bool = False) -> str | None:
    found = question(said, situation, to_us=to_us)
    return None if found is None else found.text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("!ask why?", "why?"),
        ("!ASK why?", "why?"),
        ("!ask\nwhy?\nand how?", "why?\nand how?"),
        ("  !ask   why?", "why?"),
        ("!ai why?", "why?"),
        ("!ask", ""),
        ("!askew why?", None),
        ("!llm status", None),
        ("why?", None),
        ("please !ask why?", None),
    ],
)
def test_the_command_asks_everywhere(body: str, text: str | None) -> None:
    for situation in (COMMAND, GROUP):
        assert asked(message(body), situation) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("llm: why?", "why?"),
        ("LLM, why?", "why?"),
        ("LLM Bot: why?", "why?"),
        ("@llm why?", "why?"),
        ("@LLM Bot why?", "why?"),
        ("@llm:here.org why?", "why?"),
        ("@llm:here.org: why?", "why?"),
        ("[LLM Bot](https://matrix.to/#/@llm:here.org): why?", "why?"),
        ("[LLM Bot](https://matrix.to/#/%40llm%3Ahere.org?via=here.org) why?", "why?"),
        ("[LLM Bot](matrix:u/llm:here.org?action=chat): why?", "why?"),
        ("@[LLM Bot] why?", "why?"),
        ("LLM\u00a0Bot: why?", "why?"),
        ("LLM Bot\uff1a why?", "why?"),
        ("LLM Bot\uff0cwhy?", "why?"),
        ("LLM Bot (@llm:here.org): why?", "why?"),
        ("\u2068@LLM Bot why?", "why?"),
        ("llm why?", None),
        ("llms: why?", None),
        ("[LLM](https://matrix.to/#/@llm:here.organic): why?", None),
        ("LLM Bot (@llm:elsewhere): why?", None),
        ("@llms why?", None),
        ("ask llm: why?", None),
        ("[Bob](https://matrix.to/#/@bob:here.org): why?", None),
    ],
)
def test_a_name_at_the_start_is_a_mention(body: str, text: str | None) -> None:
    assert asked(message(body)) == text
    assert asked(message(body), COMMAND) is None


def test_an_intentional_mention_asks_wherever_the_name_stands() -> None:
    assert asked(message("what does the bot think?", **MENTION)) == "what does the bot think?"
    assert asked(message("LLM Bot: why?", **MENTION)) == "why?"
    assert asked(message("LLM Bot", **MENTION)) == ""
    assert asked(message("Claude", **MENTION)) == "Claude"


def test_a_pill_is_a_mention_only_from_clients_without_intentional_mentions() -> None:
    pill = {"formatted_body": 'ask <a href="https://matrix.to/#/@llm:here.org">LLM Bot</a>'}
    assert asked(message("ask LLM Bot", **pill)) == "ask LLM Bot"
    assert asked(message("ask LLM Bot", **pill, **{"m.mentions": {}})) is None


@pytest.mark.parametrize("mentions", [{}, {"m.mentions": None}, {"m.mentions": "@llm:here.org"}])
@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://matrix.to/#/@llm:here.org">LLM</a>',
        "<a class='x' href='https://matrix.to/#/%40llm%3Ahere.org?via=here.org'>LLM</a>",
        "<a\nhref = https://matrix.to/#/@llm:here.org >LLM</a>",
        '<A HREF="https://matrix.to/#/&#64;llm:here.org">LLM</A>',
        '<a href="matrix:u/llm:here.org">LLM</a>',
        '<a href="matrix:u/llm:here.org?action=chat">LLM</a>',
    ],
)
def test_a_pill_asks_in_the_middle_of_a_sentence(mentions: dict[str, Any], link: str) -> None:
    said = message("and LLM, why?", formatted_body=f"and {link}, why?", **mentions)
    assert asked(said) == "and LLM, why?"


@pytest.mark.parametrize(
    "address", ["https://matrix.to/#/@llm:here.organic", "https://matrix.to/#/!llm:here.org", "x"]
)
def test_a_link_to_somebody_else_is_no_pill(address: str) -> None:
    said = message("and LLM, why?", formatted_body=f'and <a href="{address}">LLM</a>, why?')
    assert asked(said) is None


PLACE = {"msgtype": "m.location", "geo_uri": "geo:51.5008,-0.1247"}
ALONE = replace(GROUP, members=2, is_direct=True)


def test_places_stickers_and_polls_ask_where_the_bot_is_alone_with_somebody() -> None:
    place = message("Big Ben", **PLACE)
    sticker = message("a cat", kind="m.sticker", url="mxc://here/cat")
    poll = message(
        "", kind="m.poll.start", **{"m.poll": {"question": {"m.text": [{"body": "?"}]}}}
    )
    for said in (place, sticker, poll):
        found = question(said, ALONE)
        assert found is not None
        assert not found.is_empty
        assert question(said, ALL) is None
        assert question(said, GROUP, to_us=True) is None


def test_a_pill_in_the_quote_of_an_old_client_is_none() -> None:
    html = (
        '<mx-reply><blockquote><a href="https://matrix.to/#/@llm:here.org">LLM</a>'
        "</blockquote></mx-reply>yes"
    )
    assert asked(message("> <@llm:here.org> no\n\nyes", formatted_body=html, **REPLY)) is None


def test_replies_to_us_and_our_threads_ask_with_mention() -> None:
    for content, by in ((REPLY, "reply"), (THREAD, "thread")):
        said = message("and why?", **content)
        found = question(said, GROUP, to_us=True)
        assert found is not None
        assert (found.text, found.by) == ("and why?", by)
        assert question(said, GROUP) is None
        assert question(said, COMMAND, to_us=True) is None


def test_all_answers_everything_but_other_commands() -> None:
    assert asked(message("why?"), ALL) == "why?"
    assert asked(message("!!! why?"), ALL) == "!!! why?"
    assert asked(message("!weather tomorrow"), ALL) is None
    assert asked(message("llm: why?"), ALL) == "why?"


def test_a_direct_chat_is_all_and_a_room_of_two_is_not_by_itself() -> None:
    assert asked(message("why?"), DIRECT) == "why?"
    assert asked(message("why?"), replace(DIRECT, is_direct=False)) is None


@pytest.mark.parametrize(
    "said",
    [
        message("!ask why?", sender=ME),
        message("!ask why?", msgtype="m.notice"),
        message("!ask why?", **{"org.matrix.msc4357.live": {}}),
        message("!ask why?", **{"dev.llmstream.answer": {"status": "complete"}}),
        message("", **{"m.new_content": {"msgtype": "m.text", "body": "!ask why?"}}, **EDIT),
        replace(message("!ask why?"), sent_at=499),
    ],
    ids=["our own", "notice", "draft", "answer of a bot", "edit", "before we started"],
)
def test_what_is_never_a_question(said: Said) -> None:
    for situation in (GROUP, ALL, DIRECT):
        assert question(said, situation, to_us=True) is None


def test_an_emote_asks_only_where_it_mentions_us() -> None:
    assert asked(message("waves", msgtype="m.emote"), DIRECT) is None
    assert asked(message("waves", msgtype="m.emote", **MENTION), GROUP) == "waves"


def test_files_ask_by_their_caption_or_where_all_is_answered() -> None:
    found = question(message(**{**CAT, "body": "!ask what is it?", "filename": "cat.png"}), GROUP)
    assert found is not None
    assert (found.text, found.file) == (
        "what is it?",
        File("m.image", "cat.png", "mxc://here/cat"),
    )
    assert asked(message(**CAT), ALL) == ""
    assert asked(message(**CAT), DIRECT) == ""
    assert asked(message(**CAT), GROUP) is None
    assert asked(message(**CAT, **REPLY), GROUP, to_us=True) == ""


def test_a_film_among_many_people_asks_nothing() -> None:
    assert asked(message(**FILM), ALL) is None
    assert asked(message(**FILM), DIRECT) == ""


def test_a_question_without_words_file_or_reply_is_empty() -> None:
    asked_what = [
        (message("!ask"), True),
        (message("!ask", **REPLY), False),
        (message("!ask why?"), False),
    ]
    for said, is_empty in asked_what:
        found = question(said, GROUP)
        assert found is not None
        assert found.is_empty is is_empty


def test_an_edit_names_the_event_that_it_edits() -> None:
    new = {"m.new_content": {"msgtype": "m.text", "body": "!ask how?"}}
    assert edited_question(message("* !ask how?", **new, **EDIT), GROUP) == "$0"
    assert edited_question(message("* !ask how?", sender=ME, **new, **EDIT), GROUP) == ""
    assert edited_question(message("!ask how?"), GROUP) == ""
    live = {"m.new_content": {**new["m.new_content"], "org.matrix.msc4357.live": {}}}
    assert edited_question(message("* !ask how?", **live, **EDIT), GROUP) == ""


def test_a_question_is_read_again_whatever_made_it_one() -> None:
    assert restated(message("!ask why?"), GROUP).text == "why?"
    assert restated(message("and how?", **THREAD), GROUP).thread_root == "$root"
    assert restated(replace(message("!ask why?"), sent_at=1), GROUP).text == "why?"


def test_words_are_what_is_said_without_what_only_calls() -> None:
    assert words(message("!ask why?"), GROUP) == "why?"
    assert words(message("llm: why?"), GROUP) == "why?"
    assert words(message("Claude is wrong"), replace(GROUP, name="Claude")) == "Claude is wrong"
    assert is_chatter(message("!llm status"), GROUP)
    assert not is_chatter(message("!ask why?"), GROUP)


def test_a_reply_may_start_a_thread_and_a_reference_may_not() -> None:
    reply = question(message("!ask why?", **REPLY), GROUP)
    reference = {"m.relates_to": {"rel_type": "m.reference", "event_id": "$0"}}
    referring = question(message("!ask why?", **reference), GROUP)
    assert reply is not None
    assert referring is not None
    assert (reply.roots, referring.roots) == (True, False)


def test_the_place_knows_all_names_of_the_command() -> None:
    configuration = Configuration(command="Ask", aliases=("!ai", ""))
    situation = Situation.of(configuration, RoomSettings(trigger="all"), me=ME, members=3)
    assert (situation.commands, situation.trigger) == (frozenset({"ask", "ai"}), "all")


@given(st.text(), st.text())
def test_any_text_after_the_command_is_the_question(before: str, text: str) -> None:
    assert asked(message(f"!ask {text}")) == text.replace("\0", "\ufffd").strip()
    asked(message(before + text), ALL)
    asked(message(before + text), replace(GROUP, name=before))
