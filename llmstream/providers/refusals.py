"""What a server would not take so far, so that it is asked without.

Servers that "speak the OpenAI API" differ in what they accept, and say so only when asked. The
first refusal costs one request; after it the model is asked without that feature for as long as we
run.
"""

from __future__ import annotations

import re
from enum import Enum

from .failures import Failure, Kind

_NO = (
    "(not supported|unsupported|not support|no support|not allowed|not permitted|not available"
    "|deprecated)"
)


def _refuses(what: str, *otherwise: str) -> re.Pattern[str]:
    """`what` and a "no" near each other, in either order; or one of the other ways to say it."""
    either = (f"{what}[^.]{{0,60}}{_NO}", f"{_NO}[^.]{{0,40}}{what}", *otherwise)
    return re.compile("|".join(either), re.IGNORECASE)


class Feature(Enum):
    """A part of a request that can be left out, and how servers say that they do not take it."""

    # OpenAI: "Your organization must be verified to stream this model."
    STREAM = _refuses(r"\bstream(ing)?\b", "verified to stream")
    # Strict servers (FastAPI's "Extra inputs are not permitted", Mistral, Azure) just name it.
    STREAM_OPTIONS = re.compile("stream_options|include_usage")
    # OpenAI's reasoning models; Anthropic while thinking: "`temperature` may only be set to 1".
    TEMPERATURE = _refuses("temperature", "temperature[^.]{0,20}may only")
    # OpenAI: "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    MAX_TOKENS = _refuses(r"\bmax_tokens")


_STATUSES = (400, 403, 404, 405, 422, 500, 501)


class Refusals:
    """The features that each model of one provider refused."""

    def __init__(self) -> None:
        self._of_model: dict[str, set[Feature]] = {}

    def of(self, model: str) -> frozenset[Feature]:
        """What to leave out for this model."""
        return frozenset(self._of_model.get(model, ()))

    def learn(self, model: str, failure: Failure) -> bool:
        """Whether this failure refused something that can be left out. It is, from now on."""
        if failure.kind is not Kind.SAID or failure.status not in _STATUSES:
            return False
        known = self._of_model.setdefault(model, set())
        for feature in Feature:
            if feature not in known and feature.value.search(failure.said):
                known.add(feature)
                return True
        return False
