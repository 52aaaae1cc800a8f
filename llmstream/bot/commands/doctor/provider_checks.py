"""Where answers come from: each provider is asked something small, each tool server for its
tools.

A question counts as one of the admin who has asked for it. It is ended after so many words that
the pace is known, or when it takes too long, so that it costs next to nothing.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial

from yarl import URL

from ....chunks import Chunk, Reasoning, Text, Usage
from ....messages import Message
from ....providers import TYPES, Request, Settings, errors
from ....providers.errors import ProviderError
from ...answering.metered import Metered
from ...config import Limits, ToolServer
from ...phrases import code, count
from ...room.limits import Asking
from ...room.token_estimate import estimate_request, estimate_tokens
from ...tools.tool import ToolError
from ..call import Call
from ..models import is_offered, model_of
from .finding import Check, Finding

_QUESTION = (Message("user", "Write the numbers from one to twenty in words, and nothing else."),)
_ENOUGH = 400  # characters, thoughts included
_PATIENCE = 40.0
_LOADING = (
    "A local model may still be loading: ask again. Else the server has taken the question and "
    "says nothing; its own log says why."
)
_HERE = ("localhost", "127.0.0.1", "::1")
_SHORT: tuple[tuple[type[ProviderError], str], ...] = (
    (errors.PackageMissing, "its Python package does not load"),
    (errors.NotReachable, "not reached"),
    (errors.WrongAddress, "something else answers there"),
    (errors.NotAuthorized, "not let in"),
    (errors.UnknownModel, "no such model"),
    (errors.OutOfQuota, "out of credit"),
    (errors.Busy, "too busy, or broken"),
    (errors.Stalled, "takes questions and says nothing"),
)


def provider_checks(call: Call) -> list[Check]:
    """Of all providers and tool servers, for admins."""
    configuration = call.configuration
    return [
        *(
            Check(f"Provider {code(name)}", partial(_provider, call, one), _PATIENCE, _LOADING)
            for name, one in configuration.providers.items()
        ),
        *(
            Check(f"Tools of {code(name)}", partial(_tools, call, one), _PATIENCE)
            for name, one in configuration.tools.items()
        ),
    ]


async def _provider(call: Call, provider: Settings) -> Finding:
    connected = call.instance.connections.get(provider)
    model = _model_for(call, provider)
    if (package := TYPES[provider.type].package) and await call.instance.packages.lacks(package):
        said = f"its Python package {code(package)} is missing"
        return Finding(said, "bad", "How to get it stands under *Packages*.")
    try:
        if not model and provider.type != "demo":
            return _not_chosen(call, provider, await connected.models())
        pace = await _asked(call, provider, model)
    except ProviderError as error:
        short = next((said for kind, said in _SHORT if isinstance(error, kind)), "does not answer")
        remedy = f"{error}{_seen_from_here(provider, error)}"
        return Finding(f"{code(model)}, {short}" if model else short, "bad", remedy)
    said = f"{code(model)}, {pace.said}" if model else pace.said
    with suppress(ProviderError):  # many servers do not list their models
        offered = await connected.models()
        if missing := [one for one in _others(call, provider) if not is_offered(one, offered)]:
            asked = ", ".join(map(code, missing))
            return Finding(
                f"{said}; but it does not list {asked}, for which rooms or `defaults` ask it",
                "bad",
                f"{call.form(f'models {provider.name}')} shows what it has; "
                f"{call.form('unset model')} in those rooms goes back to its own.",
            )
    return Finding(said)


def _seen_from_here(provider: Settings, error: ProviderError) -> str:
    """What people forget who have maubot in a container."""
    address = provider.base_url or TYPES[provider.type].default_url
    is_here = address and URL(address).host in _HERE
    if not (is_here and isinstance(error, errors.NotReachable)):
        return ""
    return (
        " If maubot is in a container, that is the container itself: give the name or the address "
        f"of the host in {code(f'providers.{provider.name}.base_url')}."
    )


def _model_for(call: Call, provider: Settings) -> str:
    """The model to try: this room's, the provider's own, or any that is asked of it."""
    if call.settings.provider == provider.name and (model := model_of(call.settings, provider)):
        return model
    return provider.model or next(iter(_others(call, provider)), "")


def _others(call: Call, provider: Settings) -> list[str]:
    """The models that `defaults` and rooms want of this provider, besides its own."""
    configuration = call.configuration
    all_settings = [
        configuration.defaults,
        *(configuration.for_room(room_id) for room_id in configuration.rooms),
    ]
    wanted = (one.model for one in all_settings if one.provider == provider.name and one.model)
    return sorted(set(wanted))


def _not_chosen(call: Call, provider: Settings, offered: list[str]) -> Finding:
    return Finding(
        f"reached, with {count(len(offered), 'model')}, of which none is chosen",
        "bad" if call.configuration.defaults.provider == provider.name else "better",
        f"Set `providers.{provider.name}.model`; {call.form(f'models {provider.name}')} shows "
        "which there are.",
    )


async def _asked(call: Call, provider: Settings, model: str) -> _Pace:
    request = Request(_QUESTION, model=model, idle_timeout=_PATIENCE)
    asking = Asking(call.person, call.room_id, provider, model, estimate_request(_QUESTION))
    pace = _Pace(asyncio.get_running_loop().time())
    connected = call.instance.connections.get(provider)
    clock = asyncio.get_running_loop().time
    async with (
        call.instance.gate.admit(Limits(), asking) as admission,
        aclosing(Metered(connected, admission).stream(request)) as chunks,
    ):
        async for chunk in chunks:
            pace.hear(chunk, clock())
            if pace.characters >= _ENOUGH:
                break
    return pace


@dataclass
class _Pace:
    """How fast an answer comes. Times are the loop's."""

    began: float
    first: float = 0.0
    last: float = 0.0
    words: list[str] = field(default_factory=list)
    reported: int | None = None

    @property
    def characters(self) -> int:
        return sum(map(len, self.words))

    def hear(self, chunk: Chunk, now: float) -> None:
        match chunk:
            case Text(text) | Reasoning(text):
                self.first = self.first or now
                self.last = now
                self.words.append(text)
            case Usage(output=output):
                self.reported = output

    @property
    def said(self) -> str:
        if not self.words:
            return "it answers, with no words"
        first = f"first word after {self.first - self.began:.1f} s"
        tokens = self.reported or estimate_tokens("".join(self.words))
        took = self.last - self.first
        if len(self.words) < 3 or took < 0.05:
            return f"{first}, all at once"
        return f"{first}, {tokens / took:,.0f} tokens a second"


async def _tools(call: Call, configured: ToolServer) -> Finding:
    server = call.instance.servers.get(configured.name)
    if server is None:
        return Finding("not there any more")
    try:
        tools = await server.tools()
    except ToolError as error:
        return Finding("does not start, or does not answer", "bad", str(error))
    if server.mistakes:
        return Finding(count(len(tools), "tool"), "bad", " ".join(server.mistakes))
    return Finding(count(len(tools), "tool"))
