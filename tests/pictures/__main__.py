"""`python -m tests.pictures [dashboard] [steps] [film --cinny FOLDER]`: all unless named."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from mbp.pack import pack

from ..bed.bed import Bed
from ..bed.browser import Browser
from .dashboard import dashboard
from .film import film
from .steps import steps

DOCS = Path(__file__).resolve().parents[2] / "docs"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("what", nargs="*", help="dashboard, steps, film")
    parser.add_argument(
        "--cinny",
        type=Path,
        help="for the film: `dist` of Cinny (github.com/cinnyapp/cinny; npm ci, npx vite build)",
    )
    return parser.parse_args()


async def main(wanted: argparse.Namespace) -> None:
    what = wanted.what or ["dashboard", "steps", *(["film"] if wanted.cinny else [])]
    pictures = DOCS / "pictures"
    pictures.mkdir(exist_ok=True)
    async with Browser.open() as browser:
        if "dashboard" in what:
            await dashboard(browser, pictures)
        if {"steps", "film"} & set(what):
            with tempfile.TemporaryDirectory() as folder:
                archive = pack(Path(folder)).read_bytes()
                async with Bed.up(archive) as bed:
                    if "steps" in what:
                        empty = Path(folder) / "maubot"
                        empty.mkdir()
                        await steps(browser, bed, archive, pictures, empty)
                    if "film" in what:
                        await film(browser, bed, wanted.cinny, DOCS / "answer.webp")


if __name__ == "__main__":
    asyncio.run(main(arguments()))
