"""What an answer cites, as numbered links at its end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from ..shapes import mapping, mappings, text

_PLACES = frozenset({"annotations", "citations", "search_results"})
_MOST = 20
_LONGEST = 120  # characters of a title


class Citations:
    """The pages that one answer cites, each once, in order."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}

    def add(self, source: Mapping[str, Any]) -> None:
        """One annotation, as OpenAI, OpenRouter or Claude write it; what is no page is dropped."""
        page = mapping(source.get("url_citation")) or source
        address = _address(page.get("url"))
        if address and (address in self._titles or len(self._titles) < _MOST):
            title = self._titles.get(address) or " ".join(text(page.get("title")).split())
            self._titles[address] = title

    def add_all(self, said: Mapping[str, Any]) -> None:
        """Those in a message, and the list of addresses that Perplexity sends beside it."""
        if _PLACES.isdisjoint(said):  # as in nearly every piece of an answer
            return
        addresses = said.get("citations")
        for source in mappings(said.get("annotations")):
            self.add(source)
        for address in addresses if isinstance(addresses, list) else ():
            self.add(address if isinstance(address, Mapping) else {"url": address})
        for source in mappings(said.get("search_results")):
            self.add(source)

    def text(self) -> str:
        """The list as Markdown, under a line that parts it from what is before; '' without any."""
        links = [
            f"{number}. [{_plain(title) or urlsplit(address).netloc}](<{address}>)"
            for number, (address, title) in enumerate(self._titles.items(), 1)
        ]
        return "\n\n---\n\n" + "\n".join(links) if links else ""


def _address(value: Any) -> str:
    """An address of the web that can stand in Markdown; '' where it is none."""
    address = value.strip() if isinstance(value, str) else ""
    if not re.match(r"https?://[^/\s]", address) or len(address) > 2000:
        return ""
    return quote(address, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")


def _plain(title: str) -> str:
    """A title in which nothing is Markdown."""
    short = title if len(title) <= _LONGEST else title[: _LONGEST - 1].rstrip() + "…"
    return re.sub(r"([\\`*_\[\]<>|~$&!])", r"\\\1", short)
