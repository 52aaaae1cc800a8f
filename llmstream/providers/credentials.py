"""Where a provider is, and the key that opens it: read when used, never kept in a text.

Credentials inside a `base_url` are
taken out of it, because the packages write the URLs that they ask into their logs.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from ..secrets import SecretMissing, read_secret
from .base import Settings
from .errors import NotAuthorized


def read_key(settings: Settings) -> str:
    """The key itself, '' where none is set. Reads a file: call it off the event loop.

    Raises:
        NotAuthorized: The variable or file that should hold the key does not.
    """
    try:
        return read_secret(settings.api_key).strip()
    except SecretMissing as error:
        name = settings.name
        raise NotAuthorized(
            f"The key of provider `{name}` should be in {error}. "
            f"Put it there, or change providers.{name}.api_key."
        ) from error


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL in two halves: what may be shown and logged, and what may not."""

    url: str
    """Without credentials and without a slash at the end."""
    authorization: str = field(default="", repr=False)
    """The header that the URL's credentials mean; '' where it had none."""

    @classmethod
    def of(cls, base_url: str) -> Address:
        """Takes `localhost:8000` as well as `https://user:password@host/v1`."""
        parts = urlsplit(base_url if "://" in base_url else f"http://{base_url}")
        credentials, _, place = parts.netloc.rpartition("@")
        url = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), parts.query, ""))
        if not credentials:
            return cls(url)
        return cls(url, "Basic " + b64encode(unquote(credentials).encode()).decode())

    @property
    def host(self) -> str:
        """`host:port`, the way a person knows the server."""
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def shown(self) -> str:
        """The URL without its query, which may hold a key."""
        return urlunsplit(urlsplit(self.url)._replace(query=""))
