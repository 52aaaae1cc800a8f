from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.config import Access
from llmstream.bot.room.access import (
    Notices,
    is_admin,
    may_ask,
    may_change_settings,
    may_invite,
    refusal,
)
from llmstream.bot.room.token_estimate import estimate_tokens
from llmstream.chunks import Usage

from ...virtual_time import run_virtual


def allows(glob: str, user_id: str) -> bool:
    return may_ask(Access(users=(glob,)), user_id, "!a:x")


@pytest.mark.parametrize(
    ("glob", "user_id", "allowed"),
    [
        ("@bob:x.org", "@bob:x.org", True),
        ("@bob:x.org", "@bob:x.organization", False),
        ("@bob:x.org", "@notbob:x.org", False),
        ("@bob:x.org", "@bob:xyorg", False),
        ("@bob:x.org", "@bob:x.org\n", False),
        ("@*:x.org", "@bob:x.org", True),
        ("@*:x.org", "@bob:x.org.evil", False),
        ("@b?b:x.org", "@bob:x.org", True),
        ("@[bc]ob:x.org", "@bob:x.org", False),
        ("*", "@any:where", True),
        ("", "@any:where", False),
    ],
)
def test_globs_are_compared_with_the_whole_id(glob: str, user_id: str, allowed: bool):
    assert allows(glob, user_id) is allowed


@given(st.text())
def test_a_glob_without_wildcards_allows_itself_only(id: str):
    plain = id.replace("*", "").replace("?", "")
    assert allows(plain, plain)
    assert not allows(plain, plain + "x")
    assert not allows(plain, "x" + plain)


def test_nobody_is_allowed_by_an_empty_list():
    assert not may_ask(Access(users=()), "@ann:x", "!a:x")


def test_admins_may_ask_in_every_allowed_room():
    access = Access(users=(), rooms=("!a:*",), admins=("@ann:x",))
    assert may_ask(access, "@ann:x", "!a:x")
    assert not may_ask(access, "@ann:x", "!b:x")
    assert not may_ask(access, "@bob:x", "!a:x")


def test_a_refusal_says_whether_the_room_or_the_person_is_meant():
    access = Access(users=("@ann:x",), rooms=("!a:x",))
    assert refusal(access, "@ann:x", "!a:x") is None
    assert "in this room" in (refusal(access, "@ann:x", "!b:x") or "")
    assert "answer you" in (refusal(access, "@bob:x", "!a:x") or "")


def test_an_invite_is_followed_from_those_who_may_ask_there():
    access = Access(users=("@ann:x",), rooms=("!a:x",))
    assert may_invite(access, "@ann:x", "!a:x")
    assert not may_invite(access, "@ann:x", "!b:x")
    assert not may_invite(access, "@bob:x", "!a:x")


def test_settings_are_for_admins_and_those_with_the_power():
    access = Access(admins=("@ann:x",), settings_power_level=50)
    assert is_admin(access, "@ann:x")
    assert may_change_settings(access, "@ann:x", 0)
    assert may_change_settings(access, "@bob:x", 50)
    assert not may_change_settings(access, "@bob:x", 49)


def test_people_are_told_once_an_hour_in_each_room():
    async def scene() -> None:
        notices = Notices()
        assert notices.due("@bob:x", "!a:x")
        assert notices.due("@bob:x", "!b:x")
        assert notices.due("@eve:x", "!a:x")
        await asyncio.sleep(3599)
        assert not notices.due("@bob:x", "!a:x")
        await asyncio.sleep(1)
        assert notices.due("@bob:x", "!a:x")

    run_virtual(scene())


def test_a_crowd_of_strangers_takes_no_more_memory():
    async def scene() -> None:
        notices = Notices()
        for number in range(notices.REMEMBERED):
            notices.due(f"@{number}:x", "!a:x")
        assert not notices.due("@0:x", "!a:x")
        notices.due("@one:more", "!a:x")
        assert notices.due("@0:x", "!a:x")

    run_virtual(scene())


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("a", 1), ("four letters each", 5), ("你好世界，你好", 5), ("añadió", 2)],
)
def test_tokens_are_estimated_by_script(text: str, tokens: int):
    assert estimate_tokens(text) == tokens


@given(st.text(), st.text())
def test_more_text_is_never_fewer_tokens(one: str, other: str):
    assert estimate_tokens(one) <= estimate_tokens(one + other)
    assert (estimate_tokens(one) > 0) == bool(one)


def test_tokens_cost_what_the_prices_say():
    assert Usage(1_000_000, 500_000).cost(0.25, 2.0) == 1.25
    assert Usage(None, 500_000).cost(0.25, 2.0) == 1.0
    assert Usage().cost(0.25, 2.0) is None
    assert Usage(5, 5).cost(None, None) is None


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_a_glob_is_what_the_specification_says(glob: str, id: str) -> None:
    def means(glob: str, id: str) -> bool:
        if not glob:
            return not id
        if glob[0] == "*":
            return means(glob[1:], id) or (bool(id) and means(glob, id[1:]))
        return bool(id) and glob[0] in ("?", id[0]) and means(glob[1:], id[1:])

    assert may_ask(Access(users=(glob,)), id, "!room:x") == means(glob, id)


def test_a_glob_of_many_stars_takes_no_time(pace: Callable[[], float]) -> None:
    began = time.process_time()
    assert not may_ask(Access(users=("@*_*_*_*_*:*.x",)), f"@{'_' * 120}:{'.' * 120}", "!room:x")
    assert time.process_time() - began < 0.5 * pace()
