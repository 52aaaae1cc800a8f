"""What is found in a thread of an answer that was left there."""

from __future__ import annotations

from dataclasses import replace

from llmstream.bot.answering.repair import repair
from llmstream.bot.answering.running import INTERRUPTED
from llmstream.bot.store import Streams
from llmstream.chunks import Text
from llmstream.document import Document

from ..commands.commanding import CommandedBot
from .left import is_asked, is_left, is_shown


async def test_what_answers_another_question_in_it_is_not_of_it(bot: CommandedBot) -> None:
    """The question that began the thread was to go on, and waited behind the one in it."""
    root, second = await is_asked(bot), await is_asked(bot, "how?")
    thread = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
    replies = {**thread, "m.in_reply_to": {"event_id": second}}
    event_id = await is_shown(bot, "The second answer", replies)
    waiting = await is_left(bot, root, thread_root=root)
    document = Document()
    document.add(Text("The second"))
    being_written = replace(
        waiting,
        id="another",
        state="writing",
        answer=replace(waiting.answer, question_id=second),
        document=document,
    )
    database = bot.instance.store.answers._database
    await Streams(database).save(being_written.in_messages((event_id,)))
    await repair(bot.instance)
    assert bot.town.shown(event_id).startswith("The second answer\n\n⚠️ Interrupted")
    answers = bot.instance.store.answers
    first = await answers.by_question(waiting.answer.room_id, root)
    assert first is not None
    assert (first.text, event_id in first.event_ids) == ("", False)
    assert bot.town.shown(first.event_id) == INTERRUPTED.note
    other = await answers.by_event(waiting.answer.room_id, event_id)
    assert other is not None
    assert (other.question_id, other.text) == (second, "The second answer")
