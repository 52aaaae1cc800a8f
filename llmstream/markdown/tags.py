"""Raw HTML within a leaf: shown as the text it is, so that nothing in it is Markdown."""

from __future__ import annotations

import re

from markdown_it.common.html_re import close_tag, comment, open_tag

_TAG = re.compile(f"{open_tag}|{close_tag}|{comment}")
_NAME = r"[A-Za-z_:][\w:.-]*"
_VALUE = r"""(?:[^\s"'=<>`]+|'[^']*'|"[^"]*")"""
_HALF = re.compile(
    # Its first attribute has a value: "a <b" is seldom a tag.
    rf"<[A-Za-z][A-Za-z0-9-]*(?=\s+{_NAME}\s*=)(?:\s+{_NAME}(?:\s*=\s*{_VALUE})?)*"
    r"""(?:\s*=\s*(?:"[^"]*|'[^']*)?|\s*/?)$"""
    r"|<!--(?:(?!-->)[\s\S])*$"
)


def end_of_tag(text: str, at: int, end: int) -> int:
    """Where the tag or comment that begins at `at` ends; -1 where there is none."""
    tag = _TAG.match(text, at, end)
    return tag.end() if tag else -1


def is_half_tag(text: str, at: int, end: int) -> bool:
    """Whether all of the text from `at` on is the beginning of a tag or a comment."""
    return _HALF.match(text, at, end) is not None
