"""Comments of a YAML document, kept where they belong while keys come and go.

ruamel.yaml hangs a comment on whatever value stands before it, however deep: the words above
`access:` belong to the last key of the last room. Change that room and they move or are lost. Here
every comment is first given to the key below it; after that a map may be changed freely.

Knows YAML only, no key of ours. Works on ruamel.yaml's comment attributes (`ca`), which are not
documented; tried with 0.18.17.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString
from ruamel.yaml.tokens import CommentToken

# Where a key's comments are in `map.ca.items[key]`.
_ABOVE, _AFTER, _BELOW = 1, 2, 3
# Where an item's comment is in `sequence.ca.items[index]`.
_AFTER_ITEM = 0

_BLOCK_SCALARS = (LiteralScalarString, FoldedScalarString)


def give_comments_to_keys(node: CommentedMap, column: int = 0) -> None:
    """Move each comment to the key that stands below it, in this map and in all maps within.

    `column` is where the map's keys begin.
    """
    if node.fa.flow_style():
        return
    keys = list(node)
    for key, below in pairwise(keys):
        _put_above(node, below, [_line(text) for text in _cut_tail(node, key, column)])
    for key, value in node.items():
        if isinstance(value, CommentedMap) and value and not value.fa.flow_style():
            _put_above(value, next(iter(value)), _cut_head(node, key))
            give_comments_to_keys(value, value.lc.col)


def complete(document: CommentedMap, manual: CommentedMap, path: str = "") -> list[str]:
    """Add the keys that `document` lacks, where `manual` has them and with the comments it has.

    A map that both have is completed too where the manual's has keys. A null counts as lacking.
    Both have been through `give_comments_to_keys`; the manual's values become the document's.

    Returns what was added: "limits.answer_seconds". `path` stands before each.
    """
    position, added = 0, list[str]()
    for key, value in manual.items():
        if document.get(key) is None:
            document.insert(position, key, value)
            document.ca.items[key] = manual.ca.items.get(key, [None] * 4)
            added.append(f"{path}{key}")
        elif isinstance(value, CommentedMap) and isinstance(document[key], CommentedMap):
            added += complete(document[key], value, f"{path}{key}.")
        position = list(document).index(key) + 1
    return added


def remove(node: CommentedMap, key: Any) -> None:
    """Delete a key, if it is there, and what was written about it."""
    node.pop(key, None)
    node.ca.items.pop(key, None)


def rename(node: CommentedMap, key: Any, name: Any) -> None:
    """Give a key another name, in its place, with what was written about it."""
    node.insert(list(node).index(key), name, node.pop(key))
    if key in node.ca.items:
        node.ca.items[name] = node.ca.items.pop(key)


def _line(text: str) -> CommentToken:
    stripped = text.lstrip()
    return CommentToken(stripped + "\n", CommentMark(len(text) - len(stripped)))


def _put_above(node: CommentedMap, key: Any, tokens: list[CommentToken]) -> None:
    if tokens:
        places = node.ca.items.setdefault(key, [None] * 4)
        places[_ABOVE] = tokens + (places[_ABOVE] or [])


def _cut_head(node: CommentedMap, key: Any) -> list[CommentToken]:
    """Take away the lines between a key and the first key of the map that is its value."""
    places = node.ca.items.get(key, [None] * 4)
    tokens: list[CommentToken] = places[_BELOW] or []
    places[_BELOW] = None
    if node[key].ca.comment:
        node[key].ca.comment[1] = None
    return tokens


def _cut_tail(node: CommentedMap | CommentedSeq, key: Any, column: int) -> list[str]:
    """Take away the lines after a value that are not indented deeper than `column`."""
    value = node[key]
    if isinstance(value, CommentedMap | CommentedSeq) and value and not value.fa.flow_style():
        last = next(reversed(value)) if isinstance(value, CommentedMap) else len(value) - 1
        return _cut_tail(value, last, column)
    places = node.ca.items.get(key)
    place = _AFTER_ITEM if isinstance(node, CommentedSeq) else _AFTER
    if not places or not places[place]:
        return []
    token: CommentToken = places[place]
    kept, cut = _divide(token, column, whole_lines=isinstance(value, _BLOCK_SCALARS))
    if kept.strip():
        token.value = kept
    else:
        places[place] = None
        if hasattr(value, "ca"):  # an empty or flow collection has the same token once more
            value.ca.comment = None
    return cut


def _divide(token: CommentToken, column: int, *, whole_lines: bool) -> tuple[str, list[str]]:
    """What of a comment stays with the value before it, and the lines that go to what follows.

    Most begin on the value's own line; `whole_lines` is for those that cannot.
    """
    text = token.value.removesuffix("\n")
    if whole_lines:
        first, lines = [], (" " * token.start_mark.column + text).split("\n")
    else:
        head, *lines = text.split("\n")
        first = [head]
    stay = 0
    for number, line in enumerate(lines, start=1):
        if line.strip():
            if len(line) - len(line.lstrip()) <= column:
                break
            stay = number
    return "\n".join([*first, *lines[:stay]]).lstrip(" ") + "\n", lines[stay:]
