"""Tools for models: a room's toolbox, the servers behind it, the loop of steps around a provider.

The way of a call:

    steps.py         run: asks the provider, has its calls made, asks again
    calls.py         the calls of one step, side by side
    call_reading.py  calls as models really write them
    approval.py      Approvals: the asker's ✅ or ❌ to one answer's calls
    exact.py         a call written out, for who has to approve it
    toolbox.py       Toolbox: what one room may use, built in or from servers
    tool.py          BoundTool, Result: one tool, and how a call of it ended
    shown.py         how a call reads in the room

Built in (a new one has its module, its line in `toolbox.built_in` and in `BUILT_IN_TOOLS` of
bot/config, and its word at `tools:` in base-config.yaml):

    clock.py         `time`
    fetch.py         `fetch`, with public_hosts.py (where it may go), fetch_queue.py (when),
                     charsets.py and readable.py (a page as text)

MCP servers, shared by all answers of the instance:

    servers.py       Servers, Server: what lasts, while sessions come and go
    session.py       one session, from its start to its end
    transport.py     how a server is reached, and why it is not
    bounded_http.py  how much it may send over HTTP; bounded_stdio.py: how much a process may print
    mcp_reading.py   what a server sent, as values of ours

Nothing here knows Matrix: everything that a room sees goes out as chunks.
"""

from .approval import ALL_KEYS, Approval, Approvals
from .servers import Servers
from .steps import run
from .toolbox import Toolbox, built_in

__all__ = ["ALL_KEYS", "Approval", "Approvals", "Servers", "Toolbox", "built_in", "run"]
