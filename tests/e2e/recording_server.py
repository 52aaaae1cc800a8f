"""An MCP server whose one tool, `run`, writes each command into the file that it is given."""

from __future__ import annotations

import sys
from pathlib import Path

from mcp.server.mcpserver import MCPServer

server = MCPServer("recording")


@server.tool()
def run(command: str) -> str:
    """Runs a command."""
    with Path(sys.argv[1]).open("a") as record:
        record.write(f"{command!r}\n")
    return "done"


server.run()
