"""What the log has of answers: one line for each, and what an admin must do about those that fail.

No text of people or models. The levels of the log, for all of the plugin: INFO is this one line an
answer, WARNING what an admin must act on, ERROR a mistake of ours; all else is DEBUG.
"""

from __future__ import annotations

import logging

from ...matrix.content.style import About, dollars
from ...post import Posted
from ...providers import errors
from ...providers.errors import ProviderError
from ..phrases import count

_FOR_ADMINS = (
    errors.NotReachable,
    errors.WrongAddress,
    errors.NotAuthorized,
    errors.UnknownModel,
    errors.OutOfQuota,
    errors.PackageMissing,
)


def log_answer(log: logging.Logger, room_id: str, about: About, posted: Posted) -> None:
    """An answer has ended, and the room has all of it."""
    usage, names = posted.usage, about.names()
    log.info(
        "Answered in %s: %s, %s %s, %s → %s tokens%s, %.1f s, %s",
        room_id,
        posted.status,
        names["provider"],
        names["model"] or "-",
        "?" if usage.input is None else usage.input,
        "?" if usage.output is None else usage.output,
        "" if posted.cost is None else f", {dollars(posted.cost)}",
        posted.seconds,
        count(posted.edits, "edit"),
    )


def log_failure(log: logging.Logger, room_id: str, error: ProviderError) -> None:
    """A provider could not answer. A warning where that stays so until an admin does something.

    What others say may quote the question: it stands in the room alone.
    """
    if isinstance(error, _FOR_ADMINS):
        log.warning("No answer in %s: %s", room_id, error)
    else:
        log.debug("No answer in %s: %s", room_id, type(error).__name__)
