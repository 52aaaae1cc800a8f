"""What stands in a leaf (a paragraph, a heading, a cell), as HTML: markdown-it's inline parser
with our rules.

The HTML has nothing but the tags and attributes of Matrix's subset, balanced and bounded in
depth. Links whose address is not allowed show as their text, pictures as links, and what would
be a mention as code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.image import image
from markdown_it.token import Token

from .addresses import allowed
from .maths import inline_maths

DEEPEST = 10  # tags open at once within a leaf; more are not shown
_STEPS = 4  # a character; looking for the ends of links stops there, its cost is quadratic
_IMAGES = 3  # pictures within each other's descriptions

_TEXT_END = re.compile(r"[\n!$&*:<@\[\\\]_`~|]")
_URL = re.compile(r"://[^\s<>\"`|\\^{}\u3000-\u303f\uff00-\uff0f\uff1a-\uff20]+")
_URL_TAIL = re.compile(r"[.,:;!?'*_~\]]+$")
_SCHEME = re.compile(r"(?:^|[^A-Za-z0-9+.\-])((?:https?|ftp))$", re.IGNORECASE)
_PING = re.compile(r"@(?:room\b|[\w.=/+\-]+:(?:[\w\-]+\.)*[\w\-]+(?::\d+)?)")
_TAG = re.compile(r"<(br|sub|sup|kbd)\s*(/?)>", re.IGNORECASE)
_NOTE = re.compile(r"\[\^[^\[\]\s]+\]")
_PAIRS = {
    "strong_open": "strong",
    "em_open": "em",
    "s_open": "del",
    "sub_open": "sub",
    "sup_open": "sup",
    "kbd_open": "code",
}


class Lookup(Protocol):
    """Where labels lead: a mapping as markdown-it's link rule asks it."""

    def get(self, label: str, default: Any = None) -> Any: ...


class _Inline(ParserInline):
    """markdown-it's, with a bound on the work that link labels may cause."""

    def skipToken(self, state: StateInline) -> None:
        state.env["steps"] -= 1
        if state.env["steps"] < 0:
            state.pos = state.posMax
        else:
            super().skipToken(state)


def _text(state: StateInline, silent: bool) -> bool:
    match = _TEXT_END.search(state.src, state.pos, state.posMax)
    end = match.start() if match else state.posMax
    if end == state.pos:
        return False
    if not silent:
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


def _maths(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    found = inline_maths(state.src, state.pos, state.posMax)
    if not found:
        return False
    latex, end = found
    if not silent:
        state.push("maths", "", 0).content = latex.strip()
    state.pos = end
    return True


def _bare_link(state: StateInline, silent: bool) -> bool:
    if silent or state.src[state.pos] != ":":
        return False
    scheme = _SCHEME.search(state.pending[-8:])
    match = scheme and _URL.match(state.src, state.pos, state.posMax)
    if not scheme or not match:
        return False
    rest = _URL_TAIL.sub("", match[0])
    while rest.endswith(")") and rest.count(")") > rest.count("("):
        rest = _URL_TAIL.sub("", rest[:-1])
    if len(rest) < 4:
        return False
    state.pending = state.pending[: -len(scheme[1])]
    address = scheme[1] + rest
    if state.linkLevel:
        state.pending += address
    else:
        token = state.push("address", "", 0)
        token.content = address
        token.attrs = {"href": state.md.normalizeLink(address)}
    state.pos += len(rest)
    return True


def _ping(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "@":
        return False
    match = _PING.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        state.push("code_inline", "code", 0).content = match[0]
    state.pos = match.end()
    return True


def _note(state: StateInline, silent: bool) -> bool:
    match = _NOTE.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        state.pending += match[0]
    state.pos = match.end()
    return True


def _within(state: StateInline, name: str, start: int, end: int, after: int) -> bool:
    """Put what stands from `start` to `end` inside a tag; the rest begins at `after`."""
    maximum = state.posMax
    state.push(f"{name}_open", "", 1)
    state.pos, state.posMax = start, end
    state.md.inline.tokenize(state)
    state.push(f"{name}_close", "", -1)
    state.pos, state.posMax = after, maximum
    return True


def _spoiler(state: StateInline, silent: bool) -> bool:
    start = state.pos + 2
    if not state.src.startswith("||", state.pos) or state.src[start : start + 1].strip() in {
        "",
        "|",
    }:
        return False
    end = state.src.find("||", start, state.posMax)
    if end < 0 or state.src[end - 1].isspace():
        return False
    if silent:
        state.pos = end + 2
        return True
    return _within(state, "spoiler", start, end, end + 2)


def _tag(state: StateInline, silent: bool) -> bool:
    match = _TAG.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    name = match[1].lower()
    if name == "br":
        if not silent:
            state.push("hardbreak", "br", 0)
        state.pos = match.end()
        return True
    close = re.compile(f"</{name}\\s*>", re.IGNORECASE).search(
        state.src, match.end(), state.posMax
    )
    if match[2] or not close:
        return False
    if silent:
        state.pos = close.end()
        return True
    return _within(state, name, match.end(), close.start(), close.end())


def _image(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "!" or state.env["images"] >= _IMAGES:
        return False
    state.env["images"] += 1
    found: bool = image(state, silent)
    state.env["images"] -= 1
    return found


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # _Writer decides
    inline = _Inline()
    inline.ruler.enableOnly(
        [
            *("text", "newline", "escape", "backticks", "strikethrough", "emphasis"),
            *("link", "image", "autolink", "entity"),
        ]
    )
    inline.ruler.at("text", _text)
    inline.ruler.at("image", _image)
    inline.ruler.before("escape", "maths", _maths)
    inline.ruler.before("link", "note", _note)
    for name, rule in {
        "bare": _bare_link,
        "ping": _ping,
        "spoiler": _spoiler,
        "tag": _tag,
    }.items():
        inline.ruler.push(name, rule)
    markdown.inline = inline
    return markdown


_markdown_it = _markdown()


normalize = _markdown_it.normalizeLink


def render(text: str, references: Lookup) -> str:
    """The HTML of what stands in a leaf."""
    if not _TEXT_END.search(text):
        return escapeHtml(text)
    env = {"references": references, "steps": _STEPS * len(text) + 200, "images": 0}
    tokens: list[Token] = []
    _markdown_it.inline.parse(text, _markdown_it, env, tokens)
    return _Writer().write(tokens)


class _Writer:
    """Tokens to HTML. `_open` holds the end tags of what is open, "" where a tag is not shown."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._out: list[str] = []

    def write(self, tokens: Iterable[Token]) -> str:
        for token in tokens:
            if token.nesting == 1:
                self._begin(token)
            elif token.nesting == -1:
                self._out.append(self._open.pop())
            else:
                self._out.append(self._single(token))
        return "".join(self._out)

    def _begin(self, token: Token) -> None:
        tag, attributes = _PAIRS.get(token.type, ""), ""
        if token.type == "link_open":
            href = str(token.attrs["href"])
            tag = "a" if allowed(href) else ""
            attributes = f' href="{escapeHtml(href)}"'
        elif token.type == "spoiler_open":
            tag, attributes = "span", " data-mx-spoiler"
        if not tag or len(self._open) >= DEEPEST or (tag == "a" and self._linked):
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
            case "maths":
                return f'<span data-mx-maths="{content}"><code>{content}</code></span>'
            case "address":
                href = str(token.attrs["href"])
                return self._link(href, content) if allowed(href) else f"<code>{content}</code>"
            case "image":
                src = str(token.attrs["src"])
                return self._link(src, escapeHtml(_plain(token.children or ())) or escapeHtml(src))
        return content

    def _link(self, href: str, html: str) -> str:
        if self._linked or not allowed(href):
            return html
        return f'<a href="{escapeHtml(href)}">{html}</a>'


def _plain(tokens: Iterable[Token]) -> str:
    return "".join(
        _plain(token.children)
        if token.children
        else "\n"
        if token.type == "softbreak"
        else token.content
        for token in tokens
    )
