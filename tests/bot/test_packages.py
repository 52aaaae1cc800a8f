"""Packages that are missing are installed: from wheels made here, without a network."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from mautrix.util.async_db import Database

from llmstream.bot.installing import install
from llmstream.bot.packages import beside
from llmstream.providers.errors import PackageMissing

from .shop import Shop, installed, refusal

pytestmark = pytest.mark.slow


async def test_a_missing_package_is_installed_with_what_it_needs_and_loads(shop: Shop):
    shop.lock("tiny_thing", shop.wheel("tiny_thing", "import tiny_part"), shop.wheel("tiny_part"))
    packages = shop.packages()

    assert await packages.lacks("tiny_thing")
    said = await installed(packages, "tiny_thing")

    assert said[0] == "Installing `tiny_thing`: once, for a minute or so."
    # Of steps that follow each other at once, people see the last.
    assert all(one.startswith("Installing `tiny_thing`: ") for one in said)
    assert not await packages.lacks("tiny_thing")
    assert (await packages.load("tiny_thing")).version == "1.0"
    assert sys.path[-1].startswith(str(shop.folder))
    assert packages.state == []


async def test_every_step_of_it_is_told(shop: Shop):
    shop.lock("tiny_steps", shop.wheel("tiny_steps"), shop.wheel("tiny_part"))
    told: list[str] = []
    lock = (shop.locks / "tiny_steps.txt").read_text()
    await install("tiny_steps", lock, shop.folder / "home" / "tiny_steps-1", told.append)
    parts = ["tiny_steps, 1 of 2 parts", "tiny_part, 2 of 2 parts"]
    assert told == [*parts, "unpacking it", "trying it"]


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


async def test_two_who_need_it_at_once_install_it_once(
    shop: Shop, caplog: pytest.LogCaptureFixture
):
    shop.lock("tiny_twice")
    packages, of_another_instance = shop.packages(), shop.packages()
    with caplog.at_level("DEBUG", "llmstream"):
        needed = (packages, packages, of_another_instance)
        await asyncio.gather(*(installed(each, "tiny_twice") for each in needed))
    assert caplog.text.count("Installing the package tiny_twice") == 1


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
