"""What can go wrong between us and a model, as sentences for the room.

    ProviderError         the text is one sentence with a next step, and safe to show
      NotReachable        "ollama did not answer at localhost:11434. Is it running?"
      WrongAddress        something answered there, but not this API: "... has no /v1 ..."
      Garbled             this API, but something in it cannot be understood
      NotAuthorized       the key is missing, unreadable or refused
      UnknownModel        no such model, or none chosen
      TooLong             the conversation does not fit into the model's context
      OutOfQuota          no credit left
      Busy                429 or 5xx, and still so after the retries
      Stalled             nothing was sent for `idle_timeout`; what came before stays
      CutOff              it broke off in the middle of the answer; what came before stays
      ToolsUnsupported    raised before any output: ask again without tools
      PackageMissing      the Python package behind this provider is not installed
      TooMuch             it sent more than an answer can be, in one piece or in all
      Refused             anything else the server said no to

No text here holds a key, a token, a URL with credentials or a raw body (failures.py sees to it).
"""

from __future__ import annotations


class ProviderError(Exception):
    """A provider could not answer. `str(error)` may be shown in a room and in the log.

    Attributes:
        used: A model may have worked on the request all the same.
    """

    used = False


class NotReachable(ProviderError):
    """Nobody answers at this address."""


class WrongAddress(ProviderError):
    """Somebody answers at this address, but does not speak this API there."""


class Garbled(ProviderError):
    """The server speaks this API, and sent something in it that cannot be understood."""


class NotAuthorized(ProviderError):
    """The key is missing, cannot be read, or was refused."""


class UnknownModel(ProviderError):
    """The provider does not know this model, or none was named."""


class TooLong(ProviderError):
    """The conversation is longer than the model's context. A shorter one may be asked."""


class OutOfQuota(ProviderError):
    """The provider's account has no credit left, or is over its limit for long."""


class Busy(ProviderError):
    """The server has too much to do, or a problem of its own (429, 5xx)."""


class Stalled(ProviderError):
    """The model sent nothing for the request's `idle_timeout`."""

    used = True


class CutOff(ProviderError):
    """The answer broke off in the middle."""

    used = True


class ToolsUnsupported(ProviderError):
    """This model or server cannot use tools. Raised before any output."""


class PackageMissing(ProviderError):
    """The Python package behind this provider is not there, or does not load."""


class TooMuch(ProviderError):
    """The server sent more than is read of one answer."""


class Refused(ProviderError):
    """The server refused for a reason that has no class of its own."""
