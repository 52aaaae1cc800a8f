"""What half-written Markdown is likely to become, where nobody can know it yet.

Every guess is here and pays on answers as models write them (tests/markdown/test_guesses.py tells
how many frames are wrong without it); what a text means once it is written is no guess, and stands
elsewhere.

    labels_wanted        [text][label]: will a definition follow? [RFC 3986], [1.2.0]: too?
    Habits.blank         "Dear [Name]": a blank to fill in, and so are the brackets after it
    may_be_footnote      "[^1]": will its text follow?
    reads_as_brackets    a "[" that stays one: an index, an interval, an aside
    may_be_version       "[1.2": the number of a source, or of a version
    is_literal           an asterisk or underscore that stays one: 2*3, /_api
    is_parameter         a tag that stays text: Vec<u>, "the <b> tag"
    header_from          a line with pipes: the header of a table
    half_definition      "[label]: ht": a link's definition, which is not shown
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
# @somebody, #12, a#12, 1.2.0, v1.2, RFC 3986, OAuth 2.0, `code`
_CODED = re.compile(
    r"@[\w-]+|[\w./-]*#\d+|v?\d+(?:\.\d+)+[\w.+-]*|[A-Z]{2,}[ -]?\d+|\w+ \d+\.\d+|`[^`]*`"
)
_NOTED = re.compile(r"\[\^([^\[\]\s]+)\]")
_NOTE_NAME = re.compile(r"[^\W\d_]{2}[\w-]*")
_CHUNK = 4000  # characters that are searched at once

_ASIDE = re.compile(
    r"\s|[-+,;:=…^]|<a\s|!(?!\[)|\.(?!\.?/)|(?:[A-Z]{4,}|PS):\s|\d+\s*[,;:…]|[xX ]\]|$"
    r"|\[[^\]]*(?:$|\]\()"  # no link contains another
)
_CONTENT = 200  # characters of what stands in a bracket are looked at
_VERSION = re.compile(r"[\d.]{1,20}")
_IDENTIFIER = re.compile(r"[^\W_]+(?:_[^\W_]+)+(?![\w*])|\w+</")

_PIPE = re.compile(r"^[ \t]*\|(?!\|[^\s|])|[ \t]+\|(?!\|)(?=[ \t]|$)")
_LONGEST_HEADER = 200  # of one that does not begin with a pipe; ten times of others
_DEFINED = re.compile(
    r"\[(?!\^)[^\[\]]+\]:[ \t]*\S+(?:[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t]*$"
)
_HALF_DEFINITION = re.compile(
    r"\[(?!\^)[^\[\]]*(?:\](?::\s*(?:<[^<>]*)?)?)?$|\[(?!\^)[^\[\]]+\]:\s+\S+\s+(?:\"[^\"]*|'[^']*|\([^()]*)$"
)


@dataclass(frozen=True, slots=True)
class Habits:
    """How a text has used its brackets so far, which tells what those without a definition are."""

    refers: bool = False  # they are references, defined at the end
    blank: bool = False  # the last ones were a blank to fill in: "Dear [Name],"


USUAL = Habits()
# A label, normalized, and whether it is surely one: others are only if the text has such.
Wanted: TypeAlias = tuple[str, bool]


def labels_wanted(text: str, habits: Habits) -> tuple[dict[Wanted, None], Habits]:
    """The labels that a leaf refers to, and the habits of the text including it.

    They are those of [text][label], [text][], [![alt](src)][label] and ![label]. And [label],
    which is sure only where it looks like no aside: [RFC 3986], [`code`], or where the text has
    shown another reference.
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
        label, sure = text[match.start(kind) : match.end(kind)], True
        if kind == "link":
            habits = replace(habits, blank=False)
            continue
        if kind == "short":
            if not habits.refers and _BLANK.match(label.strip()):
                habits = replace(habits, blank=True)
            if not _may_be_reference(label, text, match):
                continue
            sure = habits.refers or (not habits.blank and _CODED.fullmatch(label) is not None)
        if kind == "full":
            shown = text[match.start("text") : match.end("text")]
            if label and (shown.isdecimal() or "://" in label):
                continue  # "so it is [1][2]", or a link with the wrong brackets
            label = label or shown
        label = normalizeReference(label)
        if label and label[0] != "^" and "\\" not in label:
            labels[label, sure] = None
            if sure and not habits.refers:
                habits = replace(habits, refers=True)
    return labels, habits


def _may_be_reference(label: str, text: str, match: re.Match[str]) -> bool:
    """Whether [label] is likely to be defined further down, if others are."""
    if not _NAME.fullmatch(label) or _BLANK.match(label):
        return False
    speaks = text.startswith(":", match.end()) and text[: match.start()][-1:] in {"", "\n"}
    return not (speaks and label.replace(" ", "").isalpha())  # "[Ann]: Hello"


def labels_noted(text: str) -> Iterator[Wanted]:
    """The labels of footnotes, [^label], in a leaf, in small letters; sure: behind a word."""
    if "[^" in text:
        for match in _NOTED.finditer(without_code(text)):
            yield (
                text[match.start(1) : match.end(1)].casefold(),
                match.start() > 0 and not text[match.start() - 1].isspace(),
            )


def may_be_footnote(label: str, sure: bool, final: bool) -> bool:
    """Whether a label that nothing has defined is a footnote's, as "[^0-9]" is not.

    In a finished text only numbers are: the message in which they are defined may be the next.
    """
    if label.isdecimal():
        return len(label) < 5 and (sure or not final)
    return sure and not final and _NOTE_NAME.fullmatch(label) is not None


def without_code(text: str) -> str:
    """The text with what stands in its code spans made letters, as long as before."""
    return _SPAN.sub(lambda span: "x" * len(span[0]), text) if "`" in text else text


def reads_as_brackets(text: str, at: int, end: int, habits: Habits) -> bool:
    """Whether the "[" at `at`, by what stands up to `end`, is likely to be just that."""
    before, content = text[at - 1 : at], text[at + 1 : min(end, at + _CONTENT)]
    if habits.blank and not habits.refers:
        return True
    if before and (_is_letter(before) or before in ")]_=") and not content.startswith("!["):
        return True
    return _ASIDE.match(content) is not None


def _is_letter(character: str) -> bool:
    """Whether it is one of a word that spaces part from others: Chinese has none before links."""
    return character.isalnum() and character < "\u2e80"


def may_be_version(text: str, at: int, end: int, habits: Habits) -> bool:
    """Whether what stands from the bracket at `at` to `end` may become a link or stay in it:
    "[1.2".
    """
    return _VERSION.fullmatch(text, at + 1, end) is not None and not reads_as_brackets(
        text, at, end, habits
    )


def is_literal(text: str, at: int, run: int) -> bool:
    """Whether the run of asterisks or underscores at `at` is likely to stay: 2*3, *.py, /_api."""
    marker, before, content = text[at], text[at - 1 : at], text[at + run :]
    if before.isdigit() and content[:1].isdigit():
        return True
    if run != 1:
        return False
    if marker == "_":
        return text[:at].endswith(("/", "=", '="')) or _IDENTIFIER.match(content) is not None
    if marker != "*":
        return False
    return content.startswith((*"/.,;:)]}", "</")) or (before != "" and _is_letter(before))


def is_parameter(text: str, at: int, end: int) -> bool:
    """Whether the tag from `at` to `end` is likely to be none: Vec<u>, or "the <b> tag"."""
    if text[at + 1 : at + 3].lower() == "su":
        return False
    return text[at - 1 : at].isalnum() or text[end : end + 1].isspace()


def header_from(line: str) -> int:
    """Where a line may be a table's header, from its first pipe on; -1 where it is none."""
    pipe = _PIPE.search(without_code(line)) if "|" in line else None
    longest = _LONGEST_HEADER if pipe and pipe.start() else 10 * _LONGEST_HEADER
    if not pipe or len(line) - pipe.start() > longest:
        return -1
    return pipe.start()


def half_definition(text: str) -> bool:
    """Whether it is the beginning of a link's definition, which is not shown."""
    return _HALF_DEFINITION.match(text) is not None


def definition(text: str) -> bool:
    """Whether it is a link's definition, perhaps with more of its address to come."""
    return _DEFINED.match(text) is not None and not half_definition(text)
