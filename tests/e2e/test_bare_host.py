"""A maubot as its official image has it, in a container as the usual Ansible deployment makes it:
none of the packages behind models and tools, nothing writable but its folder and a temporary one
in which nothing can be executed, no rights, and of the log only what is a warning.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ..bed.bed import Bed
from ..bed.maubot import Maubot
from ..bed.person import Person

# With what they bring, which the image lacks too.
_BEHIND = ("openai", "anthropic", "ollama", "mcp", "httpx", "httpcore", "pydantic", "jiter")
_OURS = ("llmstream", "maubot_llmstream", "__editable__", "markdown_it", "mdurl")

_CONTAINER = """
folder=$1; shift
mount --bind "$folder" "$folder" && mount -o remount,bind,ro / &&
mount -t tmpfs -o noexec,nosuid,size=64m tmpfs /var/tmp && cd "$folder" &&
sed -i 's/"DEBUG"/"WARNING"/; s/"INFO"/"WARNING"/' config.yaml &&
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""


def _contained(folder: Path) -> tuple[str, ...]:
    """What a command has to stand behind; nothing where only root could make a container."""
    unshare = ("unshare", "--mount", "--propagation", "private")
    try:
        subprocess.run((*unshare, "mount", "-o", "remount,bind,ro", "/"), check=True)
    except (OSError, subprocess.CalledProcessError):
        return ()
    return (*unshare, "sh", "-c", _CONTAINER, "container", str(folder))


def _furnish(folder: Path) -> None:
    """Put in what such a host has."""
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.startswith((*_BEHIND, *_OURS)):
            (folder / package.name).symlink_to(package)


@pytest.fixture
async def bare(bed: Bed, archive: bytes, tmp_path: Path) -> AsyncIterator[Bed]:
    """The bed's homeserver, with such a maubot; nothing can be downloaded from there."""
    _furnish(tmp_path)
    no_index = ("-u", "PIP_FIND_LINKS", "PIP_NO_INDEX=1", "PIP_CONFIG_FILE=/dev/null")
    host = ("env", *no_index, f"PYTHONPATH={tmp_path}")
    folder = tmp_path / "its folder"
    folder.mkdir()
    surroundings = ("TMPDIR=/var/tmp", "HOME=/nonexistent", "PYTHONDONTWRITEBYTECODE=1")
    command = (*_contained(folder), *host, *surroundings, sys.executable, "-S")
    async with Maubot.up(folder, command) as maubot:
        await maubot.upload(archive)
        yield Bed(bed.folder, bed.synapse, maubot)


async def test_the_demo_answers_and_what_is_missing_is_said_in_one_message(
    bare: Bed, alice: Person, tmp_path: Path
) -> None:
    work = {"type": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    config = {
        "providers": {"demo": {"type": "demo"}, "work": work},
        "access": {"admins": [alice.user_id]},
    }
    bot = await bare.bot(config, "bare")
    room = await bare.room(alice, bot)

    async def answer(question: str) -> str:
        return (await bare.answer(alice, room, bot, await alice.say(room, question))).body

    assert "A tour of this room" in await answer("hello")

    config["defaults"] = {"provider": "work"}
    await bare.maubot.set_config(bot.instance, config)
    said = await answer("hello again")
    assert "package `openai` is not installed where this bot runs" in said
    assert "`pip install openai`" in said
    assert "set install_missing_packages: true" in said

    await bare.maubot.set_config(bot.instance, {**config, "install_missing_packages": True})
    said = await answer("and now?")
    assert "package `openai` could not be installed: the package index has no" in said
    assert "set install_missing_packages" not in said
    assert len(alice.messages(room, bot.user_id)) == 3

    said = await answer("!llm doctor")
    assert "- ❌ Provider `work`: its Python package `openai` is missing" in said
    assert "- ❌ Packages: `openai` is missing" in said
    assert "package `openai` could not be installed: the package index has no" in said
    log = (tmp_path / "its folder" / "maubot.log").read_text()
    assert "WARNING llmstream.bot.packages: The package openai could not be installed" in log
    await bare.dismiss(bot)
