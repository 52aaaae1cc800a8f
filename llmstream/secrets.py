"""A secret as an admin wrote it: the value itself, or where it is (`env:NAME`, `file:/path`).

Read when it is used, so that a new one needs no restart, and kept in no text. Whose secret it is,
and what to do where it is missing, its reader knows.
"""

from __future__ import annotations

import os
from pathlib import Path


class SecretMissing(Exception):
    """It is not where it should be. `str(error)` says where that is and why not, as the end of a
    sentence: "the environment variable KEY, which is not set".
    """


def read_secret(written: str) -> str:
    """The secret itself; what is neither `env:` nor `file:` is it already.

    Without white space around it, where it was read from elsewhere. Reads a file: call it off the
    event loop.

    Raises:
        SecretMissing: The variable or file that should hold it does not.
    """
    kind, _, place = written.partition(":")
    if kind == "env":
        return _from_environment(place)
    return _from_file(place) if kind == "file" else written


def _from_environment(variable: str) -> str:
    secret = os.environ.get(variable, "").strip()
    if not secret:
        state = "is empty" if variable in os.environ else "is not set"
        raise SecretMissing(f"the environment variable {variable}, which {state}")
    return secret


def _from_file(path: str) -> str:
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not text"
        raise SecretMissing(f"the file {path}, which cannot be read ({why})") from error
    if not secret:
        raise SecretMissing(f"the file {path}, which is empty")
    return secret
