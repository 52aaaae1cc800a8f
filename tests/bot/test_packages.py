"""Packages that are missing are installed: from wheels made here, without a network."""

from __future__ import annotations

import asyncio
import re
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from mautrix.util.async_db import Database
from packaging.requirements import Requirement

from llmstream.bot.packages import Packages, beside
from llmstream.providers.importing import load

from ..test_imports import ROOT

pytestmark = pytest.mark.slow

LOCK = dict(
    re.findall(r"^(\S+)==(\S+)$", (ROOT / "llmstream/bot/packages.lock").read_text(), re.MULTILINE)
)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that pip can find. What is found here is forgotten after the test."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(sys, "path", [*sys.path])
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "bot.packages"


def make_wheel(wheels: Path, name: str, version: str = "1.0", *, needs: str = "") -> Path:
    """A wheel with one module, whose `version` is its own."""
    path = wheels / f"{name}-{version}-py3-none-any.whl"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    about += f"Requires-Dist: {needs}\n" if needs else ""
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", f"version = {version!r}\n")
        wheel.writestr(f"{name}-{version}.dist-info/METADATA", about)
        wheel.writestr(f"{name}-{version}.dist-info/WHEEL", tags)
        wheel.writestr(f"{name}-{version}.dist-info/RECORD", "")
    return path


def installed_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def interrupt(folder: Path, name: str) -> None:
    """Make an installation look as if maubot had died before its end, and start again."""
    [installed] = folder.glob(f"*/{name}")
    sys.path.remove(str(installed))
    (installed / f"{name}.py").write_text("half of i")
    installed.rename(installed.with_name(f"{name}.unfinished"))


async def test_a_missing_package_is_installed_with_what_it_needs_and_loads(
    wheels: Path, folder: Path
):
    make_wheel(wheels, "tiny_thing", needs="tiny_part")
    make_wheel(wheels, "tiny_part")
    packages = Packages(folder)

    assert await packages.lacks("tiny_thing")
    assert await packages.install("tiny_thing")

    assert not await packages.lacks("tiny_thing")
    assert (await load("tiny_thing")).version == "1.0"
    assert (await load("tiny_part")).version == "1.0"
    assert sys.path[-1].startswith(str(folder))


async def test_what_was_installed_is_found_after_a_restart(
    wheels: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    make_wheel(wheels, "tiny_kept")
    with monkeypatch.context() as before:
        before.setattr(sys, "path", [*sys.path])
        assert await Packages(folder).install("tiny_kept")

    assert not await Packages(folder).lacks("tiny_kept")
    assert (await load("tiny_kept")).version == "1.0"


async def test_what_the_host_has_is_neither_missing_nor_installed(wheels: Path, folder: Path):
    packages = Packages(folder)
    assert not await packages.lacks("json")
    assert await packages.install("json")
    assert installed_files(folder) == []


async def test_the_version_is_the_one_of_the_lock_file(wheels: Path, folder: Path):
    for version in ("0.1", LOCK["pyjwt"], "99.0"):  # whose module has another name, elsewhere
        make_wheel(wheels, "pyjwt", version)
    assert await Packages(folder).install("pyjwt")
    assert (await load("pyjwt")).version == LOCK["pyjwt"]


async def test_two_who_need_it_at_once_install_it_once(
    wheels: Path, folder: Path, caplog: pytest.LogCaptureFixture
):
    make_wheel(wheels, "tiny_twice")
    packages = Packages(folder)
    with caplog.at_level("INFO", "llmstream"):
        both = (packages.install("tiny_twice"), packages.install("tiny_twice"))
        assert list(await asyncio.gather(*both)) == [True, True]
    assert caplog.text.count("Installing the package tiny_twice") == 1


async def test_what_cannot_be_installed_leaves_the_cause_in_the_log_and_nothing_else(
    wheels: Path, folder: Path, caplog: pytest.LogCaptureFixture
):
    make_wheel(wheels, "tiny_broken", needs="tiny_part_that_is_nowhere")
    packages = Packages(folder)

    assert not await packages.install("tiny_broken")

    assert "tiny_broken could not be installed" in caplog.text
    assert "No matching distribution found for tiny_part_that_is_nowhere" in caplog.text
    assert installed_files(folder) == []
    assert await packages.lacks("tiny_broken")


async def test_nothing_is_built_from_source(wheels: Path, folder: Path):
    (wheels / "tiny_source-1.0.tar.gz").write_bytes(b"")
    assert not await Packages(folder).install("tiny_source")


async def test_a_folder_that_cannot_be_written_is_a_failure_like_any_other(
    wheels: Path, caplog: pytest.LogCaptureFixture
):
    no_folder = make_wheel(wheels, "tiny_homeless")
    assert not await Packages(no_folder).install("tiny_homeless")
    assert "tiny_homeless could not be installed" in caplog.text


async def test_what_an_interrupted_installation_left_is_thrown_away(wheels: Path, folder: Path):
    make_wheel(wheels, "tiny_again")
    packages = Packages(folder)
    assert await packages.install("tiny_again")
    interrupt(folder, "tiny_again")

    assert await packages.install("tiny_again")
    assert (await load("tiny_again")).version == "1.0"


async def test_an_installation_that_nobody_waits_for_ends(
    wheels: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    asked, left = asyncio.Event(), asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()
        left.set()

    async with await asyncio.start_server(never_answer, "127.0.0.1", 0) as index:
        host, port = index.sockets[0].getsockname()
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{host}:{port}/simple")
        installing = asyncio.create_task(Packages(folder).install("tiny_late"))
        await asked.wait()
        installing.cancel()
        await left.wait()
        await asyncio.wait([installing])

    assert installing.cancelled()
    assert installed_files(folder) == []


def test_the_lock_has_every_package_that_is_imported_only_when_used():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for package in ("openai", "ollama", "anthropic", "mcp"):
        [wanted] = map(Requirement, project["optional-dependencies"][package])
        assert wanted.specifier.contains(LOCK[package])


def test_packages_are_beside_the_database_or_else_beside_the_archive(tmp_path: Path):
    sqlite = Database.create(f"sqlite:{tmp_path}/bot.db")
    postgres = Database.create("postgres://joe@localhost/maubot")
    assert beside(sqlite, "/data/plugins/one.mbp") == tmp_path
    assert beside(postgres, "/data/plugins/one.mbp") == Path("/data/plugins")
