"""What an MCP server sent, made into what a model and a room may have. Pure.

A server may be anybody's and may send anything. `mended` takes a result as it came, before `mcp`
judges it: one bad tool does not cost the others, nor an odd block the whole result. What it says
of its tools is bounded and can be seen by people.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

log = logging.getLogger(__name__)

MOST_TOOLS = 128
"""Of one server, and of one answer; OpenAI takes no more."""
_DESCRIPTION = 1024  # characters; OpenAI takes no more
_SCHEMA = 32_000  # characters of one tool's; every request to the model has it
_SCHEMAS = 256_000  # of all tools of a server


def mended(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a request, with its tools or its content as they should be."""
    if "tools" in result:
        return {**result, "tools": list(_tools(result["tools"]))}
    if "content" in result or "structuredContent" in result:
        rest = {key: value for key, value in result.items() if key != "structuredContent"}
        text = {"type": "text", "text": _text_of(result)}
        return {**rest, "content": [text], "isError": bool(result.get("isError"))}
    return dict(result)


def _tools(offered: Any) -> Iterator[dict[str, Any]]:
    """The tools that a model can be told of, with what it is told; the log has which cannot."""
    room, count = _SCHEMAS, 0
    for tool in offered if isinstance(offered, list) else []:
        if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
            log.warning("A tool without a name is left out")
            continue
        schema = _schema(tool.get("inputSchema"))
        size = len(json.dumps(schema, ensure_ascii=False))
        if size > min(_SCHEMA, room) or count > MOST_TOOLS:
            log.warning("The tool %.100r is left out: too many, or too large", tool["name"])
            continue
        room, count = room - size, count + 1
        # What it promises of its results (outputSchema) is left out with all the rest: patterns in
        # there may take forever to match.
        yield {
            "name": tool["name"],
            "title": _seen(tool.get("title"))[:100],
            "description": _seen(tool.get("description"))[:_DESCRIPTION],
            "inputSchema": schema,
        }


def _schema(schema: Any) -> dict[str, Any]:
    """A JSON Schema of type object. What else there is would be no arguments."""
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        return {"type": "object"}
    return {**schema, "type": "object"}


def _seen(text: Any) -> str:
    """Without what hides words from people and not from models, such as tags (U+E0000)."""
    beginning = text[: 2 * _DESCRIPTION] if isinstance(text, str) else ""
    return "".join(letter for letter in beginning if letter.isprintable() or letter in "\n\t")


def _text_of(result: Mapping[str, Any]) -> str:
    """All that a model can read of a result; what is no text is named in brackets."""
    content = result.get("content")
    if isinstance(content, list) and content:
        return "\n".join(map(_text, content))
    if isinstance(content, str | dict) and content:
        return _text(content)
    structured = result.get("structuredContent")
    return "(nothing)" if structured is None else json.dumps(structured, ensure_ascii=False)


def _text(block: Any) -> str:
    match block:
        case str() | {"type": "text", "text": str()}:
            return block if isinstance(block, str) else str(block["text"])
        case {"type": "resource_link", "uri": str(uri)}:
            return f"[link: {block.get('title') or block.get('name')}, {uri}]"
        case {"type": str(kind), "mimeType": str(media_type), "data": str(data)}:
            return f"[{kind}: {media_type}, {_size(data)}]"
        case {"type": "resource", "resource": {"text": str(text)}}:
            return text
        case {"type": "resource", "resource": {"uri": str(uri)} as resource}:
            return f"[file: {uri}, {resource.get('mimeType') or 'of unknown type'}]"
    return json.dumps(block, ensure_ascii=False)


def _size(base64: str) -> str:
    return f"{len(base64) * 3 // 4 // 1024 + 1} KiB"
