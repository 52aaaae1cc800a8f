"""How a room is read.

read, Said      what one event says, with its edits              said.py
location, poll  what is neither text nor file, in words          in_words.py
annotation_in   what a reaction says                             annotations.py
to_messages     the events of a room as a conversation           transcript.py
Names           how speakers are called, each unlike the others  names.py
Delivery        how an answer should come into a room            delivery.py
known, Features what a room's state says of its bridges          bridges.py, features.py
Platform        what is known of what is behind them             platforms.py
Capabilities    what rooms bear, asked for and kept              capabilities.py
identifier, text, number    JSON that strangers have written     raw.py
"""
