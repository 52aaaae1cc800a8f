"""How a room is read.

read, Said      what one event says, with its edits           said.py
to_messages     the events of a room as a conversation        transcript.py
Capabilities    what rooms take besides messages              bridges.py
"""
