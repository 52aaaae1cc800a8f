"""All faults, in the order of the table."""

from __future__ import annotations

from . import admins, databases, homeserver, processes, providers, responses, rooms, several

CASES = (
    *homeserver.CASES,
    *responses.CASES,
    *providers.CASES,
    *rooms.CASES,
    *admins.CASES,
    *processes.CASES,
    *several.CASES,
    *databases.CASES,
)
SHORT = tuple(case for case in CASES if not (case.is_long or case.together or case.needs))
"""Those that befall one bot of any bed, and take some seconds."""
