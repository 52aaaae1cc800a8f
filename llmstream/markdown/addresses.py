"""Which addresses a link in a Matrix message may have.

Matrix allows five schemes and no relative addresses (client-server API, m.room.message, "HTML
subset"). Links that clients turn into mentions are not for a model to make: they stay text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from markdown_it.common.normalize_url import normalizeLink

_SCHEMES = frozenset({"http", "https", "ftp", "mailto", "magnet"})
# https://matrix.to/#/@user:server, and the permalinks of Element:
# https://app.element.io/#/user/@user:server
_PERMALINK = re.compile(r"#/+(?:user/+|room/+)?[@!#]", re.IGNORECASE)
_HOST_END = re.compile(r"(?:^|\.)matrix\.to\.?$", re.IGNORECASE)


@lru_cache(maxsize=512)  # of an answer's few, asked with every paint
def normalize(address: str) -> str:
    """The address as a link has it: what has no place in one, percent-encoded."""
    return normalizeLink(address)


@lru_cache(maxsize=512)
def allowed(address: str) -> bool:
    """Whether a message may link there."""
    try:
        parts = urlsplit(address)
        host = unquote(parts.hostname or "")
    except ValueError:
        return False
    if parts.scheme.lower() not in _SCHEMES:
        return False
    if parts.scheme.lower() in {"mailto", "magnet"}:
        return bool(parts.path or parts.query)
    if not host or _HOST_END.search(host.translate(_DOTS)):
        return False
    return not _PERMALINK.search("#" + unquote(parts.fragment))


# Full stops that browsers take for the one in a host name (UTS #46).
_DOTS = str.maketrans("。．｡", "...")
