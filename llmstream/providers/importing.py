"""The packages behind the providers, imported when first used and off the event loop.

Importing one takes up to a second, and a host such as maubot's official image may not have it.
"""

from __future__ import annotations

import asyncio
import importlib
from types import ModuleType

from .errors import PackageMissing


async def load(package: str) -> ModuleType:
    """Import a package.

    Raises:
        PackageMissing: It is not installed, or does not load here.
    """
    try:
        return await asyncio.to_thread(importlib.import_module, package)
    except ImportError as error:
        state = "is not installed" if isinstance(error, ModuleNotFoundError) else "does not load"
        raise PackageMissing(
            f"The Python package `{package}` {state} where this bot runs. Install it there "
            f"(`pip install {package}`; in Docker, an image of your own with it), "
            "or set install_missing_packages: true."
        ) from error
