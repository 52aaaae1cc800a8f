"""The answers that the benchmarks write: Markdown with all that models use, cut into tokens."""

from __future__ import annotations

import random
from itertools import pairwise

_WORDS = """
    the of a to and in is that it for as with on by are this from at which or an be not have
    model server message token edit room limit budget answer stream event client homeserver
    question latency interval scheduler request response example however because therefore
""".split()  # noqa: SIM905


def markdown(characters: int, seed: int = 0) -> str:
    """So many characters of headings, prose, emphasis, links, lists, tables and code blocks."""
    chance = random.Random(seed)
    blocks: list[str] = []
    kinds = (_prose, _bullets, _prose, _code, _prose, _table, _numbers)
    while sum(map(len, blocks)) < characters:
        if len(blocks) % 6 == 0:
            blocks.append(f"## {_words(chance, 4).capitalize()}\n\n")
        blocks.append(kinds[len(blocks) % len(kinds)](chance) + "\n\n")
    return "".join(blocks)[:characters].rstrip()


def tokens(text: str, number: int) -> list[str]:
    """The text in so many pieces of nearly the same length."""
    ends = [len(text) * n // number for n in range(number + 1)]
    return [text[start:end] for start, end in pairwise(ends)]


def _words(chance: random.Random, number: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(number))


def _prose(chance: random.Random) -> str:
    sentences = [
        f"{_words(chance, 7).capitalize()} **{_words(chance, 2)}**, {_words(chance, 4)} "
        f"`{chance.choice(_WORDS)}()` and *{_words(chance, 2)}* "
        f"[{chance.choice(_WORDS)}](https://example.org/{chance.randrange(1000)})."
        for _ in range(3)
    ]
    return " ".join(sentences)


def _bullets(chance: random.Random) -> str:
    return "\n".join(f"- **{_words(chance, 1)}**: {_words(chance, 8)}" for _ in range(4))


def _numbers(chance: random.Random) -> str:
    return "\n".join(f"{n}. {_words(chance, 9)}" for n in range(1, 5))


def _code(chance: random.Random) -> str:
    lines = [f"    {chance.choice(_WORDS)} = call({chance.randrange(100)})" for _ in range(5)]
    return "\n".join(["```python", "def example(value):", *lines, "    return value", "```"])


def _table(chance: random.Random) -> str:
    rows = [f"| {_words(chance, 2)} | {chance.randrange(1000)} | {_words(chance, 3)} |"]
    rows += [f"| {_words(chance, 2)} | {chance.randrange(1000)} | {_words(chance, 3)} |"] * 4
    return "\n".join(["| name | number | meaning |", "|---|---:|---|", *rows])
