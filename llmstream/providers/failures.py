"""What the three packages raise, as one value.

It reads exceptions and error bodies; what they mean for a person is said in explain.py, and what
to do next is decided in attempts.py.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

_LONGEST_MESSAGE = 200  # characters shown
_LONGEST_SAID = 20_000  # characters looked at

# Errors inside a stream come after a status of 200; these names stand for what it would have been.
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "api_error": 500,
    "server_error": 500,
    "internal_server_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


class Kind(Enum):
    """How a request failed."""

    SAID = "the server said so"
    LOST = "no connection, or no longer"
    GARBLED = "what came is not this API"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed request.

    Args:
        kind: How it failed.
        status: The HTTP status, or the one that an error inside a stream stands for; 0 where
            unknown.
        said: All that the server said, to recognise it by; never shown.
        message: The part of it meant for people, made harmless.
        retry_after: Seconds from now, where the server named them.
    """

    kind: Kind
    status: int = 0
    said: str = ""
    message: str = ""
    retry_after: float | None = None


class Failed(Exception):
    """A failure that only we noticed: the package took the answer for a good one."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.kind.value)
        self.failure = failure


def failure_of(error: Exception) -> Failure | None:
    """What a package's exception means; None where it is not about the request.

    Exceptions are told by the names of their classes: `openai` and `anthropic` come from one
    generator and name them alike, and httpx and its fork httpx2 do, whichever of the two a package
    brings.
    """
    if isinstance(error, Failed):
        return error.failure
    names = {base.__name__ for base in type(error).__mro__}
    if names & {"APIConnectionError", "TransportError", "InvalidURL", "ConnectionError"}:
        return Failure(Kind.LOST)
    if names & {"JSONDecodeError", "UnicodeDecodeError", "ValidationError"}:
        return Failure(Kind.GARBLED)
    if names & {"APIError", "ResponseError"}:
        body = getattr(error, "body", None) or getattr(error, "error", None)
        return failure_said(body, _status(error), _headers(error))
    return None


def failure_said(
    body: object, status: int = 0, headers: Mapping[str, str] | None = None
) -> Failure:
    """What an error object means, wherever it came: as a response's body or inside a stream."""
    said = (body if isinstance(body, str) else json.dumps(body, default=str))[:_LONGEST_SAID]
    inner = _innermost(body)
    return Failure(
        Kind.SAID,
        status if status >= 400 else _status_inside(inner),
        said,
        harmless(_message(inner)),
        _retry_after(headers or {}),
    )


def harmless(message: str) -> str:
    """A server's message on one short line: no markup, no addresses, nothing like a key."""
    if re.search(r"<(!doctype|html|head|body)\b", message, re.IGNORECASE):
        return ""
    message = re.sub(r"<[^<>]*>", " ", message[: 10 * _LONGEST_MESSAGE])
    message = re.sub(r"\w+://\S+|\bwww\.\S+", "…", message)
    message = re.sub(
        r"(?i)\b(bearer|basic|key|token|password)\b(\s*[:=]\s*|\s+(?=\S{12}))\S+", r"\1 …", message
    )
    message = re.sub(
        r"\b(sk|pk|key|gsk|xai|AIza)[-_*.\w]{6,}|(?=[\w-]*\d)[\w-]{25,}", "…", message
    )
    message = " ".join(message.split())
    if len(message) > _LONGEST_MESSAGE:
        message = message[: _LONGEST_MESSAGE - 1].rstrip() + "…"
    return message


def _status(error: Exception) -> int:
    status = getattr(error, "status_code", 0)
    return status if isinstance(status, int) else 0


def _headers(error: Exception) -> Mapping[str, str]:
    # ollama hides the response: it raises its own error while handling httpx's, `from None`.
    source = error if hasattr(error, "response") else error.__context__
    headers: Mapping[str, str] = getattr(getattr(source, "response", None), "headers", {})
    return headers


def _innermost(body: object) -> object:
    """The error itself, out of `{"error": {…}}`; Gemini puts that into a list."""
    if isinstance(body, Sequence) and not isinstance(body, str) and body:
        return _innermost(body[0])
    if isinstance(body, Mapping) and (inner := body.get("error")):
        return _innermost(inner)
    return body


def _message(error: object) -> str:
    if isinstance(error, str):
        return error
    if isinstance(error, Mapping):
        for key in ("message", "msg", "detail"):  # the last two: FastAPI's, so vLLM's
            if found := error.get(key):
                return _message(_innermost(found))
    return ""


def _status_inside(error: object) -> int:
    if not isinstance(error, Mapping):
        return 0
    for key in ("code", "status", "type"):
        value: Any = error.get(key)
        if isinstance(value, str):
            value = int(value) if value.isdecimal() else _STATUS_OF_TYPE.get(value, 0)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return 0


def _retry_after(headers: Mapping[str, str]) -> float | None:
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError):
            seconds = float(headers[name]) / unit
            if math.isfinite(seconds):
                return max(0.0, seconds)
    with suppress(KeyError, ValueError):
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    return None
