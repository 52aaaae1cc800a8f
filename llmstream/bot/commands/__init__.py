"""The settings command, `!llm`: what each of its words does, and who may use it.

command.py reads what was typed, table.py knows the words and obeys, call.py is what the functions
behind the words get. Questions (`!ask`) are not commands: see `questions.py`.
"""

from .command import Command, command_of
from .table import obey

__all__ = ["Command", "command_of", "obey"]
