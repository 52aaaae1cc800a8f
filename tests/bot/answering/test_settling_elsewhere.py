"""What becomes of an answer whose room was upgraded."""

from __future__ import annotations

import pytest

from llmstream.bot.answering.repair import repair, repair_room
from llmstream.chunks import Text

from ...faults import FORBIDDEN
from ..commands.commanding import MODERATOR, ROOM, CommandedBot
from .left import is_asked, is_left, is_shown


class TestARoomThatWasUpgraded:
    NEW = "!new:here"

    @pytest.mark.parametrize("is_mutual", [True, False])
    async def test_its_end_comes_in_the_room_that_has_taken_its_place(
        self, bot: CommandedBot, is_mutual: bool
    ):
        asked = await is_asked(bot)
        event_id = await is_shown(bot, "The sky")
        await is_left(bot, asked, Text("The sky is"), event_ids=(event_id,))
        bot.town.order([FORBIDDEN] * 9, ROOM)
        await repair(bot.instance)
        bot.town.state_events[ROOM, "m.room.tombstone"] = {
            "sender": MODERATOR,
            "content": {"replacement_room": self.NEW},
        }
        bot.town.state_events[self.NEW, "m.room.create"] = {
            "sender": MODERATOR,
            "content": {"predecessor": {"room_id": ROOM if is_mutual else "!other:here"}},
        }

        await repair_room(bot.instance, self.NEW if is_mutual else ROOM)

        moved = bot.town.messages(self.NEW)
        assert len(moved) == int(is_mutual)
        if is_mutual:
            assert bot.town.shown(moved[0].event_id).startswith("The sky is\n\n")
            assert "m.relates_to" not in moved[0].content
            assert await bot.instance.store.streams.rooms() == set()
            assert await bot.instance.store.answers.by_event(self.NEW, moved[0].event_id)
