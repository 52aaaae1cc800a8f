"""Installs one package with pip, in a process of its own, and tries whether it loads.

What goes wrong becomes a sentence for an admin (`reason`), what pip says goes to the log. When
that is done, and who is told, is packages.py's to say.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
import shutil
import sys
import sysconfig
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

log = logging.getLogger(__name__)

_PATIENCE = 1800.0  # seconds for one package
_PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install")
_ONLY_THESE = ("--require-hashes", "--no-deps", "--only-binary=:all:", "--progress-bar", "off")
_FETCHED = re.compile(r"\s*(?:Downloading|Using cached|Processing) \S*?([^/\s]+)\.whl(?!\.)")
_SPACE = 200_000_000  # bytes that have to be free: three times what the largest one takes
_LINES_KEPT = 200  # of what pip says
_TRIAL = "import importlib, sys; sys.path[:] = sys.argv[2:]; importlib.import_module(sys.argv[1])"


class NotInstalled(Exception):
    """It could not be installed. The text says why, as half a sentence."""


async def install(package: str, lock: str, home: Path, tell: Callable[[str], None]) -> None:
    """Install what `lock` names into `home`: there wholly or not at all, whatever interrupts it.

    Args:
        package: What has to load afterwards.
        lock: Requirements with hashes, for pip.
        home: A folder that does not exist yet, beside which another can be made.
        tell: Is told how far it is, in a few words.

    Raises:
        NotInstalled: The host is as it was before.
    """
    unfinished = home.with_name(f"{home.name}.unfinished")
    try:
        async with asyncio.timeout(_PATIENCE):
            await asyncio.to_thread(_begin, unfinished, lock)
            await _fetch(lock, unfinished, tell)
            tell("trying it")
            await _try(package, unfinished)
        await asyncio.to_thread(unfinished.rename, home)
    except TimeoutError as error:
        raise NotInstalled(f"it was not done within {_PATIENCE / 60:.0f} minutes") from error
    except OSError as error:
        raise NotInstalled(reason(str(error), home.parent)) from error
    finally:
        await asyncio.to_thread(shutil.rmtree, unfinished, ignore_errors=True)


def _begin(folder: Path, lock: str) -> None:
    """An empty folder, but for this file, and a place for pip's own."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    if shutil.disk_usage(folder).free < _SPACE:  # maubot's databases are beside it
        raise OSError(errno.ENOSPC, "No space left on device")
    (folder / "lock.txt").write_text(lock)


async def _fetch(lock: str, folder: Path, tell: Callable[[str], None]) -> None:
    fetched, total = 0, len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE))
    said: list[str] = []
    command = (*_PIP, *_ONLY_THESE, "--target", str(folder), "--requirement")
    run = _Run(*command, str(folder / "lock.txt"), temporary=folder / "tmp")
    async with aclosing(run.lines()) as lines:
        async for line in lines:
            said = [*said, line][-_LINES_KEPT:]
            if found := _FETCHED.match(line):
                fetched += 1
                tell(f"{found[1].partition('-')[0]}, {fetched} of {total} parts")
            elif line.startswith("Installing collected"):
                tell("unpacking it")
    await asyncio.to_thread(shutil.rmtree, folder / "tmp", ignore_errors=True)
    if run.failed:
        log.warning("pip said:\n%s", "\n".join(said))
        raise NotInstalled(reason("\n".join(said), folder.parent))


async def _try(package: str, folder: Path) -> None:
    """Whether it fits to what the host has, and loads: another process has to bear that."""
    if conflicts := await asyncio.to_thread(lambda: list(_conflicts(folder))):
        raise NotInstalled("; ".join(conflicts))
    run = _Run("-c", _TRIAL, package, *sys.path, str(folder))
    said = [line async for line in run.lines()]
    if run.failed:
        log.warning("The package %s does not load here:\n%s", package, "\n".join(said))
        raise NotInstalled(reason("\n".join(said), folder.parent))


class _Run:
    """A Python process, which does not outlive whoever reads its lines."""

    def __init__(self, *arguments: str, temporary: Path | None = None) -> None:
        self.failed = True
        self._arguments = arguments
        # An admin's own settings for pip hold, but for those that contradict a folder as target.
        self._environment = {
            **os.environ,
            "PIP_USER": "0",
            "PIP_REQUIRE_VIRTUALENV": "0",
            "PYTHONUNBUFFERED": "1",
            **({"TMPDIR": str(temporary)} if temporary else {}),
        }

    async def lines(self) -> AsyncGenerator[str, None]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *self._arguments),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env=self._environment,
            limit=1_000_000,
        )
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                yield line.decode(errors="replace").rstrip()
            self.failed = bool(await process.wait())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def reason(said: str, folder: Path) -> str:
    """Why it failed, in words for an admin, out of what pip, Python or the system said."""
    for pattern, why in _REASONS:
        if found := re.search(pattern, said):
            return why.format(*found.groups(), folder=folder, machine=_machine())
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "pip failed")
    return last.strip()[:300]


def _machine() -> str:
    """Such as "Python 3.12, cpython-312-x86_64-linux-musl"."""
    version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    return f"{version}, {sysconfig.get_config_var('SOABI')}"


_REASONS = (
    (r"No module named '?pip\b", "the Python that runs maubot has no pip"),
    (
        r"No space left on device|Disk quota exceeded",
        "there is too little space left for {folder}: it needs 200 MB",
    ),
    (
        r"Read-only file system|Permission denied|Not a directory|File exists",
        "{folder} cannot be written to",
    ),
    (
        r"failed to map segment|Operation not permitted",
        "{folder} is mounted noexec, where nothing with native parts loads",
    ),
    (r"DO NOT MATCH THE HASHES", "what the package index sent is not what was tried"),
    (
        r"connection broken by|Max retries exceeded|Could not fetch URL|ReadTimeout",
        "the package index cannot be reached from where maubot runs",
    ),
    (
        r"No matching distribution found for ([^\s(]+)",
        "the package index has no {0} that is ready for this machine ({machine})",
    ),
)


def _conflicts(folder: Path) -> Iterator[str]:
    """Where the host has a package already, which comes first, in a version that does not fit."""
    for needing in distributions(path=[str(folder)]):
        for needed in _needs(needing) if not _version(needing.metadata["Name"]) else ():
            there = _version(needed.name)
            if there and not needed.specifier.contains(there, prereleases=True):
                yield (
                    f"maubot's Python has {needed.name} {there}, and {needing.metadata['Name']} "
                    f"needs {needed.specifier}"
                )


def _version(package: str) -> str:
    """Which the host has of it; '' where it has none."""
    try:
        return distribution(package).version
    except PackageNotFoundError:
        return ""


def _needs(needing: Distribution) -> Iterable[Requirement]:
    for text in needing.requires or ():
        needed = Requirement(text)
        if not needed.marker or needed.marker.evaluate({"extra": ""}):
            yield needed
