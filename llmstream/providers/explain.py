"""What a failure means for the person who asked: an error, and a sentence with a next step.

Servers say the same thing in many words. They are recognised by status and by the words of those
we know: OpenAI, Azure, OpenRouter, Gemini, vLLM, llama.cpp, LM Studio, Ollama, Anthropic.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from . import errors
from .base import ProviderType, Settings
from .credentials import Address
from .failures import Failure, Kind

LONGEST_WAIT = 60.0  # seconds; a server that asks for more is not waited for

_TOO_LONG = re.compile(
    r"context[ _](length|window|size|limit)|exceed_context_size|prompt is too long"
    r"|input is too long|reduce the length|request[_ ]too[_ ]large|too many (input )?tokens"
    r"|longer than the model",
    re.IGNORECASE,
)
_NO_QUOTA = re.compile(
    r"insufficient[ _](quota|credits|balance|funds)|exceeded your current quota|credit balance"
    r"|billing|payment|quota exceeded",
    re.IGNORECASE,
)
# llama.cpp: "tools param requires --jinja flag"
# vLLM: "tool choice requires --enable-auto-tool-choice"
# OpenRouter: "No endpoints found that support tool use"; Ollama: "… does not support tools"
_NO_TOOLS = re.compile(
    r"\b(tools?|tool_choice|functions?|function calling)\b[^.]{0,60}"
    r"(requires --|not support|unsupported|not enabled|not available|not permitted)"
    r"|(not support|unsupported|found that support|not permitted)[^.]{0,40}\b(tool|function)s?\b",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model[^.]{0,80}(not found|not exist|not a valid|not loaded|no access|not available|unknown)"
    r"|(unknown|invalid|no such|not found|access to|provide a)[^.]{0,20}model|not a valid model"
    r"|model_not_found|DeploymentNotFound|(^|\")model: ",
    re.IGNORECASE,
)
_KEY = re.compile(r"api[ _-]?key|authenti|unauthori|credential|token|permission", re.IGNORECASE)
_GARBLED = "sent something that cannot be understood"
_TOO_LARGE = "sent more than is read of one answer"
_LOCAL = re.compile(r"(localhost|127\.|0\.0\.0\.0|\[::1\])")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom we asked, for which model, with which key (never shown), and whether with tools."""

    settings: Settings
    type: ProviderType
    address: Address
    model: str
    secret: str = field(repr=False)
    tools: bool

    @property
    def name(self) -> str:
        return self.settings.name

    def key(self, key: str) -> str:
        """The name of one of the provider's settings, as it stands in the configuration."""
        return f"providers.{self.settings.name}.{key}"

    def words(self, failure: Failure) -> str:
        """What the server said, as the middle of a sentence; '' where nothing can be shown."""
        said = failure.message.rstrip(". ")
        return said.replace(self.secret, "…") if self.secret else said


def error_for(failure: Failure, asked: Asked) -> errors.ProviderError:
    """The error to raise for a failure that came before the first word."""
    match failure.kind:
        case Kind.LOST:
            return _not_reachable(asked)
        case Kind.FOREIGN:
            return _wrong_address(asked, "sent something that is not this API")
        case Kind.GARBLED:
            return errors.Garbled(f"{asked.name} {_GARBLED}. Ask again.")
        case Kind.TOO_LARGE:
            return errors.TooMuch(f"{asked.name} {_TOO_LARGE}. Ask again, or for less.")
    for recognise in _RECOGNISE:
        if error := recognise(failure, asked):
            return error
    return _refused(failure, asked)


def cut_off(failure: Failure, asked: Asked) -> errors.ProviderError:
    """The error to raise for a failure in the middle of the answer."""
    if failure.kind is Kind.SAID:
        why = asked.words(failure) or f"it reported an error ({failure.status or 'unnamed'})"
        return errors.CutOff(f"{asked.name} broke off: {why}. Ask again for the rest.")
    if failure.kind is Kind.LOST:
        return errors.CutOff(f"The connection to {asked.name} was lost. Ask again for the rest.")
    what = _TOO_LARGE if failure.kind is Kind.TOO_LARGE else _GARBLED
    return errors.CutOff(f"{asked.name} {what}. Ask again for the rest.")


def stalled(asked: Asked, seconds: float) -> errors.Stalled:
    return errors.Stalled(
        f"{asked.name} sent nothing for {seconds:g} s. Ask again, or raise idle_timeout_seconds."
    )


def no_model(settings: Settings) -> errors.UnknownModel:
    return errors.UnknownModel(
        f"Provider `{settings.name}` has no model yet. Set providers.{settings.name}.model; "
        f"`!llm models {settings.name}` shows which exist."
    )


def tools_unsupported(asked: Asked) -> errors.ToolsUnsupported:
    return errors.ToolsUnsupported(
        f"{_model(asked)} cannot use tools. Choose another model, or unset `tools` here."
    )


def unauthorized(asked: Asked) -> errors.NotAuthorized:
    """The key is refused, or there is none where one is needed."""
    verb = "refused the key of" if asked.settings.api_key else "wants a key for"
    return errors.NotAuthorized(
        f"{asked.settings.type} {verb} provider `{asked.name}`. Set {asked.key('api_key')}."
    )


def _not_reachable(asked: Asked) -> errors.NotReachable:
    step = (
        "Is it running?"
        if _LOCAL.match(asked.address.host)
        else f"Is it running, and is {asked.key('base_url')} right?"
    )
    return errors.NotReachable(f"{asked.name} did not answer at {asked.address.host}. {step}")


def _wrong_address(asked: Asked, what: str) -> errors.WrongAddress:
    url, missing = asked.address.shown, asked.type.url_path
    if missing and not re.search(r"/v\d", asked.address.path):
        return errors.WrongAddress(
            f"{asked.name} {what}: its base_url has no {missing}. "
            f"Set {asked.key('base_url')} to {url}{missing}."
        )
    return errors.WrongAddress(f"{asked.name} {what} at {url}. Check {asked.key('base_url')}.")


def _too_long(failure: Failure, asked: Asked) -> errors.ProviderError | None:
    if failure.status != 413 and not _TOO_LONG.search(failure.said):
        return None
    return errors.TooLong(
        f"This conversation is too long for {_model(asked)}. "
        "Start a new one (`!llm reset`), or ask a shorter question."
    )


def _out_of_quota(failure: Failure, asked: Asked) -> errors.ProviderError | None:
    if failure.status != 402 and not (failure.status < 500 and _NO_QUOTA.search(failure.said)):
        return None
    return errors.OutOfQuota(
        f"The account of provider `{asked.name}` has no credit left. "
        "Its owner can add some, or `!llm set provider` can choose another."
    )


def _not_authorized(failure: Failure, asked: Asked) -> errors.ProviderError | None:
    if failure.status != 401 and not (failure.status == 403 and _KEY.search(failure.said)):
        return None
    return unauthorized(asked)


def _tools_unsupported(failure: Failure, asked: Asked) -> errors.ProviderError | None:
    # A schema that is refused is a fault of one tool, not of the model.
    if "schema" in failure.said.lower() or not (asked.tools and _NO_TOOLS.search(failure.said)):
        return None
    return tools_unsupported(asked)


def _unknown_model(failure: Failure, asked: Asked) -> errors.ProviderError | None:
    if failure.status not in (400, 403, 404, 422) or not _NO_MODEL.search(failure.said):
        return None
    return errors.UnknownModel(
        f"{asked.name} has no model {_quoted(asked.model)}. "
        f"`!llm models {asked.name}` shows which exist."
    )


def _busy(failure: Failure, asked: Asked) -> errors.ProviderError | None:
    status = failure.status
    if status == 501 or not (status in (408, 425, 429) or status >= 500):
        return None
    state = f"is busy ({status})"
    if status not in (429, 503, 529):
        words = asked.words(failure)
        state = f"has a problem of its own ({status})" + (f": {words}" if words else "")
    if failure.retry_after and failure.retry_after > LONGEST_WAIT:
        minutes = -(-failure.retry_after // 60)
        return errors.Busy(f"{asked.name} {state}. Try again in {minutes:.0f} minutes.")
    return errors.Busy(f"{asked.name} {state}. Try again in a moment.")


def _nothing_there(failure: Failure, asked: Asked) -> errors.ProviderError | None:
    if failure.status not in (404, 405) and "unexpected endpoint" not in failure.said.lower():
        return None
    return _wrong_address(asked, f"answered {failure.status or 404}")


_RECOGNISE: tuple[Callable[[Failure, Asked], errors.ProviderError | None], ...] = (
    _too_long,
    _out_of_quota,
    _not_authorized,
    _tools_unsupported,
    _unknown_model,
    _busy,
    _nothing_there,
)


def _refused(failure: Failure, asked: Asked) -> errors.Refused:
    status = f" ({failure.status})" if failure.status else ""
    why = asked.words(failure)
    if not why:
        return errors.Refused(
            f"{asked.name} refused the question{status} and did not say why. "
            "Ask again, or choose another model."
        )
    return errors.Refused(f"{asked.name} refused the question{status}: {why}.")


def _model(asked: Asked) -> str:
    return f"{_quoted(asked.model)} on {asked.name}"


def _quoted(model: str) -> str:
    return "`" + model.replace("`", "'") + "`"
