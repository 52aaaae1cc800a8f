"""What the three packages raise, as one value.

It reads exceptions and error bodies; what they mean for a person is said in explain.py, and what
to do next is decided in explain.py and attempts.py.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from ..shapes import count, mapping, mappings

_LONGEST_MESSAGE = 200  # characters shown
_LONGEST_SAID = 5_000  # characters looked at

# Errors inside a stream come after a status of 200; these names stand for what it would have been.
_STATUS_OF_NAME = {
    "invalid_request_error": 400,
    "invalid_argument": 400,
    "context_length_exceeded": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "unauthenticated": 401,
    "billing_error": 402,
    "insufficient_quota": 402,
    "permission_error": 403,
    "permission_denied": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "not_found": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "resource_exhausted": 429,
    "too_many_requests": 429,
    "api_error": 500,
    "server_error": 500,
    "internal_server_error": 500,
    "internal_error": 500,
    "internal": 500,
    "bad_gateway": 502,
    "unavailable": 503,
    "service_unavailable": 503,
    "service_unavailable_error": 503,
    "server_overloaded": 503,
    "engine_overloaded": 503,
    "overloaded": 503,
    "timeout_error": 504,
    "deadline_exceeded": 504,
    "overloaded_error": 529,
}
_OVERLOADED = re.compile(
    r"overload|at capacity|too busy|too many requests|temporarily unavailable|rate.?limit",
    re.IGNORECASE,
)
_DEEPEST = 8  # errors inside errors

_TURNED_AWAY = (503, 529)  # a server that has too much to do has done nothing


class Kind(Enum):
    """How a request failed."""

    SAID = "the server said so"
    LOST = "no connection, or no longer"
    GARBLED = "something in it cannot be understood"
    FOREIGN = "what came is not this API at all"
    TOO_LARGE = "more came than an answer can be"


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
        sent: Whether the request may have come to a server.
    """

    kind: Kind
    status: int = 0
    said: str = ""
    message: str = ""
    retry_after: float | None = None
    sent: bool = True

    @property
    def used(self) -> bool:
        """Whether a model may have worked on the request all the same."""
        match self.kind:
            case Kind.LOST:
                return self.sent
            case Kind.SAID:
                return self.status >= 500 and self.status not in _TURNED_AWAY
        return self.kind is not Kind.FOREIGN


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
    if names & {"APIConnectionError", "RequestError", "InvalidURL", "ConnectionError"}:
        return Failure(Kind.LOST, sent=not _never_connected(error))
    if names & {"JSONDecodeError", "UnicodeDecodeError", "ValidationError"}:
        return Failure(Kind.GARBLED)
    if "APIError" in names:
        return failure_said(getattr(error, "body", None), _status(error), _headers(error))
    return None


def _never_connected(error: BaseException | None) -> bool:
    """Whether the request was never sent. `ollama` says so with a ConnectionError of Python's."""
    while error is not None:
        names = {base.__name__ for base in type(error).__mro__}
        if type(error) is ConnectionError or names & {
            "ConnectError",
            "ConnectTimeout",
            "InvalidURL",
        }:
            return True
        error = error.__cause__
    return False


def failure_said(
    body: object, status: int = 0, headers: Mapping[str, str] | None = None
) -> Failure:
    """What an error object means, wherever it came: as a response's body or inside a stream."""
    body = _as_json(body) if isinstance(body, str) else body
    said = (body if isinstance(body, str) else json.dumps(body, default=str))[:_LONGEST_SAID]
    message = _message(body)
    return Failure(
        Kind.SAID,
        status if status >= 400 else _status_inside(body) or _status_in_words(message),
        said,
        harmless(message),
        _retry_after(headers or {}),
    )


def error_in(piece: Mapping[str, Any]) -> object:
    """The error object in a piece of an answer, wherever it stands; None where there is none."""
    for place in (piece, *mappings(piece.get("choices"))):
        if found := place.get("error") or place.get("errors"):
            return place if isinstance(found, bool) else {**place, "error": found}
    gateway = mapping(piece.get("base_resp"))  # MiniMax's: 0 where all is well
    if gateway.get("status_code"):
        return gateway
    declared = piece.get("type") == "error" or piece.get("object") == "error"
    return piece if declared or piece.get("success") is False else None


def remark_in(piece: Mapping[str, Any]) -> object:
    """A sentence in a piece that has nothing of an answer; None where there is none.

    It is an error where no answer comes (FastAPI's `detail`, a gateway's `message`), and a sign of
    life where one does ("queued").
    """
    if piece.get("choices") or "content" in piece or piece.keys().isdisjoint(_SENTENCES):
        return None
    said = any(isinstance(piece.get(key), str | list) and piece[key] for key in _SENTENCES)
    return piece if said or isinstance(piece.get("detail"), dict) else None


def harmless(message: str) -> str:
    """A server's message on one short line: no markup, no addresses, nothing like a key."""
    if re.search(r"<(!doctype|html|head|body)\b", message, re.IGNORECASE):
        return ""
    message = re.sub(r"<[^<>]*>", " ", message[: 10 * _LONGEST_MESSAGE])
    message = re.sub(r"\w+://\S+|\bwww\.\S+", "…", message)
    message = re.sub(
        r"(?i)\b(bearer|basic|key|token|password)\b(\s*[:=]\s*|\s+(?=\S{12}))\S+", r"\1 …", message
    )
    message = re.sub(r"\b(sk|pk|key|gsk|xai|AIza)[-_*.\w]{6,}", "…", message)
    message = re.sub(r"[\w-]{25,}", _without_key, message)
    message = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    if len(message) > _LONGEST_MESSAGE:
        message = message[: _LONGEST_MESSAGE - 1].rstrip() + "…"
    return message


def _without_key(word: re.Match[str]) -> str:
    """A long word with a digit in it may be a key; one without is a name."""
    return "…" if re.search(r"\d", word[0]) else word[0]


def _status(error: Exception) -> int:
    status = getattr(error, "status_code", 0)
    return status if isinstance(status, int) else 0


def _headers(error: Exception) -> Mapping[str, str]:
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    return headers


# OpenAI's and most others'; FastAPI's, so vLLM's; those of gateways.
_SENTENCES = ("message", "detail", "msg", "status_msg", "error_msg", "error_message", "errmsg")


def _message(error: object, depth: int = 0) -> str:
    """The sentence in an error, which may stand in an error in a list (Gemini), or the like."""
    if isinstance(error, str):
        return error
    if depth > _DEEPEST:
        return ""
    if isinstance(error, list):
        return next((found for item in error if (found := _message(item, depth + 1))), "")
    if not isinstance(error, Mapping):
        return ""
    inner = error.get("error") or error.get("errors")
    raw = mapping(error.get("metadata")).get("raw")  # OpenRouter: what the one behind it said
    of_error = _message(inner, depth + 1) if inner and not isinstance(inner, str) else ""
    own = next((found for key in _SENTENCES if (found := _message(error.get(key), depth + 1))), "")
    sentence = of_error or own or (inner if isinstance(inner, str) else "")
    if isinstance(raw, str) and (behind := _message(_as_json(raw), depth + 1)):
        return f"{sentence.rstrip('. ')}: {behind}" if sentence else behind
    return sentence


def _as_json(text: str) -> object:
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return text


def _status_inside(error: object, depth: int = 0) -> int:
    if depth > _DEEPEST:
        return 0
    if isinstance(error, list):
        return next((found for item in error if (found := _status_inside(item, depth + 1))), 0)
    if not isinstance(error, Mapping):
        return 0
    if found := _status_inside(error.get("error") or error.get("errors"), depth + 1):
        return found
    for key in ("code", "status", "status_code", "type"):
        value = error.get(key)
        if isinstance(value, str):
            name = value.lower()
            value = count(value) or _STATUS_OF_NAME.get(name, 0)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return 0


def _status_in_words(message: str) -> int:
    return 503 if _OVERLOADED.search(message[:_LONGEST_SAID]) else 0


def _retry_after(headers: Mapping[str, str]) -> float | None:
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError):
            seconds = float(headers[name]) / unit
            if math.isfinite(seconds):
                return max(0.0, seconds)
    with suppress(KeyError, ValueError):
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    return None
