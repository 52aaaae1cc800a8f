"""An encrypted room: everything that is said there, and nothing of it in clear text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from llmstream.bot.incoming.questions import NOT_ENCRYPTED

from ..bed.bed import Bed
from ..bed.encrypted import ENCRYPTION, EncryptedPerson
from ..bed.maubot import MaubotError
from ..bed.message import LIVE
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from .asked import turns
from .scene import Scene, configuration


async def in_clear(alice: EncryptedPerson, room: str, text: str) -> str:
    """What a client that cannot encrypt says under her name, or the homeserver itself."""
    return await Person.send(alice, room, "m.room.message", {"msgtype": "m.text", "body": text})


TEXT = "Only you and I can read this: ключ под ковриком. " * 12


async def test_an_answer_in_an_encrypted_room_is_written_live_and_never_in_clear_text(
    bed: Bed, models: ModelServer
) -> None:
    models.otherwise = Reply(TEXT, usage=(11, 7), delay=0.04)
    async with bed.person("alice", EncryptedPerson) as alice:
        bot = await bed.bot(configuration(models))
        room = await bed.room(alice, bot, state=[ENCRYPTION])
        scene = Scene(bed, models, alice, bot, room)

        answer = await scene.ask("where is the key?")
        await bed.dismiss(bot)

    assert answer.body.startswith(TEXT.strip())
    assert len(answer.events) >= 3
    assert all(LIVE in seen.shown for seen in answer.events[:-1])
    assert not answer.live
    assert all(seen.event["encrypted"]["ciphertext"] for seen in answer.events)
    of_the_bot = [seen.event for seen in alice.seen if seen.sender == bot.user_id]
    assert all("encrypted" in event or "state_key" in event for event in of_the_bot)


async def test_in_an_encrypted_room_nothing_in_clear_text_is_obeyed_or_answered(
    bed: Bed, models: ModelServer
) -> None:
    async with bed.person("alice", EncryptedPerson) as alice:
        bot = await bed.bot(configuration(models))
        room = await bed.room(alice, bot, state=[ENCRYPTION])
        scene = Scene(bed, models, alice, bot, room)

        await in_clear(alice, room, "!llm set system_prompt Lie.")
        told = await alice.until(lambda: next(iter(scene.said()), None))
        await in_clear(alice, room, "!ask what is the key?")
        answer = await scene.ask("where is the key?")
        await bed.dismiss(bot)

    assert told.body == NOT_ENCRYPTED
    assert scene.said() == [told, answer]
    assert [turns(request) for request in models.requests] == [[("user", "where is the key?")]]


async def test_whether_the_device_is_verified_is_known_before_and_after_maubots_button(
    bed: Bed, models: ModelServer
) -> None:
    async with bed.person("alice", EncryptedPerson) as alice:
        bot = await bed.bot(configuration(models))
        room = await bed.room(alice, bot, state=[ENCRYPTION])
        scene = Scene(bed, models, alice, bot, room)

        async def encryption() -> str:
            asked = await alice.say(room, "!llm status")
            told = await alice.until(lambda: next(iter(scene.replies(asked)), None))
            return next(line for line in told.body.splitlines() if "Encryption" in line)

        before = await encryption()
        key = await bed.maubot.generate_recovery_key(bot.user_id)
        signed = await encryption()
        newer = await bed.synapse.log_in(bot.account)
        await bed.maubot.add_client(bed.synapse.url, newer)
        anew = await encryption()
        await bed.maubot.verify_client(bot.user_id, key)
        verified = await encryption()
        await bed.dismiss(bot)

    name = f"- **Encryption**: on, device `{bot.account.device_id}`"
    assert (before, signed) == (f"{name}, not verified", f"{name}, verified")
    name = f"- **Encryption**: on, device `{newer.device_id}`"
    assert (anew, verified) == (f"{name}, not verified", f"{name}, verified")


HELD = Reply("one two three four five six seven eight", hold_after=4)


async def test_a_room_that_is_encrypted_in_mid_answer_gets_nothing_more_in_clear(
    bed: Bed, models: ModelServer
) -> None:
    models.script(HELD)
    async with bed.person("alice", EncryptedPerson) as alice:
        bot = await bed.bot(configuration(models, footer=False))
        scene = Scene(bed, models, alice, bot, await bed.room(alice, bot))
        await alice.say(scene.room, "!ask go?")
        live = await scene.sees_live("one two three four")
        begun = len(live.events)

        megolm = {"algorithm": "m.megolm.v1.aes-sha2"}
        await alice.set_state(scene.room, "m.room.encryption", megolm)
        await alice.sees(lambda seen: seen.type == "m.room.encryption")
        asked = await alice.say(scene.room, "!llm status")
        await alice.until(lambda: scene.replies(asked))  # so that the bot has heard of it
        models.release()
        answer = await scene.finished(live.id, "complete")
        await bed.dismiss(bot)

    assert answer.body.startswith("one two three four five six seven eight")
    assert all("encrypted" in seen.event for seen in answer.events[begun:])


async def test_an_answer_that_could_not_be_encrypted_is_finished_once_it_can_be(
    bed: Bed, models: ModelServer
) -> None:
    """And nobody is asked for another one meanwhile."""
    models.script(HELD)
    anybody = {"access": {"clear_text_in_encrypted_rooms": True}}
    async with bed.person("alice", EncryptedPerson) as alice:
        bot = await bed.bot(configuration(models, footer=False) | anybody)
        scene = Scene(bed, models, alice, bot, await bed.room(alice, bot, state=[ENCRYPTION]))
        await alice.say(scene.room, "!ask go?")
        live = await scene.sees_live("one two three four")

        with suppress(MaubotError):  # 0.6.0 does it, and cannot write it into its database
            await bed.maubot.add_client(bed.synapse.url, replace(bot.account, device_id=""))
        async with bed.maubot.logs("this client has no encryption"):
            models.release()
        async with bed.maubot.logs("nothing is read or said there"):
            await in_clear(alice, scene.room, "!ask and this?")
        await bed.maubot.add_client(bed.synapse.url, bot.account)
        await alice.say(scene.room, "!nothing")  # its first sync need not wait for half a minute
        answer = await scene.finished(live.id, "complete")
        await bed.dismiss(bot)

    assert answer.body.startswith("one two three four five six seven eight")
    assert len(models.requests) == 1
    of_the_bot = [seen.event for seen in alice.seen if seen.sender == bot.user_id]
    assert all("encrypted" in event or "state_key" in event for event in of_the_bot)


async def test_encryption_that_is_switched_on_later_holds_at_once(
    bed: Bed, models: ModelServer
) -> None:
    """maubot makes a new client for the account then, while the plugin runs."""
    async with bed.person("alice", EncryptedPerson) as alice:
        bot = await bed.bot(configuration(models, footer=False), device=False)
        room = await bed.room(alice, bot, state=[ENCRYPTION])
        scene = Scene(bed, models, alice, bot, room)

        await bed.maubot.add_client(bed.synapse.url, bot.account)  # with its device

        answer = await scene.ask("can you read this?")
        await bed.dismiss(bot)

    assert answer.body.startswith("Hello from the model.")
    assert all(seen.event["encrypted"]["ciphertext"] for seen in answer.events)


async def test_an_answer_whose_device_is_deleted_is_finished_by_the_next_one(
    bed: Bed, models: ModelServer
) -> None:
    models.script(HELD)
    async with bed.person("alice", EncryptedPerson) as alice:
        bot = await bed.bot(configuration(models, footer=False))
        scene = Scene(bed, models, alice, bot, await bed.room(alice, bot, state=[ENCRYPTION]))
        await alice.say(scene.room, "!ask go?")
        live = await scene.sees_live("one two three four")

        async with bed.maubot.logs(f"knows the access token of {bot.user_id} no more"):
            await bed.synapse.delete_device(bot.account)
        models.release()
        await bed.maubot.add_client(bed.synapse.url, await bed.synapse.log_in(bot.account))
        answer = await scene.finished(live.id, "complete")
        another = await scene.ask("and this?")
        await bed.dismiss(bot)

    assert answer.body.startswith("one two three four five six seven eight")
    assert another.body.startswith("Hello from the model.")
    of_the_bot = [seen.event for seen in alice.seen if seen.sender == bot.user_id]
    assert all("encrypted" in event or "state_key" in event for event in of_the_bot)


async def test_each_event_of_an_answer_is_read_where_each_has_a_key_of_its_own(
    bed: Bed, models: ModelServer
) -> None:
    """As every hundredth has by default: it reaches people before what it opens."""
    words = " ".join(f"word{n}" for n in range(60))
    models.otherwise = Reply(words, delay=0.05)
    often = {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_msgs": 1}
    async with bed.person("alice", EncryptedPerson) as alice:
        bot = await bed.bot(configuration(models, footer=False))
        room = await bed.room(alice, bot, state=[ENCRYPTION | {"content": often}])
        answer = await Scene(bed, models, alice, bot, room).ask("go?")
        await bed.dismiss(bot)

    keys = [seen.event["encrypted"]["session_id"] for seen in answer.events]
    of_the_bot = [seen.event for seen in alice.seen if seen.sender == bot.user_id]
    assert answer.body == words
    assert len(set(keys)) == len(keys) >= 3
    assert all("encrypted" in event or "state_key" in event for event in of_the_bot)
