"""The configuration in force now. The one owner of it: everything else asks `current`."""

from __future__ import annotations

import logging

from .mistakes import ConfigError
from .parsing import closed, read, salvage
from .values import Access, Configuration
from .written import Config

_UNTIL_THEN = "Until this is mended, only admins may ask and change settings."


class LiveConfiguration:
    """What holds, and what is wrong with what was written last.

    A mistake never stops the plugin. After one, the last good configuration stays; at the start,
    when there is none, the keys that are good count, and defaults for the others.
    """

    def __init__(self, config: Config, log: logging.Logger) -> None:
        self._config = config
        self._log = log
        self._problems: tuple[str, ...] = ()
        self.current = self._first()

    @property
    def problem(self) -> str | None:
        """Sentences for the log and for `!llm status`, one in a line. None if all is well."""
        return "\n".join(self._problems) or None

    def reload(self) -> bool:
        """Take what the web UI or `set_room` has written. False if the last good one stays."""
        try:
            self._config.load_and_update()
            self.current = read(self._config.document)
        except ConfigError as error:
            self._note(*error.problems, "The configuration before it is still in force.")
            return False
        self._problems = ()
        return True

    def _first(self) -> Configuration:
        try:
            self._config.load_and_update()
            first, problems = salvage(self._config.document)
        except ConfigError as error:
            first, problems = Configuration(access=closed(Access())), error.problems
        if problems:
            shut = first.access == closed(first.access)
            self._note(*problems, *([_UNTIL_THEN] if shut else []))
        return first

    def _note(self, *problems: str) -> None:
        self._problems = problems
        self._log.warning("The configuration has mistakes. %s", " ".join(problems))
