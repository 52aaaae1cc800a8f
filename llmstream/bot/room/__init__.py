"""What people do in a room: who may ask and how much, what a question is, what was said before.

Who          access.py       globs over people and rooms, who may change settings
             people.py       members, names and power levels, as the server says
             succession.py   which room takes the place of which
How much     limits.py       answers, tokens and money in a span of time
             allowances.py   the limits on tokens and money, one by one
             queue.py        how many at once, and who waits
             bot_loops.py    bots that answer each other
             token_estimate.py
Questions    triggers.py     which messages are questions, and where their answers belong
             direct_chats.py where all that is said is one
             addressing.py   whom a text speaks to
             inquiry.py      the homeserver asked, once more where it did not answer
Before       history.py      the conversation that a question belongs to
             context.py      a room's talk before a question, quoted
             visibility.py   what of it the asker may see
             timeline.py     the homeserver's events, as they stand now
             decryption.py   events in clear, and who encrypted them
             attachments.py  files as a model can take them
             media.py        their bytes
             fitting.py      a conversation cut to what a model can take
"""
