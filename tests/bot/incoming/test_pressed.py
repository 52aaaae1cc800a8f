"""What becomes of buttons that were pressed while nobody listened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from llmstream.bot.answering.repair import repair
from llmstream.bot.answering.running import INTERRUPTED, STOPPED
from llmstream.bot.store import Answer
from llmstream.chunks import Text
from tests.bridged import bridge

from ..answering.left import is_asked, is_left, is_live, is_shown, kept
from ..answering.test_going_on import GOES_ON, all_over, is_paused
from ..commands.commanding import ALICE, ROOM
from .hearing import Hearing

AGO, AFTER = 60.0, 30.0  # seconds: when it was left, and when something is pressed


@pytest.fixture(params=[""])
async def room(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Hearing]:
    config = GOES_ON.replace("history_messages: 0", f"history_messages: 0{request.param}")
    async with Hearing.laid_in(tmp_path, config) as hearing:
        yield hearing


def reaction(under: str, key: str, *, ago: float = AFTER, **keys: object) -> dict[str, object]:
    relation = {"rel_type": "m.annotation", "event_id": under, "key": key}
    return {
        "type": "m.reaction",
        "event_id": "$pressed",
        "sender": ALICE,
        "origin_server_ts": int((time.time() - ago) * 1000),
        "content": {"m.relates_to": relation},
        **keys,
    }


async def came(room: Hearing, *events: dict[str, object]) -> None:
    """This came while nobody listened, and is seen to, but for answers that are written."""
    sync = {"rooms": {"join": {ROOM: {"timeline": {"events": list(events)}}}}}
    await room.handlers._pressed.meanwhile(sync)


async def is_interrupted(room: Hearing, *, ago: float = AGO) -> tuple[str, str]:
    """A question and the message of its answer, which an earlier process has ended."""
    bot = room.bot
    asked = await is_asked(bot)
    event_id = await is_shown(bot, "The sky", {"m.in_reply_to": {"event_id": asked}})
    answer = Answer(
        event_id=event_id,
        room_id=ROOM,
        question_id=asked,
        thread_root="",
        asker=ALICE,
        provider="demo",
        model="demo",
        text="The sky",
        status="interrupted",
        created_at=time.time() - ago,
        seconds=2.0,
        event_ids=(event_id,),
        note=INTERRUPTED.note,
    )
    await bot.instance.store.answers.save(answer)
    return asked, event_id


async def test_an_interrupted_answer_is_written_once_more(room: Hearing) -> None:
    asked, event_id = await is_interrupted(room)
    await came(room, reaction(event_id, "🔁"))
    await all_over(room.bot)
    one = await kept(room.bot, asked)
    assert (one.status, one.event_ids) == ("complete", (event_id,))


async def test_it_is_seen_to_once_however_often_it_is_told_of(room: Hearing) -> None:
    asked, event_id = await is_interrupted(room)
    pressed = reaction(event_id, "🔁", ago=-5.0)  # the clock of that server is ahead of ours
    await came(room, pressed, pressed)
    await all_over(room.bot)
    first = await kept(room.bot, asked)
    await came(room, pressed)
    assert not list(room.bot.instance.running)
    assert await kept(room.bot, asked) == first


async def test_what_is_heard_as_it_comes_is_seen_to(room: Hearing) -> None:
    asked, event_id = await is_interrupted(room)
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": "🔁"}}
    heard = await room.hears(ALICE, content, "m.reaction")
    await all_over(room.bot)
    first = await kept(room.bot, asked)
    assert first.status == "complete"
    await came(room, reaction(event_id, "🔁", ago=-5.0, event_id=heard))
    assert not list(room.bot.instance.running)


@pytest.mark.parametrize(("sender", "status"), [(ALICE, "interrupted"), ("@bob:here", "complete")])
async def test_what_was_called_off_again_is_not_begun(
    room: Hearing, sender: str, status: str
) -> None:
    asked, event_id = await is_interrupted(room)
    stop = reaction(event_id, "⏹️", ago=AFTER - 5.0, event_id="$stop", sender=sender)
    await came(room, reaction(event_id, "🔁"), stop)
    await all_over(room.bot)
    assert (await kept(room.bot, asked)).status == status


async def test_what_an_earlier_process_has_begun_is_not_begun_again(room: Hearing) -> None:
    asked, event_id = await is_interrupted(room)
    again = {"event_ids": (event_id,), "created_at": time.time() - 10.0, "state": "concluded"}
    await is_left(room.bot, asked, Text("Once more"), **again)
    await came(room, reaction(event_id, "🔁"))
    assert not list(room.bot.instance.running)


async def test_what_was_pressed_while_it_was_written_means_nothing(room: Hearing) -> None:
    _, event_id = await is_interrupted(room)
    await came(room, reaction(event_id, "🔁", ago=AGO - 1.0))
    assert not list(room.bot.instance.running)


@pytest.mark.parametrize("room", [", missed_questions: ignore"], indirect=True)
async def test_nothing_is_where_what_was_missed_is_ignored(room: Hearing) -> None:
    _, event_id = await is_interrupted(room)
    await came(room, reaction(event_id, "🔁"))
    assert not list(room.bot.instance.running)


@pytest.mark.parametrize(
    "keys",
    [
        {"key": "👍"},
        {"ago": 601.0},
        {"sender": "@mallory:there"},
        {"event_id": "", "key": ""},
        {"content": {}},
        {"type": "m.room.message"},
    ],
    ids=str,
)
async def test_others_begin_nothing(room: Hearing, keys: dict[str, object]) -> None:
    _, event_id = await is_interrupted(room, ago=3600.0)
    key, ago = str(keys.pop("key", "🔁")), keys.pop("ago", AFTER)
    assert isinstance(ago, float)
    await came(room, reaction(event_id, key, ago=ago, **keys))
    assert not list(room.bot.instance.running)


async def test_only_the_newest_of_many_are(room: Hearing) -> None:
    answers = [await is_interrupted(room) for _ in range(5)]
    await came(room, *(reaction(one, "🔁", event_id=f"${one}") for _, one in answers))
    await all_over(room.bot)
    statuses = [(await kept(room.bot, asked)).status for asked, _ in answers]
    assert statuses == 2 * ["interrupted"] + 3 * ["complete"]


@pytest.mark.parametrize("is_first", [True, False])
async def test_what_was_to_go_on_is_stopped(room: Hearing, is_first: bool) -> None:
    """Whether the start has come to that answer already, or not."""
    asked, event_id = await is_paused(room.bot, ago=AGO)
    if not is_first:
        await repair(room.bot.instance)
        [_] = room.bot.instance.running
    await came(room, reaction(event_id, "⏹️"))
    await all_over(room.bot)
    await repair(room.bot.instance)
    one = await kept(room.bot, asked)
    assert one.status == "stopped"
    assert not is_live(room.bot, event_id)
    assert STOPPED.note in room.bot.town.shown(event_id)
    assert not list(room.bot.instance.running)


async def test_the_buttons_that_the_bot_has_placed_are_not_pressed(room: Hearing) -> None:
    """Also where it has power in the room. maubot's first sync brings them."""
    asked, event_id = await is_paused(room.bot, ago=AGO)
    bot = room.bot.town.bot
    room.bot.town.power = {bot: 100}
    placed = reaction(event_id, "⏹️", sender=bot)
    await came(room, placed, reaction(event_id, "🔁", sender=bot))
    await repair(room.bot.instance)
    await all_over(room.bot)
    assert (await kept(room.bot, asked)).status == "complete"


@pytest.mark.parametrize("keys", [{"sender": "@mallory:there"}, {"ago": 2 * AGO}], ids=str)
async def test_it_goes_on_where_a_stop_is_not_meant_for_it(
    room: Hearing, keys: dict[str, object]
) -> None:
    """It is by somebody who may not, or from before 🔁 was pressed."""
    asked, event_id = await is_paused(room.bot, ago=AGO)
    ago = keys.pop("ago", AFTER)
    assert isinstance(ago, float)
    await came(room, reaction(event_id, "⏹️", ago=ago, **keys))
    await repair(room.bot.instance)
    await all_over(room.bot)
    assert (await kept(room.bot, asked)).status == "complete"


async def test_an_old_stop_counts_too(room: Hearing) -> None:
    asked, event_id = await is_paused(room.bot, ago=7200.0)
    await came(room, reaction(event_id, "⏹️", ago=3600.0))
    assert (await kept(room.bot, asked)).status == "stopped"


async def test_it_is_heard_of_by_the_start(room: Hearing) -> None:
    asked, event_id = await is_paused(room.bot, ago=AGO)
    sync = {"rooms": {"join": {ROOM: {"timeline": {"events": [reaction(event_id, "⏹️")]}}}}}
    room.handlers._came_meanwhile(sync)
    await asyncio.wait(room.handlers._meanwhile)
    assert (await kept(room.bot, asked)).status == "stopped"


def word(text: str, *, to: str = "", ago: float = AFTER, **keys: object) -> dict[str, object]:
    replied = {"m.relates_to": {"m.in_reply_to": {"event_id": to}}} if to else {}
    content = {"msgtype": "m.text", "body": text, **replied}
    return {**reaction("", "", ago=ago), "type": "m.room.message", "content": content, **keys}


class TestWhereNobodyCanReact:
    """The room is bridged to IRC."""

    @pytest.fixture(autouse=True)
    def bridged(self, room: Hearing) -> None:
        room.bot.town.state = [bridge("irc")]

    @pytest.mark.parametrize(("text", "is_reply"), [("again", True), ("!ask Again!", False)])
    async def test_an_interrupted_answer_is_written_once_more(
        self, room: Hearing, text: str, is_reply: bool
    ) -> None:
        asked, event_id = await is_interrupted(room)
        await came(room, word(text, to=event_id if is_reply else ""))
        await all_over(room.bot)
        assert (await kept(room.bot, asked)).status == "complete"

    @pytest.mark.parametrize(("text", "is_reply"), [("stop", True), ("!ask stop", False)])
    async def test_what_was_to_go_on_is_stopped(
        self, room: Hearing, text: str, is_reply: bool
    ) -> None:
        asked, event_id = await is_paused(room.bot, ago=AGO)
        await came(room, word(text, to=event_id if is_reply else ""))
        await repair(room.bot.instance)
        await all_over(room.bot)
        assert (await kept(room.bot, asked)).status == "stopped"

    async def test_what_has_no_message_yet_is_stopped_too(self, room: Hearing) -> None:
        asked = await is_asked(room.bot)
        await is_left(room.bot, asked, event_ids=(), state="asked", created_at=time.time() - AGO)
        await came(room, word("stop", to=asked))
        await repair(room.bot.instance)
        await all_over(room.bot)
        assert (await kept(room.bot, asked)).status == "stopped"

    async def test_a_stop_calls_off_what_was_wanted_again(self, room: Hearing) -> None:
        asked, _ = await is_interrupted(room)
        stop = word("!ask stop", ago=AFTER - 5.0, event_id="$stop")
        await came(room, word("!ask again"), stop)
        assert not list(room.bot.instance.running)
        assert (await kept(room.bot, asked)).status == "interrupted"

    @pytest.mark.parametrize(
        "said", [word("go on"), word("again?"), word("again"), word("yes"), word("!ask go on")]
    )
    async def test_other_words_begin_nothing(self, room: Hearing, said: dict[str, object]) -> None:
        await is_interrupted(room)
        await came(room, said)
        assert not list(room.bot.instance.running)


async def test_where_people_react_words_are_words(room: Hearing) -> None:
    asked, event_id = await is_paused(room.bot, ago=AGO)
    await came(room, word("stop", to=event_id))
    await repair(room.bot.instance)
    await all_over(room.bot)
    assert (await kept(room.bot, asked)).status == "complete"
