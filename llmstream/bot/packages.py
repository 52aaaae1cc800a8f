"""Installs the packages behind models and tools where the host lacks them and the admin wants it.

In a subprocess, in the versions of packages.lock, each package with what it needs in a folder of
its own: there wholly or not at all, whatever interrupts it. These folders stand at the end of
`sys.path`, so that everything the host has comes first. What is missing while nobody wants it
installed is `providers/importing.py`'s to say.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import logging
import shutil
import sys
import sysconfig
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from functools import cached_property
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from mautrix.util.async_db import Database, Scheme

log = logging.getLogger(__name__)

_PATIENCE = 600.0  # seconds for one package
_PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet")


def beside(database: Database, archive: str) -> Path:
    """Where an instance may keep files: beside its SQLite file, else beside the archive."""
    file = database.url.path if database.scheme is Scheme.SQLITE else archive
    return Path(file).absolute().parent


class Packages:
    """The packages that one instance has installed.

    Args:
        folder: Where; made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._installing = asyncio.Lock()

    async def lacks(self, package: str) -> bool:
        """Whether it can be found neither on the host nor among what was installed before."""
        return await asyncio.to_thread(self._lacks, package)

    async def install(self, package: str) -> bool:
        """Install it, unless somebody just did. False where that fails: the log says why."""
        async with self._installing:
            if not await self.lacks(package):
                return True
            log.info("Installing the package %s into %s", package, self._root)
            try:
                async with asyncio.timeout(_PATIENCE):
                    problem = await self._install(package)
            except (OSError, TimeoutError) as error:
                problem = repr(error)
            if problem:
                log.error("The package %s could not be installed: %s", package, problem)
            return not problem and not await self.lacks(package)

    @cached_property
    def _lock(self) -> str:
        return files(__package__).joinpath("packages.lock").read_text()

    @cached_property
    def _folder(self) -> Path:
        """For this Python on this kind of machine, in these versions: a change begins anew."""
        digest = hashlib.sha256(self._lock.encode()).hexdigest()[:8]
        return self._root / f"{sysconfig.get_config_var('SOABI')}-{digest}"

    def _lacks(self, package: str) -> bool:
        if find_spec(package):
            return False
        own = self._folder / package
        if str(own) in sys.path or not own.is_dir():
            return True
        sys.path.append(str(own))
        importlib.invalidate_caches()
        return find_spec(package) is None

    async def _install(self, package: str) -> str:
        """Why it failed; '' where it did not."""
        unfinished = self._folder / f"{package}.unfinished"
        constraints = unfinished / "packages.lock"
        try:
            await asyncio.to_thread(_begin, constraints, self._lock)
            problem = await _pip(
                *("--only-binary=:all:", "--target", str(unfinished)),
                *("--constraint", str(constraints), package),
            )
            if not problem:
                unfinished.rename(self._folder / package)
            return problem
        finally:
            await asyncio.to_thread(shutil.rmtree, unfinished, ignore_errors=True)


def _begin(constraints: Path, lock: str) -> None:
    """An empty folder, but for this file."""
    shutil.rmtree(constraints.parent, ignore_errors=True)
    constraints.parent.mkdir(parents=True)
    constraints.write_text(lock)


async def _pip(*arguments: str) -> str:
    """What pip says where it fails, else ''. It does not outlive its caller."""
    pip = await asyncio.create_subprocess_exec(
        *(sys.executable, *_PIP, *arguments), stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    try:
        said, _ = await pip.communicate()
    finally:
        if pip.returncode is None:
            pip.kill()
            await pip.wait()
    return said.decode(errors="replace").strip() or "pip failed" if pip.returncode else ""
