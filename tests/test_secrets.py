"""Where secrets are read from."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmstream.secrets import SecretMissing, read_secret


def test_it_stands_where_the_admin_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOKEN", "from the environment\n")
    (tmp_path / "token").write_text("from a file\n")
    assert read_secret("itself") == "itself"
    assert read_secret("env:TOKEN") == "from the environment"
    assert read_secret(f"file:{tmp_path}/token") == "from a file"


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("env:NOT_SET", "the environment variable NOT_SET, which is not set"),
        ("env:EMPTY", "the environment variable EMPTY, which is empty"),
        ("file:/dev/null", "the file /dev/null, which is empty"),
        (
            "file:/nowhere",
            r"the file /nowhere, which cannot be read \(No such file",
        ),
        ("file:/bad\0name", "which cannot be read"),
    ],
)
def test_where_it_is_missing_is_said(
    written: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", " ")
    with pytest.raises(SecretMissing, match=where):
        read_secret(written)


def test_a_file_of_bytes_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    with pytest.raises(SecretMissing, match="not text"):
        read_secret(f"file:{tmp_path}/key")
