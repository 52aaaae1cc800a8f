"""An encrypted room: everything that is said there, and nothing of it in clear text."""

from __future__ import annotations

from llmstream.bot.incoming.questions import NOT_ENCRYPTED

from ..bed.bed import Bed
from ..bed.encrypted import ENCRYPTION, EncryptedPerson
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
