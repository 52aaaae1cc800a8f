"""The packages behind the providers, imported when first used and off the event loop.

Importing one takes up to a second, and a host such as maubot's official image may not have it.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from types import ModuleType

from .errors import PackageMissing

log = logging.getLogger(__name__)


async def load(package: str) -> ModuleType:
    """Import a package.

    Raises:
        PackageMissing: It is not installed, or does not load here; the log says why.
    """
    try:
        return await asyncio.to_thread(importlib.import_module, package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise _unusable(package, error) from error
        raise PackageMissing(
            f"The Python package `{package}` is not installed where this bot runs. "
            f"{by_hand(package)}."
        ) from error
    except Exception as error:  # its own code runs: whatever that raises
        raise _unusable(package, error) from error


def by_hand(package: str) -> str:
    """How an admin gets a package, as a sentence without its end."""
    return (
        f"Install it in the Python that runs this bot (`pip install {package}`; in Docker, with "
        "an image of your own)"
    )


def _unusable(package: str, error: Exception) -> PackageMissing:
    log.warning("The package %s is there and does not load", package, exc_info=error)
    return PackageMissing(
        f"The Python package `{package}` is there and does not load ({type(error).__name__}); the "
        f"log of where this bot runs says why. {by_hand(package)}, with all that it needs."
    )
