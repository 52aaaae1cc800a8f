"""The settings command, `!llm`: what each of its words does, and who may use it.

- `call`: which messages are commands; what the functions behind the words get.
- `table`: the words, and how they are obeyed. `help`: what is said of them.
- `status`, `usage`, `models`, `conversation`: a word or two each.
- `forgetting`: what was learned of the homeserver's limit.
- `examining`: what works and what does not, by the checks in `doctor/`.
- `settings`: what is set. `changing`: `set` and `unset`; `scopes`: in one room or everywhere.

Questions (`!ask`) are not commands: see `incoming/questions.py`.
"""

from .call import Command, command_of
from .table import obey

__all__ = ["Command", "command_of", "obey"]
