"""Link reference definitions ("[label]: address"), and the labels that a text refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

_definitions = MarkdownIt("zero").enable(["reference"])
_definitions.validateLink = lambda url: True  # type: ignore[method-assign]  # inline.py decides

_SPAN = re.compile(r"(?<!`)(`+)(?!`)[^`]*(?<!`)\1(?!`)")
_REFERENCE = re.compile(
    r"(?<![\w\])])\[([^\[\]]+)\]\[([^\[\]]*)\]"  # [text][label] and [text][], but not a[i][j]
    r"|\]\]\[([^\[\]]+)\]"  # [![alt](src)][label]
)
# A definition has at most this many lines; longer ones are text.
_LINES = 8


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a label leads. An empty address: nowhere yet."""

    href: str


def take_definitions(lines: list[str], known: MutableMapping[str, Reference]) -> int:
    """How many of a paragraph's lines are definitions, which are added to `known`. The first one counts."""
    taken = 0
    while taken < len(lines) and _may_define(lines[taken]):
        window = lines[taken : taken + _LINES]
        env: dict[str, Any] = {}
        tokens: list[Token] = []
        _definitions.block.parse("\n".join(window), _definitions, env, tokens)
        if not env:
            break
        for label, reference in env["references"].items():
            known.setdefault(label, Reference(reference["href"]))
        taken += tokens[0].map[0] if tokens and tokens[0].map else len(window)
    return taken


def _may_define(line: str) -> bool:
    # Footnotes are shown as the text they are (starts.py); no address is longer than this.
    return line.startswith("[") and not line.startswith("[^") and len(line) < 4096


def labels_wanted(text: str) -> Iterator[str]:
    """The labels of references like [text][label], [text][] and [![alt](src)][label], normalized."""
    if "][" not in text:
        return
    for match in _REFERENCE.finditer(_SPAN.sub("", text)):
        text_, label, of_image = match.groups()
        yield normalizeReference(of_image or label or text_)
