"""What becomes of a package that cannot be installed, or does not fit here."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from .shop import Shop, installed, refusal

pytestmark = pytest.mark.slow


async def test_another_file_under_the_same_name_is_not_installed(shop: Shop):
    shop.lock("tiny_forged", shop.wheel("tiny_forged"))
    shop.wheel("tiny_forged", "import os")
    said = await refusal(shop.packages(), "tiny_forged")
    assert "what the package index sent is not what was tried" in said
    assert shop.files() == []


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
    about = ("llmstream.bot.installing", "llmstream.bot.packages")  # others' tests may have ends
    assert {one.levelname for one in caplog.records if one.name in about} == {"WARNING"}
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
        ("raise OSError('No space left on device')", "there is too little space left"),
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
    needing = shop.wheel("tiny_needing", "import tiny_part", needs="tiny_part>=2")
    shop.lock("tiny_needing", needing, part)
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
