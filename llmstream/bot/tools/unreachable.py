"""Why a tool server does not work, as a sentence for the room with a next step.

The server's own words stay out of it: they are from outside and may hold what is secret.
The log has them.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ...providers.errors import PackageMissing
from ..config import ToolServer
from .tool import ToolError


def sentence(server: ToolServer, error: BaseException) -> str:
    """What went wrong while this server was started or used."""
    error = _first(error)
    name = f"The tool server `{server.name}`"
    if isinstance(error, (ToolError, PackageMissing)):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"{name} started but did not answer in time. Is it an MCP server?"
    if server.url:
        return (
            f"{name} could not be reached at {_host(server.url)}. Is it running, and are "
            f"tools.{server.name}.url and its headers right?"
        )
    if isinstance(error, FileNotFoundError):
        return (
            f"{name} cannot start: there is no command `{server.command}` where this bot runs. "
            f"Install it there, or change tools.{server.name}.command."
        )
    if isinstance(error, OSError):
        return (
            f"{name} cannot start: {error.strerror or 'its command failed'}. "
            f"Check tools.{server.name}.command."
        )
    return f"{name} ended while it was starting. The log says why."


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
