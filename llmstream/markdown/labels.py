"""Which labels a text refers to before it has defined them: [label], [text][label].

Whether a definition will come cannot be known; what the text did with its brackets so far tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from typing import TypeAlias

from markdown_it.common.utils import normalizeReference

_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_BRACKETS = re.compile(
    r"(?<![^\W_])(?<![\])])\[(?P<text>[^\[\]]*)\]\[(?P<full>[^\[\]]*)\]"  # not a[i][j]
    r"|(?<=[\])])\]\[(?P<badge>[^\[\]]+)\]"  # [![alt](src)][label]
    r"|(?<![\w#])!\[(?P<picture>[^\[\]]+)\](?![\[(])"
    r"|(?<![^\W_])(?<![\])\\!\"=-])\[(?P<short>[^\[\]]+)\](?![\[(\w\]]| \(http)"
    r"|\](?P<link>\()"
)
# Not numbers, signs, markup and parameters.
_NAME = re.compile(
    r"(?![-!$+/'\"\s]|[\d/\s]+$|\d\d\.\d{4}$|[\d.]+%?[-–]\d|.*://|\W+$|e\.?g\.|.*\.\.\.)"
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
# @somebody, #12, a#12, 1.2.0, v1.2, RFC 3986, OAuth 2.0, `code`
_CODED = re.compile(
    r"@[\w-]+|[\w./-]*#\d+|v?\d+(?:\.\d+)+[\w.+-]*|[A-Z]{2,}[ -]?\d+|\w+ \d+\.\d+|`[^`]*`"
)
# What a word that is a reference stands between: "uses [Jinja] templates".
_BEFORE = re.compile(r"\b(?:an?|by|the|this|use[sd]?|using|via|with)\s$", re.IGNORECASE)
_AFTER = re.compile(r"\s[a-z]|[,.:](?!\.)")
_OF_PYTHON = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){2,}")
_CODE_OF_PYTHON = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_IDENTIFIER = re.compile(r"`?[A-Za-z_][\w.]*(?:\(\))?`?")
_CHUNK = 4000  # characters that are searched at once


@dataclass(frozen=True, slots=True)
class Habits:
    """How a text has used its brackets so far, which tells what those without a definition are."""

    refers: bool = False  # they are references, defined at the end
    blank: bool = False  # the last ones were a blank to fill in: "Dear [Name],"
    elsewhere: bool = False  # names that mkdocs looks up in the code: [`int`][]


USUAL = Habits()


class Sign(Enum):
    """How far a label is known to be one."""

    SURE = auto()
    CODE = auto()  # unless mkdocs looks it up
    WEAK = auto()  # only if the text has others


Wanted: TypeAlias = tuple[str, Sign]


def labels_wanted(text: str, habits: Habits) -> tuple[dict[Wanted, None], Habits]:
    """The labels that a leaf refers to, normalized, and the habits of the text including it.

    They are those of [text][label], [text][], [![alt](src)][label] and ![label]. And [label]
    with how sure it is: without another reference in the text, only where it looks like no
    aside: [RFC 3986], [`code`], "uses [Jinja] templates".
    """
    labels: dict[Wanted, None] = {}
    for start in range(0, len(text), _CHUNK):
        more, habits = _labels(text[start : start + _CHUNK], habits)
        labels |= more
    return labels, habits


@lru_cache(maxsize=64)  # a long paragraph is asked again and again while it grows
def _labels(text: str, habits: Habits) -> tuple[dict[Wanted, None], Habits]:
    labels: dict[Wanted, None] = {}
    for match in _BRACKETS.finditer(without_code(text)):
        kind = match.lastgroup or ""
        label, sign = text[match.start(kind) : match.end(kind)], Sign.SURE
        if kind == "link":
            habits = replace(habits, blank=False)
            continue
        if kind == "short":
            if not habits.refers and _is_blank(label):
                habits = replace(habits, blank=True)
            if not _may_be_reference(label, text, match):
                continue
            if not habits.refers and (habits.blank or not _is_reference(label, text, match)):
                sign = Sign.WEAK
        if kind == "full":
            shown = text[match.start("text") : match.end("text")]
            if _is_python(shown, label):
                habits = replace(habits, elsewhere=True)
                continue
            if label and (shown.isdecimal() or "://" in label):
                continue  # "so it is [1][2]", or a link with the wrong brackets
            label = label or shown
            if _IDENTIFIER.fullmatch(label):
                sign = Sign.CODE
        label = normalizeReference(label)
        if label and label[0] != "^" and "\\" not in label:
            labels[label, sign] = None
            if not habits.refers and sign is not Sign.WEAK:
                habits = replace(habits, refers=True)
    return labels, habits


def _is_python(shown: str, label: str) -> bool:
    """Whether it is mkdocs's [text][module.name], resolved from the code."""
    name = shown.strip("`").replace("\\", "")
    if shown.startswith("`") and shown.endswith("`"):
        return _CODE_OF_PYTHON.fullmatch(label) is not None
    return label != name and _OF_PYTHON.fullmatch(label) is not None


def _is_blank(label: str) -> bool:
    label = label.strip()
    return _BLANK.match(label) is not None or _TITLE.fullmatch(label) is not None


def _may_be_reference(label: str, text: str, match: re.Match[str]) -> bool:
    """Whether [label] is likely to be defined further down, if others are."""
    if not _NAME.fullmatch(label) or _BLANK.match(label):
        return False
    speaks = text.startswith(":", match.end()) and text[: match.start()][-1:] in {"", "\n"}
    return not (speaks and label.replace(" ", "").isalpha())  # "[Ann]: Hello"


def _is_reference(label: str, text: str, match: re.Match[str]) -> bool:
    """Whether [label] is likely to be defined further down, even if nothing was so far."""
    if _CODED.fullmatch(label):
        return not text.startswith("</", match.end())
    return " " not in label and bool(
        _BEFORE.search(text[max(0, match.start() - 9) : match.start()])
        and _AFTER.match(text, match.end())
    )


def without_code(text: str) -> str:
    """The text with what stands in its code spans made letters, as long as before."""
    return _SPAN.sub(lambda span: "x" * len(span[0]), text) if "`" in text else text
