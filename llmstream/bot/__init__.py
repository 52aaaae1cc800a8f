"""The maubot plugin: lives in rooms, asks models, shows answers through the library.

LLMStream       starts and stops one instance                     plugin.py
Instance        what its parts share                              instance.py
CurrentClient   the client that maubot has now                    current_client.py
own_device      whether it encrypts, and others trust it          own_device.py
keep            keys that come in the sync that maubot drops      first_sync.py
KeyExchange     keys that other devices send, and are given       key_exchange.py
incoming/       what is heard, and what becomes of it
room/           who may ask, what a question is, what was said before
answering/      one answer, from its question to its end
commands/       `!llm`
tools/          what models may use
config/, store/ what is set, and what is kept
tell_of_…       what admins hear without having asked             for_admins.py
reply, tell     what the bot says besides answers                 notice.py
may_steer       who may stop an answer, or have it tried again    permissions.py
code, listed    how values stand in a sentence                    phrases.py
Packages        those behind providers and tools, had or wanted   packages.py
install         one of them, by pip, tried in another process     installing.py
Tally           what was answered since the start, in numbers     tally.py
web/            a page that shows what it does, and /metrics
garbage         what Python searches for garbage, how often       garbage.py
quieten         loggers that would write conversations down       quiet.py
hear_between_steps  a stop signal, taken where nothing breaks     signals.py
"""
