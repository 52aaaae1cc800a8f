"""A package index of wheels made here, and what a room hears while one is installed from it."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from llmstream.bot.packages import Packages
from llmstream.providers.errors import PackageMissing


class Shop:
    """All that pip can find, and the locks that name it."""

    def __init__(self, folder: Path) -> None:
        self.wheels, self.locks = folder / "wheels", folder / "locks"
        self.wheels.mkdir()
        self.locks.mkdir()
        self.folder = folder / "bot.packages"

    def wheel(self, name: str, code: str = "", *, version: str = "1.0", needs: str = "") -> str:
        """Make a wheel of one module. Returns its line for a lock."""
        path = self.wheels / f"{name}-{version}-py3-none-any.whl"
        about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        about += f"Requires-Dist: {needs}\n" if needs else ""
        tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr(f"{name}.py", f"{code}\nversion = {version!r}\n")
            wheel.writestr(f"{name}-{version}.dist-info/METADATA", about)
            wheel.writestr(f"{name}-{version}.dist-info/WHEEL", tags)
            wheel.writestr(f"{name}-{version}.dist-info/RECORD", "")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return f"{name}=={version} --hash=sha256:{digest}\n"

    def lock(self, name: str, *lines: str) -> None:
        (self.locks / f"{name}.txt").write_text("".join(lines) or self.wheel(name))

    def packages(self, wanted: Callable[[], bool] = lambda: True) -> Packages:
        return Packages(self.folder, wanted, self.locks)

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def home(self, name: str) -> Path:
        [home] = self.folder.glob(f"*/{name}-*")
        return home


async def installed(packages: Packages, name: str) -> list[str]:
    """What a room is told until it is there."""
    return [said async for said in packages.need(name)]


async def refusal(packages: Packages, name: str) -> str:
    """What a room is told where it cannot be had."""
    with pytest.raises(PackageMissing) as caught:
        await installed(packages, name)
    return str(caught.value)
