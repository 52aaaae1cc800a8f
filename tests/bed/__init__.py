"""The test bed: a real Synapse, a real maubot and real people on loopback.

The tests and the demo stand on it:

    async with Bed.up(plugin=Path("dist/dev.llmstream-v0.1.0.mbp")) as bed:
        bot = await bed.bot({"defaults": {"provider": "demo"}})
        alice = await bed.person("alice")
        room = await bed.room(alice, bot)
        question = await alice.say(room, "!ask why is the sky blue?")
        answer = await alice.sees_answer(room, question)

Whatever it starts ends with the process that started it (leash.py), however that one ends.
"""
