"""The test bed: a real Synapse, a real maubot and real people on loopback.

The tests and the demo stand on it:

    async with Bed.up(archive) as bed, bed.person("alice") as alice:
        bot = await bed.bot({"defaults": {"trigger": "all"}})
        room = await bed.room(alice, bot)
        question = await alice.say(room, "!ask why is the sky blue?")
        answer = await bed.answer(alice, room, bot, after=question)

Whatever it starts ends with the process that started it (leash.py), however that one ends.
"""
