"""The packages behind models and tools, where the host lacks them: installed where the admin wants
it, and otherwise asked for.

Each package stands with what it needs in a folder of its own, in the versions of `locks/`. These
folders stand at the end of `sys.path`, so that everything the host has comes first. How a package
comes into its folder is installing.py's to know.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import logging
import shutil
import sys
import sysconfig
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from mautrix.util.async_db import Database, Scheme

from ..providers.errors import PackageMissing
from ..providers.importing import by_hand, load
from .installing import NotInstalled, install

log = logging.getLogger(__name__)

LOCKS = files(__package__) / "locks"
_AGAIN = 3600.0  # seconds after which a failed installation is tried again


def beside(database: Database, archive: str) -> Path:
    """Where an instance may keep files: beside its SQLite file, else beside the archive."""
    file = database.url.path if database.scheme is Scheme.SQLITE else archive
    return Path(file).absolute().parent


class Packages:
    """The packages that one instance needs, installed or not.

    Args:
        folder: Where they are installed; made when it is needed.
        wanted: Whether the admin wants that, now.
        locks: A file of requirements for each package that can be installed.
    """

    _one_at_a_time = asyncio.Lock()  # for all instances: maubot's machine may be a small one

    def __init__(
        self, folder: Path, wanted: Callable[[], bool], locks: Traversable = LOCKS
    ) -> None:
        self._root = folder
        self._wanted = wanted
        self._locks = locks
        self._installing: dict[str, _Installing] = {}
        self._failed: dict[str, _Failure] = {}

    @property
    def state(self) -> list[str]:
        """Sentences on what is being installed, and on what could not be."""
        return [
            *(each.progress for each in self._installing.values()),
            *(str(failure.error) for failure in self._failed.values()),
        ]

    async def lacks(self, package: str) -> bool:
        """Whether it can be found neither on the host nor among what was installed before."""
        return await asyncio.to_thread(self._lacks, package)

    async def need(self, package: str) -> AsyncGenerator[str, None]:
        """Have it installed where it is missing. Sentences on how far that is, for the room.

        It is installed once, however many wait for it, and goes on when nobody does any longer.

        Raises:
            PackageMissing: It is not there, and nothing that is being done changes that.
        """
        if await self.lacks(package):
            installing = self._begun(package)
            async for progress in installing.steps():
                yield progress
            if failure := await asyncio.shield(installing.task):
                raise failure

    async def check(self, package: str) -> None:
        """Raises `PackageMissing` unless it is there; has it installed all the same."""
        if await self.lacks(package):
            raise PackageMissing(f"{self._begun(package).progress} Try it again in a minute.")

    async def load(self, package: str) -> ModuleType:
        """Import a package. Raises `PackageMissing`: see `check`, or it does not load."""
        await self.check(package)
        return await load(package)

    def retry(self) -> None:
        """What could not be installed may be tried again: something has changed."""
        self._failed.clear()

    async def close(self) -> None:
        """Give up what is being installed. No process of it is left."""
        tasks = [each.task for each in self._installing.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begun(self, package: str) -> _Installing:
        """Its installation. Raises `PackageMissing` where there is none."""
        if not self._wanted():
            raise PackageMissing(
                f"The Python package `{package}` is not installed where this bot runs. "
                f"{by_hand(package)}, or set install_missing_packages: true."
            )
        if package not in self._installing:
            failure = self._failed.get(package)
            if failure and time.monotonic() - failure.at < _AGAIN:
                raise failure.error
            self._installing[package] = installing = _Installing(package, self._install)
            installing.task.add_done_callback(lambda _: self._installing.pop(package))
        return self._installing[package]

    async def _install(self, package: str, tell: Callable[[str], None]) -> PackageMissing | None:
        async with self._one_at_a_time:
            self._failed.pop(package, None)
            try:
                if await self.lacks(package):
                    await self._install_now(package, tell)
            except NotInstalled as error:
                log.warning("The package %s could not be installed: %s", package, error)
                missing = PackageMissing(
                    f"The Python package `{package}` could not be installed: {error}. "
                    f"{by_hand(package)}. It is tried once more in an hour, or as soon as the "
                    "configuration is saved."
                )
                self._failed[package] = _Failure(missing, time.monotonic())
                return missing
        return None

    async def _install_now(self, package: str, tell: Callable[[str], None]) -> None:
        home = self._home(package)
        if home is None:
            raise NotInstalled("this version of the plugin does not know how")
        log.debug("Installing the package %s into %s", package, home)
        await install(package, self._lock(package), home, tell)
        await asyncio.to_thread(self._forget_others, package, home)
        if await self.lacks(package):
            raise NotInstalled("it is there, and is not found all the same")

    def _lacks(self, package: str) -> bool:
        if find_spec(package):
            return False
        home = self._home(package)
        if not home or str(home) in sys.path or not home.is_dir():
            return True
        sys.path.append(str(home))
        importlib.invalidate_caches()
        return find_spec(package) is None

    def _lock(self, package: str) -> str:
        return (self._locks / f"{package}.txt").read_text()

    def _home(self, package: str) -> Path | None:
        """For this Python on this kind of machine, in these versions: a change begins anew."""
        try:
            digest = hashlib.sha256(self._lock(package).encode()).hexdigest()[:8]
        except FileNotFoundError:
            return None
        return self._root / str(sysconfig.get_config_var("SOABI")) / f"{package}-{digest}"

    def _forget_others(self, package: str, home: Path) -> None:
        """Delete what earlier versions of the plugin or of Python installed of it."""
        for other in self._root.glob(f"*/{package}-*"):
            if other != home and str(other) not in sys.path:
                shutil.rmtree(other, ignore_errors=True)


class _Installing:
    """One installation, and how far it is."""

    def __init__(
        self,
        package: str,
        install: Callable[[str, Callable[[str], None]], Awaitable[PackageMissing | None]],
    ) -> None:
        self.progress = f"Installing `{package}`: once, for a minute or so."
        self._package = package
        self._changed = asyncio.Event()
        self.task = asyncio.ensure_future(install(package, self._tell))

    async def steps(self) -> AsyncGenerator[str, None]:
        """How far it is, again whenever that changes, until it has ended."""
        while not self.task.done():
            yield self.progress
            changed = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait((self.task, changed), return_when=asyncio.FIRST_COMPLETED)
            finally:
                changed.cancel()

    def _tell(self, progress: str) -> None:
        self.progress = f"Installing `{self._package}`: {progress}."
        self._changed.set()
        self._changed = asyncio.Event()


@dataclass(frozen=True, slots=True)
class _Failure:
    error: PackageMissing
    at: float  # of the monotonic clock
