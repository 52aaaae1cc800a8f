"""A model server that keeps time: `python -m tests.bench.clocked API`.

Every answer is 3,000 tokens of Markdown, one each 10 ms of a clock, whoever reads and however
slowly; its bytes are made before. It is a process of its own and does nothing else, so that what
reads it can be measured. Prints its port; after a line on standard input, when each answer's last
token went out.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import cast

from tests.bed.models.anthropic_wire import AnthropicWire
from tests.bed.models.ollama_wire import OllamaWire
from tests.bed.models.openai_wire import OpenAIWire
from tests.bed.models.reply import Reply
from tests.bed.models.server import Api
from tests.bed.models.wire import Wire

from .answers import markdown, tokens

TICK = 0.01
CHARACTERS, TOKENS = 10_243, 3_000
QUESTION = "Write answer number "

WIRES: dict[Api, type[Wire]] = {
    "openai": OpenAIWire,
    "ollama": OllamaWire,
    "anthropic": AnthropicWire,
}


class Clocked:
    """The server. `ended` is when the last token of each answer went out, by its number."""

    def __init__(self, api: Api) -> None:
        self.ended: dict[str, float] = {}
        self._wire = WIRES[api]()
        self._loop = asyncio.get_running_loop()
        self._writing: list[_Writing] = []

    async def keep_time(self) -> None:
        """One token to each, at every tick."""
        due = self._loop.time()
        while True:
            due += TICK
            await asyncio.sleep(due - self._loop.time())
            for writing in self._writing:
                if not writing.beat():
                    self.ended[writing.number] = self._loop.time()
            self._writing = [one for one in self._writing if one.left]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: as many questions as come on it."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"content-length: *(\d+)", head.lower())
                body = await reader.readexactly(int(length[1]) if length else 0)
                numbers = re.findall(rf"{QUESTION}(\d+)", body.decode())
                self._writing.append(self._begun(numbers[-1], json.loads(body), writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()

    def _begun(self, number: str, body: object, writer: asyncio.StreamWriter) -> _Writing:
        wire, text = self._wire, markdown(CHARACTERS, int(number))
        reply = Reply(tokens(text, TOKENS))
        asked = cast("dict[str, object]", body)
        frames = [b"".join(wire.token(token)) for token in reply.tokens]
        frames[0] = b"".join(wire.opening(asked, reply)) + frames[0]
        frames[-1] += b"".join(wire.closing(asked, reply))
        writer.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: " + wire.media_type.encode() + b"\r\n\r\n"
        )
        return _Writing(number, [_chunk(frame) for frame in frames], writer)


class _Writing:
    """One answer; `left` is what is still to come, the next last."""

    def __init__(self, number: str, frames: list[bytes], writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.left = frames[::-1]
        self._writer = writer

    def beat(self) -> bool:
        """Send the next token; false with the last one."""
        self._writer.write(self.left.pop() + (b"" if self.left else _chunk(b"")))
        return bool(self.left)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def main(api: Api) -> None:
    clocked = Clocked(api)
    keeping = asyncio.create_task(clocked.keep_time())
    async with await asyncio.start_server(clocked.answer, "127.0.0.1", 0) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(json.dumps(clocked.ended), flush=True)
    keeping.cancel()


if __name__ == "__main__":
    asyncio.run(main(cast(Api, sys.argv[1])))
