"""Texts that are made to cost much: every rule begun, nested, alternated, never ended."""

from __future__ import annotations

_ALONE = "[]()*_~`|<>&!\\$#+-=@:.^{\t\n"
# "·" is a space, "⏎" a line end.
_UNITS = r"""
    ** *_ *a_ `a``b ``·` ![ [a]( []( [a](b· [a][b]· [^1] [^a]· <a· <a·b=" <a·b=c· <!--
    <!--·a·--> <sub> <sub></sub> <sub>a</sub> <br> <details> </details> <details></details>
    <details><summary> <summary> a</details> $a$· $1· $$a $$a$$· \( \(a \[ \[a\] \\ &amp;
    &am &# &#1; @a:b.c· @room· http:// https://a.b/· https://a.b/((( a://b ```⏎ ```a⏎ ~~~⏎
    >· >⏎ -· -·a⏎ -·a⏎⏎ 1.· 1.·a⏎ -·>· >·-· #·a⏎ a⏎===⏎ ---⏎ *·*·*⏎ |·a· |a|⏎ |---|⏎ |-
    a·|·b⏎ -·[·]·a⏎ ····a⏎ a⏎ a··⏎ a\\⏎ (a [[a]]· [a·[b· )]( ]( a](b [x]:·< [x]:·a·" [a]:⏎
    [a]:·b⏎ [^1]:· [^1]:·a⏎ a[^1]⏎⏎[^1]:·b⏎⏎ <http://a <a@b a_b· a*b· _a_· __a__ ***a***
    *a**b*** ~~a~~ ~~~~ ||a· ||a|| $20-$30· ![a](b) ![a] ![a][b] [![a](b)](c) [`a`] [A·B]·
    [RFC·1]· [1.2 [your·name]· Dear·[ **「A」**な *（a）* *“ 🇩🇪 🇩 {% x -·**a**:·b·`c`·[d](e)⏎
""".split()  # noqa: SIM905
_CHARACTERS = ["\u0301", "a\u0301", "👩\u200d", "\ud800", "\u202e", "\x00", "\r", "\r\n"]
_BEGUN = {
    "table": ("| a | b | c |\n|---|---|---|\n", "| `a` | **b** | [c](d) |\n"),
    "cells": ("| a | b |\n|---|---|\n", "| a "),
    "empty cells": ("| a | b |\n|---|---|\n", "|"),
    "empty rows": ("| a | b |\n|---|---|\n", "|\n"),
    "columns": ("|" + "a|" * 3000 + "\n|" + "-|" * 3000 + "\n", "a|"),
    "wide rows": ("|" + "a|" * 400 + "\n|" + "-|" * 400 + "\n", "| a\n"),
    "item": ("- a\n", "  a\n"),
    "loose item": ("- a\n", "\n  a\n"),
    "blank lines in code": ("```\n", "a\n\n"),
    "half ends of code": ("```\n", "``\n"),
    "code": ("`", "a `` "),
    "address": ("[a](", "a"),
    "link": ("[", "a "),
    "display maths": ("$$\n", "a\n"),
    "maths": ("\\(", "a "),
    "bold": ("**", "a b "),
    "spoiler": ("||", "a "),
    "sub": ("<sub>", "a "),
    "half tag": ('<a b="', "a "),
    "comment": ("<!-- ", "a "),
    "summary": ("<details><summary>", "a "),
    "code in a fold": ("<details>", "`a``</details>"),
    "lazy quote": ("> ", "a\n"),
    "heading": ("# ", "a # "),
}
_WHOLE = {
    "lists in lists": "".join("  " * depth + "- a\n" for depth in range(30)),
    "quotes in quotes": "".join(">" * depth + " a\n" for depth in range(1, 40)),
    "runs of backticks": "".join("`" * length + "a" for length in range(1, 60)),
    "references": " ".join(f"[a{n}][r{n}]" for n in range(6000)),
    "short references": " ".join(f"[RFC {n}]" for n in range(6000)),
    "a reference each": "\n\n".join(f"[a{n}][r{n}]" for n in range(6000)),
    "definitions": "\n".join(f"[r{n}]: https://x.org/{n}" for n in range(4000)),
    "footnotes": "\n\n".join(f"a[^n{n}]" for n in range(8000)),
    "notes": "\n".join(f"[^{n}]: a" for n in range(8000)),
    "brackets": "[" * 30_000 + "](b)" * 8000,
    "folds": "<details><summary>a</summary>\n" * 1500 + "</details>\n" * 1500,
    "subs": "<sub>" * 6000 + "</sub>" * 6000,
    "emphasis": "*a **b " * 5000 + "c** d*" * 5000,
    "everything": "".join(chr(33 + n % 94) for n in range(9973)),
}


HOSTILE: dict[str, tuple[str, str]] = {
    **{ascii(unit): ("", unit) for character in _ALONE for unit in (character, f"{character} ")},
    **{f"a{character!a}": ("", f"a{character}") for character in _ALONE},
    **{f"{character!a}a": ("", f"{character}a ") for character in _ALONE},
    **{unit: ("", unit.replace("·", " ").replace("⏎", "\n")) for unit in _UNITS},
    **{ascii(unit): ("", unit) for unit in _CHARACTERS},
    **_BEGUN,
    **{name: ("", text) for name, text in _WHOLE.items()},
}


def hostile(name: str, size: int) -> str:
    """So many characters of it."""
    begin, unit = HOSTILE[name]
    return (begin + unit * (size // len(unit) + 1))[:size]
