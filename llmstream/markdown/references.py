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

_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_REFERENCE = re.compile(
    r"(?<![^\W_])(?<![\])])\[([^\[\]]+)\]\[([^\[\]]*)\]"  # [text][label] and [text][], but not a[i][j]
    r"|\]\]\[([^\[\]]+)\]"  # [![alt](src)][label]
    r"|(?<![^\W_])(?<![\])\\!])\[([^\[\]]+)\](?![\[(:\w])"  # [label]
)
# Not footnotes, numbers, the blanks of a letter to fill in, parameters.
_NAME = re.compile(r"(?!\^|!|\d+$|e\.g\.|(?i:your|insert|name|date|optional)\b)(?:`.*`|[^=,;:…]{2,})")
# mkdocs resolves [text][module.name] from the code; no definition will come.
_OF_PYTHON = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
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
    """The labels that a leaf refers to, normalized: [text][label], [text][] and [![alt](src)][label].

    And [label], where it looks like a name: of such brackets nine in ten are references in the documents
    that this was measured on.
    """
    if "]" not in text:
        return
    plain = without_code(text)
    for match in _REFERENCE.finditer(plain):
        group = match.lastindex or 1
        if group == 2 and not match[2]:
            group = 1
        label = text[match.start(group) : match.end(group)]
        if group == 4 and not _NAME.fullmatch(label):
            continue
        name = text[match.start(1) : match.end(1)].strip("`")
        if group == 2 and label != name and _OF_PYTHON.fullmatch(label):
            continue
        yield normalizeReference(label)


def without_code(text: str) -> str:
    """The text with what stands in its code spans made letters, as long as before."""
    return _SPAN.sub(lambda span: "x" * len(span[0]), text) if "`" in text else text
