"""What a model was asked, read from the requests that its server received. OpenAI's form."""

from __future__ import annotations

from typing import Any

from ..bed.models import Received
from ..bed.person import Person
from .scene import Scene


def turns(request: Received) -> list[tuple[str, str]]:
    """Who said what, oldest first: ("user", "why?")."""
    return [
        (message["role"], _text(message.get("content", "")))
        for message in request.body["messages"]
    ]


def said(scene: Scene, bob: Person) -> list[tuple[str, str]]:
    """What the model was told last, with the two's names made short."""
    names = {bob.user_id: "[bob]", scene.alice.user_id: "[alice]"}
    told = turns(scene.models.requests[-1])
    for user_id, name in names.items():
        named = f"[{user_id[1:].partition(':')[0]}]"
        told = [(role, text.replace(named, name)) for role, text in told]
    return told


def question(request: Received) -> str:
    """What was asked, without what came before it."""
    return turns(request)[-1][1]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")
