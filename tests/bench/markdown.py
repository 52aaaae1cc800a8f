"""What painting a growing answer costs, and how steady it looks.

Run as `python -m tests.bench.markdown [FILE.md…]`.

Without files, the Markdown documents of the installed packages are measured.
"""

from __future__ import annotations

import gc
import random
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path
from time import process_time

from llmstream.markdown.html import StreamRenderer, to_html
from tests.markdown.hostile import HOSTILE, hostile
from tests.markdown.texts import ANSWER, ANSWERS

STEP = 63  # characters between two frames
LARGEST = 60_000  # characters; the caller of the renderer never paints more
DOCUMENTS = 70

GROWING = {
    "mixed answer": ANSWER,
    "one list": "- item **b** with `code` and [l](https://x.org)\n",
    "nested list": "- a\n  - b **c**\n    - d `e`\n",
    "one paragraph": "word *em* and `code` [l](https://x.org/z) more text here. ",
    "wrapped paragraph": "word *em* and `code` [l](https://x.org/z) more.\n",
    "one quote": "> some *quoted* text here\n",
    "one code block": "    x = foo(1)  # bar\n",
    "one table": "| x **y** | `z` and more |\n",
    "one word": "x",
}
BEGINNING = {"one table": "| a | b |\n|---|---|\n"}


def cpu_of_a_paint() -> None:
    """The tail of a mixed document, twenty characters a paint."""
    print("CPU of one paint (heal + HTML)")
    for size in (1_000, 10_000, 50_000):
        text = (ANSWER * (size // len(ANSWER) + 1))[:size]
        renderer = StreamRenderer()
        renderer.paint(text[: size - 800])
        begun = process_time()
        for end in range(size - 800, size, 20):
            renderer.paint(text[:end])
        print(f"  {size // 1000:3} kB  {(process_time() - begun) / 40 * 1000:6.2f} ms")


def growth(unit: str, beginning: str, size: int) -> tuple[float, float, int]:
    """Seconds in all, seconds of the longest paint, and how many paints a text takes to grow."""
    text = (beginning + unit * (size // len(unit) + 1))[:size]
    renderer, total, longest, count = StreamRenderer(), 0.0, 0.0, 0
    for end in range(0, size, 400):
        begun = process_time()
        renderer.paint(text[:end])
        took = process_time() - begun
        total, longest, count = total + took, max(longest, took), count + 1
    begun = process_time()
    renderer.paint(text, final=True)
    return total, max(longest, process_time() - begun), count


def cpu_of_growing() -> None:
    print("\nCPU of growing, 400 characters a paint")
    print(f"  {'':18} {'30 kB':>9} {'60 kB':>9} {'ratio':>6} {'a paint':>9} {'longest':>9}")
    for name, unit in GROWING.items():
        gc.collect()  # what the last one left
        half, _, _ = growth(unit, BEGINNING.get(name, ""), 30_000)
        whole, longest, count = growth(unit, BEGINNING.get(name, ""), 60_000)
        print(
            f"  {name:18} {half * 1000:6.0f} ms {whole * 1000:6.0f} ms {whole / half:6.2f}"
            f" {whole / count * 1000:6.2f} ms {longest * 1000:6.1f} ms"
        )


def cpu_of_hostile() -> None:
    """Texts that are made to cost much, as the bot paints them: a thousand characters a frame.

    Without the garbage collector, which takes its time for all that lives in a process.
    """
    frame_times, final_times = {}, {}
    gc.disable()
    for name in HOSTILE:
        text, renderer, longest = hostile(name, 64_000), StreamRenderer(), 0.0
        for end in range(1_000, len(text) + 1, 1_000):
            begun = process_time()
            renderer.paint(text[:end])
            longest = max(longest, process_time() - begun)
        begun = process_time()
        renderer.paint(text, final=True)
        frame_times[name], final_times[name] = longest, process_time() - begun
        gc.collect()
    gc.enable()
    print(f"\nCPU of {len(HOSTILE)} hostile texts of 64 kB, 1,000 characters a frame")
    for what, took in (("a frame", frame_times), ("final", final_times)):
        slowest = sorted(took, key=lambda name: -took[name])[:3]
        listed = ", ".join(f"{took[name] * 1000:.1f} ms ({name})" for name in slowest)
        print(f"  {what:8} at most {listed}; {sum(t > 0.02 for t in took.values())} over 20 ms")


def visible(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def frames(text: str, step: int = STEP) -> Iterator[tuple[bool, float]]:
    """For each cut: is what is seen a beginning of the whole, and how much of it is that?"""
    whole = visible(to_html(text))
    renderer = StreamRenderer()
    for end in range(step, len(text), step):
        seen = visible(renderer.paint(text[:end]))
        arrived = len(visible(to_html(text[:end])))
        yield whole.startswith(seen), min(1.0, len(seen) / max(arrived, 1))


def documents() -> list[Path]:
    folder = Path(sysconfig.get_path("purelib"))
    found = sorted(path for path in folder.rglob("*.md") if 500 < path.stat().st_size < LARGEST)
    random.Random(1).shuffle(found)
    return found[:DOCUMENTS]


def steadiness(name: str, texts: Iterable[str], step: int = STEP) -> None:
    texts = list(texts)
    counted = [frame for text in texts for frame in frames(text, step)]
    stable = sum(steady for steady, _ in counted) / max(len(counted), 1)
    shown = sum(share for _, share in counted) / max(len(counted), 1)
    print(f"\n{len(texts)} {name}, {len(counted)} frames of {step} characters")
    print(f"  stable frames                    {stable:8.2%}")
    print(f"  of what has arrived, it is shown {shown:8.2%}")


if __name__ == "__main__":
    cpu_of_a_paint()
    cpu_of_growing()
    cpu_of_hostile()
    paths = [Path(name) for name in sys.argv[1:]] or documents()
    steadiness("documents", (path.read_text("utf-8", "replace") for path in paths))
    steadiness("answers", ANSWERS.values(), step=1)
