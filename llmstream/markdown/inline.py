"""What stands in a leaf (a paragraph, a heading, a cell), as HTML: markdown-it's inline parser
with our rules.

What would be a mention is code, and raw HTML is text, with no Markdown inside its tags. How the
rest is written is in tokens.py.
"""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.parser_inline import ParserInline, RuleFuncInlineType
from markdown_it.rules_inline import (
    StateInline,
    autolink,
    backtick,
    entity,
    escape,
    image,
    link,
    newline,
)
from markdown_it.token import Token

from .emphasis import MOST_MARKERS, Run, flanks
from .lookups import Lookup
from .spans import bare_address, end_of_tag, inline_maths, is_half_tag
from .tokens import TAG, normalize, write

_STEPS = 2  # a character; looking for the ends of links stops there, its cost is quadratic
_IMAGES = 3  # pictures within each other's descriptions

_PING = re.compile(r"@(?:room\b|[\w.=/+\-]+:(?:[\w\-]+\.)*[\w\-]+(?::\d+)?)")
_RUNS = re.compile(r"[*_~]+")
_TAG = re.compile(rf"<(br|{TAG})\s*(/?)>", re.IGNORECASE)
_ANGLE = re.compile(r"[^\s<>]")
_TAGS = re.compile(rf"<(/?)({TAG})\s*>", re.IGNORECASE)
_NOTE = re.compile(r"\[\^([^\[\]\s]+)\]")


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


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Runs of markers, which tokens.py pairs."""
    match = _RUNS.match(state.src, state.pos, state.posMax)
    if silent or not match:
        return False
    if len(match[0]) < MOST_MARKERS:
        state.push("runs", "", 0).meta = {"runs": _runs(state, match.end())}
    else:
        state.pending += match[0]
    state.pos = match.end()
    return True


def _runs(state: StateInline, end: int) -> list[Run]:
    text, runs, at = state.src, [], state.pos
    while at < end:
        last = at + 1
        while last < end and text[last] == text[at]:
            last += 1
        runs.append(Run(text[at], last - at, *flanks(text, at, last, state.posMax)))
        at = last
    return runs


def _maths(state: StateInline, silent: bool) -> bool:
    found = inline_maths(state.src, state.pos, state.posMax)
    if not found:
        return False
    latex, end = found
    if not silent:
        state.push("maths", "", 0).content = latex.strip()
    state.pos = end
    return True


def _bare_link(state: StateInline, silent: bool) -> bool:
    if silent or not (found := bare_address(state.pending, state.src, state.pos, state.posMax)):
        return False
    scheme, rest = found
    state.pending = state.pending[: -len(scheme)]
    address = scheme + rest
    if state.linkLevel:
        state.pending += address
    else:
        token = state.push("address", "", 0)
        token.content = address
        token.attrs = {"href": normalize(address)}
    state.pos += len(rest)
    return True


def _ping(state: StateInline, silent: bool) -> bool:
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
    number = state.env["references"].number(match[1].casefold())
    if not silent and number is None:
        state.pending += match[0]
    elif not silent:
        state.push("note", "", 0).content = str(number)
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
    start, end = (0, 0) if match[2] else _ends(state.src).get(state.pos, (0, 0))
    if not end or end > state.posMax:
        return False
    if silent:
        state.pos = end
        return True
    return _within(state, name, match.end(), start, end)


@lru_cache(maxsize=4)
def _ends(text: str) -> dict[int, tuple[int, int]]:
    """Where each tag begins that has an end, and from where to where that is."""
    ends: dict[int, tuple[int, int]] = {}
    begun: dict[str, list[int]] = {}
    for tag in _TAGS.finditer(text):
        open_ones = begun.setdefault(tag[2].lower(), [])
        if not tag[1]:
            open_ones.append(tag.start())
        elif open_ones:
            ends[open_ones.pop()] = tag.span()
    return ends


def _html(state: StateInline, silent: bool) -> bool:
    end = end_of_tag(state.src, state.pos, state.posMax)
    if end < 0 and is_half_tag(state.src, state.pos, state.posMax):
        end = state.posMax
    if end < 0:
        return False
    if not silent:
        for ping in _PING.finditer(state.src, state.pos, end):
            state.pending += state.src[state.pos : ping.start()]
            state.push("code_inline", "code", 0).content = ping[0]
            state.pos = ping.end()
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


def _angle(state: StateInline, silent: bool) -> bool:
    if not _ANGLE.match(state.src, state.pos + 1):
        return False  # a comparison
    return autolink(state, silent) or _tag(state, silent) or _html(state, silent)


def _image(state: StateInline, silent: bool) -> bool:
    if state.env["images"] >= _IMAGES:
        return False
    state.env["images"] += 1
    found: bool = image(state, silent)
    state.env["images"] -= 1
    return found


# What may begin with each character.
_RULES: dict[str, tuple[RuleFuncInlineType, ...]] = {
    "\n": (newline,),
    "\\": (_maths, escape),
    "$": (_maths,),
    "`": (backtick,),
    "*": (_emphasis,),
    "_": (_emphasis,),
    "~": (_emphasis,),
    "[": (_note, link),
    "!": (_image,),
    "<": (_angle,),
    "&": (entity,),
    ":": (_bare_link,),
    "@": (_ping,),
    "|": (_spoiler,),
}
# Where a text without any of them ends; a bracket ends what a link is called.
_TEXT_END = re.compile(f"[{re.escape(''.join(_RULES) + ']')}]")


def _marked(state: StateInline, silent: bool) -> bool:
    return any(rule(state, silent) for rule in _RULES.get(state.src[state.pos], ()))


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False})
    # tokens.py decides.
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    markdown.normalizeLink = normalize  # type: ignore[method-assign]
    inline = _Inline()
    inline.ruler.enableOnly(["text"])
    inline.ruler.at("text", _text)
    inline.ruler.push("marked", _marked)
    markdown.inline = inline
    return markdown


_markdown_it = _markdown()


def render(text: str, references: Lookup) -> str:
    """The HTML of what stands in a leaf."""
    if not _TEXT_END.search(text):
        return escapeHtml(text)
    env = {"references": references, "steps": _STEPS * len(text) + 200, "images": 0}
    tokens: list[Token] = []
    _markdown_it.inline.parse(text, _markdown_it, env, tokens)
    return write(tokens)
