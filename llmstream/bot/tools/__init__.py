"""Tools for models: a room's toolbox, the servers behind it, the loop of steps around a provider.

    Servers     the MCP servers of the instance, shared by all answers    servers.py, server.py
    Toolbox     what one room may use: these, `time` and `fetch`          toolbox.py
    run         asks the provider, makes its calls, asks again            steps.py, calls.py
    Approvals   the asker's ✅ or ❌ to one answer's calls                 approval.py

Nothing here knows Matrix: everything that a room sees goes out as chunks.
"""

from .approval import Approval, Approvals
from .servers import Servers
from .steps import run
from .toolbox import Toolbox

__all__ = ["Approval", "Approvals", "Servers", "Toolbox", "run"]
