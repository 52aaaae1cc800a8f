"""What stands in a line and is not Markdown inside: maths, tags and addresses.

Of maths also what only looks like it: prices and shell variables. Code is inline.py's.
"""

from __future__ import annotations

import re

from markdown_it.common.html_re import close_tag, comment, open_tag

from .tokens import TAGS

# Opening and closing as in Pandoc's tex_math_dollars: no space inside, no digit or letter behind.
_DOLLAR = re.compile(r"\$(?![\s$])((?:[^$\\]|\\[\s\S])+?)(?<!\s)\$(?![\w$])")
_DOLLARS = re.compile(r"\$\$(?!\$)((?:[^$\\]|\\[\s\S])+?)\$\$")
_RANGE = re.compile(r"\d[\d.,]*[A-Za-z]{0,2}[-–—/]")  # $20-$30, of which the end is missing
_SIGN = re.compile(r"[\\^_={}+<>]")
_VARIABLE = re.compile(r"\{[A-Za-z_]\w*\}|[A-Z][A-Z0-9]*_|[A-Z][A-Z0-9_]{2,}(?=$|[/:\"'.])")
_SURE = re.compile(r"\\[A-Za-z]|[\^=]|_[{\w]")
_NO_MATHS = frozenset(["", *" \t\n[\"'`*0123456789"])
# What version control fills in: https://svnbook.red-bean.com, "Keyword Substitution"; RCS's co(1).
_KEYWORDS = re.compile(
    r"Author|Date|Header|HeadURL|Id|Locker|Log|Name|RCSfile|Rev|Revision|Source|State|URL"
)
_INTERVAL = re.compile(r"\[[^\[\]$\n]{0,20}\]?$")
_COMMAND = re.compile(r"[\[\d][^$]*\\[A-Za-z]{2}")
_NUMBER = re.compile(
    r"\d[\d.,]*(?:(\s?\\?$|[A-Za-z]{1,2}$|\s?[-+/*]\s?[\d.,]*\s?$)|\s?\\[A-Za-z]|\s?[\^_])"
)
_LONGEST = 1000

_TAG = re.compile(f"{open_tag}|{close_tag}|{comment}")
_ATTRIBUTE = r"[A-Za-z_:][\w:.-]*"
_VALUE = r"""(?:[^\s"'=<>`]+|'[^']*'|"[^"]*")"""
_HALF_TAG = re.compile(
    # Its first attribute has a value: "a <b" is seldom a tag.
    rf"<[A-Za-z][A-Za-z0-9-]*(?=\s+{_ATTRIBUTE}\s*=)(?:\s+{_ATTRIBUTE}(?:\s*=\s*{_VALUE})?)*"
    r"""(?:\s*=\s*(?:"[^"]*|'[^']*)?|\s*/?)$"""
    r"|<!--(?:(?!-->)[\s\S])*$"
)
_HALF_FOLD = re.compile(
    r"</?(?:details|summary)\s[^<>]*$"
    r"|<details(?:\s[^<>]*)?>\s*(?:<(?:s(?:u(?:m(?:m(?:ar?)?)?)?)?)?)?$"  # if a summary follows
    r"|<details(?:\s[^<>]*)?>\s*<summary(?:\s[^<>]*)?$",
    re.IGNORECASE,
)
_NAMES = tuple(f"{name}>" for name in (*TAGS, "details", "summary"))
_LONGEST_HALF = 200  # characters of a tag that nothing has ended
_KNOWN = (
    *("<br>", "<br/>", "<br />", "<http:", "<https:", "<ftp:", "<mailto:"),
    *("<" + name for name in _NAMES),
    *("</" + name for name in _NAMES),
)
_HALF_KNOWN = frozenset(known[:end] for known in _KNOWN for end in range(1, len(known)))
_URL = re.compile(r"://[^\s<>\"`|\\^{}\u3000-\u303f\uff00-\uff0f\uff1a-\uff20]+")
_URL_TAIL = re.compile(r"[.,:;!?'*_~\]]+$")
_SCHEME = re.compile(r"(?:^|[^A-Za-z0-9+.\-])((?:https?|ftp))$", re.IGNORECASE)


def inline_maths(text: str, at: int, end: int) -> tuple[str, int] | None:
    """The LaTeX of the maths that begins at `at` ("$" or "\\\\"), and where it ends; None if it
    is none.
    """
    if text[at] == "\\":
        opening = text[at : at + 2]
        if opening not in {"\\(", "\\["}:
            return None
        close = text.find("\\)" if opening == "\\(" else "\\]", at + 2, end)
        latex = text[at + 2 : close]
        if close <= at + 2 or (opening == "\\[" and half_maths(latex.strip()) is False):
            return None
        return latex, close + 2
    match = _DOLLARS.match(text, at, end)
    if match:
        return match[1], match.end()
    if at and (text[at - 1].isalnum() or text[at - 1] in "$_"):
        return None
    match = _DOLLAR.match(text, at, min(end, at + _LONGEST))
    if match and is_maths(match[1]):
        return match[1], match.end()
    return None


def is_maths(latex: str) -> bool:
    """Whether what stands between two dollars is meant as maths."""
    if _VARIABLE.match(latex) or _KEYWORDS.fullmatch(latex) or _RANGE.fullmatch(latex):
        return False
    if latex.count("`") % 2:
        return False  # its end stands in code
    return not (latex[0].isdigit() and " " in latex and not _SIGN.search(latex))


def half_maths(latex: str) -> bool | None:
    """Whether this reads as the beginning of maths. None: not to be told yet."""
    if latex[:1] in _NO_MATHS or _VARIABLE.match(latex):
        return False
    if _SURE.search(latex):
        return True
    return None if len(latex) <= 12 else False


def may_be_price(latex: str) -> bool:
    """Whether what stands between two dollars may be "20-" of "$20-$30", as long as nothing
    follows.
    """
    return latex[0].isdigit() and not _SURE.search(latex)


def half_number(latex: str) -> bool | None:
    """Whether a number or "[" after a dollar begins maths ("1 \\times", "[0, 1]") or is a price.

    None: not to be told yet.
    """
    if _COMMAND.match(latex):
        return True
    if _INTERVAL.match(latex):
        return None
    number = _NUMBER.match(latex)
    if not number:
        return False
    return True if number[1] is None else None


def end_of_tag(text: str, at: int, end: int) -> int:
    """Where the tag or comment that begins at `at` ends; -1 where there is none."""
    tag = _TAG.match(text, at, end)
    return tag.end() if tag else -1


def is_half_tag(text: str, at: int, end: int) -> bool:
    """Whether all of the text from `at` on is the beginning of a tag or a comment."""
    return _HALF_TAG.match(text, at, end) is not None


def is_half_known(text: str, at: int) -> bool:
    """Whether a tag or an address that would be let through is begun at `at` and not ended."""
    if len(text) - at > _LONGEST_HALF:
        return False
    half = text[at:].lower()
    return half in _HALF_KNOWN or _HALF_FOLD.match(half) is not None


def bare_address(before: str, text: str, at: int, end: int) -> tuple[str, str] | None:
    """The scheme that ends `before` and the rest of the address, which begins at `at` with "://";
    None where there is none.
    """
    scheme = _SCHEME.search(before[-8:])
    match = scheme and _URL.match(text, at, end)
    if not scheme or not match:
        return None
    rest = _URL_TAIL.sub("", match[0])
    while rest.endswith(")") and rest.count(")") > rest.count("("):
        rest = _URL_TAIL.sub("", rest[:-1])
    return (scheme[1], rest) if len(rest) > 3 else None
