"""Link reference definitions: "[label]: address"."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

_definitions = MarkdownIt("zero").enable(["reference"])
_definitions.validateLink = lambda url: True  # type: ignore[method-assign]  # inline.py decides

# The common definition: no title, nothing escaped.
_SIMPLE = re.compile(r"\[(?!\s*\])([^\[\]\\]+)\]:[ \t]+([^\s<>\\&()]+)[ \t]*")
# A definition has at most this many lines; longer ones are text.
_LINES = 8


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a label leads, as written. An empty address: nowhere yet."""

    address: str


def take_definitions(lines: list[str], known: MutableMapping[str, Reference]) -> int:
    """How many of a paragraph's lines are definitions, which are added to `known`.

    The first one counts.
    """
    taken = 0
    while taken < len(lines) and _may_define(lines[taken]):
        simple = _SIMPLE.fullmatch(lines[taken])
        if simple and all(line.startswith("[") for line in lines[taken + 1 : taken + 2]):
            known.setdefault(normalizeReference(simple[1]), Reference(simple[2]))
            taken += 1
            continue
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
