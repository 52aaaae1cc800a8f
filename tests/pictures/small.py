"""Pictures as small files: a PNG of few colours, a film as an animated WebP."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image


def save(png: bytes, path: Path) -> None:
    """A screenshot, in the 256 colours that it has most of."""
    few = Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def save_film(frames: Sequence[tuple[bytes, int]], path: Path) -> None:
    """Screenshots, each with the milliseconds for which it is seen; it begins anew at its end."""
    pictures = [Image.open(io.BytesIO(png)).convert("RGB") for png, _ in frames]
    first, *others = pictures
    first.save(
        path,
        save_all=True,
        append_images=others,
        duration=[shown for _, shown in frames],
        loop=0,
        quality=75,
        method=6,
        minimize_size=True,
    )
