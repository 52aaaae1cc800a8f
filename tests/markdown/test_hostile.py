"""No text, however it is made, keeps a painter busy for long. The benchmark has the figures."""

from collections.abc import Callable
from time import process_time

import pytest

from llmstream.markdown.html import StreamRenderer
from llmstream.markdown.split import BlockEnds

from .allowed import visible
from .hostile import HOSTILE, hostile

SIZE, STEP = 64_000, 1_000
# The bound is 20 ms. What is superlinear takes far longer.
LONG = 0.3


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_no_frame_takes_long(name: str, pace: Callable[[], float]) -> None:
    text = hostile(name, SIZE)
    renderer, ends = StreamRenderer(), BlockEnds()
    for end in range(8 * STEP, SIZE - 3 * STEP, 8 * STEP):
        renderer.paint(text[:end])
        ends.after(text[:end], end)
    took = []
    for end in range(SIZE - 3 * STEP, SIZE + 1, STEP):
        begun = process_time()
        renderer.paint(text[:end])
        ends.after(text[:end], end)
        took.append(process_time() - begun)
    begun = process_time()
    html = renderer.paint(text, final=True)
    final = process_time() - begun
    assert max(sorted(took)[1], final) < LONG * pace()
    visible(html)
