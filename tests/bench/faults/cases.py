"""All faults, in the order of the table."""

from __future__ import annotations

from . import databases, homeserver, processes, providers, rooms

CASES = (*homeserver.CASES, *providers.CASES, *rooms.CASES, *processes.CASES, *databases.CASES)
SHORT = tuple(case for case in CASES if not (case.long or case.together or case.needs))
"""Those that befall one bot of any bed, and take some seconds."""
