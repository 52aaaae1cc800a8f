"""What a server would not take so far, so that it is asked otherwise.

Servers that speak one API differ in what they accept, and say so only when asked. The first
refusal costs one request; after it the model is asked without what it refused, for an hour: the
model behind a name may be another by then. What only this one question was too much for is not
remembered.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from enum import Enum

from ..messages import Tool
from .base import Request
from .failures import Failure, Kind
from .token_limits import fewer_tokens

_REMEMBERED = 3600.0  # seconds

_NO = (
    "(not supported|unsupported|not support|no support|not allowed|not permitted|not available"
    "|deprecated|not enabled)"
)


def _refuses(what: str, *otherwise: str) -> re.Pattern[str]:
    """`what` and a "no" near each other, in either order; or one of the other ways to say it."""
    either = (f"{what}[^.]{{0,60}}{_NO}", f"{_NO}[^.]{{0,40}}{what}", *otherwise)
    return re.compile("|".join(either), re.IGNORECASE)


class Feature(Enum):
    """A part of a question that can be left out or put otherwise, and how servers refuse it."""

    # OpenAI: "Your organization must be verified to stream this model."
    STREAM = _refuses(r"\bstream(ing)?\b", "verified to stream")
    # Strict servers (FastAPI's "Extra inputs are not permitted", Mistral, Azure) just name it.
    STREAM_OPTIONS = re.compile("stream_options|include_usage")
    # OpenAI's reasoning models; Anthropic while thinking: "`temperature` may only be set to 1".
    TEMPERATURE = _refuses("temperature", "temperature[^.]{0,20}may only")
    # OpenAI: "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    MAX_TOKENS = _refuses(r"\bmax_tokens")
    # DeepSeek: "unknown variant `image_url`, expected `text`"; llama.cpp: "image input is not
    # supported"; OpenRouter: "No endpoints found that support image input".
    PICTURES = _refuses(
        r"(\bimages?\b|image_url|\bvision\b|multi-?modal|picture)",
        "unknown variant .{0,3}image",
        "support image input",
        "mmproj",
        r"image_url[^.]{0,80}(expected|invalid|only)",
        r"content[^.]{0,40}must be a string",
        "missing data required for image",
        r"at most 0 image",
    )
    # Templates of Mistral, Gemma, Llama 2: "Conversation roles must alternate user/assistant/…"
    TURNS = re.compile(
        r"must alternate|alternat(e|ing)[^.]{0,30}(role|user|assistant)"
        r"|(role|user|assistant)[^.]{0,40}alternat|consecutive[^.]{0,20}(user|role|message)",
        re.IGNORECASE,
    )
    # Gemma: "System role not supported"; "Developer instruction is not enabled for models/gemma"
    SYSTEM = _refuses(r"(system (role|message|prompt|instruction)s?|developer instruction)")
    # Strict servers: "property 'reasoning_content' is unsupported", or they just name it.
    REASONING = re.compile(
        r"^(?!.*\b(must|missing|require[sd]?)\b)"
        r".*(reasoning_(content|details)|thinking_blocks|encrypted[ _]content)",
        re.IGNORECASE | re.DOTALL,
    )
    # All tools: explain.py recognises it, and the question is asked anew without by its asker.
    TOOLS = re.compile(r"(?!)")
    # Some tool's schema, of which the server does not say which; see `Terms.refused_tools`.
    SCHEMAS = re.compile(r"(schema|parameters|function_declarations)", re.IGNORECASE)


_SCHEMA = re.compile(
    r"schema|tools?[.\[]\d+|function_declarations|invalid[^.]{0,30}(function|tool)", re.IGNORECASE
)
_PLACES = (
    re.compile(r"function_declarations[.\[](\d{1,4})"),  # Gemini's stand all in tools[0]
    re.compile(r"tools?[.\[](\d{1,4})"),
)
# One picture that is too large or no picture; the model may see others.
_BAD_PICTURE = re.compile(
    r"image[^.]{0,60}(exceed|too large|too big|size|could not (be )?process|invalid|corrupt"
    r"|media type|dimension|decode)|could not process image|invalid[^.]{0,20}(image|base64)"
    r"|failed to (load|decode)[^.]{0,20}image|unsupported image",
    re.IGNORECASE,
)
# OpenAI: "Invalid 'tools': array too long. Expected an array with maximum length 128, but got …"
_MOST_TOOLS = re.compile(
    r"(?i)tools\b.{0,80}?(?:maximum|at most|up to|limit|more than)[^\d]{0,30}(\d{1,4})\b"
)
# vLLM: "At most 1 image(s) may be provided in one request."; "Too many images in request"
_MOST_PICTURES = re.compile(
    r"(?i)(?:at most|maximum|up to|limit|more than)[^\d]{0,20}(\d{1,3})[^\d.]{0,20}image"
    r"|too many images"
)
_STATUSES = (0, 400, 403, 404, 405, 413, 422, 500, 501)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a model is to be asked.

    Args:
        without: What is left out or put otherwise.
        most_tokens: What `max_tokens` may be at most; 0 where that is not known.
        refused_tools: The names of the tools whose schemas it does not take.
        most_tools, most_pictures: How many it takes at most; None where that is not known.
    """

    without: frozenset[Feature] = frozenset()
    most_tokens: int = 0
    refused_tools: frozenset[str] = frozenset()
    most_tools: int | None = None
    most_pictures: int | None = None

    def tokens(self, wanted: int) -> int:
        """`wanted`, or as much of it as is allowed. 0 is a wish like any other: no limit."""
        return min(wanted, self.most_tokens) if wanted and self.most_tokens else wanted

    def tools(self, request: Request) -> list[Tool]:
        """The tools of the request that it is told of."""
        taken = [tool for tool in request.tools if tool.name not in self.refused_tools]
        return taken[: self.most_tools]


@dataclass(frozen=True, slots=True)
class Learned:
    """What a refusal has taught.

    Args:
        terms: How to ask now.
        note: The end of a sentence for the asker that begins with the model; '' for none.
        passing: The note is of interest only until the answer comes.
    """

    terms: Terms
    note: str = ""
    passing: bool = False


@dataclass(slots=True)
class _Known:
    terms: Terms = field(default_factory=Terms)
    until: float = 0.0


class Refusals:
    """What the models of one provider refused."""

    def __init__(self) -> None:
        self._of_model: dict[str, _Known] = {}

    def of(self, model: str) -> Terms:
        """How to ask this model."""
        known = self._of_model.get(model)
        if known is None or known.until < time.monotonic():
            return Terms()
        return known.terms

    def learn(
        self,
        request: Request,
        terms: Terms,
        failure: Failure,
        sent_tokens: int,
        *,
        too_long: bool,
    ) -> Learned | None:
        """How to ask again after this failure; None where nothing can be left out.

        Args:
            terms: How it was asked.
            sent_tokens: The `max_tokens` that was sent; 0 for none.
            too_long: It is said to have been too long, so that only less of it may help.
        """
        if failure.kind is not Kind.SAID or failure.status not in _STATUSES:
            return None
        if limit := fewer_tokens(failure.said, sent_tokens):
            fewer = replace(terms, most_tokens=limit.tokens)
            if limit.of_model:
                self._remember(request.model, fewer)
            note = f"allows max_tokens {limit.tokens} here, not {sent_tokens}"
            return Learned(fewer, note, passing=True)
        if too_long:
            return _without_pictures(request, terms) if failure.status == 413 else None
        return (
            self._with_fewer(request, terms, failure)
            or self._without_tool(request, terms, failure)
            or self._without_feature(request, terms, failure)
        )

    def remember_no_tools(self, model: str) -> None:
        """This model cannot use tools."""
        terms = self.of(model)
        self._remember(model, replace(terms, without=terms.without | {Feature.TOOLS}))

    def _with_fewer(self, request: Request, terms: Terms, failure: Failure) -> Learned | None:
        tools, pictures = len(terms.tools(request)), _pictures(request, terms)
        if found := _MOST_TOOLS.search(failure.said):
            most = int(found[1])
            if most < tools:
                return self._learned(
                    request,
                    replace(terms, most_tools=most),
                    f"takes {most} tools at most: answered with the first",
                )
        if (found := _MOST_PICTURES.search(failure.said)) and pictures:
            most = int(found[1] or 1)
            if 0 < most < pictures:
                return self._learned(
                    request,
                    replace(terms, most_pictures=most),
                    f"takes {most} pictures at most: answered with the last",
                )
        return None

    def _without_tool(self, request: Request, terms: Terms, failure: Failure) -> Learned | None:
        name = _tool_named(failure.said, terms.tools(request))
        if not (name and _SCHEMA.search(failure.said)):
            return None
        return self._learned(
            request,
            replace(terms, refused_tools=terms.refused_tools | {name}),
            f"does not take the tool {name}: answered without it",
        )

    def _without_feature(self, request: Request, terms: Terms, failure: Failure) -> Learned | None:
        for feature in Feature:
            if feature not in terms.without and _is_refused(feature, request, failure):
                seen = feature is Feature.PICTURES
                return self._learned(
                    request,
                    replace(terms, without=terms.without | {feature}),
                    "cannot see pictures: answered without" if seen else "",
                )
        return _without_pictures(request, terms) if _BAD_PICTURE.search(failure.said) else None

    def _learned(self, request: Request, terms: Terms, note: str) -> Learned:
        self._remember(request.model, terms)
        return Learned(terms, note)

    def _remember(self, model: str, terms: Terms) -> None:
        self._of_model[model] = _Known(terms, time.monotonic() + _REMEMBERED)


def _is_refused(feature: Feature, request: Request, failure: Failure) -> bool:
    match feature:
        case Feature.PICTURES:
            concerned = _has_pictures(request) and not _BAD_PICTURE.search(failure.said)
        case Feature.SCHEMAS:
            about = re.search(r"tool|function", failure.said, re.IGNORECASE)
            concerned = bool(request.tools and about)
        case _:
            concerned = True
    return concerned and bool(feature.value.search(failure.said))


def _has_pictures(request: Request) -> bool:
    return any(message.images for message in request.messages)


def _pictures(request: Request, terms: Terms) -> int:
    """How many were sent."""
    there = sum(len(message.images) for message in request.messages)
    return there if terms.most_pictures is None else min(there, terms.most_pictures)


def _without_pictures(request: Request, terms: Terms) -> Learned | None:
    """For this once: another picture may be taken."""
    if Feature.PICTURES in terms.without or not _has_pictures(request):
        return None
    without = replace(terms, without=terms.without | {Feature.PICTURES})
    return Learned(without, "did not take a picture: answered without")


def _tool_named(said: str, tools: list[Tool]) -> str:
    """The tool that a refusal is about: by its name, or its place among those that were sent."""
    by_length = sorted((tool.name for tool in tools), key=len, reverse=True)
    for name in by_length:
        if re.search(rf"([\"'`]|(function|tool|name)\W{{1,3}}){re.escape(name)}(?![\w-])", said):
            return name
    for place in filter(None, (pattern.search(said) for pattern in _PLACES)):
        number = int(place[1])
        return tools[number].name if number < len(tools) else ""
    return ""
