"""An MCP server of the protocol of 2024, by hand: most that are in use know no newer one.

Its one tool, `grow`, gives it another tool and says that its list has changed. It also prints what
is no message, and no UTF-8.
"""

from __future__ import annotations

import json
import sys
from typing import Any

tools = ["grow"]


def say(**message: Any) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def answer(request: dict[str, Any]) -> dict[str, Any] | None:
    match request["method"]:
        case "initialize":
            return {
                "protocolVersion": "2024-11-05",
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "old", "version": "1"},
            }
        case "tools/list":
            return {"tools": [{"name": each, "inputSchema": {"type": "object"}} for each in tools]}
        case "tools/call":
            print("a line that is no message", flush=True)
            sys.stdout.buffer.write(b"\xff{\n")
            tools.append("grown")
            say(method="notifications/tools/list_changed")
            return {"content": [{"type": "text", "text": "grown"}]}
    return None


for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    if (result := answer(request)) is not None:
        say(id=request["id"], result=result)
    else:
        say(id=request["id"], error={"code": -32601, "message": "Method not found"})
