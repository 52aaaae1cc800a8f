"""markdown-it's inline tokens as the HTML that Matrix allows, balanced and bounded in depth.

Matrix allows links of five schemes and no relative ones (client-server API, m.room.message, "HTML
subset"). Links that clients turn into mentions are not for a model to make. Those show as their
text, pictures as links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from .emphasis import Run, pair

_DEEPEST = 10  # tags open at once within a leaf; more are not shown
TAGS = {
    **{tag: tag for tag in ("sub", "sup", "u", "strong", "em", "del", "code")},
    "kbd": "code",
    "b": "strong",
    "i": "em",
    "s": "del",
}
"""The tags within a line that are let through, and as what each comes out."""
TAG = f"(?:{'|'.join(TAGS)})"
"""An expression for the name of one."""

_SCHEMES = frozenset({"http", "https", "ftp", "mailto", "magnet"})
# https://matrix.to/#/@user:server, and the permalinks of Element:
# https://app.element.io/#/user/@user:server
_PERMALINK = re.compile(r"#/+(?:user/+|room/+)?[@!#]", re.IGNORECASE)
_HOST_END = re.compile(r"(?:^|\.)matrix\.to\.?$", re.IGNORECASE)
# Full stops that browsers take for the one in a host name (UTS #46).
_DOTS = str.maketrans("。．｡", "...")


@lru_cache(maxsize=512)  # of an answer's few, asked with every paint
def normalize(address: str) -> str:
    """The address as a link has it: what has no place in one, percent-encoded."""
    return normalizeLink(address)


@lru_cache(maxsize=512)
def _allowed(address: str) -> bool:
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


def write(tokens: Sequence[Token]) -> str:
    """The HTML of what the rules of inline.py have found in a leaf."""
    return _Writer().write(tokens)


class _Writer:
    """Tokens to HTML. `_open` holds the end tags of what is open, "" where a tag is not shown."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._out: list[str] = []

    def write(self, tokens: Sequence[Token]) -> str:
        _pair(tokens)
        for token in tokens:
            if token.type == "runs":
                for run in token.meta["runs"]:
                    self._run(run)
            elif token.nesting == 1:
                self._begin(token)
            elif token.nesting == -1:
                self._out.append(self._open.pop())
            else:
                self._out.append(self._single(token))
        return "".join(self._out)

    def _run(self, run: Run) -> None:
        for _ in run.ends:
            self._out.append(self._open.pop())
        self._out.append(run.marker * run.length)
        for length in run.begins:
            tag = "del" if run.marker == "~" else "strong" if length == 2 else "em"
            self._tag(tag)

    def _begin(self, token: Token) -> None:
        if token.type == "link_open":
            href = str(token.attrs["href"])
            self._tag("a" if _allowed(href) else "", f' href="{escapeHtml(href)}"')
        elif token.type == "spoiler_open":
            self._tag("span", " data-mx-spoiler")
        else:
            self._tag(TAGS[token.type.removesuffix("_open")])

    def _tag(self, tag: str, attributes: str = "") -> None:
        within_itself = f"</{tag}>" in self._open and tag not in {"sub", "sup"}
        if not tag or within_itself or len(self._open) >= _DEEPEST:
            self._open.append("")
        else:
            self._open.append(f"</{tag}>")
            self._out.append(f"<{tag}{attributes}>")

    @property
    def _linked(self) -> bool:
        return "</a>" in self._open

    def _single(self, token: Token) -> str:
        content = escapeHtml(token.content)
        match token.type:
            case "code_inline":
                return f"<code>{content}</code>"
            case "softbreak":
                return "\n"
            case "hardbreak":
                return "<br>\n"
            case "note":
                apart = " " if self._out and self._out[-1].endswith("</sup>") else ""
                return f"<sup>{apart}{content}</sup>"
            case "maths":
                return f'<span data-mx-maths="{content}"><code>{content}</code></span>'
            case "address":
                href = str(token.attrs["href"])
                return self._link(href, content) if _allowed(href) else f"<code>{content}</code>"
            case "image":
                src = str(token.attrs["src"])
                return self._link(src, escapeHtml(_plain(token.children or ())) or escapeHtml(src))
        return content

    def _link(self, href: str, html: str) -> str:
        if self._linked or not _allowed(href):
            return html
        return f'<a href="{escapeHtml(href)}">{html}</a>'


def _pair(tokens: Iterable[Token]) -> None:
    """Pair the runs of each level: emphasis neither begins nor ends beyond the link it is in."""
    levels: list[list[Run]] = [[]]
    for token in tokens:
        if token.type == "runs":
            levels[-1] += token.meta["runs"]
        elif token.nesting == 1:
            levels.append([])
        elif token.nesting == -1:
            pair(levels.pop())
    pair(levels[0])


def _plain(tokens: Sequence[Token]) -> str:
    _pair(tokens)
    return "".join(map(_plain_token, tokens))


def _plain_token(token: Token) -> str:
    if token.type == "runs":
        return "".join(run.marker * run.length for run in token.meta["runs"])
    if token.children:
        return _plain(token.children)
    return "\n" if token.type == "softbreak" else token.content
