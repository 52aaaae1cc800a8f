"""What a model writes reaches nobody's phone and obeys nobody; what other clients write counts."""

from __future__ import annotations

import pytest

from ..bed.bed import Bed
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from .asked import question
from .conftest import Stage
from .nio_person import NioPerson
from .scene import configuration

BEGUN = "The sky is blue because the air scatters blue light"
HELD = Reply(f"{BEGUN} most of all.", hold_after=len(BEGUN.split()))


async def notifications(person: Person, room_id: str) -> dict[str, int]:
    """What the server counts for a client that has just been opened."""
    synced = await person.request("GET", "sync", timeout="0")
    counted: dict[str, int] = synced["rooms"]["join"][room_id]["unread_notifications"]
    return counted


class TestModelOutput:
    @pytest.mark.parametrize("stream", ["edits", "single"])
    async def test_pings_nobody(
        self, stage: Stage, models: ModelServer, bob: Person, stream: str
    ) -> None:
        scene = await stage(configuration(models, stream=stream), bob)
        name = bob.user_id[1:].partition(":")[0]
        models.otherwise = Reply(
            f"@room {bob.user_id} {name}: look, [{name}](https://matrix.to/#/{bob.user_id}) "
            f"and https://matrix.to/#/{bob.user_id} <a href='https://matrix.to/#/{bob.user_id}'>"
            "you</a>, yes you and everybody else in this room",
            delay=0.02,
        )
        await scene.empower(scene.bot, 100)

        answer = await scene.ask("call everybody")

        await bob.sees(lambda seen: seen.id == answer.newest.id)
        assert answer.content["m.mentions"] == {"user_ids": [scene.alice.user_id]}
        assert "room" not in answer.content["m.mentions"]
        assert (await notifications(bob, scene.room))["highlight_count"] == 0

    @pytest.mark.parametrize(("notify", "rings"), [("done", 1), ("first", 1), ("never", 0)])
    async def test_calls_the_asker_once_or_as_configured(
        self, stage: Stage, models: ModelServer, bob: Person, notify: str, rings: int
    ) -> None:
        scene = await stage(configuration(models, notify=notify), bob)
        models.otherwise = Reply("Words follow words. " * 5, delay=0.03)
        asked = await scene.alice.say(scene.room, "!ask why?")

        answer = await scene.answer(asked)

        assert len(answer.events) > 2
        assert await notifications(scene.alice, scene.room) == {
            "notification_count": rings,
            "highlight_count": rings,
        }

    async def test_runs_no_command_and_asks_no_other_bot(
        self, stage: Stage, bed: Bed, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models))
        other = await bed.bot(configuration(models, trigger="all"))
        await scene.alice.invite(scene.room, other.user_id)
        await scene.alice.sees_joined(scene.room, other.user_id)
        models.script(Reply("!llm set trigger all"), Reply(f"!ask {other.user_id} why?"))

        asked = await scene.alice.say(scene.room, "!ask one")
        await bed.answer(scene.alice, scene.room, other, after=asked)
        await scene.answer(asked)
        last = await scene.alice.say(scene.room, "!ask two")
        await bed.answer(scene.alice, scene.room, other, after=last)
        await scene.answer(last)

        assert len(models.requests) == 4
        for bot in (scene.bot, other):
            assert "rooms: {}" in (await bed.maubot.instance(bot.instance))["config"]
        await bed.dismiss(other)

    async def test_never_sees_other_rooms(
        self, stage: Stage, bed: Bed, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models))
        elsewhere = await bed.room(scene.alice, scene.bot)
        secret = await scene.alice.say(elsewhere, "a secret of the other room")
        await bed.answer(scene.alice, elsewhere, scene.bot, after=secret)

        reply = await scene.alice.reply(scene.room, secret, "what did I say there?")
        await scene.reply(reply)

        assert "secret" not in str(models.requests[-1].body)


async def test_a_person_with_matrix_nio_does_all_that_people_do(
    stage: Stage, bed: Bed, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models, include_names=False, footer=False), bob)
    models.script(Reply("One."), Reply("Two."), Reply("Two again."), HELD)
    room, bot = scene.room, scene.bot.user_id
    account = await bed.synapse.register("nora")
    async with NioPerson.present(bed.synapse.url, account) as nora:
        await scene.alice.invite(room, account.user_id)
        await nora.join(room)
        await scene.alice.sees_joined(room, account.user_id)

        first = await nora.say(room, "and so: one?", **{"m.mentions": {"user_ids": [bot]}})
        assert await nora.reads_answer() == "One."

        one = await scene.reply(first)
        reply = await nora.say(
            room, "two?", **{"m.relates_to": {"m.in_reply_to": {"event_id": one.id}}}
        )
        assert await nora.reads_answer() == "Two."

        two = await scene.reply(reply)
        await nora.react(room, two.id, "🔁")
        assert await nora.reads_answer() == "Two again."

        await nora.say(room, "!ask why?")
        held = await scene.sees_live(BEGUN)
        await nora.react(room, held.id, "🛑")
        assert await nora.reads_answer() == f"{BEGUN}\n\n⏹️ Stopped."

        await nora.redact(room, first)
        await scene.alice.sees(lambda seen: one.id in str(seen.event.get("redacts", seen.content)))

    assert [question(request) for request in models.requests] == [
        "and so: one?",
        "two?",
        "two?",
        "why?",
    ]
