"""What the parts of one running instance share. `plugin.py` makes it; nobody changes it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from mautrix.client import Client

from ..matrix.bridges import Reaches
from ..matrix.scheduler import Scheduler
from .config import Config, LiveConfiguration
from .connections import Connections
from .packages import Packages
from .room.access import Notices
from .room.limits import Gate
from .room.line import Line
from .room.loops import Loops
from .room.people import People
from .running import Running
from .store import Store
from .tools import Servers


@dataclass(frozen=True, slots=True)
class Parts:
    """One instance's client and everything around it.

    Attributes:
        started_at: Milliseconds since 1970: what was asked before is old.
        told_unreadable: Rooms that know that some of their messages cannot be decrypted.
    """

    client: Client
    config: Config
    configuration: LiveConfiguration
    store: Store
    scheduler: Scheduler
    connections: Connections
    packages: Packages
    servers: Servers
    people: People
    reaches: Reaches
    gate: Gate
    line: Line
    loops: Loops
    notices: Notices
    running: Running
    started_at: int
    log: logging.Logger
    told_unreadable: set[str] = field(default_factory=set)
