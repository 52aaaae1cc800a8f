"""What a model was asked, read from the requests that its server received. OpenAI's form."""

from __future__ import annotations

from typing import Any

from ..bed.models import Received


def turns(request: Received) -> list[tuple[str, str]]:
    """Who said what, oldest first: ("user", "why?")."""
    return [
        (message["role"], _text(message.get("content", "")))
        for message in request.body["messages"]
    ]


def question(request: Received) -> str:
    """What was asked, without what came before it."""
    return turns(request)[-1][1]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")
