"""Which addresses on the network a model may reach: public ones, and nothing in our own house."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

Address: TypeAlias = IPv4Address | IPv6Address
Allowed: TypeAlias = Callable[[Address, int], bool]

_PORTS = frozenset({80, 443, 8000, 8008, 8080, 8443})
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class NotAllowed(OSError):
    """An address that is not to be reached. An OSError, as aiohttp expects of a resolver."""


def public(address: Address, port: int) -> bool:
    """Whether it is on the public internet, at a port where pages are."""
    inner = _inner(address)
    return (
        port in _PORTS
        and inner.is_global
        and not (inner.is_multicast or inner.is_reserved or inner.is_unspecified)
    )


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def may_be_asked(host: str, port: int, allowed: Allowed) -> bool:
    """Whether a host is allowed, if it is an address. Names are for `Resolver` to judge.

    aiohttp asks no resolver about anything that has only digits and dots or a colon, and older
    versions connect to spellings such as 127.1; those are not allowed.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ":" not in host and not host.replace(".", "").isdigit()
    return allowed(address, port)


class Resolver(AbstractResolver):
    """Looks names up, and gives out an address only where all of the name's addresses are allowed.

    What it gives out is what aiohttp connects to, so a name cannot change between check and use.
    It is not asked about hosts that are addresses already: see `may_be_asked`.
    """

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises `NotAllowed`, or another OSError where there is no such name."""
        found = await self._names.resolve(host, port, family)
        if not all(may_be_asked(each["host"], port, self._allowed) for each in found):
            raise NotAllowed(host)
        return found

    async def close(self) -> None:
        """Nothing is kept."""
