"""Packages that are missing are installed: from wheels made here, without a network."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mautrix.util.async_db import Database

from llmstream.bot.packages import Packages, beside
from llmstream.providers.errors import PackageMissing

pytestmark = pytest.mark.slow


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


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """What is found in it is forgotten after the test."""
    shop = Shop(tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop.wheels))
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield shop
    for name in [name for name in sys.modules if name.startswith("tiny_")]:
        del sys.modules[name]


async def installed(packages: Packages, name: str) -> list[str]:
    """What a room is told until it is there."""
    return [said async for said in packages.need(name)]


async def refusal(packages: Packages, name: str) -> str:
    """What a room is told where it cannot be had."""
    with pytest.raises(PackageMissing) as caught:
        await installed(packages, name)
    return str(caught.value)


async def test_a_missing_package_is_installed_with_what_it_needs_and_loads(shop: Shop):
    shop.lock("tiny_thing", shop.wheel("tiny_thing", "import tiny_part"), shop.wheel("tiny_part"))
    packages = shop.packages()

    assert await packages.lacks("tiny_thing")
    said = await installed(packages, "tiny_thing")

    assert said[0] == "Installing `tiny_thing`: once, for a minute or so."
    assert "Installing `tiny_thing`: tiny_part, 2 of 2 parts." in said
    assert not await packages.lacks("tiny_thing")
    assert (await packages.load("tiny_thing")).version == "1.0"
    assert sys.path[-1].startswith(str(shop.folder))
    assert packages.state == []


async def test_what_was_installed_is_found_after_a_restart(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    shop.lock("tiny_kept")
    with monkeypatch.context() as before:
        before.setattr(sys, "path", [*sys.path])
        await installed(shop.packages(), "tiny_kept")
    monkeypatch.delenv("PIP_FIND_LINKS")

    assert not await shop.packages().lacks("tiny_kept")
    assert (await shop.packages().load("tiny_kept")).version == "1.0"


async def test_what_the_host_has_is_neither_missing_nor_installed(shop: Shop):
    assert not await shop.packages().lacks("json")
    assert await installed(shop.packages(), "json") == []
    assert shop.files() == []


async def test_where_nobody_wants_it_installed_the_ways_to_get_it_are_named(shop: Shop):
    shop.lock("tiny_unwanted")
    said = await refusal(shop.packages(lambda: False), "tiny_unwanted")
    assert "`tiny_unwanted` is not installed" in said
    assert "pip install tiny_unwanted" in said
    assert "set install_missing_packages: true" in said
    assert shop.files() == []


async def test_the_version_is_the_one_of_the_lock(shop: Shop):
    shop.wheel("tiny_old", version="0.1")
    right = shop.wheel("tiny_old", version="0.2")
    shop.wheel("tiny_old", version="99.0")
    shop.lock("tiny_old", right)
    await installed(shop.packages(), "tiny_old")
    assert (await shop.packages().load("tiny_old")).version == "0.2"


async def test_another_file_under_the_same_name_is_not_installed(shop: Shop):
    shop.lock("tiny_forged", shop.wheel("tiny_forged"))
    shop.wheel("tiny_forged", "import os")
    said = await refusal(shop.packages(), "tiny_forged")
    assert "what the package index sent is not what was tried" in said
    assert shop.files() == []


async def test_two_who_need_it_at_once_install_it_once(
    shop: Shop, caplog: pytest.LogCaptureFixture
):
    shop.lock("tiny_twice")
    packages, of_another_instance = shop.packages(), shop.packages()
    with caplog.at_level("INFO", "llmstream"):
        needed = (packages, packages, of_another_instance)
        await asyncio.gather(*(installed(each, "tiny_twice") for each in needed))
    assert caplog.text.count("Installing the package tiny_twice") == 1


async def test_what_cannot_be_installed_is_said_in_the_room_in_status_and_in_the_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
):
    shop.lock("tiny_broken", shop.wheel("tiny_broken"), "tiny_part==1.0 --hash=sha256:" + 64 * "0")
    packages = shop.packages()

    said = await refusal(packages, "tiny_broken")

    assert "`tiny_broken` could not be installed" in said
    assert "has no tiny_part==1.0 that is ready for this machine" in said
    assert "install_missing_packages" not in said
    assert packages.state == [said]
    assert "No matching distribution found for tiny_part==1.0" in caplog.text
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert shop.files() == []


async def test_after_a_failure_it_is_tried_again_in_an_hour_or_when_something_was_saved(
    shop: Shop, caplog: pytest.LogCaptureFixture
):
    shop.lock("tiny_failing", "tiny_failing==1.0 --hash=sha256:" + 64 * "0")
    packages = shop.packages()
    for _ in range(3):
        await refusal(packages, "tiny_failing")
    assert caplog.text.count("could not be installed") == 1

    shop.lock("tiny_failing")
    packages.retry()
    await installed(packages, "tiny_failing")
    assert packages.state == []


async def test_nothing_is_built_from_source(shop: Shop):
    source = shop.wheels / "tiny_source-1.0.tar.gz"
    source.write_bytes(b"")
    digest = hashlib.sha256(b"").hexdigest()
    shop.lock("tiny_source", f"tiny_source==1.0 --hash=sha256:{digest}")
    assert "no tiny_source==1.0 that is ready" in await refusal(shop.packages(), "tiny_source")


async def test_a_folder_that_cannot_be_written_is_a_failure_like_any_other(shop: Shop):
    shop.folder.write_text("not a folder")
    shop.lock("tiny_homeless")
    said = await refusal(shop.packages(), "tiny_homeless")
    assert f"{shop.folder}" in said
    assert "cannot be written to" in said


@pytest.mark.parametrize(
    ("fails", "why"),
    [
        (f"raise OSError({errno.ENOSPC}, 'No space left on device')", "there is no space left"),
        (
            "raise ImportError('x.so: failed to map segment from shared object')",
            "is mounted noexec, where nothing with native parts loads",
        ),
        ("import tiny_part_that_is_nowhere", "No module named 'tiny_part_that_is_nowhere'"),
    ],
)
async def test_what_does_not_load_here_is_not_kept(
    shop: Shop, caplog: pytest.LogCaptureFixture, fails: str, why: str
):
    shop.lock("tiny_unloadable", shop.wheel("tiny_unloadable", fails))
    assert why in await refusal(shop.packages(), "tiny_unloadable")
    assert shop.files() == []
    assert "Traceback" in caplog.text


async def test_what_the_host_has_comes_first_and_where_it_does_not_fit_that_is_said(
    shop: Shop, tmp_path: Path
):
    of_host = tmp_path / "host"
    with zipfile.ZipFile(shop.wheels / "tiny_part-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_part.py", "version = 'the host'\n")
        wheel.writestr("tiny_part-1.0.dist-info/METADATA", "Name: tiny_part\nVersion: 1.0\n")
        wheel.extractall(of_host)
    sys.path.append(str(of_host))
    part = shop.wheel("tiny_part", version="2.0")
    needing = "import tiny_part; assert tiny_part.version == '2.0'"
    shop.lock("tiny_needing", shop.wheel("tiny_needing", needing, needs="tiny_part>=2"), part)
    shop.lock("tiny_content", shop.wheel("tiny_content", "import tiny_part"), part)

    said = await refusal(shop.packages(), "tiny_needing")
    assert "maubot's Python has tiny_part 1.0, and tiny_needing needs >=2" in said

    await installed(shop.packages(), "tiny_content")
    await shop.packages().load("tiny_content")
    assert sys.modules["tiny_part"].version == "the host"


async def test_what_an_interrupted_installation_left_is_thrown_away(shop: Shop):
    shop.lock("tiny_again")
    await installed(shop.packages(), "tiny_again")
    home = shop.home("tiny_again")
    sys.path.remove(str(home))
    (home / "tiny_again.py").write_text("half of i")
    home.rename(home.with_name(f"{home.name}.unfinished"))

    await installed(shop.packages(), "tiny_again")
    assert (await shop.packages().load("tiny_again")).version == "1.0"


async def test_a_newer_lock_is_installed_anew_and_what_was_before_goes_at_the_next_start(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    shop.lock("tiny_newer")
    with monkeypatch.context() as before:
        before.setattr(sys, "path", [*sys.path])
        await installed(shop.packages(), "tiny_newer")
    shop.lock("tiny_newer", shop.wheel("tiny_newer", version="2.0"))

    await installed(shop.packages(), "tiny_newer")

    assert (await shop.packages().load("tiny_newer")).version == "2.0"
    assert shop.home("tiny_newer").is_dir()


async def test_an_installation_goes_on_without_its_asker_and_ends_with_the_plugin(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    asked, left = asyncio.Event(), asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()
        left.set()

    shop.lock("tiny_late", "tiny_late==1.0 --hash=sha256:" + 64 * "0")
    packages = shop.packages()
    async with await asyncio.start_server(never_answer, "127.0.0.1", 0) as index:
        host, port = index.sockets[0].getsockname()
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.delenv("PIP_FIND_LINKS")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{host}:{port}/simple")
        asking = asyncio.create_task(installed(packages, "tiny_late"))
        await asked.wait()
        asking.cancel()
        await asyncio.wait([asking])
        assert packages.state == ["Installing `tiny_late`: once, for a minute or so."]
        with pytest.raises(PackageMissing, match="Try it again in a minute"):
            await packages.check("tiny_late")

        await packages.close()
        await left.wait()

    assert packages.state == []
    assert shop.files() == []


def test_packages_are_beside_the_database_or_else_beside_the_archive(tmp_path: Path):
    sqlite = Database.create(f"sqlite:{tmp_path}/bot.db")
    postgres = Database.create("postgres://joe@localhost/maubot")
    assert beside(sqlite, "/data/plugins/one.mbp") == tmp_path
    assert beside(postgres, "/data/plugins/one.mbp") == Path("/data/plugins")
