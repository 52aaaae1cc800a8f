"""What an MCP server sent, as values of ours: results as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp.types import CallToolResult, ContentBlock


def text_of(result: CallToolResult) -> str:
    """All that a model can read of a result; what is no text is named in brackets."""
    if result.content:
        return "\n".join(map(_text, result.content))
    if result.structured_content is not None:
        return json.dumps(result.structured_content, ensure_ascii=False)
    return "(nothing)"


def _text(block: ContentBlock) -> str:
    if block.type == "text":
        return block.text
    if block.type == "resource_link":
        return f"[link: {block.title or block.name}, {block.uri}]"
    if block.type != "resource":
        return f"[{block.type}: {block.mime_type}, {_size(block.data)}]"
    text = getattr(block.resource, "text", None)
    if text is not None:
        return str(text)
    return f"[file: {block.resource.uri}, {block.resource.mime_type or 'of unknown type'}]"


def _size(base64: str) -> str:
    return f"{len(base64) * 3 // 4 // 1024 + 1} KiB"
