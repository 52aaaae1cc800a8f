"""The one error of the configuration. Its sentences go to the log and into rooms: no secrets."""

from __future__ import annotations

from collections.abc import Iterable


class ConfigError(Exception):
    """Something in the configuration, or typed at `!llm set`, is not what it has to be.

    `problems` are whole sentences, each naming the key, what is wrong and what would be right.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
