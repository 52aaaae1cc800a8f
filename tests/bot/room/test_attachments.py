"""Files in a room become pictures, text, or a sentence on why not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mautrix.crypto.attachments import encrypt_attachment

from llmstream.bot.room.attachments import (
    Attachments,
    Bounds,
    decoded,
    inlined,
    is_text,
    picture_type,
)
from llmstream.bot.room.media import Files, Unreadable, fetch
from llmstream.matrix.reading.said import File
from llmstream.messages import Image

from .rooms import Room

PNG = b"\x89PNG\r\n\x1a\n and so on"
PICTURE = File("m.image", "cat.png", "", "image/png")
NOTES = File("m.file", "notes.txt", "", "text/plain")


async def read(file: File, content: bytes, bounds: Bounds | None = None) -> Image | str:
    room = Room()
    async with room.client() as client:
        attachments = Attachments(Files(client), bounds=bounds)
        return await attachments.read(replace(file, url=room.upload(content)))


async def test_a_picture_is_what_its_bytes_say() -> None:
    image = await read(replace(PICTURE, media_type="image/jpeg"), PNG)
    assert image == Image("image/png", PNG, "cat.png")


async def test_a_picture_of_another_kind_is_a_sentence() -> None:
    told = await read(replace(PICTURE, name="cat.heic"), b"....ftypheic")
    assert told == (
        "[picture cat.heic could not be read: of pictures only PNG, JPEG, GIF and WebP can be]"
    )


async def test_a_text_file_stands_in_a_fence_under_its_name() -> None:
    told = await read(NOTES, b"one\ntwo\n")
    assert told == "[file notes.txt]\n```\none\ntwo\n```"


async def test_a_picture_sent_as_a_file_is_seen_and_a_svg_is_read() -> None:
    assert isinstance(await read(replace(PICTURE, kind="m.file"), PNG), Image)
    svg = replace(PICTURE, name="a.svg", media_type="image/svg+xml")
    assert await read(svg, b"<svg/>") == "[file a.svg]\n```\n<svg/>\n```"


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        (File("m.file", "report.pdf", "", "application/pdf"), b"%PDF", "only pictures and text"),
        (File("m.audio", "voice.ogg", "", "audio/ogg"), b"Ogg", "only pictures and text"),
        (replace(NOTES, size=10_000_000), b"", "it is larger than 100 kB"),
        (NOTES, b"x" * 100_001, "it is larger than 100 kB"),
        (NOTES, b"\xff\xffno", "its text is not UTF-8"),
        (NOTES, b"zero \0 byte", "its text is not UTF-8"),
    ],
)
async def test_what_cannot_be_read_is_said(file: File, content: bytes, reason: str) -> None:
    told = await read(file, content)
    assert isinstance(told, str)
    assert told.startswith("[")
    assert file.name in told
    assert reason in told


async def test_people_are_told_of_refusals_in_whole_sentences() -> None:
    room = Room()
    async with room.client() as client:
        attachments = Attachments(Files(client))
        report = File("m.file", "report.pdf", "mxc://here/none", "application/pdf")
        await attachments.read(report)
        assert attachments.refusal(report) == (
            "The file report.pdf could not be read: only pictures and text files can be."
        )
        assert attachments.refusal(NOTES) == ""
        assert attachments.refusal(None) == ""


async def test_a_conversation_has_only_so_many_pictures_and_so_much_text() -> None:
    room = Room()
    picture = replace(PICTURE, url=room.upload(PNG))
    notes = replace(NOTES, url=room.upload(b"12345678"))
    async with room.client() as client:
        attachments = Attachments(Files(client), bounds=Bounds(pictures=1, texts=10))
        first, second = [await attachments.read(picture) for _ in range(2)]
        one, two = [await attachments.read(notes) for _ in range(2)]
    assert isinstance(first, Image)
    assert "at most 1 pictures" in str(second)
    assert "12345678" in str(one)
    assert "together" in str(two)


def pictures(room: Room, count: int, content: bytes = PNG) -> list[File]:
    return [replace(PICTURE, url=room.upload(content + bytes([n]))) for n in range(count)]


async def test_the_newest_pictures_are_fetched_side_by_side_and_the_rest_not_at_all() -> None:
    room = Room()
    shown = pictures(room, 20)
    room.sends.clear()
    async with room.client() as client, Attachments(Files(client), shown) as attachments:
        for _ in range(5):
            await room.asked.acquire()
        room.sends.set()
        found = [await attachments.read(one) for one in shown]
    assert [isinstance(one, Image) for one in found] == [True] * 5 + [False] * 15
    assert len(room.requests) == 5


async def test_the_next_question_fetches_nothing_again() -> None:
    room = Room()
    shown = [*pictures(room, 3), replace(PICTURE, url="mxc://here/gone")]
    async with room.client() as client:
        files = Files(client)
        first = [await Attachments(files).read(one) for one in shown]
        count = len(room.requests)
        assert [await Attachments(files).read(one) for one in shown] == first
    assert len(room.requests) == count


async def test_what_is_kept_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmstream.bot.room.media.KEPT", 3000)
    room = Room()
    shown = pictures(room, 5)
    async with room.client() as client:
        files = Files(client)
        for one in [*shown, *shown]:
            await files.fetch(one, 100)
    assert len(room.requests) == 10


async def test_who_asks_for_the_same_file_meanwhile_waits_for_it() -> None:
    room = Room()
    [shown] = pictures(room, 1)
    async with room.client() as client:
        files = Files(client)
        await asyncio.gather(*(files.fetch(shown, 100) for _ in range(9)))
    assert len(room.requests) == 1


async def test_files_that_are_no_pictures_are_not_fetched_for_ever() -> None:
    room = Room()
    shown = pictures(room, 20, b"no picture")
    async with room.client() as client:
        attachments = Attachments(Files(client))
        found = [await attachments.read(one) for one in shown]
    assert "at most 12 files" in str(found[-1])
    assert len(room.requests) == 12


async def test_all_pictures_together_have_a_bound() -> None:
    room = Room()
    shown = pictures(room, 3)
    async with room.client() as client:
        attachments = Attachments(Files(client), bounds=Bounds(all_pictures=2 * len(PNG) + 2))
        found = [await attachments.read(one) for one in shown]
    assert "the pictures of a conversation together" in str(found[-1])


async def test_a_server_that_takes_too_long_is_not_waited_for() -> None:
    room = Room()
    shown = pictures(room, 3)
    room.sends.clear()
    async with room.client() as client:
        async with Attachments(Files(client), shown, Bounds(seconds=0.1)) as attachments:
            found = [await attachments.read(one) for one in shown]
        room.sends.set()
    assert all("took too long" in str(one) for one in found)


@pytest.mark.parametrize(
    "file",
    [
        File("m.file", "graph.png", ""),
        File("m.file", "graph", "", "application/octet-stream"),
        File("m.file", "graph.jpg", "", "image/jpeg"),
        File("m.file", "graph.jpeg", "", "application/x-unknown"),
        File("m.image", "", ""),
    ],
)
async def test_a_picture_is_known_by_its_bytes_whatever_it_calls_itself(file: File) -> None:
    assert await read(file, PNG) == Image("image/png", PNG, file.name)


async def test_a_file_that_begins_as_no_picture_is_not_read_to_its_end() -> None:
    told = await read(File("m.file", "backup", ""), b"PK" + bytes(4_000_000))
    assert told == "[file backup could not be read: only pictures and text files can be]"


async def test_servers_from_before_authenticated_media_are_asked_the_old_way() -> None:
    room = Room()
    room.has_authenticated_media = False
    async with room.client() as client:
        file = replace(NOTES, url=room.upload(b"old"))
        assert await fetch(client, file, 100) == b"old"


async def test_an_encrypted_file_is_decrypted() -> None:
    room = Room()
    ciphertext, key = encrypt_attachment(PNG)
    lock = {**key.serialize(), "url": room.upload(ciphertext)}
    async with room.client() as client:
        file = replace(PICTURE, url=lock["url"], lock=lock)
        assert await Attachments(Files(client)).read(file) == Image("image/png", PNG, "cat.png")


@pytest.mark.parametrize("broken", [{}, {"iv": "x"}, {"hashes": {"sha256": "AAAA"}}, {"key": {}}])
async def test_an_encrypted_file_with_a_wrong_key_is_a_sentence(broken: dict[str, object]) -> None:
    room = Room()
    ciphertext, key = encrypt_attachment(PNG)
    lock = {**key.serialize(), **broken} if broken else {"v": "v2"}
    async with room.client() as client:
        told = await Attachments(Files(client)).read(
            replace(PICTURE, url=room.upload(ciphertext), lock=lock)
        )
    assert told == "[picture cat.png could not be read: it could not be decrypted]"


@pytest.mark.parametrize(
    "url",
    ["", "https://here/file0", "mxc://here", "mxc://here/..", "mxc://../file0", "mxc://here/a/b"],
)
async def test_an_address_that_is_none_is_never_asked_for(url: str) -> None:
    room = Room()
    async with room.client() as client:
        with pytest.raises(Unreadable, match="no address"):
            await fetch(client, replace(NOTES, url=url), 100)
    assert room.requests == []


async def test_a_file_that_is_gone_is_said_to_be() -> None:
    async with Room().client() as client:
        with pytest.raises(Unreadable, match="does not have it"):
            await fetch(client, replace(NOTES, url="mxc://here/gone"), 100)


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("a", "text/x-anything", True),
        ("a", "application/json", True),
        ("a", "application/ld+json", True),
        ("a.py", "application/octet-stream", True),
        ("a.TS", "", True),
        ("Makefile", "", True),
        ("a.ts", "video/mp2t", False),
        ("a.pdf", "application/pdf", False),
        ("a", "", False),
    ],
)
def test_texts_are_known_by_type_or_by_name(name: str, media_type: str, expected: bool) -> None:
    assert is_text(File("m.file", name, "", media_type)) is expected


def test_pictures_are_known_by_their_first_bytes() -> None:
    assert picture_type(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert picture_type(b"GIF89a") == "image/gif"
    assert picture_type(b"RIFF\0\0\0\0WEBPVP8 ") == "image/webp"
    assert picture_type(b"RIFF\0\0\0\0WAVE") is None
    assert picture_type(b"") is None


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_texts_in_unicode_decode(text: str) -> None:
    assert decoded(b"\xef\xbb\xbf" + text.encode()) == text
    assert decoded(text.encode("utf-16")) == text


@given(st.binary())
def test_decoding_never_fails(content: bytes) -> None:
    decoded(content)


@given(st.text(alphabet="`a\n"))
def test_nothing_in_a_file_closes_its_fence(text: str) -> None:
    lines = inlined("a.md", text).split("\n")
    fence = lines[1]
    assert set(fence) == {"`"}
    assert lines[-1] == fence
    assert not any(line.startswith(fence) for line in lines[2:-1])
