"""An encrypted answer as matrix-js-sdk reads it, with the Rust encryption that Element Web has.

It comes from npm, which not everybody has: where `LLMSTREAM_JS_SDK` names no folder in which
`npm install matrix-js-sdk` was run, this is skipped.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from ..bed.bed import Bed
from ..bed.encrypted import ENCRYPTION
from ..bed.message import MARK
from ..bed.models import ModelServer, Reply
from ..bed.synapse import Account
from .scene import configuration

FOLDER = os.environ.get("LLMSTREAM_JS_SDK", "")
SCRIPT = Path(__file__).parents[1] / "bed" / "js" / "reader.mjs"
TEXT = "Only you and I can read this: ключ под ковриком. " * 12

# Its `EventShieldColour`, and `EventShieldReason.UNSIGNED_DEVICE`.
_NO_SHIELD, _RED_FOR_ITS_DEVICE = 0, (2, 2)

pytestmark = pytest.mark.skipif(
    not FOLDER or not shutil.which("node"),
    reason="LLMSTREAM_JS_SDK names no folder with matrix-js-sdk, or node is missing",
)


async def read_by_js(bed: Bed, account: Account, room: str) -> dict[str, Any]:
    """Ask in the room with matrix-js-sdk; what it makes of the answer."""
    given = {
        "baseUrl": bed.synapse.url,
        "userId": account.user_id,
        "deviceId": account.device_id,
        "accessToken": account.access_token,
        "room": room,
    }
    process = await asyncio.create_subprocess_exec(
        *("node", SCRIPT, FOLDER, json.dumps(given)), stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(90):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


async def test_an_encrypted_answer_is_read_by_elements_own_library(
    bed: Bed, models: ModelServer
) -> None:
    models.otherwise = Reply(TEXT, usage=(11, 7), delay=0.04)
    async with bed.person("carol") as carol:
        bot = await bed.bot(configuration(models, footer=False))
        room = await bed.room(carol, bot, state=[ENCRYPTION])
        unverified = await read_by_js(bed, await bed.synapse.log_in(carol.account), room)
        await bed.maubot.generate_recovery_key(bot.user_id)
        verified = await read_by_js(bed, await bed.synapse.log_in(carol.account), room)
        await bed.dismiss(bot)

    for found in (unverified, verified):
        assert found["body"].removeprefix(MARK).strip() == TEXT.strip()
        assert found["edits"] >= 3
        assert (found["clear"], found["unreadable"]) == (0, 0)
    assert (unverified["shield"], unverified["why"]) == _RED_FOR_ITS_DEVICE
    assert verified["shield"] == _NO_SHIELD
