"""How a room is read.

read, Said      what one event says, with its edits              said.py
annotation_in   what a reaction says                             annotations.py
to_messages     the events of a room as a conversation           transcript.py
Names           how speakers are called, each unlike the others  names.py
Capabilities    what rooms take besides messages                 bridges.py
identifier, text, number    JSON that strangers have written     raw.py
"""
