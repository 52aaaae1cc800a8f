"""Link reference definitions ("[label]: address"), and the labels that a text refers to."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

_definitions = MarkdownIt("zero").enable(["reference"])
_definitions.validateLink = lambda url: True  # type: ignore[method-assign]  # inline.py decides

_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_REFERENCE = re.compile(
    # [text][label] and [text][], but not a[i][j]
    r"(?<![^\W_])(?<![\])])\[([^\[\]]*)\]\[([^\[\]]*)\]"
    r"|(?<=[\])])\]\[([^\[\]]+)\]"  # [![alt](src)][label]
    r"|(?<![\w#])!\[([^\[\]]+)\](?![\[(])"  # ![label]
    r"|(?<![^\W_])(?<![\])\\!\"=-])\[([^\[\]]+)\](?![\[(\w\]]| \(http)"  # [label]
    r"|\](\()"
)
# Not numbers, signs, markup and parameters.
_NAME = re.compile(
    r"(?![-!$+/'\"\s]|[\d/]+$|\d\d\.\d{4}$|[\d.]+%?[-–]\d|.*://|\W+$|e\.?g\.|.*\.\.\.)"
    r"(?:`[^`]*`|[^=,;:…*<|‘“]{2,60})"
)
# A blank to fill in, of a letter, a contract, a form. A title may also be a reference's.
_BLANK = re.compile(
    r"(?i:your|insert|name|date|optional|enter|describe|specific|company|recipient|customer|client)"
    r"\b|.*\b(?i:name|date|title|number|address|company)$"
)
_TITLE = re.compile(
    r"[^\W\d_a-z][^\W\d_A-Z]+(?:['’]s)?"
    r"(?:[ -](?:[^\W\d_a-z][^\W\d_]*(?:['’]s)?|of|to|\d+))+"
)
_PHRASE = re.compile(r"[^\W\d_A-Z][^\W\d_]*(?: [^\W\d_]+(?:-[^\W\d_]+)*)+|`[^`]*` .*")
# What a word that is a reference stands between: "uses [Jinja] templates".
_BEFORE = re.compile(r"\b(?:an?|by|the|this|use[sd]?|using|via|with)\s$", re.IGNORECASE)
_AFTER = re.compile(r"\s[a-z]|[,.:](?!\.)")
# mkdocs resolves [text][module.name] from the code; no definition will come.
_OF_PYTHON = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){2,}")
_CODE_OF_PYTHON = re.compile(r"`.*`\]\[[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$")
_IDENTIFIER = re.compile(r"`?[A-Za-z_][\w.]*(?:\(\))?`?")
# The common definition: no title, nothing escaped.
_SIMPLE = re.compile(r"\[(?!\s*\])([^\[\]\\]+)\]:[ \t]+([^\s<>\\&()]+)[ \t]*")
# A definition has at most this many lines; longer ones are text.
_LINES = 8
_CHUNK = 4000  # characters that are searched for labels at once


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


@dataclass(frozen=True, slots=True)
class Habits:
    """How a text has used its brackets so far, which tells what those without a definition are."""

    refers: bool = False  # they are references, defined at the end
    blank: bool = False  # the last ones were a blank to fill in: "Dear [Name],"
    elsewhere: bool = False  # names that mkdocs looks up in the code: [`int`][]


USUAL = Habits()


def labels_wanted(text: str, habits: Habits) -> tuple[dict[str, bool], Habits]:
    """The labels that a leaf refers to, normalized, and the habits of the text including it.

    They are those of [text][label], [text][], [![alt](src)][label] and ![label]. And [label]
    where the text has others, or where it looks like no aside: [RFC 3986], [`code`], "uses
    [Jinja] templates". With each label comes whether mkdocs may look it up.
    """
    labels: dict[str, bool] = {}
    for start in range(0, len(text), _CHUNK):
        more, habits = _labels(text[start : start + _CHUNK], habits)
        labels |= more
    return labels, habits


@lru_cache(maxsize=64)  # a long paragraph is asked again and again while it grows
def _labels(text: str, habits: Habits) -> tuple[dict[str, bool], Habits]:
    labels = {}
    for match in _REFERENCE.finditer(without_code(text)):
        group = match.lastindex or 1
        if group == 6:
            habits = replace(habits, blank=False)
            continue
        if group == 2 and not match[2]:
            group = 1
        label = text[match.start(group) : match.end(group)]
        if group == 5:
            if not habits.refers and is_blank(label):
                habits = replace(habits, blank=True)
            if not _is_reference(label, text, match, habits):
                continue
        name = text[match.start(1) : match.end(1)].strip("`").replace("\\", "")
        if group == 2 and (name.isdecimal() or "://" in label):
            continue  # "so it is [1][2]", or a link with the wrong brackets
        if group == 2 and (
            (label != name and _OF_PYTHON.fullmatch(label))
            or _CODE_OF_PYTHON.match(text, match.start(1), match.end(2))
        ):
            habits = replace(habits, elsewhere=True)
            continue
        in_code = group < 3 and _IDENTIFIER.fullmatch(label) is not None
        label = normalizeReference(label)
        if label and label[0] != "^" and "\\" not in label:
            labels[label] = in_code
            if not habits.refers:
                habits = replace(habits, refers=True)
    return labels, habits


def is_blank(label: str) -> bool:
    """Whether [label] looks like a blank to fill in."""
    label = label.strip()
    return _BLANK.match(label) is not None or _TITLE.fullmatch(label) is not None


def _is_reference(label: str, text: str, match: re.Match[str], habits: Habits) -> bool:
    """Whether [label] is likely to be defined further down."""
    if not _NAME.fullmatch(label) or _BLANK.match(label):
        return False
    if (
        text.startswith(":", match.end())
        and text[: match.start()][-1:] in {"", "\n"}
        and label.replace(" ", "").isalpha()
    ):
        return False  # "[Ann]: Hello"
    if habits.refers:
        return True
    if habits.blank or _TITLE.fullmatch(label) or _PHRASE.fullmatch(label):
        return False
    if re.search(r"[\d`#]", label):
        return True
    return " " not in label and bool(
        _BEFORE.search(text[max(0, match.start() - 9) : match.start()])
        and _AFTER.match(text, match.end())
    )


def without_code(text: str) -> str:
    """The text with what stands in its code spans made letters, as long as before."""
    return _SPAN.sub(lambda span: "x" * len(span[0]), text) if "`" in text else text
